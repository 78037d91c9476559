package chronicle_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/chronicle"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/response"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

var (
	morning = time.Date(2017, 5, 12, 8, 0, 0, 0, time.UTC)
	member  = access.Principal{Partner: partner(90), Role: access.Contributor, Communities: []string{access.DefaultCommunity}}
)

func partner(i int) access.PartnerID {
	return access.PartnerID(fmt.Sprintf("identity--%08d-0000-4000-8000-000000000000", i))
}

// desk folds entries as a hub does, with a clock by hand.
type desk struct {
	t         testing.TB
	now       time.Time
	renewed   time.Time // of the decisions to come
	seq       ledger.Seq
	directory *access.Directory
	rooms     chronicle.Rooms
	chronicle *chronicle.State
}

func newDesk(t testing.TB) *desk {
	d := &desk{t: t, now: morning, directory: access.NewDirectory(), rooms: chronicle.Rooms{
		Outbreaks: outbreak.NewState(outbreak.Config{}), Protections: protect.NewState(protect.Config{}), Actions: response.NewState(response.Config{}),
	}}
	d.rooms.Actions.Consult(d.directory, nil)
	d.chronicle = chronicle.NewState(d.rooms)
	return d
}

// add folds an entry, a minute after the one before.
func (d *desk) add(kind ledger.Kind, actor string, to access.Audience, body any) {
	d.t.Helper()
	draft, err := ledger.NewDraft(kind, actor, to.String(), body)
	if err != nil {
		d.t.Fatal(err)
	}
	d.now = d.now.Add(time.Minute)
	d.seq++
	e := ledger.Entry{Seq: d.seq, Time: d.now, Kind: draft.Kind, Actor: draft.Actor, Audience: draft.Audience, Body: draft.Body}
	for _, one := range []interface{ Apply(ledger.Entry) error }{d.directory, d.rooms.Outbreaks, d.rooms.Protections, d.rooms.Actions, d.chronicle} {
		if err := one.Apply(e); err != nil {
			d.t.Fatal(err)
		}
	}
}

// scans has a partner report hosts that scan port 445.
func (d *desk) scans(i, hosts int, change ...func(*sighting.Report)) {
	d.t.Helper()
	r := sighting.Report{ID: fmt.Sprint("report-", d.seq), TLP: string(access.Green), Sector: []string{"energy", "health", "water"}[i%3], Country: "GB",
		Scans: []sighting.Scan{{Port: 445, Sources: hosts, Fresh: hosts, Contacts: 90, FirstSeen: d.now.Add(-time.Minute), LastSeen: d.now}}}
	for _, one := range change {
		one(&r)
	}
	d.add(sighting.KindReported, string(partner(i)), access.ToCommunity(access.Green), r)
}

// rings has an alarm for port 445 be raised for the first three partners.
func (d *desk) rings() outbreak.Outbreak {
	d.t.Helper()
	for i := range 3 {
		d.scans(i, 10+i)
	}
	o := outbreak.Outbreak{ID: outbreakID(1), Port: 445, About: []outbreak.Subject{{Kind: outbreak.Scans, Port: 445}}, Kinds: []outbreak.Evidence{outbreak.Scans},
		Raised: d.now, FirstSeen: d.now.Add(-time.Hour), LastSeen: d.now, Partners: []access.PartnerID{partner(0), partner(1), partner(2)},
		Sectors: []string{"energy"}, Countries: []string{"GB"}, Sources: 33, Rule: "scans of port 445", Status: outbreak.Open}
	d.add(outbreak.KindRaised, access.Hub, o.Audience(), o)
	return o
}

func outbreakID(i int) string {
	return fmt.Sprintf("outbreak--%08d-0000-4000-8000-000000000000", i)
}

// decides has the hub decide on a protection that belongs to the outbreak.
func (d *desk) decides(status protect.Status, to access.TLP, reason string) {
	d.t.Helper()
	v, err := observable.New(observable.Domain, "worm.example")
	if err != nil {
		d.t.Fatal(err)
	}
	d.add(protect.KindDecided, access.Hub, access.ToCommunity(to), protect.Protection{
		ID: "protection--11111111-1111-4111-8111-111111111111", Value: v, Polarity: protect.Block, Status: status, Rule: "a person decided",
		Reason: reason + " " + outbreakID(1), By: string(partner(1)), Guards: []string{}, Decided: d.now, Expires: d.now.Add(24 * time.Hour), Renewed: d.renewed,
	})
}

// asOf is the outbreak at a moment, which there has to be.
func (d *desk) asOf(who access.Principal, t time.Time) chronicle.Moment {
	d.t.Helper()
	m, err := d.chronicle.AsOf(who, outbreakID(1), t)
	if err != nil {
		d.t.Fatal(err)
	}
	return m
}

func (d *desk) events(who access.Principal) []chronicle.Event {
	return d.part(who, chronicle.Part{Until: d.now})
}
