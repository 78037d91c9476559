package chronicle_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/chronicle"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/response"
)

func (d *desk) acts(i int, to access.TLP) {
	d.t.Helper()
	d.add(response.KindOpened, string(partner(1)), access.ToCommunity(to), response.Opening{
		ID: response.ActionID(fmt.Sprintf("action--%08d-0000-4000-8000-000000000000", i)), Kind: response.Patch, Title: "Patch", Outbreak: outbreakID(1), AskedOf: []string{string(partner(2))},
	})
}

// busy is an outbreak to which much of each kind has happened.
func busy(t testing.TB) *desk {
	d := newDesk(t)
	for i := range 3 {
		d.add(access.KindPartnerJoined, access.Hub, access.ToCommunity(access.Green), access.Partner{ID: partner(i), Name: "P", Sector: "energy", Country: "GB", Kind: "operator"})
	}
	d.rings()
	d.decides(protect.Canary, access.Green, "first")
	for i := range 30 {
		d.acts(i, []access.TLP{access.Green, access.Amber}[i%2])
		d.scans(i, 10+i)
	}
	d.decides(protect.Active, access.Green, "second")
	return d
}

// Page after page is the whole, nothing twice and nothing left out, of every kind and
// until every moment.
func TestPartsAreTheWhole(t *testing.T) {
	d := busy(t)
	actions := func(k ledger.Kind) bool { return k == response.KindOpened }
	for _, who := range []access.Principal{member, access.Visitor} {
		for _, kinds := range []func(ledger.Kind) bool{nil, actions} {
			for _, until := range []time.Time{d.now, d.now.Add(-25 * time.Minute), d.now.Add(-45 * time.Minute)} {
				whole := d.part(who, chronicle.Part{Until: until, Kinds: kinds})
				if len(whole) == 0 {
					t.Fatal("nothing has happened")
				}
				for _, limit := range []int{1, 7, 100} {
					var pages []chronicle.Event
					next := chronicle.Part{Until: until, Kinds: kinds, Limit: limit}
					for {
						page := d.part(who, next)
						pages = append(pages, page...)
						if len(page) < limit || len(pages) > len(whole) {
							break
						}
						last := page[limit-1]
						next.Before, next.Key = last.At.UnixMicro(), last.Key()
					}
					if diff := cmp.Diff(whole, pages); diff != "" {
						t.Errorf("pages of %d until %s (-whole +pages):\n%s", limit, until, diff)
					}
				}
			}
		}
	}
}

// From any moment the ways lead to the event before and to the one after.
func TestAroundAMoment(t *testing.T) {
	d := busy(t)
	for _, who := range []access.Principal{member, access.Visitor} {
		list := d.part(who, chronicle.Part{Until: d.now})
		for at := morning; !at.After(d.now); at = at.Add(20 * time.Second) {
			var before, after time.Time
			for _, e := range list { // the newest first
				if e.At.After(at) {
					after = e.At
				}
				if e.At.Before(at) && before.IsZero() {
					before = e.At
				}
			}
			if b, a := d.chronicle.Around(who, outbreakID(1), at, d.now); !b.Equal(before) || !a.Equal(after) {
				t.Fatalf("around %s: %s and %s, want %s and %s", at, b, a, before, after)
			}
		}
	}
}

func (d *desk) part(who access.Principal, p chronicle.Part) []chronicle.Event {
	d.t.Helper()
	list, err := d.chronicle.Events(who, outbreakID(1), p)
	if err != nil {
		d.t.Fatal(err)
	}
	return list
}
