package mispfeed

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/misp"
)

var (
	// errUnknown says that the reader's feed has no such event.
	errUnknown = errors.New("there is no such event")
	// errTooLarge says that an event's objects come to more than maxEvent.
	errTooLarge = fmt.Errorf("the event's objects come to more than %d MiB: get them over TAXII", maxEvent>>20)
)

const (
	maxEvent  = 64 << 20 // bytes of objects that an event is made of
	idsAtOnce = 1000
	maxRounds = 6 // an event names an object, that its attributes, and those have sightings
)

// gathering is the objects that an event is made of.
type gathering struct {
	ix    *index
	event *event
	asked map[string]bool
	raws  []jsontext.Value
	bytes int
	whose map[string]access.PartnerID // of what may be continued
	tight map[string]access.TLP       // by the UUID of an element that is for fewer than it says
}

// build writes an event as the reader may see it now; head leaves out its
// elements. It fails with errUnknown if there is nothing left of it.
func (ix *index) build(ctx context.Context, e *event, head bool) (members, error) {
	g := &gathering{ix: ix, event: e, asked: map[string]bool{}, whose: map[string]access.PartnerID{}, tight: map[string]access.TLP{}}
	next, from := []string{e.id}, ix.origin(e)
	if e.id == "" {
		next = ix.left(e)
		if head {
			next = next[:min(1, len(next))]
		}
	}
	for round := 0; len(next) > 0 && round < maxRounds; round++ {
		found, err := g.fetch(ctx, next)
		if err != nil {
			return nil, err
		}
		next = nil
		for i := range found {
			more, err := g.take(ctx, &found[i])
			if err != nil {
				return nil, err
			}
			next = append(next, more...)
		}
		if head { // the event itself, and who made it
			next = slices.DeleteFunc(next, func(id string) bool { return round > 0 || !strings.HasPrefix(id, "identity--") })
		}
	}
	all, _ := misp.Export(g.raws, from)
	m := pick(all, e.uuid)
	if m == nil {
		return nil, errUnknown
	}
	g.say(m)
	return m, nil
}

// fetch gets objects that it did not get before.
func (g *gathering) fetch(ctx context.Context, ids []string) (found []catalog.Object, err error) {
	var asked []string
	for _, id := range ids {
		if id != "" && !g.asked[id] {
			g.asked[id] = true
			asked = append(asked, id)
		}
	}
	for len(asked) > 0 {
		q := catalog.PageQuery{IDs: asked[:min(idsAtOnce, len(asked))], Limit: idsAtOnce}
		asked = asked[len(q.IDs):]
		for more := true; more; {
			q.Bytes = maxEvent - g.bytes + 1
			page, err := g.ix.views.Catalog.Page(ctx, g.ix.who, q)
			if err != nil {
				return nil, err
			}
			for i := range page.Objects {
				if g.bytes += len(page.Objects[i].Raw); g.bytes > maxEvent {
					return nil, errTooLarge
				}
			}
			found = append(found, page.Objects...)
			q.After, more = page.Next, page.More
		}
	}
	return found, nil
}

// take adds an object to the event, unless it belongs to another, and says which
// others belong to it.
func (g *gathering) take(ctx context.Context, o *catalog.Object) (next []string, err error) {
	r := refer(o.Raw)
	kind := r.element().Kind
	itself := o.ID == g.event.id
	switch {
	case itself:
	case o.Type == "report", o.Type == "grouping" && kind != kindObject && kind != kindMore:
		return nil, nil // an event of its own
	case kind == kindMore && g.whose[r.element().Continues] != o.Owner:
		return nil, nil // nobody continues another's event
	case g.event.foreign && kind != "" && kind != "galaxy-cluster":
		return nil, nil // it is in the event that it came with
	}
	g.whose[o.ID] = o.Owner
	raw := o.Raw
	if g.event.foreign {
		raw = g.marked(o)
	} else if level, ok := tightened(o); ok && kind != kindMore {
		g.tight[o.ID[len(o.ID)-36:]] = level
	}
	g.raws = append(g.raws, raw)
	if o.Type == "report" || o.Type == "grouping" || o.Type == "observed-data" && g.event.foreign {
		next = append(next, r.Refs...)
	}
	if g.event.foreign && itself {
		next = append(next, r.CreatedBy)
	}
	next = append(next, r.Where...)
	for n := range g.ix.beside.of(g.ix.beside.hash(o.ID)) {
		next = append(next, g.ix.others[n].String())
	}
	if kind == kindObject {
		related, err := g.ix.views.Catalog.Related(ctx, g.ix.who, o.ID)
		if err != nil && !errors.Is(err, catalog.ErrNotFound) {
			return nil, err
		}
		for _, to := range related {
			if to.Outgoing && strings.HasPrefix(to.ID, "relationship--") {
				next = append(next, to.ID)
			}
		}
	}
	return next, nil
}
