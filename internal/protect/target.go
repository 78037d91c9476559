package protect

import (
	"net/netip"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// target is what a block of a value would hit on the network: a name, an
// address range, or for a hash neither.
type target struct {
	name   string       // of a domain, or the host of a URL
	suffix string       // the public suffix that the name is under, or is; of a whole name
	prefix netip.Prefix // of an address or a range, or the host of a URL
	// whole says that everything under the name or prefix is hit; a URL with a
	// path or query hits only itself.
	whole bool
	// unknown says that it cannot be told what is hit.
	unknown bool
}

func targetOf(v observable.Value) target {
	switch v.Type {
	case observable.Domain:
		return hostTarget(v.Text, true)
	case observable.IPv4, observable.IPv6:
		normal, err := observable.New(v.Type, v.Text)
		if err != nil {
			return target{unknown: true}
		}
		p, ok := normal.Prefix()
		return target{prefix: p, whole: true, unknown: !ok}
	case observable.URL:
		host, ok := v.Host()
		if !ok {
			return target{unknown: true}
		}
		_, rest, _ := strings.Cut(v.Text, "://")
		at := strings.IndexAny(rest, "/?#")
		return hostTarget(host.Text, at < 0 || rest[at:] == "/")
	}
	return target{}
}

// hostTarget takes an address written as a name for the address that it is, and a
// name in whatever spelling for its normal form: else a guard could be walked
// around.
func hostTarget(host string, whole bool) target {
	v, err := observable.Host(host)
	if err != nil {
		return target{unknown: true}
	}
	if p, ok := v.Prefix(); ok {
		return target{prefix: p, whole: whole}
	}
	t := target{name: v.Text, whole: whole}
	if whole { // it takes a third of a verdict's time, and an allocation
		t.suffix, _ = publicsuffix.PublicSuffix(v.Text)
	}
	return t
}

// top is the name's last label.
func (t target) top() string { return t.name[strings.LastIndexByte(t.name, '.')+1:] }

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
