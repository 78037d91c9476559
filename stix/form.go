package stix

import (
	"bytes"
	"net/netip"
	"strings"
)

// form is how a string has to look that a table names with '%'.
type form struct {
	matches func(text []byte) bool
	level   Level
	section string // "" for that of the property
	what    string // what the string has to be, and how to write it
	// plainly: a defanged object need not keep to the form (section 3.2).
	plainly bool
}

var forms = map[string]*form{
	"hyphenated": {matches: hyphenated, level: LevelWarning, what: "lower-case words with hyphens between them"},
	"product":    {matches: hyphenated, level: LevelWarning, what: "lower-case words with hyphens between them"},

	"relationship": {matches: lowerDigitsHyphens, what: "made of lower-case letters, digits and hyphens"},
	"priority":     {matches: hasSuffix("_CLASS"), level: LevelWarning, what: "a priority class that ends in _CLASS"},
	"method":       {matches: isLower, level: LevelWarning, what: "lower-case"},

	"lang":    {matches: isLanguage, what: "a language code of RFC 5646, such as \"de\" or \"pt-BR\""},
	"country": {matches: isCountry, level: LevelWarning, what: "a country of ISO 3166-1, in two letters"},
	"charset": {matches: isCharset, section: "3.9.1", what: "the preferred MIME name of a character set registered with IANA, or its name where it has none"},

	"mime":     {matches: isMediaType, level: LevelWarning, what: "a media type registered with IANA, \"type/subtype\""},
	"protocol": {matches: isService, level: LevelWarning, what: "a service name registered with IANA: letters, digits and single hyphens, at most 15"},

	"cpe":  {matches: isCPE, what: "a CPE 2.3 name: \"cpe:2.3:\" and eleven parts with colons between them"},
	"hive": {matches: isFullHive, what: "a full key: write HKEY_LOCAL_MACHINE for HKLM, and so for the others"},

	"ipv4":      {matches: isIPv4, plainly: true, what: "an IPv4 address, or several in CIDR notation"},
	"ipv6":      {matches: isIPv6, plainly: true, what: "an IPv6 address without a zone, or several in CIDR notation"},
	"mac":       {matches: isMAC, plainly: true, what: "a MAC address: six lower-case pairs of hexadecimal digits with colons between them"},
	"domain":    {matches: isDomain, plainly: true, what: "a domain name: labels of 1 to 63 bytes, 253 in all, with dots between them"},
	"email":     {matches: isAddress, plainly: true, what: "an address alone, \"name@domain\"; what is displayed goes to display_name"},
	"url":       {matches: isURL, plainly: true, what: "a URL with a scheme (RFC 3986); write what it cannot hold as %XX"},
	"reference": {matches: isURL, level: LevelWarning, what: "a URL with a scheme (RFC 3986); write what it cannot hold as %XX"},
}

func hyphenated(text []byte) bool { return isLower(text) && !bytes.ContainsAny(text, " _") }

func isLower(text []byte) bool {
	for _, c := range text {
		if c >= 'A' && c <= 'Z' {
			return false
		}
		if c >= 0x80 {
			return bytes.Equal(bytes.ToLower(text), text)
		}
	}
	return true
}

func lowerDigitsHyphens(text []byte) bool {
	for _, c := range text {
		if !(c >= 'a' && c <= 'z' || digit(c) || c == '-') {
			return false
		}
	}
	return len(text) > 0
}

func hasSuffix(suffix string) func([]byte) bool {
	return func(text []byte) bool { return bytes.HasSuffix(text, []byte(suffix)) }
}

// truncatedHives are the short forms that section 6.17.1 forbids.
var truncatedHives = []string{"HKLM", "HKCU", "HKCR", "HKU", "HKCC", "HKPD", "HKDD"}

func isFullHive(key []byte) bool {
	hive, _, _ := strings.Cut(string(key), `\`)
	for _, short := range truncatedHives {
		if strings.EqualFold(hive, short) {
			return false
		}
	}
	return true
}

func isIPv4(text []byte) bool {
	p, ok := cidr(text)
	return ok && p.Addr().Is4()
}

func isIPv6(text []byte) bool {
	p, ok := cidr(text)
	return ok && p.Addr().Is6()
}

// cidr reads an address, with or without the length of a prefix.
func cidr(text []byte) (netip.Prefix, bool) {
	if bytes.IndexByte(text, '%') >= 0 || len(text) > len("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255/128") {
		return netip.Prefix{}, false
	}
	if bytes.IndexByte(text, '/') >= 0 {
		p, err := netip.ParsePrefix(string(text))
		return p, err == nil
	}
	a, err := netip.ParseAddr(string(text))
	return netip.PrefixFrom(a, 0), err == nil
}

func isMAC(text []byte) bool {
	if len(text) != len("00:00:ab:cd:ef:01") {
		return false
	}
	for i, c := range text {
		if i%3 == 2 && c != ':' || i%3 != 2 && !lowerHex(c) {
			return false
		}
	}
	return true
}

func lowerHex(c byte) bool { return digit(c) || c >= 'a' && c <= 'f' }
