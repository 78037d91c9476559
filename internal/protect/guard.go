package protect

import (
	"fmt"
	"net/netip"
	"slices"

	"golang.org/x/net/publicsuffix"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// Guard refuses to let a value be blocked or redirected, whoever asks.
type Guard interface {
	Name() string
	// Check says in words for people why the value is bad to block.
	Check(v observable.Value) (reason string, bad bool)
}

// DefaultGuards are the guards that need no configuration. Each one stands for
// a harm that automatic blocking has done.
func DefaultGuards() []Guard {
	return []Guard{PrefixWidth{}, PrivateAddresses{}, SpecialNames{}, Resolvers{}, PublicSuffixes{}, CoreNames{}}
}

// PrefixWidth refuses prefixes wider than /24 and /48: those are whole
// networks, with bystanders in them.
type PrefixWidth struct{}

// Name is "prefix-width".
func (PrefixWidth) Name() string { return "prefix-width" }

// Check implements Guard.
func (PrefixWidth) Check(v observable.Value) (string, bool) {
	p := targetOf(v).prefix
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
// of the special-purpose registries of RFC 6890). Documentation ranges pass:
// nobody lives there, so that exercises and trials can use them like the rest
// of the world.
type PrivateAddresses struct{}

// Name is "private-address".
func (PrivateAddresses) Name() string { return "private-address" }

// Check implements Guard.
func (PrivateAddresses) Check(v observable.Value) (string, bool) {
	p := targetOf(v).prefix
	if !p.IsValid() {
		return "", false
	}
	for _, special := range specialPrefixes {
		if special.Overlaps(p) {
			return fmt.Sprintf("%s lies in %s, which is private or reserved and another host in every network", p, special), true
		}
	}
	return "", false
}

// SpecialNames refuses names that mean something else in every network
// (RFC 6761 and the habits of local networks).
type SpecialNames struct{}

// Name is "special-name".
func (SpecialNames) Name() string { return "special-name" }

// Check implements Guard.
func (SpecialNames) Check(v observable.Value) (string, bool) {
	name := targetOf(v).name
	for _, special := range specialNames {
		if under(name, special) {
			return fmt.Sprintf("%s lies in %q, which is local to every network", name, special), true
		}
	}
	return "", false
}

// Resolvers refuses the addresses of public resolvers and of the root servers:
// block lists derived from DNS logs have listed them.
type Resolvers struct{}

// Name is "resolver".
func (Resolvers) Name() string { return "resolver" }

// Check implements Guard.
func (Resolvers) Check(v observable.Value) (string, bool) {
	t := targetOf(v)
	if !t.prefix.IsValid() || !t.whole {
		return "", false
	}
	for _, a := range resolvers {
		if t.prefix.Contains(a) {
			return fmt.Sprintf("%s is a public resolver or root server: without it names stop resolving", a), true
		}
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
func (PublicSuffixes) Check(v observable.Value) (string, bool) {
	t := targetOf(v)
	if t.name == "" || !t.whole {
		return "", false
	}
	if suffix, _ := publicsuffix.PublicSuffix(t.name); suffix == t.name {
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
func (CoreNames) Check(v observable.Value) (string, bool) {
	t := targetOf(v)
	if t.name == "" || !t.whole {
		return "", false
	}
	for parent := range ancestors(t.name) {
		if _, core := coreNames[parent]; !core {
			continue
		}
		if suffix, _ := publicsuffix.PublicSuffix(t.name); under(suffix, parent) && suffix != t.name {
			break // a customer's name
		}
		return fmt.Sprintf("%s belongs to %s, on which everyone's systems depend", t.name, parent), true
	}
	if core, ok := coreParents[t.name]; ok {
		return fmt.Sprintf("%s is above %s, on which everyone's systems depend", t.name, core), true
	}
	return "", false
}

// Own refuses the hub's own addresses and names: an undo tool must not depend
// on what it undoes.
type Own struct {
	Addresses []netip.Addr
	Names     []string // in lower case
}

// Name is "hub".
func (Own) Name() string { return "hub" }

// Check implements Guard.
func (o Own) Check(v observable.Value) (string, bool) {
	t := targetOf(v)
	if slices.ContainsFunc(o.Addresses, func(a netip.Addr) bool { return t.prefix.IsValid() && t.prefix.Contains(a.Unmap()) }) {
		return fmt.Sprintf("%s is an address of this hub: a recall could no longer reach anyone", t.prefix), true
	}
	for _, name := range o.Names {
		if t.name == name || t.name != "" && t.whole && under(name, t.name) {
			return fmt.Sprintf("%s is a name of this hub: a recall could no longer reach anyone", name), true
		}
	}
	return "", false
}
