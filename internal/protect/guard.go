package protect

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// DefaultGuards are the guards that need no configuration. Each one stands for
// a harm that automatic blocking has done.
func DefaultGuards() []Guard {
	return []Guard{Unreadable{}, PrefixWidth{}, PrivateAddresses{}, SpecialNames{}, Resolvers{}, PublicSuffixes{}, CoreNames{}, Hosting{}}
}

// Unreadable refuses what no guard can judge: a URL whose host cannot be told, an
// address that is none, a name that is not written as names are compared.
type Unreadable struct{}

// Name is "unreadable".
func (Unreadable) Name() string { return "unreadable" }

// Check implements Guard.
func (g Unreadable) Check(v observable.Value) (string, bool) { return g.judge(v, targetOf(v)) }

func (Unreadable) judge(v observable.Value, t target) (string, bool) {
	if t.unknown {
		return fmt.Sprintf("it cannot be told what a block of %s would hit", v), true
	}
	return "", false
}

// PrefixWidth refuses prefixes wider than /24 and /48: those are whole
// networks, with bystanders in them.
type PrefixWidth struct{}

// Name is "prefix-width".
func (PrefixWidth) Name() string { return "prefix-width" }

// Check implements Guard.
func (g PrefixWidth) Check(v observable.Value) (string, bool) { return g.judge(v, targetOf(v)) }

func (PrefixWidth) judge(_ observable.Value, t target) (string, bool) {
	p := t.prefix
	if !p.IsValid() {
		return "", false
	}
	limit := 24
	if p.Addr().Is6() {
		limit = 48
	}
	if p.Bits() >= limit {
		return "", false
	}
	return fmt.Sprintf("%s is wider than /%d", p, limit), true
}

// PrivateAddresses refuses addresses that mean something else in every network
// (RFC 1918, RFC 6598, RFC 4193, loopback, link-local, multicast and the rest
// of the special-purpose registries of RFC 6890), and those of IPv6 that nobody
// has been given. Addresses of IPv4 within IPv6 (mapped, NAT64, 6to4, Teredo) are
// among them, so that no other guard can be walked around through one.
// Documentation ranges pass: nobody lives there, so that exercises and trials can
// use them like the rest of the world.
type PrivateAddresses struct{}

// Name is "private-address".
func (PrivateAddresses) Name() string { return "private-address" }

// Check implements Guard.
func (g PrivateAddresses) Check(v observable.Value) (string, bool) { return g.judge(v, targetOf(v)) }

func (PrivateAddresses) judge(_ observable.Value, t target) (string, bool) {
	if special, bad := specialPrefixes.meets(t.prefix); bad {
		return fmt.Sprintf("%s lies in %s, which is private or reserved and another host in every network", t.prefix, special), true
	}
	return "", false
}

// SpecialNames refuses names that mean something else in every network
// (RFC 6761 and the habits of local networks).
type SpecialNames struct{}

// Name is "special-name".
func (SpecialNames) Name() string { return "special-name" }

// Check implements Guard.
func (g SpecialNames) Check(v observable.Value) (string, bool) { return g.judge(v, targetOf(v)) }

func (SpecialNames) judge(_ observable.Value, t target) (string, bool) {
	if special := t.top(); specialNames[special] {
		return fmt.Sprintf("%s lies in %q, which is local to every network", t.name, special), true
	}
	return "", false
}

// Resolvers refuses the addresses of public resolvers and of the root servers:
// block lists derived from DNS logs have listed them.
type Resolvers struct{}

// Name is "resolver".
func (Resolvers) Name() string { return "resolver" }

// Check implements Guard.
func (g Resolvers) Check(v observable.Value) (string, bool) { return g.judge(v, targetOf(v)) }

func (Resolvers) judge(_ observable.Value, t target) (string, bool) {
	if !t.whole {
		return "", false
	}
	if at, bad := resolvers.meets(t.prefix); bad {
		return fmt.Sprintf("%s is a public resolver or root server: without it names stop resolving", at.Addr()), true
	}
	return "", false
}

// PublicSuffixes refuses names under which strangers register theirs, "co.uk"
// as well as "github.io" (publicsuffix.org, both sections), and names above
// one: a block would hit all of them.
type PublicSuffixes struct{}

// Name is "public-suffix".
func (PublicSuffixes) Name() string { return "public-suffix" }

// Check implements Guard.
func (g PublicSuffixes) Check(v observable.Value) (string, bool) { return g.judge(v, targetOf(v)) }

func (PublicSuffixes) judge(_ observable.Value, t target) (string, bool) {
	if t.name != "" && t.whole && t.suffix == t.name {
		return fmt.Sprintf("%s is a public suffix: strangers have their names below it", t.name), true
	}
	return "", false
}

// CoreNames refuses the names that hold up everyone's updates, sign-in and
// name resolution, with the names below and above them. A name that a customer
// was given under a provider's public suffix (x.blob.core.windows.net) passes.
type CoreNames struct{}

// Name is "core".
func (CoreNames) Name() string { return "core" }

// Check implements Guard.
func (g CoreNames) Check(v observable.Value) (string, bool) { return g.judge(v, targetOf(v)) }

func (CoreNames) judge(_ observable.Value, t target) (string, bool) {
	if t.name == "" || !t.whole {
		return "", false
	}
	for parent := t.name; parent != ""; _, parent, _ = strings.Cut(parent, ".") { // ancestors would allocate
		if _, core := coreNames[parent]; !core {
			continue
		}
		if under(t.suffix, parent) && t.suffix != t.name {
			break // a customer's name
		}
		return fmt.Sprintf("%s belongs to %s, on which everyone's systems depend", t.name, parent), true
	}
	if core, ok := coreParents[t.name]; ok {
		return fmt.Sprintf("%s is above %s, on which everyone's systems depend", t.name, core), true
	}
	return "", false
}

// Own refuses the hub's own addresses and names, and what else its administrators
// have named: an undo tool must not depend on what it undoes.
type Own struct {
	Addresses []netip.Addr
	Names     []string // as observable.New writes them
}

// Name is "hub".
func (Own) Name() string { return "hub" }

// Check implements Guard.
func (o Own) Check(v observable.Value) (string, bool) { return o.judge(v, targetOf(v)) }

func (o Own) judge(_ observable.Value, t target) (string, bool) {
	if t.prefix.IsValid() && slices.ContainsFunc(o.Addresses, func(a netip.Addr) bool { return t.prefix.Contains(a.Unmap()) }) {
		return fmt.Sprintf("%s is an address of this hub: a recall could no longer reach anyone", t.prefix), true
	}
	for _, name := range o.Names {
		if t.name == name || t.name != "" && t.whole && under(name, t.name) {
			return fmt.Sprintf("%s is a name of this hub: a recall could no longer reach anyone", name), true
		}
	}
	return "", false
}
