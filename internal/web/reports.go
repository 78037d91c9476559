package web

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// catchUpFor bounds what one page spends on reading the ledger: a hub with
// years of reports shows its first pages with part of a curve rather than late.
const catchUpFor = 150 * time.Millisecond

// reports folds what pages show and no view keeps: how an outbreak grew, and
// when the hub recorded it. It reads only what came since the last page, by kind,
// and keeps a bounded series for each outbreak.
type reports struct {
	mu      sync.Mutex
	after   ledger.Seq // everything up to here is folded
	growing map[subject]*series
	raised  map[string]time.Time // by outbreak, when the ledger took its alarm
	behind  bool
}

func newReports() *reports {
	return &reports{growing: map[subject]*series{}, raised: map[string]time.Time{}}
}

// catchUp folds what came since the last call, for a bounded time; what it
// did not get to, the next call does.
func (f *reports) catchUp(ctx context.Context, l ledger.Ledger) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	head, err := l.Head(ctx)
	if err != nil {
		return fmt.Errorf("read the ledger's head: %w", err)
	}
	if head.Seq <= f.after {
		return nil
	}
	until := time.Now().Add(catchUpFor)
	for e, err := range l.Read(ctx, f.after, sighting.KindReported, outbreak.KindRaised) {
		if err != nil {
			return fmt.Errorf("read what was reported: %w", err)
		}
		if err := f.apply(e); err != nil {
			return fmt.Errorf("entry %d (%s): %w", e.Seq, e.Kind, err)
		}
		f.after = e.Seq
		if f.behind = time.Now().After(until); f.behind {
			return nil
		}
	}
	f.after = max(f.after, head.Seq)
	f.behind = false
	return nil
}

func (f *reports) apply(e ledger.Entry) error {
	switch e.Kind {
	case sighting.KindReported:
		audience, _ := access.ParseAudience(e.Audience) // unreadable: nobody's
		if !access.Visitor.MaySee("", audience) {
			return nil // one curve for every reader: of what all may see
		}
		var r sighting.Report
		if err := json.Unmarshal(e.Body, &r); err != nil {
			return err
		}
		f.report(e.Seq, access.PartnerID(e.Actor), r)
	case outbreak.KindRaised:
		var o struct {
			ID string `json:"id"`
		}
		if err := json.Unmarshal(e.Body, &o); err != nil {
			return err
		}
		if _, again := f.raised[o.ID]; !again {
			f.raised[o.ID] = e.Time
		}
	}
	return nil
}

func (f *reports) report(at ledger.Seq, from access.PartnerID, r sighting.Report) {
	for _, scan := range r.Scans {
		if scan.Port != 0 && !scan.Inbound() { // whose hosts scan is infected; who is scanned is not
			f.grow(subject{port: scan.Port}, true, rise{at, scan.LastSeen, from, scan.Sources})
		}
	}
	for _, seen := range r.Sightings {
		if seen.Basis == sighting.Sinkhole {
			continue // whoever likes can visit one
		}
		f.grow(subject{value: seen.Value}, seen.Basis == sighting.Suspect, rise{at, seen.LastSeen, from, seen.Scanning()})
	}
}

// recorded is when the ledger took an outbreak's alarm; zero: not read yet.
func (f *reports) recorded(id string) time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.raised[id]
}
