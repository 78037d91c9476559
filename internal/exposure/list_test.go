package exposure_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/exposure"
)

func listed(t testing.TB, r *room, who access.Principal, q exposure.Query) (names []string) {
	t.Helper()
	for {
		page, more, err := r.state.List(who, q)
		if err != nil || len(page) > q.Limit {
			t.Fatal(err, page)
		}
		for _, v := range page {
			names = append(names, v.Vulnerability)
		}
		if !more {
			return names
		}
		q.After = page[len(page)-1].Vulnerability
	}
}

func TestListIsWorstFirst(t *testing.T) {
	r := newRoom(t, 0)
	of := func(name string, exposed, unsupported int64) exposure.Row {
		return exposure.Row{Vulnerability: name, Counts: exposure.Counts{Total: exposed + unsupported + 1, Patched: 1, Exposed: exposed, Unsupported: unsupported}}
	}
	for i := range 5 {
		r.report(r.join(fmt.Sprint("p", i), "energy", "FR", ""), of("CVE-2020-0001", 100, 0), of("CVE-2020-0002", 1, 0), of("CVE-2020-0003", 0, 1), of("CVE-2020-0004", 0, 0), of("CVE-2020-0005", 0, 0))
	}
	// Only one reports these, and only it finds them on its list.
	r.report(member("p0"), of("CVE-2020-0006", 9000, 0), of("CVE-2020-0007", 8000, 0))
	known := func(name string) exposure.Known {
		return exposure.Known{Vulnerability: name, Added: "2022-02-10", Due: "2022-08-10"}
	}
	r.say(exposure.KindKnown, access.Hub, exposure.Catalog{Entries: []exposure.Known{known("CVE-2020-0003"), known("CVE-2020-0005"), known("CVE-2020-0007"), known("CVE-2020-0008")}})
	for _, limit := range []int{1, 2, 3, 100} {
		others := []string{"CVE-2020-0003", "CVE-2020-0001", "CVE-2020-0002", "CVE-2020-0005", "CVE-2020-0004"}
		if diff := cmp.Diff(others, listed(t, r, member("p1"), exposure.Query{Limit: limit})); diff != "" {
			t.Errorf("limit %d: %s", limit, diff)
		}
		own := []string{"CVE-2020-0007", "CVE-2020-0003", "CVE-2020-0006", "CVE-2020-0001", "CVE-2020-0002", "CVE-2020-0005", "CVE-2020-0004"}
		if diff := cmp.Diff(own, listed(t, r, member("p0"), exposure.Query{Limit: limit})); diff != "" {
			t.Errorf("its own, limit %d: %s", limit, diff)
		}
		exploited := []string{"CVE-2020-0003", "CVE-2020-0005", "CVE-2020-0007", "CVE-2020-0008"}
		if diff := cmp.Diff(exploited, listed(t, r, member("p1"), exposure.Query{Limit: limit, Known: true})); diff != "" {
			t.Errorf("known, limit %d: %s", limit, diff)
		}
	}
	if _, _, err := r.state.List(member("p1"), exposure.Query{Limit: 5, After: "CVE-2020-9999"}); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("after what is not there: %v", err)
	}
	r.report(member("p0"), of("CVE-2020-0009", 1, 0))
	r.report(member("p0"), exposure.Row{Vulnerability: "CVE-2020-0009"})
	if _, _, err := r.state.List(member("p0"), exposure.Query{Limit: 5, After: "CVE-2020-0009"}); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("after what is there no more: %v", err)
	}
	if _, _, err := r.state.List(access.Visitor, exposure.Query{Limit: 5}); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("a guest: %v", err)
	}
	b := r.board(member("p1"), "CVE-2020-0003")
	if b.Known == nil || b.Known.Due != "2022-08-10" {
		t.Errorf("%+v", b.Known)
	}
}

// Whatever the length of the pages, they are the list, and the list is in order.
func TestPagesAreTheList(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := newRoom(t, 1)
		who := r.join("a", "energy", "FR", "")
		var rows []exposure.Row
		for i, exposed := range rapid.SliceOfN(rapid.Int64Range(0, 5), 1, 60).Draw(rt, "exposed") {
			rows = append(rows, exposure.Row{Vulnerability: fmt.Sprintf("CVE-2020-%04d", i), Counts: exposure.Counts{Total: exposed + 1, Unknown: 1, Exposed: exposed}})
		}
		r.report(who, rows...)
		got := listed(t, r, who, exposure.Query{Limit: rapid.IntRange(1, 20).Draw(rt, "limit")})
		slices.SortStableFunc(rows, func(a, b exposure.Row) int { return int(b.Exposed - a.Exposed) })
		var wanted []string
		for _, one := range rows {
			wanted = append(wanted, one.Vulnerability)
		}
		if diff := cmp.Diff(wanted, got); diff != "" {
			rt.Fatal(diff)
		}
	})
}

func TestSharingIsChosenAndTakenBack(t *testing.T) {
	r := newRoom(t, 0)
	owner, friend, other := r.join("owner", "energy", "FR", ""), r.join("friend", "energy", "FR", ""), r.join("other", "energy", "FR", "")
	admin := access.Principal{Role: access.Administrator, Communities: []string{access.DefaultCommunity}}
	one := row(1, 2)
	one.Product, one.Note, one.AsOf = "Windows 7", "by hand", began
	r.report(owner, one)
	see := func(who access.Principal) int {
		rows, err := r.state.Rows(who, eternal)
		if err != nil {
			t.Fatal(err)
		}
		for _, got := range rows {
			if got.Row != one || got.Partner != owner.Partner || got.Reported.IsZero() {
				t.Errorf("%+v", got)
			}
		}
		return len(rows)
	}
	share := func(with ...access.PartnerID) {
		d, err := r.state.Share(owner, exposure.Sharing{With: with})
		if err != nil {
			t.Fatal(err)
		}
		if d.Audience != "red default" {
			t.Errorf("audience %q", d.Audience)
		}
		r.fold(d)
	}
	if see(owner) != 1 || see(friend)+see(other)+see(admin) != 0 {
		t.Error("before it is shown")
	}
	share(friend.Partner)
	if see(friend) != 1 || see(other)+see(admin) != 0 {
		t.Error("shown to one")
	}
	if got := r.state.Shared(friend); len(got.With) != 0 || !slices.Equal(got.From, []access.PartnerID{owner.Partner}) {
		t.Errorf("%+v", got)
	}
	share()
	if see(friend)+see(other) != 0 || len(r.state.Shared(friend).From) != 0 {
		t.Error("taken back")
	}
	one.Note, one.AsOf = "", time.Time{}
	r.report(owner, one)
	if see(owner) != 1 {
		t.Error("without its note")
	}
	for _, bad := range []access.PartnerID{"identity--none", owner.Partner} {
		if _, err := r.state.Share(owner, exposure.Sharing{With: []access.PartnerID{bad}}); !errors.Is(err, access.ErrInvalid) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
