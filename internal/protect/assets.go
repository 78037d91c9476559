package protect

import (
	"fmt"
	"net/netip"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// Assets refuses what an owner protects, whoever wants it blocked or
// redirected: names with those below and above them, URLs there, addresses and
// prefixes that overlap, and any other value exactly.
type Assets struct {
	names    map[string]bool
	prefixes []netip.Prefix
	others   map[observable.Value]bool
}

// NewAssets makes the guard of a list of values.
func NewAssets(values []observable.Value) *Assets {
	a := &Assets{names: map[string]bool{}, others: map[observable.Value]bool{}}
	for _, v := range values {
		if host, ok := v.Host(); ok { // who protects a page protects its site
			v = host
		}
		if prefix, ok := v.Prefix(); ok {
			a.prefixes = append(a.prefixes, prefix)
		} else if v.Type == observable.Domain {
			a.names[v.Text] = true
		} else {
			a.others[v] = true
		}
	}
	return a
}

// Name is "owner".
func (*Assets) Name() string { return "owner" }

// Check implements Guard.
func (a *Assets) Check(v observable.Value) (string, bool) {
	t := targetOf(v)
	if a.others[v] {
		return v.Text + " is protected by this edge's owner", true
	}
	for _, p := range a.prefixes {
		if t.prefix.IsValid() && p.Overlaps(t.prefix) {
			return fmt.Sprintf("%s overlaps %s, which this edge's owner protects", t.prefix, p), true
		}
	}
	for above := range ancestors(t.name) {
		if a.names[above] {
			return fmt.Sprintf("%s lies in %s, which this edge's owner protects", t.name, above), true
		}
	}
	for name := range a.names {
		if t.name != "" && t.whole && under(name, t.name) {
			return fmt.Sprintf("%s is above %s, which this edge's owner protects", t.name, name), true
		}
	}
	return "", false
}
