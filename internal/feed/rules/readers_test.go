package rules_test

import (
	"encoding/base64"
	"net/netip"
	"regexp"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/stix/pattern"
)

// verdict is what a file has its engine take for bad: read as the engine does,
// written without a look at the compilers.
type verdict struct {
	name      func(string) bool
	whole     bool // of names beneath a listed one it says less than is meant
	beneath   bool // of exact names it says nothing
	addresses []netip.Prefix
	urls      []string
}

type reader func(text string) verdict

var readers = map[string]reader{
	"tocsin.yar": hashesOnly, "tocsin.hsb": hashesOnly,
	"sigma.yml":      readSigma,
	"suricata.rules": readSuricata, "suricata-categories.csv": hashesOnly, "suricata-reputation.list": readReputation,
	"suricata-names-blocked.lst": readDataset, "suricata-names-watched.lst": hashesOnly,
	"suricata-md5-blocked.lst": hashesOnly, "suricata-sha1-blocked.lst": hashesOnly, "suricata-sha256-blocked.lst": hashesOnly,
	"suricata-md5-watched.lst": hashesOnly, "suricata-sha1-watched.lst": hashesOnly, "suricata-sha256-watched.lst": hashesOnly,
	"zeek-intel.dat":     readZeek,
	"misp/manifest.json": hashesOnly, "misp/hashes.csv": hashesOnly,
	"misp/2ed8ee88-95c0-5035-91e4-b5c9b7bb47ce.json": readMISP,
	"protections-stix.json":                          readSTIX,
}

// hashesOnly reads files that name no names.
func hashesOnly(string) verdict { return verdict{} }

func lines(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == '\n' })
}

func prefix(text string) (netip.Prefix, bool) {
	if a, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	p, err := netip.ParsePrefix(text)
	return p, err == nil
}

func under(name string, suffixes []string) bool {
	for _, s := range suffixes {
		if strings.HasSuffix(name, s) {
			return true
		}
	}
	return false
}

// readSigma reads the few forms of YAML that Sigma's rules here have.
func readSigma(text string) verdict {
	lists := map[string][]string{} // by rule, part and field
	rule, part, field := "", "", ""
	filtered := false
	for _, l := range lines(text) {
		switch {
		case strings.HasPrefix(l, "title: "):
			rule = l
		case strings.HasPrefix(l, "  condition: ") && strings.Contains(rule, "blocked: a name"):
			filtered = strings.HasSuffix(l, " and not 1 of filter_*")
		case strings.HasPrefix(l, "      - "):
			v := strings.NewReplacer(`\\\\`, `\`, `\\`, `\`, `\"`, `"`).Replace(strings.Trim(strings.TrimSpace(l[8:]), `"`))
			if strings.Contains(rule, "blocked") {
				lists[part+" "+field] = append(lists[part+" "+field], v)
			}
		case strings.HasPrefix(l, "    "):
			field = strings.Trim(l, " :")
		case strings.HasPrefix(l, "  "):
			part = strings.Trim(l, " :")
		}
	}
	v := verdict{name: func(name string) bool {
		for _, free := range lists["filter_name query"] {
			if filtered && name == free {
				return false
			}
		}
		if filtered && under(name, lists["filter_beneath query|endswith"]) {
			return false
		}
		for _, listed := range lists["selection_a query"] {
			if name == listed {
				return true
			}
		}
		return under(name, lists["selection_b query|endswith"])
	}}
	for _, text := range append(lists["selection_a dst_ip"], lists["selection_b dst_ip|cidr"]...) {
		if p, ok := prefix(text); ok {
			v.addresses = append(v.addresses, p)
		}
	}
	v.urls = lists["selection_a c-uri"]
	return v
}

var suricataContent = regexp.MustCompile(`content:(!?)"([^"]*)"; nocase; endswith;`)

// readSuricata reads the rules with names in them; dotprefix puts a dot first.
func readSuricata(text string) verdict {
	return verdict{beneath: true, name: func(name string) bool {
		for _, l := range lines(text) {
			contents := suricataContent.FindAllStringSubmatch(l, -1)
			if !strings.Contains(l, "blocked") || len(contents) == 0 {
				continue
			}
			all := strings.Contains(l, "dotprefix;")
			for _, c := range contents {
				all = all && strings.HasSuffix("."+name, c[2]) == (c[1] == "")
			}
			if all {
				return true
			}
		}
		return false
	}}
}

func readReputation(text string) (v verdict) {
	for _, l := range lines(text) {
		fields := strings.Split(l, ",")
		if p, ok := prefix(fields[0]); ok && fields[1] == "1" {
			v.addresses = append(v.addresses, p)
		}
	}
	return v
}

func readDataset(text string) verdict {
	listed := map[string]bool{}
	for _, l := range lines(text) {
		name, err := base64.StdEncoding.DecodeString(l)
		if err != nil {
			panic(err)
		}
		listed[string(name)] = true
	}
	return verdict{whole: true, name: func(name string) bool { return listed[name] }}
}

func readZeek(text string) verdict {
	listed := map[string]bool{}
	v := verdict{whole: true, name: func(name string) bool { return listed[name] }}
	for _, l := range lines(text)[1:] {
		fields := strings.Split(l, "\t")
		if len(fields) != 4 || !strings.HasPrefix(fields[3], "blocked") {
			continue
		}
		switch fields[1] {
		case "Intel::DOMAIN":
			listed[fields[0]] = true
		case "Intel::ADDR", "Intel::SUBNET":
			p, _ := prefix(fields[0])
			v.addresses = append(v.addresses, p)
		case "Intel::URL":
			v.urls = append(v.urls, "http://"+fields[0])
		}
	}
	return v
}

// readMISP reads an event as the exports of block lists do: what is to_ids, a
// domain with all beneath it, a host name alone.
func readMISP(text string) verdict {
	var read struct {
		Event struct {
			Attribute []struct {
				Type  string `json:"type"`
				Value string `json:"value"`
				ToIDs bool   `json:"to_ids"`
			}
		}
	}
	if err := json.Unmarshal([]byte(text), &read); err != nil {
		panic(err)
	}
	listed, suffixes := map[string]bool{}, []string{}
	v := verdict{whole: true, name: func(name string) bool { return listed[name] || under(name, suffixes) }}
	for _, a := range read.Event.Attribute {
		switch {
		case !a.ToIDs:
		case a.Type == "domain":
			listed[a.Value] = true
			suffixes = append(suffixes, "."+a.Value)
		case a.Type == "hostname":
			listed[a.Value] = true
		case a.Type == "ip-dst":
			p, _ := prefix(a.Value)
			v.addresses = append(v.addresses, p)
		case a.Type == "url":
			v.urls = append(v.urls, a.Value)
		}
	}
	return v
}

// readSTIX asks the indicators' patterns.
func readSTIX(text string) verdict {
	var read struct {
		Objects []struct {
			Type    string   `json:"type"`
			Name    string   `json:"name"`
			Pattern string   `json:"pattern"`
			Labels  []string `json:"labels"`
		} `json:"objects"`
	}
	if err := json.Unmarshal([]byte(text), &read); err != nil {
		panic(err)
	}
	var v verdict
	var programs []*pattern.Program
	for _, o := range read.Objects {
		if o.Type != "indicator" || o.Labels[0] != "block" {
			continue
		}
		p, err := pattern.Parse(o.Pattern)
		if err != nil {
			panic(err)
		}
		program, err := pattern.Compile(p)
		if err != nil {
			panic(err)
		}
		programs = append(programs, program)
		if p, ok := prefix(o.Name); ok {
			v.addresses = append(v.addresses, p)
		} else if strings.Contains(o.Name, "://") {
			v.urls = append(v.urls, o.Name)
		}
	}
	v.name = func(name string) bool {
		seen := []pattern.Observed{{First: time.Unix(0, 0), Last: time.Unix(0, 0), Number: 1, Objects: []pattern.Object{{"type": "domain-name", "value": name}}}}
		for _, p := range programs {
			if _, hit := p.Match(seen); hit {
				return true
			}
		}
		return false
	}
	return v
}
