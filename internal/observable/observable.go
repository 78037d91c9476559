// Package observable is the common word of telemetry and indicators: a typed
// value, written one way however it was seen. What a sensor logs and what an
// indicator names meet here, so that both sides normalise alike.
package observable

import (
	"fmt"
	"strings"
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
	SHA512 Type = "file:sha-512"

	FileName Type = "file:name"
	FilePath Type = "file:path" // directory and name
	Mutex    Type = "mutex"
	Service  Type = "windows-service"
	Registry Type = "windows-registry-key"
	JA3      Type = "tls:ja3"
	JA3S     Type = "tls:ja3s"
	JA4      Type = "tls:ja4"
	Email    Type = "email-addr"
	Wallet   Type = "cryptocurrency-address"
)

// Value is a normalised observable; it is comparable and can be a map's key.
// Make one with New, Infer or Addr.
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
// port and fragment. What New returned it returns unchanged.
//
// Where text is normal already the value shares it, and nothing is allocated.
func New(t Type, text string) (Value, error) {
	text = strings.TrimSpace(text)
	var err error
	switch t {
	case Domain:
		text, err = domain(text)
	case IPv4, IPv6:
		return address(text)
	case URL:
		text, err = link(text)
	case MD5, SHA1, SHA256:
		text, err = hash(text, hashDigits[t])
	default:
		err = fmt.Errorf("unknown observable type %q", t)
	}
	if err != nil {
		return Value{}, err
	}
	return Value{Type: t, Text: text}, nil
}
