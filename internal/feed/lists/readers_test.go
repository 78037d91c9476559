package lists_test

import (
	"encoding/csv"
	"net/netip"
	"strings"
)

// reader reads a file as its engine does, written without a look at the
// compilers: what is blocked.
type reader struct {
	names     func(text string) func(name string) bool
	wholeOnly bool                             // of the names beneath, the engine may think otherwise
	addresses func(text string) []netip.Prefix // that are blocked
	lines     func(text string) []string       // URLs that are blocked
}

var readers = map[string]reader{
	"block.txt":     {names: widest, wholeOnly: true, addresses: plainAddresses, lines: urls},
	"domains.txt":   {names: widest, wholeOnly: true},
	"suffixes.txt":  {names: widest},
	"addresses.txt": {addresses: plainAddresses},
	"urls.txt":      {lines: urls},
	"hashes.txt":    {lines: plainLines},
	"hosts":         {names: hostsFile, wholeOnly: true},

	"protections.csv":     {names: csvNames},
	"nginx-hosts.map":     {names: nginxMap},
	"nginx-addresses.geo": {addresses: geo},
	"squid-domains.acl":   {names: dstdomain},
	"squid-addresses.acl": {addresses: plainAddresses},
	"postfix-access":      {names: accessTable},
	"postfix-clients":     {addresses: cidrTable},
}

func plainLines(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == '\n' })
}

// up calls try with a name and each name above it until one says yes.
func up(name string, try func(string) bool) bool {
	for {
		if try(name) {
			return true
		}
		var ok bool
		if _, name, ok = strings.Cut(name, "."); !ok {
			return false
		}
	}
}

func set(lines []string) func(string) bool {
	all := map[string]bool{}
	for _, l := range lines {
		all[l] = true
	}
	return func(name string) bool { return all[name] }
}

// widest is a reader that takes a listed name for all beneath it.
func widest(text string) func(string) bool {
	listed := set(plainLines(text))
	return func(name string) bool { return up(name, listed) }
}

func plainAddresses(text string) (all []netip.Prefix) {
	for _, l := range plainLines(text) {
		if p, err := netip.ParsePrefix(l); err == nil {
			all = append(all, p)
		} else if a, err := netip.ParseAddr(l); err == nil {
			all = append(all, netip.PrefixFrom(a, a.BitLen()))
		}
	}
	return all
}

func urls(text string) (all []string) {
	for _, l := range plainLines(text) {
		if strings.Contains(l, "://") {
			all = append(all, l)
		}
	}
	return all
}

// hostsFile is hosts(5): an address and names, each itself alone.
func hostsFile(text string) func(string) bool {
	blocked := map[string]bool{}
	for _, l := range plainLines(text) {
		fields := strings.Fields(l)
		for _, name := range fields[1:] {
			blocked[name] = blocked[name] || fields[0] == "0.0.0.0" || fields[0] == "::"
		}
	}
	return func(name string) bool { return blocked[name] }
}

// csvNames takes the nearest row about a name.
func csvNames(text string) func(string) bool {
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		panic(err)
	}
	return func(name string) bool {
		blocked := false
		up(name, func(at string) bool {
			for _, row := range rows {
				whole := at == name || row[5] == "false"
				switch {
				case row[2] == "must-resolve" && (row[0] == at || strings.HasPrefix(row[0], "http://"+at+"/")):
					return true
				case row[2] == "block" && row[1] == "domain-name" && row[0] == at && whole:
					blocked = true
				}
			}
			return blocked
		})
		return blocked
	}
}

// nginxMap is a map with "hostnames": the name itself, then the longest ".name".
func nginxMap(text string) func(string) bool {
	value := map[string]string{}
	for _, l := range plainLines(text) {
		key, v, ok := strings.Cut(strings.TrimSuffix(l, ";"), " ")
		if _, again := value[key]; !ok || again {
			panic("nginx refuses " + l)
		}
		value[strings.TrimPrefix(key, `\`)] = v
	}
	return func(name string) bool {
		if v, ok := value[name]; ok {
			return v == "1"
		}
		blocked := false
		up(name, func(at string) bool {
			v, ok := value["."+at]
			blocked = v == "1"
			return ok
		})
		return blocked
	}
}

func geo(text string) (all []netip.Prefix) {
	return plainAddresses(strings.ReplaceAll(text, " 1;\n", "\n"))
}

// dstdomain is Squid's: ".name" is the name and all beneath it. A name beneath
// another ".name" of the file is an error.
func dstdomain(text string) func(string) bool {
	lines := plainLines(text)
	listed := set(lines)
	for _, l := range lines {
		name := strings.TrimPrefix(l, ".")
		if _, above, ok := strings.Cut(name, "."); ok && up(above, func(at string) bool { return listed("." + at) }) {
			panic("Squid refuses " + l)
		}
	}
	return func(name string) bool {
		return listed(name) || up(name, func(at string) bool { return listed("." + at) })
	}
}

// accessTable is access(5) with parent_domain_matches_subdomains as it is by
// default: the nearest name counts.
func accessTable(text string) func(string) bool {
	action := map[string]string{}
	for _, l := range plainLines(text) {
		key, v, _ := strings.Cut(l, " ")
		action[key] = v
	}
	return func(name string) bool {
		blocked := false
		up(name, func(at string) bool {
			v, ok := action[at]
			blocked = v == "REJECT"
			return ok
		})
		return blocked
	}
}

func cidrTable(text string) (all []netip.Prefix) {
	return plainAddresses(strings.ReplaceAll(text, " REJECT\n", "\n"))
}
