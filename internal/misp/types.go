package misp

import (
	"strings"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// mapping is what an attribute type's values are in STIX. Of a combined type
// each half has its own, "" where a half is not looked up.
type mapping struct {
	value observable.Type // one that Tocsin matches
	path  string          // else the object path of a pattern
	sco   [2]string       // and the observable's type and property, if a value alone makes one
}

// halves are the mappings of the attribute types (MISP core format, section
// 2.4.2.4). What is missing here becomes a note.
var halves = map[string]mapping{
	"ip": {value: observable.IPv4}, "ip-src": {value: observable.IPv4}, "ip-dst": {value: observable.IPv4},
	"domain": {value: observable.Domain}, "hostname": {value: observable.Domain},
	"url": {value: observable.URL}, "uri": {value: observable.URL},
	"md5": {value: observable.MD5}, "sha1": {value: observable.SHA1}, "sha256": {value: observable.SHA256},

	"sha224": {path: "file:hashes.'SHA-224'"}, "sha384": {path: "file:hashes.'SHA-384'"}, "sha512": {path: "file:hashes.'SHA-512'"},
	"sha3-256": {path: "file:hashes.'SHA3-256'"}, "sha3-512": {path: "file:hashes.'SHA3-512'"},
	"ssdeep": {path: "file:hashes.SSDEEP"}, "tlsh": {path: "file:hashes.TLSH"},
	"imphash": {path: "file:hashes.IMPHASH"}, "pehash": {path: "file:hashes.PEHASH"}, "impfuzzy": {path: "file:hashes.IMPFUZZY"},
	"authentihash": {path: "file:hashes.AUTHENTIHASH"}, "vhash": {path: "file:hashes.VHASH"}, "cdhash": {path: "file:hashes.CDHASH"},
	"filename": {path: "file:name", sco: [2]string{"file", "name"}},

	"email": {path: "email-addr:value", sco: [2]string{"email-addr", "value"}}, "email-src": {path: "email-message:from_ref.value", sco: [2]string{"email-addr", "value"}},
	"email-dst":     {path: "email-message:to_refs[*].value", sco: [2]string{"email-addr", "value"}},
	"email-subject": {path: "email-message:subject"}, "email-body": {path: "email-message:body"},
	"email-message-id": {path: "email-message:message_id"}, "email-attachment": {path: "email-message:body_multipart[*].body_raw_ref.name"},
	"email-reply-to": {path: "email-message:additional_header_fields.'Reply-To'"}, "email-x-mailer": {path: "email-message:additional_header_fields.'X-Mailer'"},

	"mac-address": {path: "mac-addr:value", sco: [2]string{"mac-addr", "value"}}, "mutex": {path: "mutex:name", sco: [2]string{"mutex", "name"}},
	"regkey":          {path: "windows-registry-key:key", sco: [2]string{"windows-registry-key", "key"}},
	"user-agent":      {path: "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'"},
	"http-method":     {path: "network-traffic:extensions.'http-request-ext'.request_method"},
	"github-username": {path: "user-account:account_login", sco: [2]string{"user-account", "account_login"}}, "target-user": {path: "user-account:account_login", sco: [2]string{"user-account", "account_login"}},
	"windows-service-name":        {path: "process:extensions.'windows-service-ext'.service_name"},
	"windows-service-displayname": {path: "process:extensions.'windows-service-ext'.display_name"},
	"x509-fingerprint-md5":        {path: "x509-certificate:hashes.MD5"}, "x509-fingerprint-sha1": {path: "x509-certificate:hashes.'SHA-1'"},
	"x509-fingerprint-sha256": {path: "x509-certificate:hashes.'SHA-256'"},
}

// ruleTypes are the attribute types that are rules of an engine, and what STIX
// calls their language (section 10.16, pattern-type-ov).
var ruleTypes = map[string]string{"yara": "yara", "sigma": "sigma", "snort": "snort", "stix2-pattern": "stix"}

// categories are MISP's default categories of the types that an export makes up.
var categories = map[string]string{
	"ip-dst": "Network activity", "ip-src": "Network activity", "domain": "Network activity", "hostname": "Network activity", "url": "Network activity",
	"domain|ip": "Network activity", "email-src": "Payload delivery", "email-dst": "Payload delivery", "user-agent": "Network activity",
	"md5": "Payload delivery", "sha1": "Payload delivery", "sha256": "Payload delivery", "sha512": "Payload delivery", "filename": "Payload delivery",
	"mutex":  "Artifacts dropped", //nolint:misspell // as MISP spells it
	"regkey": "Persistence mechanism", "mac-address": "Network activity", "AS": "Network activity",
	"vulnerability": "External analysis", "campaign-name": "Attribution", "threat-actor": "Attribution",
	"yara": "Payload installation", "sigma": "Payload installation", "snort": "Network activity", "stix2-pattern": "Payload installation",
}

func categoryOf(kind string) string {
	if c, ok := categories[kind]; ok {
		return c
	}
	return "Other"
}

// split takes a combined type and its value apart: "domain|ip", or "malware-sample",
// which is "filename|md5". Of what stands beside an address, a host or a hash,
// only those are looked up.
func split(kind, value string) (kinds, values []string) {
	if kind == "malware-sample" {
		kind = "filename|md5"
	}
	left, right, combined := strings.Cut(kind, "|")
	if !combined {
		return []string{kind}, []string{value}
	}
	a, b, ok := strings.Cut(value, "|")
	switch {
	case !ok:
		return nil, nil
	case left == "filename", right == "port", left == "regkey":
		// A file's hash, an address or a key says enough.
		if left == "filename" {
			return []string{right}, []string{b}
		}
		return []string{left}, []string{a}
	}
	return []string{left, right}, []string{a, b}
}
