package protect

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

// evidence is who saw a suspect value and when, by the telemetry's clock.
type evidence struct {
	by map[access.PartnerID][]span
	// old are the voices whose word has been answered by a recall or a
	// refusal: what they say about the value no longer moves automation.
	old map[voice]struct{}
}

// span is a stretch of time in which one partner saw the value.
type span struct {
	from, to   time.Time
	report     string // the id of the first report about it
	open       bool   // the community may see that report
	designated bool   // the partner was, when it said so
}

// maxSpans bounds what one partner can make the hub remember about one value;
// beyond it the oldest stretch is forgotten.
const maxSpans = 32

// add notes a stretch. Stretches of one partner that lie within window of each
// other are joined, which changes no answer of corroborating: [a,b] meets a
// window starting at t iff a-window <= t <= b, and the t of the two together
// are those of the joined one.
func (e *evidence) add(partner access.PartnerID, s span, window time.Duration, heard standings) {
	if e.answered(partner, heard) {
		return
	}
	if e.by == nil {
		e.by = map[access.PartnerID][]span{}
	}
	spans := slices.Concat(e.by[partner], []span{s})
	slices.SortStableFunc(spans, func(a, b span) int { return a.from.Compare(b.from) })
	joined := spans[:1]
	for _, next := range spans[1:] {
		last := &joined[len(joined)-1]
		if next.from.Sub(last.to) > window {
			joined = append(joined, next)
			continue
		}
		if next.to.After(last.to) {
			last.to = next.to
		}
		last.designated = last.designated || next.designated
		if next.open && !last.open {
			last.report, last.open = next.report, true
		}
	}
	e.by[partner] = joined[max(0, len(joined)-maxSpans):]
}

// witness is one corroborating partner and the report that it is counted for.
type witness struct {
	partner access.PartnerID
	voice   voice
	report  string
	open    bool
}

// corroborating finds the earliest window in which at least k voices saw the
// value, or a designated partner did, and returns the partners that saw it then,
// by id; nil if there is none.
func (e *evidence) corroborating(k int, window time.Duration, heard standings) []witness {
	if len(e.by) < k && !heard.anyDesignated(e.by) {
		return nil
	}
	type edge struct {
		at      time.Time
		open    bool
		partner access.PartnerID
		span    span
	}
	edges := make([]edge, 0, 2*len(e.by))
	for partner, spans := range e.by {
		for _, s := range spans {
			edges = append(edges, edge{s.from.Add(-window), true, partner, s}, edge{s.to, false, partner, s})
		}
	}
	slices.SortFunc(edges, func(a, b edge) int {
		opens := func(e edge) int {
			if e.open {
				return 0
			}
			return 1
		}
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(opens(a), opens(b)), cmp.Compare(a.partner, b.partner))
	})
	// Spans of one partner never overlap, not even widened by the window: add
	// has joined those that would. So one count a partner is enough.
	current, speaking, enough := map[access.PartnerID]span{}, map[voice]int{}, false
	for _, edge := range edges {
		v := heard.voiceOf(edge.partner)
		if !edge.open {
			delete(current, edge.partner)
			if speaking[v]--; speaking[v] == 0 {
				delete(speaking, v)
			}
			continue
		}
		current[edge.partner] = edge.span
		speaking[v]++
		if enough = len(speaking) >= k || heard.designated(edge.partner, edge.span); enough {
			break
		}
	}
	if !enough {
		return nil
	}
	found := make([]witness, 0, len(current))
	for _, partner := range slices.Sorted(maps.Keys(current)) {
		s := current[partner]
		found = append(found, witness{partner, heard.voiceOf(partner), s.report, s.open})
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
