package exposure_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/exposure"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

var began = time.Date(2017, 5, 12, 8, 0, 0, 0, time.UTC)

// room is a state and the entries that it has folded.
type room struct {
	t       testing.TB
	state   *exposure.State
	entries []ledger.Entry
}

func newRoom(t testing.TB, least int) *room {
	return &room{t: t, state: exposure.NewState(exposure.Config{SmallestGroup: least})}
}

func (r *room) fold(drafts ...ledger.Draft) {
	r.t.Helper()
	for _, d := range drafts {
		if err := d.Validate(); err != nil {
			r.t.Fatal(err)
		}
		seq := ledger.Seq(len(r.entries) + 1)
		e := ledger.Entry{Seq: seq, Time: began.Add(time.Duration(seq) * time.Second), Kind: d.Kind, Actor: d.Actor, Audience: d.Audience, Body: d.Body}
		r.entries = append(r.entries, e)
		if err := r.state.Apply(e); err != nil {
			r.t.Fatal(err)
		}
	}
}

func (r *room) say(kind ledger.Kind, actor string, body any) {
	r.t.Helper()
	d, err := ledger.NewDraft(kind, actor, "green default", body)
	if err != nil {
		r.t.Fatal(err)
	}
	r.fold(d)
}

func id(name string) access.PartnerID { return access.PartnerID("identity--" + name) }

// join lets a partner in and gives who acts for it.
func (r *room) join(name, sector, country, organisation string) access.Principal {
	r.t.Helper()
	r.say(access.KindPartnerJoined, access.Hub, access.Partner{ID: id(name), Name: name, Sector: sector, Country: country, Organisation: organisation})
	return member(name)
}

func member(name string) access.Principal {
	return access.Principal{Partner: id(name), Role: access.Contributor, Communities: []string{access.DefaultCommunity}}
}

func (r *room) report(who access.Principal, rows ...exposure.Row) {
	r.t.Helper()
	drafts, err := r.state.Report(who, rows)
	if err != nil {
		r.t.Fatal(err)
	}
	r.fold(drafts...)
}

func (r *room) board(who access.Principal, name string) exposure.Board {
	r.t.Helper()
	b, err := r.state.Board(who, name)
	if err != nil {
		r.t.Fatal(err)
	}
	return b
}

const eternal = "CVE-2017-0144"

func row(patched, exposed int64) exposure.Row {
	return exposure.Row{Vulnerability: eternal, Counts: exposure.Counts{Total: patched + exposed, Patched: patched, Exposed: exposed}}
}

// crowd lets n partners of a sector in and has each report a row.
func (r *room) crowd(n int, sector, country string, one exposure.Row) (all []access.Principal) {
	r.t.Helper()
	for i := range n {
		who := r.join(fmt.Sprint(sector, "-", country, "-", i), sector, country, "")
		r.report(who, one)
		all = append(all, who)
	}
	return all
}
