// Package observable is the common word of telemetry and indicators: a typed
// value, written one way however it was seen. What a sensor logs and what an
// indicator names meet here, so that both sides normalise alike.
package observable

import (
	"fmt"
	"strings"

	"golang.org/x/text/unicode/norm"
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

	// Indicator is a STIX indicator's id: what a pattern was seen as that is
	// no list of values.
	Indicator Type = "indicator"
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
// port and fragment; file names, services and what is below a registry's hive
// in lower case, mutexes as they are; a wallet's address with its checksum
// checked. What New returned it returns unchanged.
//
// Where text is normal already the value shares it, and nothing is allocated.
func New(t Type, text string) (Value, error) {
	text = strings.TrimSpace(text)
	switch t {
	case FileName, FilePath, Mutex, Service, Registry, Email:
		// Composed first, since it can change how long the text is.
		text = norm.NFC.String(text)
	}
	var err error
	switch t {
	case Domain:
		text, err = domain(text)
	case IPv4, IPv6:
		return address(text)
	case URL:
		text, err = link(text)
	case MD5, SHA1, SHA256, SHA512:
		text, err = hash(text, hashDigits[t])
	case FileName:
		text, err = fileName(text)
	case FilePath:
		text, err = filePath(text)
	case Mutex:
		text, err = mutex(text)
	case Service:
		text, err = service(text)
	case Registry:
		text, err = registryKey(text)
	case JA3, JA3S:
		text, err = ja3(text)
	case JA4:
		text, err = ja4(text)
	case Email:
		text, err = email(text)
	case Wallet:
		text, err = wallet(text)
	case Indicator:
		text, err = indicatorID(text)
	default:
		err = fmt.Errorf("unknown observable type %q", t)
	}
	if err != nil {
		return Value{}, err
	}
	return Value{Type: t, Text: text}, nil
}
