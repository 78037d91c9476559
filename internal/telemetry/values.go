package telemetry

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"unsafe"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// domainValue is observable.New of a domain. Nearly all names are normal, which
// is seen eight bytes at a time.
func domainValue(text string) (observable.Value, error) {
	if isPlainName(text) {
		return observable.Value{Type: observable.Domain, Text: text}, nil
	}
	return observable.New(observable.Domain, text)
}

const (
	ones  = 0x0101010101010101
	highs = 0x80 * ones
)

// isPlainName says that the text is a normal domain, as far as that is quickly
// told: 8 to 63 lower-case letters, digits, hyphens and dots, and no empty label.
func isPlainName(text string) bool {
	n := len(text)
	if n < 8 || n > 63 || text[n-1] == '.' {
		return false
	}
	b := unsafe.Slice(unsafe.StringData(text), n) //nolint:gosec // read only
	before := uint64(0x80)                        // a dot at the beginning is as wrong as two
	for at := 0; ; {
		w := binary.LittleEndian.Uint64(b[at:])
		dots := between(w, '.', '.')
		plain := between(w, 'a', 'z') | between(w, '-', '9')&^between(w, '/', '/')
		if w&highs != 0 || plain != highs || dots&(dots<<8|before) != 0 {
			return false
		}
		if at == n-8 {
			return true
		}
		before = dots >> 56
		if at += 8; at > n-8 { // the last word overlaps, and has the two bytes at the joint
			at, before = n-8, 0
		}
	}
}

// between has the high bit of each byte set that is from low to high, if all
// bytes are ASCII.
func between(w uint64, low, high byte) uint64 {
	return (w + ones*uint64(0x80-low)) &^ (w + ones*uint64(0x7f-high)) & highs
}

// addressValue reads an address; an IPv4 address within an IPv6 one is the
// former, and a zone is left out.
func addressValue(text string) (netip.Addr, observable.Value, bool) {
	if a, ok := dotted(text); ok {
		return a, observable.Value{Type: observable.IPv4, Text: text}, true
	}
	if strings.IndexByte(text, ':') < 0 { // which spares the parser's error, which is allocated
		return netip.Addr{}, observable.Value{}, false
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Addr{}, observable.Value{}, false
	}
	a = a.Unmap().WithZone("")
	return a, observable.Addr(a, text), true
}

// dotted reads an IPv4 address, which has only one form: without zeros in
// front.
func dotted(s string) (netip.Addr, bool) {
	if len(s) < 7 || len(s) > 15 {
		return netip.Addr{}, false
	}
	var all, n uint32
	dots, start := 0, 0
	for i := range len(s) {
		c := uint32(s[i])
		if d := c - '0'; d <= 9 {
			if n = n*10 + d; n > 255 || n == d && i > start {
				return netip.Addr{}, false
			}
			continue
		}
		if c != '.' || i == start {
			return netip.Addr{}, false
		}
		all, n, start = all<<8|n, 0, i+1
		dots++
	}
	if dots != 3 || start == len(s) {
		return netip.Addr{}, false
	}
	all = all<<8 | n
	return netip.AddrFrom4([4]byte{byte(all >> 24), byte(all >> 16), byte(all >> 8), byte(all)}), true
}

// hashValue is observable.New of a hash, which sensors write as it is normal.
func hashValue(t observable.Type, digits int, text string) (observable.Value, error) {
	if len(text) == digits && isLowerHex(text) {
		return observable.Value{Type: t, Text: text}, nil
	}
	return observable.New(t, text)
}

// isLowerHex wants a multiple of eight digits.
func isLowerHex(text string) bool {
	b := unsafe.Slice(unsafe.StringData(text), len(text)) //nolint:gosec // read only
	for ; len(b) >= 8; b = b[8:] {
		w := binary.LittleEndian.Uint64(b)
		if w&highs != 0 || between(w, '0', '9')|between(w, 'a', 'f') != highs {
			return false
		}
	}
	return true
}

// urlBytes are those that stand in a normal URL's path and query as they are;
// a percent sign has to be looked at.
var urlBytes = func() (plain [256]bool) {
	for c := '!'; c < 0x7f; c++ {
		plain[c] = true
	}
	for _, c := range "\"<>\\^`{|}%#" {
		plain[c] = false
	}
	return plain
}()

func isPlainPath(text string) bool {
	for i := range len(text) {
		if !urlBytes[text[i]] {
			return false
		}
	}
	return true
}
