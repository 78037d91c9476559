package history_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/chaos/history"
)

// line is told with the chain that a number and its effect give.
func line(n uint64, effects ...string) history.Line {
	l := history.Line{N: n}
	copy(l.Chain[:], fmt.Sprint(n, effects))
	for _, e := range effects {
		l.Effects = append(l.Effects, history.Effect{Name: e, Decides: strings.HasPrefix(e, "decision")})
	}
	return l
}

// sound is a history of two writers, of whom one decides, two readers and two nodes
// that are read in the end. It breaks no rule, and every part of it is there for some.
func sound() history.History {
	lines := func() []history.Line {
		return []history.Line{line(1), line(2, "object 1"), line(3, "decision a 1"), line(4, "object 2"), line(5, "decision a 2"), line(6, "decision b")}
	}
	return history.History{
		Writes: []history.Write{
			{Session: "writer", Effect: "object 1", Key: "1", Version: 1, Invoked: 10, Acked: 20},
			{Session: "writer", Effect: "object 2", Key: "2", Version: 1, Invoked: 30, Acked: 40},
			{Session: "writer", Effect: "object 3", Key: "3", Version: 1, Invoked: 50}, // nobody knows
			{Session: "decider", Effect: "decision a 1", Decides: true, Key: "a", Version: 1, Invoked: 15, Acked: 25},
			{Session: "decider", Effect: "decision a 2", Decides: true, Key: "a", Version: 2, Invoked: 35, Acked: 45},
		},
		Reads: []history.Read{
			{Session: "reader", Key: "a", Version: 0, Invoked: 12, Answered: 14},
			{Session: "reader", Key: "a", Version: 1, Invoked: 16, Answered: 18}, // before it was acknowledged
			{Session: "reader", Key: "a", Version: 1, Invoked: 46, Answered: 47}, // of a node that is behind
			{Session: "reader", Key: "a", Version: 2, Invoked: 48, Answered: 49},
			{Session: "decider", Key: "a", Version: 2, Invoked: 46, Answered: 50},
			{Session: "end", Key: "1", Version: 1, Invoked: 60, Answered: 61, Fresh: true},
			{Session: "end", Key: "3", Version: 0, Invoked: 61, Answered: 62, Fresh: true},
		},
		Readings: []history.Reading{
			{Session: "follower 1", Class: "viewer", Lines: lines()[:5]},
			{Session: "follower 2", Class: "viewer", Lines: lines()[:2]},
			{Session: "node 1", Class: "viewer", Lines: lines(), Whole: true},
			{Session: "node 2", Class: "viewer", Lines: lines(), Whole: true},
		},
		Due: []history.Effect{{Name: "decision b", Decides: true}},
	}
}

func TestASoundHistory(t *testing.T) {
	want := history.Verdict{Acknowledged: 4}
	if diff := cmp.Diff(want, sound().Check()); diff != "" {
		t.Error(diff)
	}
}

// Each rule is broken by some history, and by that one alone.
func TestEachRule(t *testing.T) {
	// renumbered has node 2, and nobody else, told other lines.
	renumbered := func(h *history.History, order ...int) {
		lines := h.Readings[3].Lines
		h.Readings = h.Readings[3:]
		h.Readings[0].Lines = nil
		for i, n := range order {
			l := lines[n-1]
			l.N = uint64(i) + 1
			h.Readings[0].Lines = append(h.Readings[0].Lines, l)
		}
	}
	for name, c := range map[string]struct {
		spoil func(*history.History)
		rule  history.Rule
		says  string
		lost  int
	}{
		"an acknowledged entry is lost": {func(h *history.History) { renumbered(h, 1, 2, 3, 5, 6) }, history.Lost, "object 2 was acknowledged to writer", 1},
		"an acknowledged decision is lost": {
			func(h *history.History) { renumbered(h, 1, 2, 4, 5, 6) }, history.Lost, "decision a 1 was acknowledged", 1,
		},
		"the end of the ledger is lost": {
			func(h *history.History) { h.Due = nil; h.Readings[3].Lines = h.Readings[3].Lines[:3] }, history.Lost, "node 2 does not have it", 2,
		},
		"a line is left out": {
			func(h *history.History) { h.Readings[1].Lines[1] = line(3, "decision a 1") }, history.Gap, "got line 3 where line 2 was due", 0,
		},
		"a line comes again": {
			func(h *history.History) { h.Readings[1].Lines = append(h.Readings[1].Lines, h.Readings[1].Lines[1]) }, history.Gap, "got line 2 where line 3", 0,
		},
		"a line that was told is gone": {
			func(h *history.History) { h.Readings[0].Gone = []string{"410"} }, history.Gap, "a place that is no more", 0,
		},
		"two nodes tell lines in another order": {
			func(h *history.History) { h.Readings[1].Lines[1] = line(2, "decision a 1") }, history.Reorder, "line 2 of viewer", 0,
		},
		"the story is another after a restart": {
			func(h *history.History) { h.Readings[0].Lines[4].Chain[0] ^= 1 }, history.Reorder, "line 5 of viewer", 0,
		},
		"the later of two stands first": {
			func(h *history.History) { renumbered(h, 1, 4, 2, 3, 5, 6) }, history.Reorder, "object 1 stands on line 3 of viewer behind object 2", 0,
		},
		"a line says what its chain does not": {
			func(h *history.History) { h.Readings[1].Lines[1].Altered = "other content" }, history.Altered, "other content", 0,
		},
		"an entry is there twice": {
			func(h *history.History) { renumbered(h, 1, 2, 3, 4, 4, 5, 6) }, history.Doubled, "object 2 is on line 4 and on line 5", 0,
		},
		"an entry that nobody heard of again is there twice": {
			func(h *history.History) {
				renumbered(h, 1, 2, 3, 4, 5, 6, 6)
				h.Readings[0].Lines[5], h.Readings[0].Lines[6] = line(6, "object 3"), line(7, "object 3")
				h.Due = nil
			},
			history.Doubled, "object 3", 0,
		},
		"a decision takes effect twice": {
			func(h *history.History) { renumbered(h, 1, 2, 3, 3, 4, 5, 6) }, history.Twice, "decision a 1 took effect on line 3 and on line 4", 0,
		},
		"what is decided automatically takes effect twice": {
			func(h *history.History) { renumbered(h, 1, 2, 3, 4, 5, 6, 6) }, history.Twice, "decision b", 0,
		},
		"a decision is dropped": {func(h *history.History) { renumbered(h, 1, 2, 3, 4, 5) }, history.Missing, "decision b is due", 0},
		"a session goes back in time": {
			func(h *history.History) { h.Reads[3].Version = 0 }, history.Back, "reader read version 1 of a, and then version 0", 0,
		},
		"a session misses its own write": {
			func(h *history.History) { h.Reads[4].Version = 1 }, history.Stale, "after its own version 2", 0,
		},
		"a fresh read is stale":       {func(h *history.History) { h.Reads[5].Version = 0 }, history.Stale, "after version 1 was acknowledged", 0},
		"a version that nobody wrote": {func(h *history.History) { h.Reads[6].Version = 2 }, history.Invented, "version 2 of 3", 0},
		"a version before it was sent": {
			func(h *history.History) { h.Reads[0].Version = 1 }, history.Invented, "version 1 of a", 0,
		},
		"two writes of one name": {
			func(h *history.History) { h.Writes[2].Effect = "object 2"; h.Reads = nil }, history.Invented, "the history itself", 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := sound()
			c.spoil(&h)
			got := h.Check()
			if len(got.Broken) == 0 || got.Lost != c.lost {
				t.Fatalf("verdict %+v, want %d lost and %s broken", got, c.lost, c.rule)
			}
			for _, b := range got.Broken {
				if b.Rule != c.rule {
					t.Errorf("%s is broken as well: %s", b.Rule, b.What)
				}
			}
			if !strings.Contains(got.Broken[0].What, c.says) {
				t.Errorf("it says %q, not %q", got.Broken[0].What, c.says)
			}
		})
	}
}

// Whatever a single log does under writers whose calls overlap as they like, readers
// that follow it and nodes that are behind, no rule is broken; and whichever
// acknowledged entry is then taken out, it is missed.
func TestAnyTrueHistoryIsSound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var h history.History
		var lines []history.Line
		clock := history.Moment(0)
		tick := func() history.Moment { clock++; return clock }
		open := map[int]bool{} // writes that were sent and are not on the log
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			if waiting := slices.Sorted(maps.Keys(open)); len(waiting) == 0 || rapid.Bool().Draw(t, "another") {
				name := fmt.Sprint("object ", len(h.Writes))
				open[len(h.Writes)] = true
				h.Writes = append(h.Writes, history.Write{Session: "w", Effect: name, Key: name, Version: 1, Invoked: tick()})
			} else {
				i := rapid.SampledFrom(waiting).Draw(t, "which")
				delete(open, i)
				lines = append(lines, line(uint64(len(lines))+1, h.Writes[i].Effect))
				if rapid.Bool().Draw(t, "answered") {
					h.Writes[i].Acked = tick()
				}
			}
			if rapid.Bool().Draw(t, "read") {
				i := rapid.IntRange(0, len(h.Writes)-1).Draw(t, "of")
				r := history.Read{Session: "w", Key: h.Writes[i].Key, Invoked: tick(), Fresh: true}
				if slices.ContainsFunc(lines, func(l history.Line) bool { return l.Effects[0].Name == r.Key }) {
					r.Version = 1
				}
				r.Answered = tick()
				h.Reads = append(h.Reads, r)
			}
		}
		cut := rapid.IntRange(0, len(lines)).Draw(t, "told")
		h.Readings = []history.Reading{{Session: "f", Class: "c", Lines: lines[:cut]}, {Session: "end", Class: "c", Lines: lines, Whole: true}}
		if got := h.Check(); len(got.Broken) > 0 || got.Lost > 0 {
			t.Fatalf("%+v", got)
		}
		for i, w := range h.Writes {
			if w.Acked == 0 {
				continue
			}
			less := h
			less.Readings = []history.Reading{{Session: "end", Class: "c", Whole: true}}
			for _, l := range lines {
				if l.Effects[0].Name != h.Writes[i].Effect {
					l.N = uint64(len(less.Readings[0].Lines)) + 1
					less.Readings[0].Lines = append(less.Readings[0].Lines, l)
				}
			}
			if got := less.Check(); got.Lost != 1 {
				t.Fatalf("%s is taken out: %+v", w.Effect, got)
			}
		}
	})
}
