package rpz

import (
	"cmp"
	"net/netip"
	"strings"
)

// key is what a policy is about, a name or a prefix: both stand one beneath
// another, so that both go the same way.
type key[K any] interface {
	comparable
	// compare orders keys so that what is beneath a key follows it at once.
	compare(other K) int
	// above is the next key above.
	above() (up K, ok bool)
	// holds says whether other is the key itself or beneath it.
	holds(other K) bool
	// depth is how far below all others the key stands, at most maxDepth.
	depth() int
}

// maxDepth is that of an IPv6 address; a name has at most 127 labels.
const maxDepth = 128

// name is a domain in lower case, without the final dot.
type name string

func (n name) compare(o name) int { return compareNames(string(n), string(o)) }

func (n name) above() (name, bool) {
	_, up, ok := strings.Cut(string(n), ".")
	return name(up), ok
}

func (n name) holds(o name) bool {
	return len(o) >= len(n) && o[len(o)-len(n):] == n && (len(o) == len(n) || o[len(o)-len(n)-1] == '.')
}

func (n name) depth() int { return min(strings.Count(string(n), "."), maxDepth) }

// compareNames compares from the last character to the first, the dot before
// all others: a name comes before all names beneath it, and these before any other.
func compareNames(a, b string) int {
	for i, j := len(a)-1, len(b)-1; i >= 0 && j >= 0; i, j = i-1, j-1 {
		switch {
		case a[i] == b[j]:
		case a[i] == '.':
			return -1
		case b[j] == '.':
			return 1
		default:
			return cmp.Compare(a[i], b[j])
		}
	}
	return cmp.Compare(len(a), len(b))
}

// block is an address or a prefix, masked.
type block struct{ netip.Prefix }

func (b block) compare(o block) int {
	return cmp.Or(b.Addr().Compare(o.Addr()), cmp.Compare(b.Bits(), o.Bits()))
}

func (b block) above() (block, bool) {
	if b.Bits() <= 0 {
		return b, false
	}
	up, err := b.Addr().Prefix(b.Bits() - 1)
	return block{up}, err == nil
}

func (b block) holds(o block) bool { return b.Bits() <= o.Bits() && b.Contains(o.Addr()) }

func (b block) depth() int { return b.Bits() }
