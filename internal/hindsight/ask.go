package hindsight

import (
	"iter"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// Past says what the memory knows of a value: a sighting of the past.
type Past struct {
	// Value is what was seen last: the value asked for, or what it stands for:
	// a name below it, an address of the prefix, a URL of the host.
	observable.Value
	// First and Last are in the telemetry's time, in whole seconds, but for
	// what claimed to be more than a day ahead of the edge's clock.
	First, Last time.Time
	Count       uint64 // events
	Hosts       int    // distinct hosts behind them, estimated; above 200 no more than "many"
}

// Question is what to look for.
type Question struct {
	observable.Value
	// Subdomains says that a domain stands for the names below it, too.
	Subdomains bool
}

// Ask says whether v was seen in the days remembered, and when. A domain stands
// for itself, with subdomains also for the names below it; a prefix for its
// addresses. A domain or address that was not seen by itself is looked for as
// the host of URLs.
func (m *Memory) Ask(v observable.Value, subdomains bool) (Past, bool) {
	for _, past := range m.AskAll(slices.Values([]Question{{v, subdomains}})) {
		return past, true
	}
	return Past{}, false
}

// batch is how many questions go through the segments at once.
const batch = 1 << 18

// AskAll answers many questions as Ask does, in order, and leaves out those
// that found nothing. Many at once are much cheaper than one by one.
func (m *Memory) AskAll(questions iter.Seq[Question]) iter.Seq2[Question, Past] {
	return func(yield func(Question, Past) bool) {
		var waiting []Question
		for q := range questions {
			if waiting = append(waiting, q); len(waiting) < batch {
				continue
			}
			if !m.answer(waiting, yield) {
				return
			}
			waiting = waiting[:0]
		}
		m.answer(waiting, yield)
	}
}

func (m *Memory) answer(questions []Question, yield func(Question, Past) bool) bool {
	if len(questions) == 0 {
		return true
	}
	x := newInquiry(questions)
	m.mu.Lock() // so that nothing moves from a generation to a segment
	for _, g := range []*generation{m.active.Load(), m.pending} {
		if g != nil && x.mayBeIn(g.names) {
			x.askGeneration(g)
		}
	}
	segments := m.segments
	for _, s := range segments {
		s.use()
	}
	m.mu.Unlock()
	for _, s := range segments {
		if err := x.askSegment(s); err != nil && !s.bad.Swap(true) {
			m.damaged.Add(1)
			m.opts.Log.Error("a part of hindsight cannot be read: answers are without it", "file", s.path, "error", err)
		}
		s.done()
	}
	for i, q := range questions {
		if past, seen := x.past(i); seen && !yield(q, past) {
			return false
		}
	}
	return true
}
