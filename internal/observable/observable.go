// Package observable is the common word of telemetry and indicators: a typed
// value, written one way however it was seen. What a sensor logs and what an
// indicator names meet here, so that both sides normalise alike.
package observable

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/idna"
)

// Type says what a value is. The names are STIX 2.1's observable types, hashes
// with their algorithm.
type Type string

// The types that Tocsin matches.
const (
	Domain Type = "domain-name"
	IPv4   Type = "ipv4-addr" // an address or a prefix in CIDR notation
	IPv6   Type = "ipv6-addr"
	URL    Type = "url"
	MD5    Type = "file:md5"
	SHA1   Type = "file:sha-1"
	SHA256 Type = "file:sha-256"
)

// Value is a normalised observable; it is comparable and can be a map's key.
// Make one with New or Infer.
type Value struct {
	Type Type   `json:"type"`
	Text string `json:"value"`
}

// String is "type=value", for logs and messages.
func (v Value) String() string { return string(v.Type) + "=" + v.Text }

// New normalises text as the type wants it: names and hashes in lower case,
// names without the trailing dot and in ASCII (IDNA), addresses in their
// canonical form (RFC 5952; an IPv4-mapped IPv6 address is the IPv4 address),
// prefixes masked, a URL's scheme and host in lower case without its default
// port and fragment.
func New(t Type, text string) (Value, error) {
	text = strings.TrimSpace(text)
	var err error
	switch t {
	case Domain:
		text, err = domain(text)
	case IPv4, IPv6:
		t, text, err = address(text)
	case URL:
		text, err = link(text)
	case MD5:
		text, err = hash(text, 32)
	case SHA1:
		text, err = hash(text, 40)
	case SHA256:
		text, err = hash(text, 64)
	default:
		err = fmt.Errorf("unknown observable type %q", t)
	}
	if err != nil {
		return Value{}, err
	}
	return Value{Type: t, Text: text}, nil
}

// Infer finds the type of a value as it stands in a plain list.
func Infer(text string) (Value, error) {
	text = strings.TrimSpace(text)
	if strings.Contains(text, "://") {
		return New(URL, text)
	}
	if v, err := New(IPv4, text); err == nil {
		return v, nil
	}
	for _, t := range []Type{MD5, SHA1, SHA256} {
		if v, err := New(t, text); err == nil {
			return v, nil
		}
	}
	v, err := New(Domain, text)
	if err != nil {
		return Value{}, fmt.Errorf("%q is no domain, address, prefix, URL or hash: %w", text, err)
	}
	if !strings.Contains(v.Text, ".") {
		return Value{}, fmt.Errorf("%q is no domain, address, prefix, URL or hash", text)
	}
	return v, nil
}

func domain(text string) (string, error) {
	name := strings.TrimSuffix(strings.ToLower(text), ".")
	if !isASCII(name) {
		var err error
		if name, err = idna.Lookup.ToASCII(name); err != nil {
			return "", fmt.Errorf("domain %q: %w", text, err)
		}
	}
	if name == "" || len(name) > 253 {
		return "", fmt.Errorf("domain %q: a name has 1 to 253 characters", text)
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 {
			return "", fmt.Errorf("domain %q: a label has 1 to 63 characters", text)
		}
		for i := range len(label) {
			if c := label[i]; c <= ' ' || c == 0x7f || strings.IndexByte("/:@\"'()<>,;\\[]{}|^`?#&=%+!*$~", c) >= 0 {
				return "", fmt.Errorf("domain %q: character %q is not allowed", text, c)
			}
		}
	}
	return name, nil
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

func address(text string) (Type, string, error) {
	if strings.Contains(text, "/") {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return "", "", fmt.Errorf("prefix %q: %w", text, err)
		}
		if p.Addr().Is4In6() && p.Bits() >= 96 {
			p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
		}
		p = p.Masked()
		if p.IsSingleIP() {
			return family(p.Addr()), p.Addr().String(), nil
		}
		return family(p.Addr()), p.String(), nil
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		return "", "", fmt.Errorf("address %q: %w", text, err)
	}
	a = a.Unmap().WithZone("")
	return family(a), a.String(), nil
}

func family(a netip.Addr) Type {
	if a.Is4() {
		return IPv4
	}
	return IPv6
}

func link(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil {
		return "", fmt.Errorf("URL %q: %w", text, err)
	}
	if u.Scheme == "" || u.Host == "" {
		return "", fmt.Errorf("URL %q: a scheme and a host are needed", text)
	}
	u.Scheme = strings.ToLower(u.Scheme)
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port := u.Port(); port != "" && !(u.Scheme == "http" && port == "80") && !(u.Scheme == "https" && port == "443") {
		host += ":" + port
	}
	u.Host, u.Fragment, u.RawFragment = host, "", ""
	if u.Path == "" {
		u.Path = "/"
	}
	return u.String(), nil
}

func hash(text string, digits int) (string, error) {
	text = strings.ToLower(text)
	if len(text) != digits {
		return "", fmt.Errorf("hash %q: %d hexadecimal digits are needed", text, digits)
	}
	for i := range len(text) {
		if c := text[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return "", fmt.Errorf("hash %q: character %q is not hexadecimal", text, c)
		}
	}
	return text, nil
}
