package protect

import (
	"net/netip"
	"net/url"
	"strings"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// target is what a block of a value would hit on the network: a name, an
// address range, or for a hash neither.
type target struct {
	name   string       // of a domain, or the host of a URL
	prefix netip.Prefix // of an address or a range, or the host of a URL
	// whole says that everything under the name or prefix is hit; a URL with a
	// path or query hits only itself.
	whole bool
}

func targetOf(v observable.Value) target {
	switch v.Type {
	case observable.Domain:
		return hostTarget(v.Text, true)
	case observable.IPv4, observable.IPv6:
		if p, err := netip.ParsePrefix(v.Text); err == nil {
			return target{prefix: p, whole: true}
		}
		return hostTarget(v.Text, true)
	case observable.URL:
		u, err := url.Parse(v.Text)
		if err != nil {
			return target{}
		}
		return hostTarget(u.Hostname(), (u.Path == "" || u.Path == "/") && u.RawQuery == "")
	}
	return target{}
}

// hostTarget takes an address written as a name for the address that it is:
// else a guard of addresses could be walked around.
func hostTarget(host string, whole bool) target {
	if a, err := netip.ParseAddr(host); err == nil {
		a = a.Unmap().WithZone("")
		return target{prefix: netip.PrefixFrom(a, a.BitLen()), whole: whole}
	}
	return target{name: strings.TrimSuffix(strings.ToLower(host), "."), whole: whole}
}

// under says whether name is parent or a name below it.
func under(name, parent string) bool {
	return name == parent || len(name) > len(parent) &&
		strings.HasSuffix(name, parent) && name[len(name)-len(parent)-1] == '.'
}

// ancestors yields name, its parent, and so on up to the last label.
func ancestors(name string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for name != "" {
			if !yield(name) {
				return
			}
			_, name, _ = strings.Cut(name, ".")
		}
	}
}
