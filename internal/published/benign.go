package published

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// Quiet is what the real detector at each partner, and the hub's real state,
// made of a time in which nothing happened.
type Quiet struct {
	Partners, Days int
	Contacts       int // shown to detectors
	Reports        int // that they sent
	Alarms         []outbreak.Outbreak
}

// falseAlarmGoal is how many alarms are to ring in 30 days of it.
const falseAlarmGoal = 1

// stride is how often each edge reports and the hub is asked for alarms.
const stride = 5 * time.Minute

// Benign plays a traffic to one detector a partner, and what these report to a
// hub's state, in steps of five minutes. See Traffic for what is in it.
func Benign(ctx context.Context, t Traffic) (Quiet, error) {
	q := Quiet{Partners: t.Partners, Days: t.Days}
	edges := t.edges()
	desk := &desk{state: outbreak.NewState(outbreak.Config{}), now: benignStart}
	for i := range edges {
		e := &edges[i]
		if err := desk.append(access.KindPartnerJoined, access.Hub, access.Partner{ID: access.PartnerID(e.name), Sector: e.sector, Country: e.country}); err != nil {
			return q, err
		}
	}
	for step := range t.Days * int(24*time.Hour/stride) {
		if err := ctx.Err(); err != nil {
			return q, fmt.Errorf("play benign traffic: %w", err)
		}
		desk.now = benignStart.Add(time.Duration(step+1) * stride)
		day := t.today(step)
		for i := range edges {
			e := &edges[i]
			q.Contacts += e.play(&day)
			r := sighting.Report{Sector: e.sector, Country: e.country}
			r.Sightings, r.Scans = e.detector.Take()
			r.Sightings = append(r.Sightings, e.known(&day)...)
			if len(r.Sightings)+len(r.Scans) == 0 {
				continue
			}
			q.Reports++
			r.ID = fmt.Sprint("report-", q.Reports)
			if err := desk.append(sighting.KindReported, e.name, r); err != nil {
				return q, err
			}
		}
		if err := desk.decide(); err != nil {
			return q, err
		}
	}
	q.Alarms = desk.state.List()
	return q, nil
}

// desk is a hub reduced to its state: entries are applied and not kept.
type desk struct {
	state *outbreak.State
	seq   ledger.Seq
	now   time.Time
}

func (d *desk) append(kind ledger.Kind, actor string, body any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("write %s: %w", kind, err)
	}
	return d.apply(ledger.Draft{Kind: kind, Actor: actor, Body: raw})
}

func (d *desk) apply(draft ledger.Draft) error {
	d.seq++
	return d.state.Apply(ledger.Entry{Seq: d.seq, Time: d.now, Kind: draft.Kind, Actor: draft.Actor, Audience: draft.Audience, Body: draft.Body})
}

// decide applies what the state asks for.
func (d *desk) decide() error {
	for _, draft := range d.state.Pending(d.now) {
		if err := d.apply(draft); err != nil {
			return err
		}
	}
	return nil
}

// String says what rang, the first alarms in words.
func (q Quiet) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d false alarms", len(q.Alarms))
	for i, o := range q.Alarms {
		if i == 5 {
			b.WriteString("; and others")
			break
		}
		day := func(at time.Time) float64 { return at.Sub(benignStart).Hours() / 24 }
		fmt.Fprintf(&b, "; days %.1f to %.1f, in the end %d partners: %s", day(o.Raised), day(o.LastSeen), len(o.Partners), o.Rule)
	}
	return b.String()
}

// hardDays is how long the harder cases are played. A month of the everyday is in
// make soak: it takes a quarter of an hour.
const hardDays = 1

// benignRows are the false alarms on the everyday, and with each of the cases
// that are harder.
func benignRows(ctx context.Context, size Size) ([]Row, error) {
	var rows []Row
	for _, c := range []struct {
		what string
		hard Hard
	}{
		{"false alarms on benign traffic", 0},
		{"the same, scanners in groups of four at 1 % of the partners", ScannerGroups},
		{"the same, P2P on one port at several hosts of 1 % of the partners", PeerGroups},
		{"the same, an update whose six mirrors are all dead, at 40 % of the partners", DeadMirrors},
	} {
		t := Traffic{Partners: size.Partners, Days: size.Days, Seed: 1, Hard: c.hard}
		if c.hard != 0 {
			t.Days = min(t.Days, hardDays)
		}
		q, err := Benign(ctx, t)
		if err != nil {
			return nil, err
		}
		rows = append(rows, Row{
			What: c.what, Published: fmt.Sprintf("at most %d in 30 days", falseAlarmGoal), Source: "our goal",
			Ours: q.String(),
			How:  fmt.Sprintf("%d partners, %d days, %.0f million contacts, %.1f million reports, seed 1", q.Partners, q.Days, float64(q.Contacts)/1e6, float64(q.Reports)/1e6),
		})
	}
	return rows, nil
}
