package catalog

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/catalog/shelf"
)

const (
	// looksPerPause is after how many looks at versions a scan pauses.
	looksPerPause = 1 << 14
	// looksPerReading is how many looks take as long as to read a version and
	// to redact it.
	looksPerReading = 1 << 8
)

// holdLimits are when a scan pauses, and how long it holds one view: what is
// added, and with it whoever asks next, waits for that.
type holdLimits struct {
	looks int
	time  time.Duration
}

var defaultHoldLimits = holdLimits{looks: looksPerPause, time: 50 * time.Millisecond}

// pause ends a scan that is no longer wanted. It lets the writer in where the
// view has been held for long; what was known of the view is then forgotten.
func (a *asker) pause(ctx context.Context) (again bool, err error) {
	if a.looks = 0; ctx.Err() != nil || time.Since(a.opened) < a.c.holding.time {
		return false, ctx.Err()
	}
	a.view.Close()
	a.view, a.listed, a.opened = a.c.shelf.View(), nil, time.Now()
	return true, nil
}

// scan yields the versions of a page until yield returns false, and says
// whether there are more. A version whose neighbours are released as well costs
// a few nanoseconds: its record is looked at and nothing is read. A scan that
// takes long goes on in a new view, in which a version may have gone; it does
// not go on to those that came meanwhile.
func (a *asker) scan(ctx context.Context, q PageQuery, yield func(shelf.Number) bool) (more bool, err error) {
	if q.Limit < 1 {
		return false, fmt.Errorf("the limit is %d, it has to be at least 1", q.Limit)
	}
	choice := a.chosen(q)
	left, size := q.Limit, 0
	take := func(n shelf.Number) (goOn bool, err error) {
		if a.looks++; a.looks >= a.c.holding.looks {
			again, err := a.pause(ctx)
			if err != nil {
				return false, err
			}
			if again {
				choice = a.chosen(q)
			}
		}
		switch wanted, err := a.wanted(n, q.Versions, choice); {
		case err != nil || !wanted:
			return err == nil, err
		case left == 0:
			more = true
			return false, nil
		}
		if q.Bytes > 0 {
			one, err := a.view.Size(n)
			if err != nil {
				return false, err
			}
			if size += one; size > q.Bytes && left < q.Limit {
				more = true
				return false, nil
			}
		}
		left--
		return yield(n), nil
	}
	from := a.start(q) + 1
	if len(q.IDs) > 0 {
		versions, err := a.versionsOf(q.IDs, from)
		if err != nil {
			return false, err
		}
		for _, n := range versions {
			if goOn, err := take(n); !goOn {
				return more, err
			}
		}
		return more, nil
	}
	for n, last := from, a.view.Len(); n <= last; n++ {
		if goOn, err := take(n); !goOn {
			return more, err
		}
	}
	return more, nil
}

// start is the version to read after: that of the query's place, or the last
// one added by the query's time, whichever is later.
func (a *asker) start(q PageQuery) shelf.Number {
	seq, ordinal := q.After.parts()
	after := a.view.After(seq, ordinal)
	if q.AddedAfter.IsZero() {
		return after
	}
	return max(after, a.view.AddedBy(q.AddedAfter.UnixMicro()))
}

// versionsOf is the versions of ids, from a number on, in added order.
func (a *asker) versionsOf(ids []string, from shelf.Number) (numbers []shelf.Number, err error) {
	for _, id := range ids {
		n, err := a.view.Newest(shelf.KeyOf(id))
		if err != nil {
			return nil, err
		}
		for ; n >= from && n != 0; n = a.view.At(n).Prev {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	return slices.Compact(numbers), nil
}

// wanted says whether a version belongs on the page.
func (a *asker) wanted(n shelf.Number, v VersionQuery, choice *choice) (bool, error) {
	r := a.view.At(n)
	if r.Flags&(shelf.Erased|shelf.Behind) != 0 || !a.has(r.Audience) {
		return false, nil
	}
	if choice != nil {
		if chosen, err := choice.has(n); err != nil || !chosen {
			return false, err
		}
	}
	if !a.sees(n) {
		return false, nil
	}
	if r.Flags&shelf.Contested == 0 && (v.First || v.lastWanted()) {
		return true, nil // the usual case needs no look at other versions
	}
	return a.asked(n, v)
}

func (v VersionQuery) lastWanted() bool {
	return v.Last || v.All || !v.First && len(v.At) == 0
}

// asked says whether a version that is seen is among those asked for.
func (a *asker) asked(n shelf.Number, v VersionQuery) (bool, error) {
	s := a.versions(n)
	i := s.place(n)
	switch {
	case i < 0: // another partner's word on the same version counts
		return false, nil
	case v.All, i == 0 && v.lastWanted(), i == s.creators-1 && v.First:
		return true, nil
	}
	modified, err := a.view.Modified(n)
	if err != nil {
		return false, err
	}
	at := fromMicros(modified)
	if at.IsZero() {
		_, _, added := a.view.Place(n)
		at = fromMicros(added)
	}
	return slices.ContainsFunc(v.At, func(t time.Time) bool { return t.Truncate(time.Microsecond).Equal(at) }), nil
}
