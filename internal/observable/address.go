package observable

import (
	"fmt"
	"net/netip"
	"strings"
)

// Addr is the value of an address. If written, the text it was read from, is
// in canonical form, the value shares it, and nothing is allocated.
func Addr(a netip.Addr, written string) Value {
	a = a.Unmap().WithZone("")
	var room [64]byte
	if text := a.AppendTo(room[:0]); string(text) != written {
		written = string(text)
	}
	return Value{Type: family(a), Text: written}
}

// Prefix is the prefix that the value stands for: that of a single address has
// all its bits. It is false for what is neither address nor prefix.
func (v Value) Prefix() (netip.Prefix, bool) {
	if v.Type != IPv4 && v.Type != IPv6 {
		return netip.Prefix{}, false
	}
	if strings.IndexByte(v.Text, '/') >= 0 {
		p, err := netip.ParsePrefix(v.Text)
		return p, err == nil
	}
	a, err := netip.ParseAddr(v.Text)
	if err != nil {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a, a.BitLen()), true
}

func address(text string) (Value, error) {
	if strings.IndexByte(text, '/') >= 0 {
		return prefix(text)
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		return Value{}, fmt.Errorf("address %q: %w", text, err)
	}
	return Addr(a, text), nil
}

func prefix(text string) (Value, error) {
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return Value{}, fmt.Errorf("prefix %q: %w", text, err)
	}
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	p = p.Masked()
	if p.IsSingleIP() {
		return Addr(p.Addr(), ""), nil
	}
	return Value{Type: family(p.Addr()), Text: p.String()}, nil
}

func family(a netip.Addr) Type {
	if a.Is4() {
		return IPv4
	}
	return IPv6
}
