package misp_test

import (
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"
)

const groupUUID = "0a1b2c3d-0000-4000-8000-00000000aaaa"

type members map[string]any

// maybe adds a member, or not.
func (m members) maybe(t *rapid.T, name string, draw func() any) {
	if rapid.Bool().Draw(t, "has "+name) {
		m[name] = draw()
	}
}

func id(t *rapid.T) string {
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", rapid.Uint32().Draw(t, "a"), rapid.Uint16().Draw(t, "b"),
		rapid.Uint16Range(0, 0xfff).Draw(t, "c"), rapid.Uint16Range(0, 0xfff).Draw(t, "d"), rapid.Uint64Range(0, 1<<48-1).Draw(t, "e"))
}

func words(t *rapid.T) any {
	return rapid.OneOf(rapid.SampledFrom([]string{"", "plain", "a \"quoted\" 'text' \\", "line\nbreak", "ü 漢 \u2028", "\x00\x01"}), rapid.String()).Draw(t, "text")
}

// seconds is a time as MISP writes it: a string, and sometimes a number.
func seconds(t *rapid.T) any {
	n := rapid.Int64Range(0, 2_000_000_000).Draw(t, "time")
	if rapid.Bool().Draw(t, "number") {
		return n
	}
	return strconv.FormatInt(n, 10)
}

func flag(t *rapid.T) any {
	return rapid.SampledFrom([]any{true, false, "1", "0", 1, nil}).Draw(t, "flag")
}

func number(t *rapid.T) any { return strconv.Itoa(rapid.IntRange(0, 99999).Draw(t, "id")) }

func many(t *rapid.T, most int, one func(*rapid.T) any) any {
	list := []any{}
	for range rapid.IntRange(0, most).Draw(t, "n") {
		list = append(list, one(t))
	}
	return list
}

func tag(t *rapid.T) any {
	m := members{"name": rapid.SampledFrom([]string{
		"tlp:white", "tlp:clear", "TLP:GREEN", "tlp:amber", "tlp:amber+strict", "tlp:red", "PAP:AMBER", "misp-galaxy:ransomware=\"WannaCry\"",
		"kill-chain:delivery", "", " spaced ", "tlp:unknown",
	}).Draw(t, "tag")}
	m.maybe(t, "id", func() any { return number(t) })
	m.maybe(t, "colour", func() any { return "#ff2b2b" })
	m.maybe(t, "exportable", func() any { return flag(t) })
	m.maybe(t, "local", func() any { return rapid.IntRange(0, 1).Draw(t, "local") })
	m.maybe(t, "relationship_type", func() any { return nil })
	m.maybe(t, "numerical_value", func() any { return jsontext.Value("12345678901234567890.10") })
	return m
}

func galaxy(t *rapid.T) any {
	kind := rapid.SampledFrom([]string{"mitre-attack-pattern", "ransomware", "threat-actor", "country", "mitre-intrusion-set", "sector"}).Draw(t, "galaxy")
	return members{"id": number(t), "type": kind, "name": words(t), "GalaxyCluster": many(t, 2, func(t *rapid.T) any {
		c := members{"value": rapid.SampledFrom([]string{"WannaCry", "Data Encrypted for Impact - T1486", "", "Health"}).Draw(t, "cluster"), "type": kind, "meta": members{"refs": []any{}, "synonyms": []string{"WCry"}}}
		c.maybe(t, "uuid", func() any { return id(t) })
		c.maybe(t, "description", func() any { return words(t) })
		return c
	})}
}

func sighting(t *rapid.T) any {
	m := members{"date_sighting": seconds(t), "type": rapid.SampledFrom([]any{"0", "1", "2", 0, "9"}).Draw(t, "sighting")}
	m.maybe(t, "uuid", func() any { return id(t) })
	m.maybe(t, "source", func() any { return words(t) })
	m.maybe(t, "Organisation", func() any {
		return members{"id": "3", "uuid": rapid.SampledFrom([]string{"00000000-0000-4000-8000-000000000003", "not one"}).Draw(t, "org"), "name": "CERT.example"}
	})
	return m
}

// values are types with a value that fits, and some that does not.
var values = [][2]string{
	{"ip-dst", "198.51.100.7"}, {"ip-src", "2001:db8::7"}, {"ip-dst", "198.51.100.0/24"}, {"ip-dst", "not an address"}, {"ip-dst|port", "203.0.113.5|443"},
	{"domain", "Evil.example"}, {"domain", ""}, {"hostname", "c2.evil.example."}, {"domain|ip", "evil.example|198.51.100.7"}, {"hostname|port", "c2.evil.example|8080"},
	{"url", "http://Evil.example:80/a?b#c"}, {"url", "not a url"}, {"md5", "db349b97c37d22f5ea1d1841e3c89eb4"}, {"md5", "short"},
	{"sha256", "24D004A104D4D54034DBCFFC2A4B19A11F39008A575AA614EA04703480B1022C"}, {"sha512", "ab"}, {"ssdeep", "3:AXGBicFlgVNhBGcL6wCrFQEv:AXGHsNhxLsr2C"},
	{"filename", "mssecsvc.exe"}, {"filename|sha256", "tasksche.exe|ed01ebfbc9eb5bbea545af4d01bf5f1071661840480439c6e5babe8e080e41aa"},
	{"malware-sample", "tasksche.exe|db349b97c37d22f5ea1d1841e3c89eb4"}, {"mutex", `Global\MsWinZonesCacheCounterMutexA`}, {"regkey|value", `HKLM\Software\x|1`},
	{"email-src", "a@evil.example"}, {"email-dst", "b@victim.example"}, {"email", "c@x.example"}, {"email-subject", "it's 'urgent'"}, {"AS", "AS64496"}, {"AS", "none"},
	{"mac-address", "00:00:5e:00:53:01"}, {"user-agent", "Mozilla/5.0 (\\x)"}, {"vulnerability", "CVE-2017-0144"}, {"vulnerability", "cve-2017-0145"}, {"vulnerability", "VU#1"}, {"campaign-name", "x"}, {"threat-actor", "y"}, {"threat-actor", ""},
	{"btc", "13AM4VW2dhxYgXeQepoHkHSQuy6NgaEb94"}, {"text", "free"}, {"comment", ""}, {"yara", "rule a { condition: false }"}, {"sigma", "title: x"}, {"snort", "alert"},
	{"stix2-pattern", "[domain-name:value = 'evil.example']"}, {"stix2-pattern", "no pattern"}, {"x509-fingerprint-sha1", "aa"}, {"ja3-fingerprint-md5", "x"},
	{"windows-service-name", "mssecsvc2.0"}, {"datetime", "2017-05-12T07:43:00"}, {"unheard-of", "?"}, {"", "no type"}, {"port", "445"}, {"size-in-bytes", "3723264"},
}

func attribute(t *rapid.T) any {
	v := rapid.SampledFrom(values).Draw(t, "value")
	m := members{"uuid": id(t), "type": v[0], "value": v[1]}
	m.maybe(t, "category", func() any {
		return rapid.SampledFrom([]string{"Network activity", "Payload delivery", "Other"}).Draw(t, "category")
	})
	m.maybe(t, "id", func() any { return number(t) })
	m.maybe(t, "event_id", func() any { return number(t) })
	m.maybe(t, "object_id", func() any { return "0" })
	m.maybe(t, "object_relation", func() any { return rapid.SampledFrom([]any{nil, "sha256"}).Draw(t, "relation") })
	m.maybe(t, "to_ids", func() any { return flag(t) })
	m.maybe(t, "timestamp", func() any { return seconds(t) })
	m.maybe(t, "distribution", func() any {
		return rapid.SampledFrom([]any{"0", "1", "2", "3", "4", "5", 5, "77"}).Draw(t, "distribution")
	})
	m.maybe(t, "sharing_group_id", func() any { return number(t) })
	m.maybe(t, "SharingGroup", func() any { return members{"uuid": groupUUID, "name": "health", "SharingGroupOrg": []any{}} })
	m.maybe(t, "comment", func() any { return words(t) })
	m.maybe(t, "deleted", func() any { return flag(t) })
	m.maybe(t, "disable_correlation", func() any { return flag(t) })
	m.maybe(t, "first_seen", func() any {
		return rapid.SampledFrom([]any{nil, "2017-05-12T07:43:00.000000+00:00", "1494574980000000", "nonsense"}).Draw(t, "first")
	})
	m.maybe(t, "last_seen", func() any { return "2017-05-12T09:00:00+02:00" })
	m.maybe(t, "data", func() any { return "AAEC" })
	m.maybe(t, "Tag", func() any { return many(t, 3, tag) })
	m.maybe(t, "Galaxy", func() any { return many(t, 1, galaxy) })
	m.maybe(t, "Sighting", func() any { return many(t, 2, sighting) })
	m.maybe(t, "ShadowAttribute", func() any {
		return many(t, 1, func(t *rapid.T) any { return members{"id": number(t), "timestamp": seconds(t), "value": words(t)} })
	})
	m.maybe(t, "x_unknown", func() any { return members{"": []any{nil, true, 1.5, "x"}, "deep": members{"er": members{}}} })
	return m
}

func object(t *rapid.T) any {
	attributes := many(t, 3, attribute).([]any)
	m := members{"uuid": id(t), "name": rapid.SampledFrom([]any{"file", "domain-ip", "", "own"}).Draw(t, "template"), "Attribute": attributes}
	m.maybe(t, "meta-category", func() any { return "file" })
	m.maybe(t, "description", func() any { return words(t) })
	m.maybe(t, "template_uuid", func() any { return "688c46fb-5edb-40a3-8273-1af7923e2215" })
	m.maybe(t, "template_version", func() any { return "24" })
	m.maybe(t, "timestamp", func() any { return seconds(t) })
	m.maybe(t, "distribution", func() any { return rapid.SampledFrom([]string{"0", "1", "3", "4", "5"}).Draw(t, "distribution") })
	m.maybe(t, "comment", func() any { return words(t) })
	m.maybe(t, "deleted", func() any { return flag(t) })
	m.maybe(t, "ObjectReference", func() any {
		return many(t, 2, func(t *rapid.T) any {
			to := id(t)
			if len(attributes) > 0 && rapid.Bool().Draw(t, "inside") {
				to = attributes[0].(members)["uuid"].(string)
			}
			return members{"uuid": id(t), "referenced_uuid": to, "relationship_type": rapid.SampledFrom([]any{"drops", "Connected to", "", "ü"}).Draw(t, "rel"), "timestamp": seconds(t), "comment": words(t)}
		})
	})
	return m
}

func eventReport(t *rapid.T) any {
	m := members{"uuid": id(t), "name": words(t), "content": words(t), "timestamp": seconds(t)}
	m.maybe(t, "distribution", func() any { return rapid.SampledFrom([]string{"0", "3", "5"}).Draw(t, "distribution") })
	m.maybe(t, "deleted", func() any { return flag(t) })
	m.maybe(t, "id", func() any { return number(t) })
	return m
}

// event draws an event with any of the fields of the core format.
func event(t *rapid.T) jsontext.Value {
	m := members{"uuid": id(t), "info": words(t)}
	m.maybe(t, "id", func() any { return number(t) })
	m.maybe(t, "org_id", func() any { return number(t) })
	m.maybe(t, "date", func() any { return rapid.SampledFrom([]any{"2017-05-12", "", "2030-01-01", "May"}).Draw(t, "date") })
	m.maybe(t, "threat_level_id", func() any { return rapid.SampledFrom([]any{"1", "2", "3", "4", 1}).Draw(t, "level") })
	m.maybe(t, "analysis", func() any { return rapid.SampledFrom([]string{"0", "1", "2"}).Draw(t, "analysis") })
	m.maybe(t, "published", func() any { return flag(t) })
	m.maybe(t, "timestamp", func() any { return seconds(t) })
	m.maybe(t, "publish_timestamp", func() any { return seconds(t) })
	m.maybe(t, "sighting_timestamp", func() any { return seconds(t) })
	m.maybe(t, "distribution", func() any { return rapid.SampledFrom([]any{"0", "1", "2", "3", "4", 4}).Draw(t, "distribution") })
	m.maybe(t, "SharingGroup", func() any { return members{"id": "5", "uuid": groupUUID, "name": "health"} })
	m.maybe(t, "proposal_email_lock", func() any { return flag(t) })
	m.maybe(t, "locked", func() any { return flag(t) })
	m.maybe(t, "disable_correlation", func() any { return flag(t) })
	m.maybe(t, "protected", func() any { return nil })
	m.maybe(t, "CryptographicKey", func() any { return []any{} })
	m.maybe(t, "extends_uuid", func() any { return "" })
	m.maybe(t, "attribute_count", func() any { return "3" })
	m.maybe(t, "Org", func() any {
		return members{"id": "1", "name": "CERT.example", "uuid": "00000000-0000-4000-8000-000000000001", "local": true}
	})
	m.maybe(t, "Orgc", func() any {
		return members{"id": "2", "name": words(t), "uuid": "00000000-0000-4000-8000-000000000002"}
	})
	m.maybe(t, "Attribute", func() any { return many(t, 5, attribute) })
	m.maybe(t, "Object", func() any { return many(t, 3, object) })
	m.maybe(t, "EventReport", func() any { return many(t, 2, eventReport) })
	m.maybe(t, "Tag", func() any { return many(t, 3, tag) })
	m.maybe(t, "Galaxy", func() any { return many(t, 2, galaxy) })
	m.maybe(t, "ShadowAttribute", func() any { return many(t, 1, func(t *rapid.T) any { return members{"id": number(t)} }) })
	m.maybe(t, "RelatedEvent", func() any {
		return many(t, 1, func(t *rapid.T) any { return members{"Event": members{"uuid": id(t), "info": words(t)}} })
	})
	raw, err := json.Marshal(m, json.Deterministic(true))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
