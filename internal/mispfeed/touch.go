package mispfeed

import (
	"context"

	"github.com/tocsin-project/tocsin/internal/catalog"
)

// maxNesting is how deep an element stands in its event: in an object's
// attribute, of which an observable is.
const maxNesting = 4

// touch notes with every event that an object belongs to, by a hash of what it
// is or is about, that it changed.
func (ix *index) touch(ctx context.Context, hash uint64, o *catalog.Object) error {
	for _, e := range ix.eventsOf(hash) {
		if e.id == o.ID {
			continue
		}
		same, err := ix.cameWith(ctx, e, o)
		if err != nil {
			return err
		}
		if !same || e.line != nil { // once the event was shown, what follows is a change
			ix.change(e, o.Added.UnixMicro())
		}
	}
	return nil
}

// eventsOf is the events that an object is, or belongs to, itself or as a part.
func (ix *index) eventsOf(hash uint64) (events []*event) {
	looked := map[int32]bool(nil)
	for level, depth := []uint64{hash}, 0; len(level) > 0 && depth <= maxNesting; depth++ {
		var up []uint64
		for _, h := range level {
			if n, ok := ix.byID[h]; ok && ix.boxes[n].event != nil && !looked[n] {
				events = append(events, ix.boxes[n].event)
			}
			for n := range ix.within.of(h) {
				if looked[n] {
					continue
				}
				if looked == nil {
					looked = map[int32]bool{}
				}
				looked[n] = true
				if b := ix.boxes[n]; b.event != nil {
					events = append(events, b.event)
				} else {
					up = append(up, b.up)
				}
			}
		}
		level = up
	}
	return events
}

func (ix *index) change(e *event, at int64) {
	e.changed(at)
	e.version++
	ix.changes++
}
