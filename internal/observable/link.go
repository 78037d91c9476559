package observable

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// link normalises a URL by RFC 3986, section 6.2.2 and 6.2.3, and returns text
// itself where it is normal already. It takes what browsers and sensors
// write, not only what the RFC's grammar has: a byte that the grammar does not
// allow is percent-encoded, a percent sign that begins no encoding is "%25".
// Dot segments stay: servers are sent them as they are.
func link(text string) (string, error) {
	scheme, rest, found := strings.Cut(text, "://")
	if !found || !isScheme(scheme) {
		return "", fmt.Errorf("URL %q: a scheme and a host are needed, as in http://host/path", text)
	}
	var room [512]byte
	out := appendLower(room[:0], scheme)
	out = append(out, "://"...)
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	out, err := appendAuthority(out, rest[:end], scheme)
	if err != nil {
		return "", fmt.Errorf("URL %q: %w", text, err)
	}
	rest, _, _ = strings.Cut(rest[end:], "#")
	if !strings.HasPrefix(rest, "/") {
		out = append(out, '/')
	}
	out = appendEncoded(out, rest)
	if string(out) == text {
		return text, nil
	}
	return string(out), nil
}

// Host is the domain or the address that a URL names.
func (v Value) Host() (Value, bool) {
	_, rest, found := strings.Cut(v.Text, "://")
	if v.Type != URL || !found {
		return Value{}, false
	}
	authority, _, _ := strings.Cut(rest, "/")
	_, host, _, err := splitAuthority(authority)
	if err != nil {
		return Value{}, false
	}
	if a, ok := hostAddr(host); ok {
		return Addr(a, host), true
	}
	return Value{Type: Domain, Text: host}, true
}

// Host is the value of a host without its port: an address or a domain.
func Host(host string) (Value, error) {
	if a, ok := hostAddr(host); ok {
		return Addr(a, host), nil
	}
	return New(Domain, host)
}

// hostAddr spares names the parser's error, which is allocated.
func hostAddr(host string) (netip.Addr, bool) {
	if host == "" || host[len(host)-1] > '9' && strings.IndexByte(host, ':') < 0 {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(host)
	return a, err == nil
}

func isScheme(s string) bool {
	for i := range len(s) {
		c := s[i] | 0x20
		letter := c >= 'a' && c <= 'z'
		if !letter && (i == 0 || (s[i] < '0' || s[i] > '9') && s[i] != '+' && s[i] != '-' && s[i] != '.') {
			return false
		}
	}
	return s != ""
}

func appendLower(out []byte, s string) []byte {
	for i := range len(s) {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		out = append(out, c)
	}
	return out
}

// splitAuthority cuts "user@host:port"; the host of an IPv6 address comes
// without its brackets.
func splitAuthority(authority string) (user, host, port string, err error) {
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		user, authority = authority[:at+1], authority[at+1:]
	}
	if inner, bracket := strings.CutPrefix(authority, "["); bracket {
		host, port, found := strings.Cut(inner, "]")
		if !found || port != "" && port[0] != ':' {
			return "", "", "", fmt.Errorf("host %q: want [address] or [address]:port", authority)
		}
		if a, err := netip.ParseAddr(host); err != nil || !a.Is6() {
			return "", "", "", fmt.Errorf("host %q: no IPv6 address within the brackets", authority)
		}
		return user, host, strings.TrimPrefix(port, ":"), nil
	}
	host, port, _ = strings.Cut(authority, ":")
	return user, host, port, nil
}

func appendAuthority(out []byte, authority, scheme string) ([]byte, error) {
	user, host, port, err := splitAuthority(authority)
	if err != nil {
		return nil, err
	}
	out = appendEncoded(out, user)
	if a, ok := hostAddr(host); ok {
		a = a.Unmap().WithZone("")
		if a.Is4() {
			out = a.AppendTo(out)
		} else {
			out = append(a.AppendTo(append(out, '[')), ']')
		}
	} else {
		name, err := domain(host)
		if err != nil {
			return nil, err
		}
		out = append(out, name...)
	}
	if port == "" {
		return out, nil
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("port %q: want a number from 0 to 65535", port)
	}
	if number == 80 && strings.EqualFold(scheme, "http") || number == 443 && strings.EqualFold(scheme, "https") {
		return out, nil
	}
	return strconv.AppendUint(append(out, ':'), number, 10), nil
}

const hexDigits = "0123456789ABCDEF"

// urlClass says how a byte of a path or query is written: plain if RFC 3986
// allows it there, forbidden if it has to be encoded.
var urlClass = func() (class [256]byte) {
	for c := '!'; c < 0x7f; c++ {
		class[c] = plain
	}
	for _, c := range "\"<>\\^`{|}" {
		class[c] = forbidden
	}
	return class
}()

func appendEncoded(out []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			if d := unhex(s[i+1])<<4 | unhex(s[i+2]); isUnreserved(d) {
				out = append(out, d)
			} else {
				out = append(out, '%', hexDigits[d>>4], hexDigits[d&15])
			}
			i += 2
		case c == '%' || urlClass[c] == forbidden:
			out = append(out, '%', hexDigits[c>>4], hexDigits[c&15])
		default:
			out = append(out, c)
		}
	}
	return out
}

func isUnreserved(c byte) bool {
	l := c | 0x20
	return l >= 'a' && l <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~'
}

func isHex(c byte) bool {
	l := c | 0x20
	return c >= '0' && c <= '9' || l >= 'a' && l <= 'f'
}

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c&^0x20 - 'A' + 10
}
