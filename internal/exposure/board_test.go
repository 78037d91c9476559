package exposure_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/exposure"
)

// Five organisations are the least of which anything is said; with four of them the
// board is that of a vulnerability which nobody reports.
func TestTooFewAreNotSummed(t *testing.T) {
	r := newRoom(t, 0)
	all := r.crowd(4, "healthcare", "GB", row(1, 2))
	// Two partners of one organisation are one voice.
	r.report(r.join("a", "healthcare", "GB", "trust"), row(0, 7))
	r.report(r.join("b", "healthcare", "GB", "trust"), row(0, 7))
	outsider := r.join("outsider", "energy", "FR", "")
	b := r.board(outsider, " cve-2017-0144")
	if b.FewerThan != 0 || b.Organisations != 5 || b.NotReporting != 1 || b.Counts.Exposed != 22 || b.Own != nil {
		t.Errorf("of five: %+v", b)
	}
	r.report(member("a"), exposure.Row{Vulnerability: eternal})
	if b := r.board(outsider, eternal); b.Organisations != 5 || b.Counts.Exposed != 15 {
		t.Errorf("one of the two partners is left: %+v", b)
	}
	r.report(member("b"), exposure.Row{Vulnerability: eternal})
	few, none := r.board(outsider, eternal), r.board(outsider, "CVE-2099-0001")
	none.Vulnerability = eternal
	if diff := cmp.Diff(none, few); diff != "" || few.FewerThan != 5 {
		t.Errorf("of four (-nobody +four):\n%s", diff)
	}
	if b := r.board(all[0], eternal); b.Own == nil || *b.Own != row(1, 2).Counts || b.Counts != nil {
		t.Errorf("its own: %+v", b)
	}
}

func TestBoardDividesBySectorAndCountry(t *testing.T) {
	r := newRoom(t, 0)
	r.crowd(8, "healthcare", "GB", row(1, 10))
	r.crowd(5, "energy", "FR", row(2, 20))
	r.crowd(2, "water", "FR", row(3, 30))
	r.crowd(3, "transportation", "ES", row(4, 40))
	b := r.board(member("outsider"), eternal)
	part := func(name string, n int, patched, exposed int64) exposure.Part {
		return exposure.Part{Name: name, Organisations: n, Counts: row(patched, exposed).Counts}
	}
	sectors := []exposure.Part{part("healthcare", 8, 8, 80), part("energy", 5, 10, 100), part("other", 5, 18, 180)}
	if diff := cmp.Diff(sectors, b.BySector); diff != "" {
		t.Error(diff)
	}
	// Spain alone has too few, so that France joins it.
	countries := []exposure.Part{part("GB", 8, 8, 80), part("other", 10, 28, 280)}
	if diff := cmp.Diff(countries, b.ByCountry); diff != "" {
		t.Error(diff)
	}
	// With five in Spain, either would be shown, and France without energy be the two of water.
	r.crowd(5, "transportation", "ES", row(4, 40))
	if b := r.board(member("outsider"), eternal); len(b.BySector) != 3 || len(b.ByCountry) != 2 || b.ByCountry[1] != part("other", 12, 36, 360) {
		t.Errorf("%+v", b)
	}
	// An organisation in two sectors is in neither.
	r.report(r.join("a", "healthcare", "GB", "group"), row(0, 1))
	r.report(r.join("b", "energy", "GB", "group"), row(0, 1))
	for _, p := range r.board(member("outsider"), eternal).BySector {
		if p.Name == "healthcare" && p.Exposed != 80 || p.Name == "energy" && p.Exposed != 100 {
			t.Errorf("%+v", p)
		}
	}
}

// What changes who a partner is moves what it reported.
func TestBoardFollowsTheDirectory(t *testing.T) {
	r := newRoom(t, 2)
	a, b := r.join("a", "energy", "FR", ""), r.join("b", "energy", "FR", "")
	r.report(a, row(1, 1))
	r.report(b, row(1, 1))
	if got := r.board(a, eternal); got.Organisations != 2 {
		t.Fatalf("%+v", got)
	}
	for _, p := range []access.Principal{a, b} {
		r.say(access.KindPartnerChanged, access.Hub, access.Designation{Partner: p.Partner, Organisation: "group", Reason: "one owner"})
	}
	if got := r.board(a, eternal); got.FewerThan != 2 {
		t.Errorf("of one organisation: %+v", got)
	}
	r.say(access.KindPartnerChanged, access.Hub, access.Designation{Partner: b.Partner, Reason: "sold"})
	if got := r.board(a, eternal); got.Organisations != 2 || got.Counts.Total != 4 {
		t.Errorf("of two again: %+v", got)
	}
	r.say(access.KindPartnerLeft, access.Hub, access.Departure{Partner: b.Partner, Reason: "left"})
	if got := r.board(a, eternal); got.FewerThan != 2 || got.Own == nil {
		t.Errorf("one has left: %+v", got)
	}
	if rows, err := r.state.Rows(b, eternal); err != nil || len(rows) != 0 {
		t.Errorf("rows of who has left: %v, %v", rows, err)
	}
}

func TestReportIsChecked(t *testing.T) {
	r := newRoom(t, 0)
	who := r.join("a", "energy", "FR", "")
	good := row(1, 1)
	for name, bad := range map[string]exposure.Row{
		"no CVE":       {Vulnerability: "MS17-010", Counts: exposure.Counts{Total: 1, Unknown: 1}},
		"sum":          {Vulnerability: eternal, Counts: exposure.Counts{Total: 3, Patched: 1, Exposed: 1}},
		"negative":     {Vulnerability: eternal, Counts: exposure.Counts{Total: 0, Patched: -1, Exposed: 1}},
		"huge":         {Vulnerability: eternal, Counts: exposure.Counts{Total: 1 << 62, Patched: 1 << 62}},
		"mitigated":    {Vulnerability: eternal, Counts: exposure.Counts{Total: 1, Exposed: 1, Mitigated: 2}},
		"product":      {Vulnerability: eternal, Product: "Windows\n7", Counts: good.Counts},
		"twice":        good,
		"not so early": {Vulnerability: eternal, Product: "x", Counts: good.Counts, AsOf: began.AddDate(-60, 0, 0)},
	} {
		if _, err := r.state.Report(who, []exposure.Row{good, bad}); !errors.Is(err, access.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	reader := who
	reader.Role = access.Viewer
	for name, p := range map[string]access.Principal{"viewer": reader, "administrator": {Role: access.Administrator}} {
		if _, err := r.state.Report(p, []exposure.Row{good}); !errors.Is(err, access.ErrForbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := r.state.Board(access.Visitor, eternal); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("a guest: %v", err)
	}
}

// An entry that could not be is void, and one too many is left out.
func TestOddEntriesAreVoid(t *testing.T) {
	r := newRoom(t, 1)
	who := r.join("a", "energy", "FR", "")
	odd := []exposure.Row{{Vulnerability: "none", Counts: row(1, 1).Counts}, {Vulnerability: eternal, Counts: exposure.Counts{Total: 5}}}
	r.say(exposure.KindReported, string(who.Partner), exposure.Report{Rows: odd})
	r.say(exposure.KindReported, "identity--nobody", exposure.Report{Rows: []exposure.Row{row(1, 1)}})
	r.say(exposure.KindShared, "identity--nobody", exposure.Sharing{With: []access.PartnerID{who.Partner}})
	r.say(exposure.KindKnown, access.Hub, exposure.Catalog{Entries: []exposure.Known{{Vulnerability: "none"}, {Vulnerability: eternal, Due: "soon"}}})
	if b := r.board(who, eternal); b.FewerThan != 1 || b.Known != nil {
		t.Errorf("%+v", b)
	}
	var rows []exposure.Row
	for i := range exposure.MaxProducts + 1 {
		one := row(1, 1)
		one.Product = fmt.Sprint("product ", i)
		rows = append(rows, one)
	}
	if _, err := r.state.Report(who, rows); !errors.Is(err, access.ErrConflict) {
		t.Errorf("one product too many: %v", err)
	}
	r.say(exposure.KindReported, string(who.Partner), exposure.Report{Rows: rows})
	if b := r.board(who, eternal); b.Counts.Total != 2*exposure.MaxProducts {
		t.Errorf("%+v", b)
	}
}

// A state is asked while it folds.
func TestAskedWhileItFolds(t *testing.T) {
	r := newRoom(t, 2)
	all := r.crowd(5, "energy", "FR", row(1, 1))
	var asking sync.WaitGroup
	for _, who := range all {
		asking.Go(func() {
			for range 200 {
				b, err := r.state.Board(who, eternal)
				if err != nil || b.Counts.Total != 2*b.Counts.Patched || b.Own.Total != b.Own.Patched+b.Own.Exposed {
					t.Errorf("%+v, %v", b, err)
				}
				if _, _, err := r.state.List(who, exposure.Query{Limit: 3}); err != nil {
					t.Error(err)
				}
				if _, err := r.state.Rows(who, eternal); err != nil {
					t.Error(err)
				}
				r.state.Shared(who)
			}
		})
	}
	for i := range int64(200) {
		r.report(all[i%5], row(i+1, i+1))
	}
	asking.Wait()
}

// A partner has a bound, and what is beyond it is void.
func TestRowsAreBounded(t *testing.T) {
	r := newRoom(t, 1)
	who := r.join("a", "energy", "FR", "")
	rows := make([]exposure.Row, exposure.MaxRows)
	for i := range rows {
		rows[i] = exposure.Row{Vulnerability: fmt.Sprintf("CVE-2020-%06d", i), Counts: exposure.Counts{Total: 1, Unknown: 1}}
	}
	r.report(who, rows...)
	if _, err := r.state.Report(who, []exposure.Row{row(1, 1)}); !errors.Is(err, access.ErrConflict) {
		t.Errorf("one too many: %v", err)
	}
	r.say(exposure.KindReported, string(who.Partner), exposure.Report{Rows: []exposure.Row{row(1, 1)}})
	if b := r.board(who, eternal); b.Own != nil {
		t.Errorf("one too many: %+v", b)
	}
	r.report(who, exposure.Row{Vulnerability: rows[0].Vulnerability})
	r.report(who, row(1, 1))
	if b := r.board(who, eternal); b.Own == nil {
		t.Error("there is room again")
	}
}
