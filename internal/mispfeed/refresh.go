package mispfeed

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/release"
	"github.com/tocsin-project/tocsin/internal/views"
	"github.com/tocsin-project/tocsin/stix"
)

// refresh brings the index up to what the catalog holds. What is taken back
// leaves no trace: the index is made again without it.
func (ix *index) refresh(ctx context.Context) error {
	at, err := ix.views.Catalog.Position(ctx)
	if err != nil {
		return err
	}
	taken, _ := ix.views.Release.Since(ix.taken)
	for _, w := range taken {
		if w.Seq > at.Seq {
			break // the catalog does not know it yet
		}
		if ix.whole && ix.mayHaveSeen(w) {
			fresh := newIndex(ix.views, ix.who, ix.limit, ix.within.seed)
			fresh.floor, fresh.changes = ix.floor, ix.changes+1
			*ix = *fresh
		}
		ix.taken = w.Seq
	}
	if err := ix.read(ctx); err != nil {
		return err
	}
	if !ix.whole {
		if err := ix.tookBack(ctx, at.Seq); err != nil {
			return err
		}
		ix.whole = true
	}
	return ix.joined(ctx)
}

// mayHaveSeen says whether the reader may have been shown something of what was
// taken back. Entries never tell more than what they were appended with.
func (ix *index) mayHaveSeen(w release.Withdrawal) bool {
	return slices.ContainsFunc(w.Before, func(text string) bool {
		a, err := access.ParseAudience(text)
		return err == nil && ix.who.MaySee(access.PartnerID(w.Owner), a)
	})
}

// tookBack notes when events lost something that the reader had been shown.
func (ix *index) tookBack(ctx context.Context, upTo ledger.Seq) error {
	all, _ := ix.views.Release.Since(0)
	reader := ix.views.Release.Reader(ix.who)
	for _, w := range all {
		if w.Seq > upTo || !ix.mayHaveSeen(w) {
			continue
		}
		n, err := reader.Notice(ctx, ix.views.Ledger, w, w.Seq-1)
		if err != nil {
			return err
		}
		if err := ix.withdrawn(ctx, w, n); err != nil {
			return err
		}
	}
	return nil
}

// withdrawn notes what one withdrawal changed. Of what can no longer be read it
// is not known which events it belonged to: all that were there count.
func (ix *index) withdrawn(ctx context.Context, w release.Withdrawal, n release.Notice) error {
	ids := slices.Concat(n.Withdrawn, n.Tightened)
	at := w.Time.UnixMicro()
	if len(ids) == 0 && len(n.Contributions) > 0 {
		ix.changedBefore(at, func(*event) bool { return true })
		return nil
	}
	about, err := aboutOthers(ctx, ix.views, w, ids)
	if err != nil {
		return err
	}
	gone := false // one that no event names: it may have been among those of its partner's day
	for _, id := range slices.Concat(ids, about) {
		events := ix.eventsOf(ix.within.hash(id))
		gone = gone || len(events) == 0
		for _, e := range events {
			ix.change(e, at)
		}
	}
	if gone {
		ix.changedBefore(at, func(e *event) bool { return e.id == "" && string(e.owner) == w.Owner })
	}
	return nil
}

// changedBefore has the events count as changed that were there at an instant.
func (ix *index) changedBefore(at int64, which func(*event) bool) {
	for _, e := range ix.events {
		if e.first < at && which(e) {
			ix.change(e, at)
		}
	}
}

// aboutOthers is what those among the objects of a withdrawal are about that no
// event names: sightings, relationships, and what continues an event.
func aboutOthers(ctx context.Context, v *views.Views, w release.Withdrawal, ids []string) (about []string, err error) {
	wanted := map[string]bool{}
	for _, id := range ids {
		switch t, _, _ := strings.Cut(id, "--"); t {
		case "sighting", "relationship", "grouping":
			wanted[id] = true
		}
	}
	if len(wanted) == 0 {
		return nil, nil
	}
	for _, seq := range w.Entries {
		e, err := v.Entry(ctx, seq)
		if err != nil {
			return nil, err
		}
		if string(e.Body) == ledger.Erased {
			continue
		}
		var p contribution.Part
		if err := json.Unmarshal(e.Body, &p); err != nil {
			return nil, fmt.Errorf("entry %d: %w", seq, err)
		}
		for _, raw := range p.Objects {
			if h, err := stix.ParseHeader(raw); err != nil || !wanted[h.ID] {
				continue
			}
			r := refer(raw)
			for _, id := range []string{r.SightingOf, r.Source, r.element().Continues} {
				if id != "" {
					about = append(about, id)
				}
			}
		}
	}
	return about, nil
}

// joined notes when the reader began or ceased to see what others share: it
// entered or left a community, or became or ceased to be somebody's client. One
// who is back where it was finds the index of then.
func (ix *index) joined(ctx context.Context) error {
	if ix.who.Partner == "" {
		return nil
	}
	kinds := []ledger.Kind{access.KindCommunityJoined, access.KindCommunityLeft, access.KindClientListed, access.KindClientUnlisted}
	for e, err := range ix.views.Ledger.Read(ctx, ix.entered, kinds...) {
		if err != nil {
			return err
		}
		var who struct {
			Partner access.PartnerID `json:"partner"`
			Client  access.PartnerID `json:"client"`
		}
		if err := json.Unmarshal(e.Body, &who); err != nil {
			return fmt.Errorf("entry %d: %w", e.Seq, err)
		}
		if who.Client == "" && who.Partner == ix.who.Partner || who.Client == ix.who.Partner {
			ix.changedBefore(e.Time.UnixMicro(), func(*event) bool { return true })
		}
		ix.entered = e.Seq
	}
	return nil
}
