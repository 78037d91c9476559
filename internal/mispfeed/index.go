package mispfeed

import (
	"context"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/views"
)

// index is what a feed for one kind of reader knows of the catalog: the newest
// events, and where each object belongs.
type index struct {
	views *views.Views
	who   access.Principal
	limit limits

	from    catalog.Place // it was read up to there
	last    int64         // when the last object that was read was added
	floor   int64         // what was added before has left the feed
	taken   ledger.Seq    // what was taken back up to there is considered
	entered ledger.Seq    // memberships up to there are considered
	whole   bool          // the first reading is done

	events map[string]*event // by UUID
	groups map[groupKey]*event
	boxes  []box
	byID   map[uint64]int32 // boxes, by what they are made of
	within links            // boxes that name an object
	beside links            // attachments to an object
	others []attachment

	brought brought // by the last contribution that was looked for
	changes uint64  // rises with every change of an event
}

// box is something that names objects: an event, or a part of one.
type box struct {
	event *event // nil for a part
	up    uint64 // of a part, the hash of what it belongs to
	added int64
}

// attachment is an object that names one that it is about: a sighting, or a
// grouping that continues an event.
type attachment struct {
	ident
	added int64
}

func newIndex(v *views.Views, who access.Principal, l limits, seed uint64) *index {
	return &index{
		views: v, who: who, limit: l,
		events: map[string]*event{}, groups: map[groupKey]*event{}, byID: map[uint64]int32{},
		within: newLinks(seed), beside: newLinks(seed),
	}
}

// Objects of one page.
const (
	pageObjects = 2000
	pageBytes   = 4 << 20
)

// read goes on to the end of the catalog. When it fails, the next one goes on
// from there.
func (ix *index) read(ctx context.Context) error {
	q := catalog.PageQuery{
		Limit: pageObjects, Bytes: pageBytes, AddedAfter: time.UnixMicro(max(0, ix.floor-1)),
		Versions: catalog.VersionQuery{First: true, Last: true},
	}
	for {
		q.After = ix.from
		page, err := ix.views.Catalog.Page(ctx, ix.who, q)
		if err != nil {
			return err
		}
		for i := range page.Objects {
			if err := ix.take(ctx, &page.Objects[i]); err != nil {
				return err
			}
			ix.from = page.Objects[i].Place
		}
		ix.shrink()
		if !page.More {
			return nil
		}
	}
}

// take puts an object where it belongs.
func (ix *index) take(ctx context.Context, o *catalog.Object) error {
	ix.last = o.Added.UnixMicro()
	own := ix.within.hash(o.ID)
	switch o.Type {
	case "report", "grouping":
		if err := ix.container(ctx, o, own); err != nil {
			return err
		}
	case "sighting":
		r := refer(o.Raw)
		ix.attach(r.SightingOf, o)
		if err := ix.touch(ctx, ix.within.hash(r.SightingOf), o); err != nil {
			return err
		}
	case "relationship": // MISP has a word for those of its own objects
		if r := refer(o.Raw); strings.HasPrefix(r.Source, "grouping--") {
			if err := ix.touch(ctx, ix.within.hash(r.Source), o); err != nil {
				return err
			}
		}
	case "observed-data":
		r := refer(o.Raw)
		ix.part(own, own, o, r.Refs)
	}
	if err := ix.touch(ctx, own, o); err != nil {
		return err
	}
	ix.loose(o, own)
	return nil
}

// container takes a report or grouping.
func (ix *index) container(ctx context.Context, o *catalog.Object, own uint64) error {
	r := refer(o.Raw)
	switch e := r.element(); e.Kind {
	case kindEvent:
		return ix.event(ctx, o, own, r)
	case kindMore:
		ix.attach(e.Continues, o)
		ix.part(own, ix.within.hash(e.Continues), o, r.Refs)
		return ix.touch(ctx, ix.within.hash(e.Continues), o)
	case kindObject:
		ix.part(own, own, o, r.Refs)
	case "":
		if r.CreatedBy != "" {
			r.Refs = append(r.Refs, r.CreatedBy) // its name is the event's
		}
		return ix.event(ctx, o, own, r)
	}
	return nil
}

// part is a box of an object that belongs to another one, or to the same boxes
// as itself.
func (ix *index) part(own, up uint64, o *catalog.Object, refs []string) {
	ix.fill(ix.box(own, box{up: up, added: o.Added.UnixMicro()}), refs)
}

// box is the number of the box that is made of an object.
func (ix *index) box(own uint64, b box) int32 {
	n, there := ix.byID[own]
	if !there {
		n = int32(len(ix.boxes))
		ix.boxes = append(ix.boxes, b)
		ix.byID[own] = n
	}
	ix.boxes[n] = b
	return n
}

// fill says what a box names.
func (ix *index) fill(n int32, refs []string) {
	for _, id := range refs {
		h := ix.within.hash(id)
		for to := range ix.within.of(h) {
			if e := ix.boxes[to].event; e != nil && e.id == "" && to != n {
				ix.change(e, ix.last) // it is no longer among what no report names
			}
		}
		ix.within.add(h, n)
	}
}

func (ix *index) attach(to string, o *catalog.Object) {
	if i, ok := identOf(o.Type, o.ID); ok && to != "" {
		h := ix.beside.hash(to)
		for n := range ix.beside.of(h) {
			if ix.others[n].ident == i {
				return
			}
		}
		ix.others = append(ix.others, attachment{i, o.Added.UnixMicro()})
		ix.beside.add(h, int32(len(ix.others)-1))
	}
}
