package protect_test

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

var (
	hospital = access.Principal{Partner: "identity--hospital", Role: access.Contributor, Communities: []string{access.DefaultCommunity}}
	bank     = access.Principal{Partner: "identity--bank", Role: access.Contributor, Communities: []string{access.DefaultCommunity}}
	cert     = access.Principal{Partner: "identity--cert", Role: access.Coordinator, Communities: []string{access.DefaultCommunity}}
	noon     = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
)

// scribe folds drafts as the entries of a ledger, a minute apart.
type scribe struct {
	t     testing.TB
	apply func(ledger.Entry) error
	seq   ledger.Seq
}

func (s *scribe) write(d ledger.Draft) {
	s.t.Helper()
	s.seq++
	at := noon.Add(time.Duration(s.seq) * time.Minute)
	if err := s.apply(ledger.Entry{Seq: s.seq, Time: at, Kind: d.Kind, Actor: d.Actor, Audience: d.Audience, Body: d.Body}); err != nil {
		s.t.Fatal(err)
	}
}

func valuesOf(t testing.TB, texts ...string) (list []observable.Value) {
	t.Helper()
	for _, text := range texts {
		list = append(list, inferredAny(t, text))
	}
	return list
}

func entry(t testing.TB, kind ledger.Kind, actor string, body any) ledger.Draft {
	t.Helper()
	d, err := ledger.NewDraft(kind, actor, access.Audience{TLP: access.Red}.String(), body)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDeclaredAssetsAreGuarded(t *testing.T) {
	declared := protect.NewDeclaredAssets()
	book := &scribe{t: t, apply: declared.Apply}
	say := func(by access.Principal, texts ...string) {
		t.Helper()
		d, err := declared.Declare(by, valuesOf(t, texts...), noon)
		if err != nil {
			t.Fatal(err)
		}
		if d.Kind != protect.KindAssets || d.Actor != string(by.Partner) || d.Audience != (access.Audience{TLP: access.Red}).String() {
			t.Fatalf("declared as %s by %s to %s", d.Kind, d.Actor, d.Audience)
		}
		book.write(d)
	}
	held := func(want string) {
		t.Helper()
		got := ""
		for _, text := range []string{"portal.hospital.test", "x.portal.hospital.test", "hospital.test", "pay.bank.test", "203.0.113.7", "203.0.113.0/24", "http://203.0.113.7/x"} {
			reason, bad := declared.Check(inferred(t, text))
			if bad {
				got += text + " "
			}
			if strings.Contains(reason, "identity--") {
				t.Errorf("%s: %q names the partner", text, reason)
			}
		}
		if diff := gocmp.Diff(want, strings.TrimSpace(got)); diff != "" {
			t.Errorf("guarded (-want +got):\n%s", diff)
		}
	}
	const portal = "portal.hospital.test x.portal.hospital.test hospital.test"
	say(hospital, "portal.hospital.test")
	held(portal)
	say(bank, "pay.bank.test", "203.0.113.0/25", "portal.hospital.test")
	held(portal + " pay.bank.test 203.0.113.7 203.0.113.0/24 http://203.0.113.7/x")
	say(hospital) // takes everything back; the bank's word for the portal stays
	held(portal + " pay.bank.test 203.0.113.7 203.0.113.0/24 http://203.0.113.7/x")
	book.write(entry(t, protect.KindQuarantined, "hub", protect.Quarantine{Partner: bank.Partner, Since: noon.Add(time.Hour), On: true}))
	held(portal + " pay.bank.test 203.0.113.7 203.0.113.0/24 http://203.0.113.7/x") // declared before
	book.write(entry(t, protect.KindQuarantined, "hub", protect.Quarantine{Partner: bank.Partner, Since: noon, On: true}))
	held("")
	say(bank, "pay.bank.test")
	held("pay.bank.test")
	if diff := gocmp.Diff(valuesOf(t, "pay.bank.test"), declared.Of(bank.Partner)); diff != "" {
		t.Errorf("the bank's (-want +got):\n%s", diff)
	}
	book.write(entry(t, access.KindPartnerLeft, "hub", access.Departure{Partner: bank.Partner}))
	held("")
	if got := declared.Of(bank.Partner); len(got) != 0 || got == nil {
		t.Errorf("the bank's, after it left: %v", got)
	}
}

func TestWhatCannotBeDeclared(t *testing.T) {
	declared := protect.NewDeclaredAssets()
	many := make([]observable.Value, protect.MaxAssets+1)
	for i := range many {
		many[i] = observable.Value{Type: observable.Domain, Text: fmt.Sprintf("h%d.hospital.test", i)}
	}
	var world []observable.Value
	for i := range 5 {
		world = append(world, observable.Value{Type: observable.IPv4, Text: fmt.Sprintf("%d.0.0.0/8", 50+i)})
	}
	viewer := hospital
	viewer.Role = access.Viewer
	for name, c := range map[string]struct {
		by     access.Principal
		values []observable.Value
		err    error
		says   string
	}{
		"a public suffix":      {hospital, valuesOf(t, "co.uk"), protect.ErrInvalid, "public suffix"},
		"a provider's suffix":  {hospital, valuesOf(t, "portal.hospital.test", "github.io"), protect.ErrInvalid, "github.io is a public suffix"},
		"a top-level domain":   {hospital, valuesOf(t, "com"), protect.ErrInvalid, "public suffix"},
		"half the world":       {hospital, valuesOf(t, "128.0.0.0/1"), protect.ErrInvalid, "wider than /8"},
		"half of IPv6":         {hospital, valuesOf(t, "2000::/4"), protect.ErrInvalid, ""},
		"too much of IPv6":     {hospital, valuesOf(t, "2a00::/12"), protect.ErrInvalid, "wider than /16"},
		"the world in parts":   {hospital, world, protect.ErrInvalid, "more addresses than"},
		"a private prefix":     {hospital, valuesOf(t, "10.0.0.0/8"), protect.ErrInvalid, "guarded already"},
		"a local name":         {hospital, valuesOf(t, "printer.local"), protect.ErrInvalid, "guarded already"},
		"a hash":               {hospital, valuesOf(t, "d41d8cd98f00b204e9800998ecf8427e"), protect.ErrInvalid, "names, addresses and prefixes"},
		"another spelling":     {hospital, []observable.Value{{Type: observable.Domain, Text: "Hospital.test"}}, protect.ErrInvalid, "hospital.test"},
		"no name":              {hospital, []observable.Value{{Type: observable.Domain, Text: "a b"}}, protect.ErrInvalid, ""},
		"too many":             {hospital, many, protect.ErrInvalid, "10000"},
		"by a viewer":          {viewer, valuesOf(t, "portal.hospital.test"), protect.ErrForbidden, ""},
		"by nobody in special": {access.Principal{Role: access.Administrator}, valuesOf(t, "portal.hospital.test"), protect.ErrForbidden, "partner"},
	} {
		if _, err := declared.Declare(c.by, c.values, noon); !errors.Is(err, c.err) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %v that says %q", name, err, c.err, c.says)
		}
	}
}

// A declaration holds against automation and what is decided after it; a
// coordinator decides in spite of it, and the ledger says so; what was in force
// before stays. So who declares the attacker's server gains hours, not immunity.
func TestDeclaredAssetsAreSoft(t *testing.T) {
	state := protect.NewState(protect.Config{Sinkhole: netip.MustParseAddr("192.0.2.80")})
	book := &scribe{t: t, apply: state.Apply}
	ask := func(by access.Principal, text string, p protect.Polarity) {
		t.Helper()
		d, err := state.Ask(by, protect.Request{Value: inferred(t, text), Polarity: p, Reason: "it is the attacker's"}, noon)
		if err != nil {
			t.Fatal(err)
		}
		book.write(d)
	}
	ask(cert, "c2.evil.test", protect.Block)
	ask(cert, "kill.evil.test", protect.MustResolve)
	if _, err := state.Declare(bank, valuesOf(t, "evil.test", "kill.evil.test"), noon); !errors.Is(err, protect.ErrConflict) || !strings.Contains(err.Error(), "must resolve") {
		t.Errorf("declared what must resolve: %v", err)
	}
	d, err := state.Declare(bank, valuesOf(t, "c2.evil.test", "other.evil.test"), noon)
	if err != nil {
		t.Fatal(err)
	}
	book.write(d)
	state.Reconsider()
	for _, draft := range state.Pending(noon.Add(time.Hour)) {
		t.Errorf("the rule took back what was in force: %s %s", draft.Kind, draft.Body)
	}
	ask(cert, "other.evil.test", protect.Block)
	p, ok := state.Get(inferred(t, "other.evil.test"))
	if !ok || p.Status != protect.Active || !strings.Contains(p.Rule, "in spite of guard declared") || strings.Contains(strings.Join(p.Guards, " "), "declared") {
		t.Errorf("decided in spite of the declaration: %+v, %t", p, ok)
	}
	if drafts := state.Pending(noon.Add(time.Hour)); len(drafts) > 0 {
		t.Errorf("the rule took back what a coordinator decided: %s", drafts[0].Body)
	}
	if got := state.AssetsOf(bank); len(got) != 2 {
		t.Errorf("the bank's: %v", got)
	}
	for who, by := range map[string]access.Principal{"another partner": hospital, "a coordinator": cert, "nobody": {}} {
		if got := state.AssetsOf(by); len(got) != 0 {
			t.Errorf("%s is told %v", who, got)
		}
	}
}

// sorted is how a declaration is kept.
func sorted(values []observable.Value) []observable.Value {
	return slices.SortedFunc(slices.Values(values), func(a, b observable.Value) int {
		return cmp.Or(strings.Compare(string(a.Type), string(b.Type)), strings.Compare(a.Text, b.Text))
	})
}

// The index of declarations says what asking each partner's values one by one would.
func TestDeclaredAssetsAgainstTheOracle(t *testing.T) {
	texts := []string{"a.test", "b.a.test", "c.b.a.test", "xa.test", "203.0.113.0/24", "203.0.113.128/25", "203.0.113.7", "2001:db8::/48", "2001:db8::1"}
	partners := []access.Principal{hospital, bank}
	rapid.Check(t, func(r *rapid.T) {
		declared := protect.NewDeclaredAssets()
		book := &scribe{t: t, apply: declared.Apply}
		last := map[access.PartnerID][]observable.Value{}
		for range rapid.IntRange(1, 6).Draw(r, "declarations") {
			by := rapid.SampledFrom(partners).Draw(r, "by")
			own := valuesOf(t, rapid.SliceOfNDistinct(rapid.SampledFrom(texts), 0, 4, rapid.ID).Draw(r, "values")...)
			d, err := declared.Declare(by, own, noon)
			if errors.Is(err, protect.ErrConflict) && slices.Equal(sorted(own), declared.Of(by.Partner)) {
				continue // as it was
			} else if err != nil {
				r.Fatal(err)
			}
			book.write(d)
			last[by.Partner] = own
		}
		for _, text := range append(texts, "http://b.a.test/x", "http://a.test/", "http://203.0.113.7/x", "203.0.113.8", "2001:db8:1::1") {
			v, want := inferred(t, text), false
			for _, own := range last {
				for _, one := range own {
					_, bad := protect.NewAssets([]observable.Value{one}).Check(v)
					want = want || bad
				}
			}
			if _, got := declared.Check(v); got != want {
				r.Fatalf("%s: refused %t, want %t; declared %v", text, got, want, last)
			}
		}
	})
}
