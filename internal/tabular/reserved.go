package tabular

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// Prefixes shorter than these name so much of the Internet that a list means
// something else by them.
const (
	shortestIPv4 = 8
	shortestIPv6 = 20
)

// emptyFile holds the hashes of no bytes at all, which tools write where
// hashing failed.
var emptyFile = map[string]bool{
	"d41d8cd98f00b204e9800998ecf8427e":                                 true,
	"da39a3ee5e6b4b0d3255bfef95601890afd80709":                         true,
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855": true,
}

// reserved says why a value cannot mean anything to another partner: it is
// reserved (RFC 6761, RFC 6890), or means another thing at each of them.
func reserved(v observable.Value) error {
	switch v.Type {
	case observable.Domain:
		return reservedName(v.Text)
	case observable.IPv4, observable.IPv6:
		return reservedPrefix(v.Text)
	case observable.URL:
		u, err := url.Parse(v.Text)
		if err != nil {
			return err
		}
		if _, err := netip.ParseAddr(u.Hostname()); err == nil {
			return reservedPrefix(u.Hostname())
		}
		return reservedName(u.Hostname())
	}
	if emptyFile[v.Text] {
		return fmt.Errorf("%s is the hash of an empty file", v.Text)
	}
	return nil
}

func reservedName(name string) error {
	top := name[strings.LastIndexByte(name, '.')+1:]
	switch {
	case strings.Trim(top, "0123456789") == "":
		return fmt.Errorf("%s is no domain: its last label has digits only", name)
	case top == "localhost" || top == "local" || top == "invalid" || top == "arpa" || top == "internal":
		return fmt.Errorf("%s is reserved: .%s means nothing in the public DNS", name, top)
	}
	return nil
}

func reservedPrefix(text string) error {
	p, err := netip.ParsePrefix(text)
	if err != nil {
		a, err := netip.ParseAddr(text)
		if err != nil {
			return err
		}
		p = netip.PrefixFrom(a, a.BitLen())
	}
	a := p.Addr()
	if shortest := shortestFor(a); p.Bits() < shortest {
		return fmt.Errorf("%s covers too much: a list takes prefixes from /%d on", text, shortest)
	}
	switch {
	case a.IsUnspecified(), a.Is4() && a.As4()[0] == 0:
		return fmt.Errorf("%s is reserved: it stands for no host", text)
	case a.IsLoopback():
		return fmt.Errorf("%s is a loopback address", text)
	case a.IsLinkLocalUnicast():
		return fmt.Errorf("%s is a link-local address", text)
	case a.IsMulticast(), a.Is4() && a.As4()[0] >= 240:
		return fmt.Errorf("%s is a multicast or reserved address", text)
	case a.IsPrivate():
		return fmt.Errorf("%s is a private address: it is another host at each partner", text)
	}
	return nil
}

func shortestFor(a netip.Addr) int {
	if a.Is4() {
		return shortestIPv4
	}
	return shortestIPv6
}
