// Package warninglist reads MISP warninglists (github.com/MISP/misp-warninglists):
// names, addresses and hashes that reports of attacks name over and over and that
// harm bystanders when they are blocked. Whatever type a list gives itself, its
// names are matched label by label: a substring or a pattern would let an attacker
// choose a name that is guarded.
package warninglist

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/gaissmai/bart"
	"golang.org/x/net/publicsuffix"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// Hit is the entry that speaks against blocking a value.
type Hit struct {
	List  string // the list's folder
	Entry string // as it is matched; "*.NAME" for some name below NAME
	Why   string // in words, for people
}

// Lists are warninglists made ready. They do not change, and may be asked from
// many goroutines at once.
type Lists struct {
	names   []label // by list number
	texts   table   // names and hashes
	whole   bart.Table[uint16]
	rented  bart.Table[uint16]
	regexes map[observable.Type][]regex
}

// label is how a list is named to people.
type label struct{ folder, title string }

// Check says which entry speaks against blocking the value: the name itself, a
// listed name above it or below it, a listed range that overlaps, or the hash
// itself. Names below one that is a public suffix, or that a list of the meaning
// Strangers has, belong to others and pass; so do single addresses within a range
// that is rented out one by one, and URLs with a path or a query, which hit one
// page.
func (l *Lists) Check(v observable.Value) (Hit, bool) {
	hit, bad := l.plain(v)
	if bad || l.regexes == nil {
		return hit, bad
	}
	for _, r := range l.regexes[v.Type] {
		if r.MatchString(v.Text) {
			return l.hit(r.list, r.String(), v.Text+" matches "+r.String()), true
		}
	}
	return Hit{}, false
}

func (l *Lists) plain(v observable.Value) (Hit, bool) {
	if v.Type == observable.URL {
		_, rest, _ := strings.Cut(v.Text, "://")
		if _, page, _ := strings.Cut(rest, "/"); page != "" {
			return Hit{}, false
		}
		host, ok := v.Host()
		if !ok {
			return Hit{}, false
		}
		v = host
	}
	switch v.Type {
	case observable.Domain:
		return l.checkName(v.Text)
	case observable.IPv4, observable.IPv6:
		return l.checkPrefix(v)
	}
	if m, listed := l.texts.find(kindOf(v.Type), v.Text); listed {
		return l.hit(m.list(), v.Text, v.Text+" itself stands"), true
	}
	return Hit{}, false
}

func (l *Lists) checkName(name string) (Hit, bool) {
	m, found := l.texts.find(kindName, name)
	switch {
	case m.is(listed):
		return l.hit(m.list(), name, name+" itself stands"), true
	case found:
		return l.hit(m.list(), "*."+name, "a name below "+name+" stands"), true
	}
	for at := name; ; {
		_, above, more := strings.Cut(at, ".")
		if !more {
			return Hit{}, false
		}
		at = above
		switch m, _ := l.texts.find(kindName, at); {
		case m.is(strangers):
			return Hit{}, false
		case m.is(below):
			// Asked last: it takes longer than all the rest.
			if suffix, _ := publicsuffix.PublicSuffix(name); len(at) <= len(suffix) {
				return Hit{}, false
			}
			return l.hit(m.list(), at, name+" lies in "+at+", which stands"), true
		}
	}
}

func (l *Lists) checkPrefix(v observable.Value) (Hit, bool) {
	p, ok := v.Prefix()
	if !ok {
		return Hit{}, false
	}
	if entry, list, found := overlap(&l.whole, p); found {
		return l.hit(list, entry.String(), v.Text+" meets "+entry.String()+", which stands"), true
	}
	if p.IsSingleIP() {
		if list, itself := l.rented.Get(p); itself {
			return l.hit(list, v.Text, v.Text+" itself stands"), true
		}
		return Hit{}, false
	}
	if entry, list, found := overlap(&l.rented, p); found {
		return l.hit(list, entry.String(), v.Text+" is more than one address and meets "+entry.String()+", which stands"), true
	}
	return Hit{}, false
}

// overlap gives the narrowest entry that holds the prefix, else one within it.
func overlap(t *bart.Table[uint16], p netip.Prefix) (entry netip.Prefix, list uint16, found bool) {
	if entry, list, found = t.LookupPrefixLPM(p); found || p.IsSingleIP() {
		return entry, list, found
	}
	for entry, list = range t.Subnets(p) {
		return entry, list, true
	}
	return netip.Prefix{}, 0, false
}

func (l *Lists) hit(list uint16, entry, what string) Hit {
	at := l.names[list]
	return Hit{List: at.folder, Entry: entry, Why: fmt.Sprintf("%s in the warning list %q (%s)", what, at.title, at.folder)}
}

// Len is how many different names, addresses, ranges, hashes and expressions are
// matched, the names above listed ones among them.
func (l *Lists) Len() int {
	n := l.texts.count + l.whole.Size() + l.rented.Size()
	for _, list := range l.regexes {
		n += len(list)
	}
	return n
}
