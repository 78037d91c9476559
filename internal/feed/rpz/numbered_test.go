package rpz

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// tightPace reaches every limit with a handful of names.
var tightPace = pace{small: 4, batch: 2, rest: 30 * time.Second, bulk: 4, few: 2, hot: 5}

// numberedFollower is a numbered view with the protections that it shows.
type numberedFollower struct {
	view *view
	live *feed.Live
	wait chan func()
}

func newNumberedFollower() *numberedFollower {
	f := &numberedFollower{live: feed.NewLive(nil), wait: make(chan func(), 100)}
	f.view = newNumberedView(tightPace, maxName, func(work func()) { f.wait <- work })
	return f
}

func (f *numberedFollower) take(ps []protect.Protection, n Number) {
	for _, p := range ps {
		f.live.Take(p)
	}
	f.view.round(f.live.Advance(n.At), n)
}

// settle has the cold zones made that wait.
func (f *numberedFollower) settle() {
	for len(f.wait) > 0 {
		(<-f.wait)()
	}
}

func rowsOf(v *version) string {
	rows := slices.SortedFunc(v.rows, record.compare)
	return fmt.Sprint(rows)
}

// numberedRound is what one round brings.
type numberedRound struct {
	Number
	ps []protect.Protection
}

func drawRound(t *rapid.T, last Number, force map[string]protect.Protection) numberedRound {
	n := Number{
		Serial: last.Serial + uint32(rapid.IntRange(1, 3).Draw(t, "serial")), At: last.At.Add(time.Duration(rapid.IntRange(0, 60).Draw(t, "seconds")) * time.Second),
		Turn: rapid.IntRange(0, 3).Draw(t, "turn") == 0, Renew: rapid.IntRange(0, 5).Draw(t, "renew") == 0,
	}
	r := numberedRound{Number: n}
	for range rapid.IntRange(0, 6).Draw(t, "changes") {
		text := rapid.SampledFrom([]string{"a", "b.a", "c.b.a", "d.a", "e", "f.e", "g", "h", "i.h", "j.i.h"}).Draw(t, "name")
		p, some := force[text]
		if some && p.Status == protect.Active && rapid.Bool().Draw(t, "end") {
			p.Status = protect.Revoked
		} else {
			p = protect.Protection{
				ID: fmt.Sprint("protection--", n.Serial, text), Value: observable.Value{Type: observable.Domain, Text: text + ".example"}, Polarity: protect.Block, Status: protect.Active,
				Exact: rapid.Bool().Draw(t, "exact"), Decided: n.At, Expires: n.At.Add(time.Duration(rapid.IntRange(1, 600).Draw(t, "life")) * time.Second),
			}
			if rapid.IntRange(0, 3).Draw(t, "must") == 0 {
				p.Polarity, p.Answer = protect.MustResolve, "192.0.2.1"
			}
		}
		force[text] = p
		r.ps = append(r.ps, p)
	}
	return r
}

// A view that begins at the turn before the last says the same under the same serial as one
// that has followed from the beginning, and what it gives as changes leads there.
func TestNumberedViewsAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		begin := Number{Serial: 1, At: time.Date(2017, 5, 12, 12, 0, 0, 0, time.UTC), Turn: true}
		force := map[string]protect.Protection{}
		all := []numberedRound{{Number: begin}}
		lived, said, rows := newNumberedFollower(), map[string]string{}, map[string]map[record]bool{}
		says := func(who, zone string, v *version) {
			key := fmt.Sprint(zone, " at ", v.serial)
			if before, some := said[key]; some && before != rowsOf(v) {
				t.Fatalf("%s, %s: %s\nand before: %s", who, key, rowsOf(v), before)
			}
			said[key], rows[key] = rowsOf(v), map[record]bool{}
			for r := range v.rows {
				rows[key][r] = true
			}
			for _, c := range v.history {
				before, some := rows[fmt.Sprint(zone, " at ", c.from)]
				after, here := rows[fmt.Sprint(zone, " at ", c.to)]
				if some && here && !maps.Equal(c.applied(before), after) {
					t.Fatalf("%s, %s: from %d to %d: %v, %v, but it was %v and is %v", who, zone, c.from, c.to, c.removed, c.added, before, after)
				}
			}
		}
		lived.take(nil, begin)
		for range rapid.IntRange(1, 25).Draw(t, "rounds") {
			r := drawRound(t, all[len(all)-1].Number, force)
			all = append(all, r)
			lived.settle()
			lived.take(r.ps, r.Number)
			says("lived", "hot", lived.view.hot.version())
			lived.settle()
			says("lived", "cold", lived.view.cold.version())

			turns := []int{}
			for i, one := range all {
				if one.Turn {
					turns = append(turns, i)
				}
			}
			first := turns[max(len(turns)-2, 0)]
			late := newNumberedFollower()
			for _, one := range all[:first+1] {
				for _, p := range one.ps {
					late.live.Take(p)
				}
			}
			late.view.round(late.live.Advance(all[first].At), all[first].Number)
			for _, one := range all[first+1:] {
				late.settle()
				late.take(one.ps, one.Number)
			}
			late.settle()
			for _, zone := range []string{"hot", "cold"} {
				a, b := lived.view.zoneOf(zone), late.view.zoneOf(zone)
				if a.serial != b.serial {
					t.Fatalf("%s: %d, and %d where it began at %d", zone, a.serial, b.serial, all[first].Serial)
				}
				says("late", zone, b)
			}
		}
	})
}

// applied is what a copy is after a change.
func (c change) applied(to map[record]bool) map[record]bool {
	next := maps.Clone(to)
	for _, r := range c.removed {
		delete(next, r)
	}
	for _, r := range c.added {
		next[r] = true
	}
	return next
}

func (v *view) zoneOf(name string) *version {
	if name == "hot" {
		return v.hot.version()
	}
	return v.cold.version()
}
