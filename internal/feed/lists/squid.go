package lists

import (
	"io"
	"strings"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// SquidDomains writes a file of Squid's acl type dstdomain: ".name" is the name
// and all beneath it, "name" itself alone.
//
// To Squid it is an error that ends it if a name stands in the file beneath a
// ".name" that comes later (ACLDomainData::parse), so that a name beneath
// another is left out: it is blocked anyway. A dstdomain file knows no exception:
// no ".name" above a must-resolve name is written.
func SquidDomains(w io.Writer, s feed.Set) ([]feed.Left, error) {
	out := feed.NewOutput(w)
	whole := make(map[string]struct{})
	for _, p := range s.Blocks() {
		if p.Type == observable.Domain && !p.Exact && len(s.Except(p.Text)) == 0 {
			whole[p.Text] = struct{}{}
		}
	}
	for _, p := range s.Blocks() {
		if p.Type != observable.Domain || within(whole, p.Text) {
			continue
		}
		switch _, written := whole[p.Text]; {
		case written:
			out.Line(".", p.Text)
		case !p.Exact:
			out.Leave(p, s.Above(p))
		case p.Text[0] == '-':
			out.Leave(p, "Squid takes what begins with a hyphen for an option")
		default:
			out.Line(p.Text)
		}
	}
	return out.Done()
}

// within says whether a name above this one is among the names.
func within(names map[string]struct{}, name string) bool {
	for {
		_, up, ok := strings.Cut(name, ".")
		if !ok {
			return false
		}
		if _, ok := names[up]; ok {
			return true
		}
		name = up
	}
}

// SquidAddresses writes a file of Squid's acl type dst: addresses and prefixes.
func SquidAddresses(w io.Writer, s feed.Set) ([]feed.Left, error) {
	return Plain(observable.IPv4, observable.IPv6)(w, s)
}
