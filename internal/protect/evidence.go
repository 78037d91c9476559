package protect

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

// evidence is who says that a value is bad, and when: by the telemetry's clock
// who saw it, by the ledger's who contributed an indicator of it.
type evidence struct {
	by map[access.PartnerID][]span
	// old are the voices whose word has been answered by a recall or a
	// refusal: what they say about the value no longer moves automation.
	old    map[voice]struct{}
	prints []print // of the last sightings, so that a copy is known for one
}

// span is a stretch of time in which one partner saw the value, or the time at
// which it contributed an indicator of it.
type span struct {
	from, to   time.Time
	said       time.Time // by the ledger's clock: when the partner began to speak of it
	last       time.Time // and when it last did
	report     string    // the id of the first report, or of the contribution
	level      int       // how widely that may be told: an index in marks
	designated bool      // the partner was, when it said so
	wide       bool      // of a name: what is below it is meant, too
	weight     int       // percent
	word       uint64    // which indicator says so; 0: it was seen
}

// maxSpans bounds the stretches of one partner about one value. Beyond it two that
// can be are joined, or the oldest is forgotten.
const maxSpans = 16

// add notes a stretch.
func (e *evidence) add(partner access.PartnerID, s span, window time.Duration, heard standings) {
	if e.answered(partner, heard) {
		return
	}
	if e.by == nil {
		e.by = map[access.PartnerID][]span{}
	}
	spans := slices.Concat(e.by[partner], []span{s})
	slices.SortStableFunc(spans, func(a, b span) int { return a.from.Compare(b.from) })
	if len(spans) > maxSpans {
		spans = joined(spans, window)
	}
	e.by[partner] = spans
}

// joined is the stretches with one less. Stretches of one marking that lie within
// window of each other are joined, which changes no answer of corroborating:
// [a,b] meets a window starting at t iff a-window <= t <= b, and the t of the two
// together are those of the joined one. When each was said is lost by it: so it
// is the two that were said nearest to each other, and retract knows of a joined
// one no more than that it was said between said and last.
func joined(spans []span, window time.Duration) []span {
	a, b, nearest := -1, -1, time.Duration(math.MaxInt64)
	for i, one := range spans {
		for j := i + 1; j < len(spans) && spans[j].from.Sub(one.to) <= window; j++ {
			both := one
			both.join(spans[j])
			apart := both.last.Sub(both.said)
			if one.word == spans[j].word && one.level == spans[j].level && apart < nearest {
				a, b, nearest = i, j, apart
			}
		}
	}
	if a < 0 {
		return spans[1:]
	}
	spans[a].join(spans[b])
	return slices.Delete(spans, b, b+1)
}

func (s *span) join(next span) {
	s.said = slices.MinFunc([]time.Time{s.said, next.said}, time.Time.Compare)
	s.last = slices.MaxFunc([]time.Time{s.last, next.last}, time.Time.Compare)
	s.to = slices.MaxFunc([]time.Time{s.to, next.to}, time.Time.Compare)
	s.designated, s.wide = s.designated || next.designated, s.wide || next.wide
	s.weight = max(s.weight, next.weight)
}

// forget takes back what a partner said by one of its indicators, and says
// whether it had said anything.
func (e *evidence) forget(partner access.PartnerID, word uint64) bool {
	before := len(e.by[partner])
	left := slices.DeleteFunc(e.by[partner], func(s span) bool { return s.word == word })
	if len(left) == before {
		return false
	}
	if e.by[partner] = left; len(left) == 0 {
		delete(e.by, partner)
	}
	return true
}

// retract forgets what a partner said at or after a time, by the ledger's clock
// alone: the telemetry's may be another day's. It says whether there was any. Of
// stretches that were joined, one that was also said before goes as a whole:
// whatever of it was said since must not count.
func (e *evidence) retract(partner access.PartnerID, since time.Time) (lost bool) {
	before := len(e.by[partner])
	left := slices.DeleteFunc(e.by[partner], func(s span) bool { return !s.last.Before(since) })
	if len(left) == before {
		return false
	}
	if e.by[partner] = left; len(left) == 0 {
		delete(e.by, partner)
	}
	return true
}

// question is what corroborating is asked.
type question struct {
	k      int
	window time.Duration
	heard  standings
	level  int       // what is marked more narrowly does not count
	wide   bool      // only who means the names below as well
	since  time.Time // only who spoke after it
}

func (q question) counts(s span) bool {
	return s.level <= q.level && (s.wide || !q.wide) && s.last.After(q.since)
}

// witness is one corroborating partner and the report that it is counted for.
type witness struct {
	partner access.PartnerID
	voice   voice
	report  string
	weight  int
	seen    bool // not only listed
}

// turn is where a span begins to count, or ends, for windows that start there.
type turn struct {
	at      time.Time
	ends    int
	partner access.PartnerID
	span    int
}

// corroborating finds the earliest window in which at least k voices spoke of the
// value, or a designated partner did, and returns the partners that did then, by
// id; nil if there is none.
func (e *evidence) corroborating(q question) []witness {
	if len(e.by) < q.k && !q.heard.anyDesignated(e.by) {
		return nil
	}
	turns := make([]turn, 0, 2*len(e.by))
	for partner, spans := range e.by {
		for i, s := range spans {
			if q.counts(s) {
				turns = append(turns, turn{s.from.Add(-q.window), 0, partner, i}, turn{s.to, 1, partner, i})
			}
		}
	}
	slices.SortFunc(turns, func(a, b turn) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.ends, b.ends), cmp.Compare(a.partner, b.partner), cmp.Compare(a.span, b.span))
	})
	current, speaking := map[access.PartnerID][]int{}, map[voice]int{}
	for _, t := range turns {
		v := q.heard.voiceOf(t.partner)
		if t.ends == 1 {
			if current[t.partner] = slices.DeleteFunc(current[t.partner], func(i int) bool { return i == t.span }); len(current[t.partner]) == 0 {
				delete(current, t.partner)
			}
			if speaking[v]--; speaking[v] == 0 {
				delete(speaking, v)
			}
			continue
		}
		current[t.partner] = append(current[t.partner], t.span)
		speaking[v]++
		if len(speaking) >= q.k || q.heard.designated(t.partner, e.by[t.partner][t.span]) {
			return e.witnesses(current, q.heard)
		}
	}
	return nil
}

func (e *evidence) witnesses(current map[access.PartnerID][]int, heard standings) []witness {
	found := make([]witness, 0, len(current))
	for _, partner := range slices.Sorted(maps.Keys(current)) {
		w := witness{partner: partner, voice: heard.voiceOf(partner), report: e.by[partner][slices.Min(current[partner])].report}
		for _, i := range current[partner] {
			s := e.by[partner][i]
			w.seen = w.seen || s.word == 0
			w.weight = max(w.weight, s.weight)
			if heard.designated(partner, s) {
				w.weight = max(w.weight, weightDesignated)
			}
		}
		found = append(found, w)
	}
	return found
}

// renew forgets what was seen: a protection has run out and needs fresh reports.
func (e *evidence) renew() { e.by = nil }

// answer is renew, and from now on only voices that have not spoken count.
func (e *evidence) answer(heard standings) {
	if e.old == nil && len(e.by) > 0 {
		e.old = map[voice]struct{}{}
	}
	for partner := range e.by {
		// Both: who leaves its organisation, or joins one, has spoken all the same.
		e.old[voice{partner: partner}] = struct{}{}
		e.old[heard.voiceOf(partner)] = struct{}{}
	}
	e.by = nil
}

// answered says whether what the partner says about the value has had its answer.
func (e *evidence) answered(partner access.PartnerID, heard standings) bool {
	_, itself := e.old[voice{partner: partner}]
	_, organisation := e.old[heard.voiceOf(partner)]
	return itself || organisation
}
