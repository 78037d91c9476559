package mispfeed

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/misp"
)

// event is an event of the feed.
type event struct {
	stamps
	uuid     string
	id       string // of its report or grouping; "" for what no report names
	foreign  bool   // it did not come from MISP
	owner    access.PartnerID
	modified time.Time
	revoked  bool
	recent   int64          // when its newest version, or the last of its objects, was added
	head     jsontext.Value // what the manifest says of it, but for the timestamp; nil: not known yet
	version  uint64         // rises with every change

	level access.TLP // of what no report names, with all below
	day   string
	part  int
	ids   []ident

	line      []byte // of the manifest
	lineStamp int64
	sums      [][16]byte // of its values
	sumsOf    uint64     // the version that they are of, and one more
}

// heads are what a manifest says of an event.
var heads = []string{"Orgc", "Tag", "info", "date", "analysis", "threat_level_id", "publish_timestamp"}

// event takes a report or grouping that is an event.
func (ix *index) event(ctx context.Context, o *catalog.Object, own uint64, r referring) error {
	id := uuidOf(o.ID)
	if id == "" {
		return nil // intake takes no such id
	}
	e := &event{uuid: id, id: o.ID, owner: o.Owner, modified: o.Modified, revoked: o.Revoked}
	e.foreign = r.element().Kind == ""
	e.first, e.added, e.recent = ix.last, ix.last, ix.last
	known := ix.events[e.uuid]
	switch {
	case known == nil && ix.floor > 0: // it may have been in the feed before
		versions, err := ix.views.Catalog.Versions(ctx, ix.who, o.ID)
		if err != nil && !errors.Is(err, catalog.ErrNotFound) {
			return err
		}
		if len(versions) > 1 {
			e.note(e.added)
		}
	case known == nil:
	case known.id != e.id && known.owner != e.owner && e.owner != access.Hub:
		return nil // a UUID is that of who had it first
	case e.modified.Before(known.modified):
		return nil
	}
	if !e.foreign {
		if raw := headOf(o.Raw, e.uuid); raw != nil {
			e.rest = cmp.Or(raw.seconds("timestamp"), second(e.added))
			if level, narrower := tightened(o); narrower {
				raw.tag("tlp:" + string(level))
			}
			e.head = raw.only(heads...).object()
		}
	}
	if e.rest == 0 {
		e.foreign, e.runs = true, []run{{e.added, e.added}}
	}
	if known != nil {
		if err := ix.again(ctx, known, e); err != nil {
			return err
		}
		e = known
	}
	e.level = o.Audience.TLP
	e.version++
	ix.changes++
	ix.events[e.uuid] = e
	ix.fill(ix.box(own, box{event: e, added: e.added}), r.Refs)
	return nil
}

// uuidOf is the UUID in an id, "" if there is none.
func uuidOf(id string) string {
	_, text, _ := strings.Cut(id, "--")
	u, err := uuid.Parse(text)
	if err != nil {
		return ""
	}
	return u.String()
}

// again puts a new version in the place of an event.
func (ix *index) again(ctx context.Context, known, e *event) error {
	if e.rest == 0 || known.rest == 0 {
		known.note(e.added)
		known.added, known.rest = e.added, e.rest
	} else {
		b, err := ix.broughtBy(ctx, e.owner, e.id, e.added)
		if err != nil {
			return err
		}
		known.replaced(b.begun, e.added, e.rest)
	}
	known.id, known.foreign, known.owner, known.modified, known.revoked, known.head, known.recent = e.id, e.foreign, e.owner, e.modified, e.revoked, e.head, e.recent
	known.line = nil
	return nil
}

// headOf is the event that a report alone gives.
func headOf(raw jsontext.Value, id string) members {
	all, _ := misp.Export([]jsontext.Value{raw}, misp.Origin{})
	return pick(all, id)
}

// pick is the event with a UUID.
func pick(all []jsontext.Value, id string) members {
	for _, raw := range all {
		m := parse(raw)
		if u, err := uuid.Parse(m.text("uuid")); err == nil && u.String() == id {
			return m
		}
	}
	return nil
}

func (m members) only(names ...string) members {
	kept := members{}
	for _, name := range names {
		if v, ok := m[name]; ok {
			kept[name] = v
		}
	}
	return kept
}
