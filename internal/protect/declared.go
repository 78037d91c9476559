package protect

import (
	"cmp"
	"fmt"
	"math/bits"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/publicsuffix"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// KindAssets is a partner's word on what is its own: Declaration. It is the
// partner's alone to see (TLP:RED), and takes the place of its word before.
const KindAssets ledger.Kind = "partner.assets"

// Declaration is a partner's names and prefixes, all of them.
type Declaration struct {
	Values []observable.Value `json:"values"`
	At     time.Time          `json:"at"`
}

// Limits of what partners declare.
const (
	MaxAssets = 10_000 // values of one partner

	maxAllAssets = 2_000_000 // values of all: beyond, declarations are refused
	widestOwn4   = 8         // bits of a prefix
	widestOwn6   = 16
	// Of addresses in all, in /24s of IPv4 and /48s of IPv6: more than four of the
	// widest prefixes belong to no partner, and one that declared the whole space
	// would stop automation for everyone.
	maxOwn4 = 4 << (24 - widestOwn4)
	maxOwn6 = 4 << (48 - widestOwn6)
)

// DeclaredAssets refuses automation what partners have declared as their own,
// without telling whose it is. A partner may be wrong, or taken over, and declare
// the attacker's server: so the guard is Soft. It holds against what is decided
// after the declaration, and takes nothing back that was in force before; a
// coordinator decides in spite of it. It changes by Apply alone; its methods may
// be called from many goroutines at once.
type DeclaredAssets struct {
	mu    sync.RWMutex
	of    map[access.PartnerID]declared
	total int
	index holdings
}

// declared is what holds of one partner.
type declared struct {
	values []observable.Value
	said   time.Time // by the ledger's clock
}

// NewDeclaredAssets is the guard of an empty ledger.
func NewDeclaredAssets() *DeclaredAssets {
	return &DeclaredAssets{of: map[access.PartnerID]declared{}, index: newHoldings()}
}

// Name is "declared".
func (*DeclaredAssets) Name() string { return "declared" }

// Soft implements Soft.
func (*DeclaredAssets) Soft() bool { return true }

// Check implements Guard.
func (d *DeclaredAssets) Check(v observable.Value) (string, bool) { return d.judge(v, targetOf(v)) }

func (d *DeclaredAssets) judge(v observable.Value, t target) (string, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if _, how := d.index.meets(v, t); how != apart {
		return v.Text + " would hit what a partner has declared as its own", true
	}
	return "", false
}

// Of gives what a partner has declared, in the order of its declaration.
func (d *DeclaredAssets) Of(partner access.PartnerID) []observable.Value {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return append([]observable.Value{}, d.of[partner].values...)
}

// Declare gives the entry with which a partner says what is its own; none takes
// everything back. The error names the first value that cannot be declared; that
// nothing would change is an ErrConflict.
func (d *DeclaredAssets) Declare(by access.Principal, values []observable.Value, now time.Time) (ledger.Draft, error) {
	if err := by.CheckPartner("declare assets", access.Contributor); err != nil {
		return ledger.Draft{}, err
	}
	refuse := func(err error) (ledger.Draft, error) {
		return ledger.Draft{}, fmt.Errorf("declare assets: %w", err)
	}
	if len(values) > MaxAssets {
		return refuse(fmt.Errorf("%w: %d values: a partner may declare %d; name prefixes and the names above", ErrInvalid, len(values), MaxAssets))
	}
	for _, v := range values {
		if err := checkAsset(v); err != nil {
			return refuse(err)
		}
	}
	values = slices.Clone(values)
	slices.SortFunc(values, func(a, b observable.Value) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Text, b.Text))
	})
	values = slices.Compact(values)
	if err := checkSpace(values); err != nil {
		return refuse(err)
	}
	d.mu.RLock()
	before := d.of[by.Partner].values
	others := d.total - len(before)
	d.mu.RUnlock()
	if slices.Equal(before, values) {
		return refuse(fmt.Errorf("%w: nothing would change: these %d values are declared", ErrConflict, len(values)))
	}
	if others+len(values) > maxAllAssets {
		return refuse(fmt.Errorf("%w: the other partners have declared %d values, and a hub holds %d", ErrConflict, others, maxAllAssets))
	}
	return draft(KindAssets, by.Actor(), toOwner, Declaration{Values: values, At: now.UTC().Truncate(time.Microsecond)}), nil
}

func checkAsset(v observable.Value) error {
	normal, err := observable.New(v.Type, v.Text)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	case normal != v:
		return fmt.Errorf("%w: %s is not in its normal form, which is %s", ErrInvalid, v, normal)
	}
	if p, ok := v.Prefix(); ok {
		if limit := widestOwn(p); p.Bits() < limit {
			return fmt.Errorf("%w: %s is wider than /%d: name the prefixes that are yours", ErrInvalid, p, limit)
		}
		if special, bad := specialPrefixes.LookupPrefixLPM(p); bad {
			return fmt.Errorf("%w: %s lies in %s, which is nobody's own; it is guarded already", ErrInvalid, p, special)
		}
		return nil
	}
	if v.Type != observable.Domain {
		return fmt.Errorf("%w: %s: names, addresses and prefixes can be declared", ErrInvalid, v)
	}
	if suffix, _ := publicsuffix.PublicSuffix(v.Text); suffix == v.Text {
		return fmt.Errorf("%w: %s is a public suffix, under which strangers have their names; it is guarded already", ErrInvalid, v.Text)
	}
	if top := v.Text[strings.LastIndexByte(v.Text, '.')+1:]; specialNames[top] {
		return fmt.Errorf("%w: %s lies in %q, which is local to every network; it is guarded already", ErrInvalid, v.Text, top)
	}
	return nil
}

func widestOwn(p netip.Prefix) int {
	if p.Addr().Is4() {
		return widestOwn4
	}
	return widestOwn6
}

// checkSpace bounds the addresses of a declaration; those that two of its
// prefixes have count twice.
func checkSpace(values []observable.Value) error {
	var of4, of6 uint64
	for _, v := range values {
		p, ok := v.Prefix()
		if !ok {
			continue
		}
		blocks, width := &of4, 24
		if p.Addr().Is6() {
			blocks, width = &of6, 48
		}
		sum, carry := bits.Add64(*blocks, 1<<max(0, width-p.Bits()), 0)
		if *blocks = sum; carry != 0 || of4 > maxOwn4 || of6 > maxOwn6 {
			return fmt.Errorf("%w: the prefixes hold more addresses than four times a /%d or a /%d, which is more than any partner's", ErrInvalid, widestOwn4, widestOwn6)
		}
	}
	return nil
}
