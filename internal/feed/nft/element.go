package nft

import (
	"cmp"
	"fmt"
	"net/netip"
	"time"

	"github.com/google/nftables"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// kind is which set an address or a prefix belongs to: its family and length.
type kind struct {
	is6  bool
	bits int // 32 or 128: single addresses
}

func (k kind) compare(other kind) int {
	return cmp.Or(cmp.Compare(k.size(), other.size()), cmp.Compare(other.bits, k.bits))
}

// size is an address's, in bytes.
func (k kind) size() int {
	if k.is6 {
		return 16
	}
	return 4
}

func (k kind) single() bool { return k.bits == 8*k.size() }

// name is the set's, such as "block4" or "prefix6-48".
func (k kind) name() string {
	family := 4
	if k.is6 {
		family = 6
	}
	if k.single() {
		return fmt.Sprintf("block%d", family)
	}
	return fmt.Sprintf("prefix%d-%d", family, k.bits)
}

// address gives the set that a protection's value belongs to, and its key there.
// A prefix is of an IPv4-mapped address nowhere: observable.New has none.
func address(p protect.Protection) (k kind, key []byte, ok bool) {
	if p.Type != observable.IPv4 && p.Type != observable.IPv6 {
		return kind{}, nil, false
	}
	prefix, ok := p.Prefix()
	if !ok || prefix.Addr().Zone() != "" || prefix.Bits() == 0 {
		return kind{}, nil, false // all addresses there are: no such block
	}
	return kindOf(prefix), prefix.Masked().Addr().AsSlice(), true
}

func kindOf(p netip.Prefix) kind { return kind{p.Addr().Is6(), p.Bits()} }

// elements are what goes into each set, or out of it.
type elements map[kind][]nftables.SetElement

func (e elements) add(p protect.Protection, now time.Time) {
	if k, key, ok := address(p); ok {
		e[k] = append(e[k], nftables.SetElement{Key: key, Timeout: timeout(p, now)})
	}
}

// timeout is the time that a protection has left, in whole milliseconds, as the
// kernel takes it, none of them lost; 0 if it has no end. What has ended already has
// one millisecond.
func timeout(p protect.Protection, now time.Time) time.Duration {
	if p.Expires.IsZero() {
		return 0
	}
	left := p.Expires.Sub(now)
	return max(left.Truncate(time.Millisecond)+time.Millisecond, time.Millisecond)
}
