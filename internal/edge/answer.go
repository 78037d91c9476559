package edge

import (
	"context"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/hashset"
	"github.com/tocsin-project/tocsin/internal/match"
	"github.com/tocsin-project/tocsin/internal/watch"
)

// askLoop asks the hub. While a call is under way the next one's questions
// gather.
func (b *Bootstrap) askLoop(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.wake:
		}
		for batch := b.batch(); len(batch) > 0; batch = b.batch() {
			call, cancel := context.WithTimeout(ctx, callPatience)
			named, err := b.cfg.Hub.NamedBy(call, batch)
			cancel()
			switch {
			case ctx.Err() != nil:
				return
			case final(err):
				b.cfg.Logger.Warn("the hub does not say what indicators name, they come by the change stream alone", "error", err)
				b.Drop()
				return
			case err != nil:
				b.cfg.Logger.Warn("the hub does not answer what indicators name", "error", err)
				b.again(batch)
				if !sleep(ctx, lookAgain) {
					return
				}
				continue
			}
			for _, w := range b.answered(batch, named) {
				b.tell(w)
			}
		}
	}
}

// batch is what is to be asked next. What nobody waits for any more is left
// out.
func (b *Bootstrap) batch() (batch []uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.queue) > 0 && len(batch) < client.MostAsked {
		if f := b.queue[0]; len(b.asked[f]) > 0 {
			batch = append(batch, f)
		}
		b.queue = b.queue[1:]
	}
	return batch
}

// again has fingerprints asked once more.
func (b *Bootstrap) again(batch []uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.dropped {
		b.queue = append(batch, b.queue...)
	}
}

// answered takes the hub's answers in, and gives the events that have theirs.
// What the hub was not asked for counts for nothing.
func (b *Bootstrap) answered(batch []uint64, named []client.Named) (done []*sought) {
	by := make(map[uint64][]client.Named, len(named))
	for _, n := range named {
		f := hashset.Fingerprint(string(n.Type), n.Text)
		by[f] = append(by[f], n)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.dropped {
		return nil
	}
	if len(b.answers) == 0 {
		b.since = time.Now()
	}
	for _, f := range batch {
		b.stats.Asked++
		if len(b.answers) < mostAnswers {
			b.answers[f] = by[f]
		}
		for _, w := range b.asked[f] {
			for i := range w.probes {
				if p := &w.probes[i]; p.fingerprint == f {
					p.named = by[f]
					w.left--
				}
			}
		}
		delete(b.asked, f)
	}
	return b.part(func(w *sought) bool { return w.left == 0 })
}

// part takes out of those that wait the ones that leave.
func (b *Bootstrap) part(leaves func(*sought) bool) (left []*sought) {
	kept := b.waiting[:0]
	for _, w := range b.waiting {
		if leaves(w) {
			left = append(left, w)
			b.size -= w.size
		} else {
			kept = append(kept, w)
		}
	}
	clear(b.waiting[len(kept):])
	b.waiting = kept
	return left
}

// giveUpLoop ends the waiting of events that the hub does not answer for in
// time: the stream may have brought the answer.
func (b *Bootstrap) giveUpLoop(ctx context.Context) {
	for sleep(ctx, lookAgain) {
		for _, w := range b.late() {
			b.tell(w)
		}
	}
}

func (b *Bootstrap) late() []*sought {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.answers) > 0 && time.Since(b.since) > answersFor {
		clear(b.answers)
	}
	late := b.part(func(w *sought) bool { return time.Since(w.since) > answerPatience })
	b.stats.Late += uint64(len(late))
	for _, w := range late {
		for i := range w.probes {
			f := w.probes[i].fingerprint
			those := slices.DeleteFunc(b.asked[f], func(other *sought) bool { return other == w })
			if len(those) == 0 {
				delete(b.asked, f)
			} else {
				b.asked[f] = those
			}
		}
	}
	return late
}

// tell tells what came of an event. The hub's word counts only for the very
// value that was seen.
func (b *Bootstrap) tell(w *sought) {
	named := make([]bool, len(w.answer.Event.Observables))
	for i := range w.probes {
		p := &w.probes[i]
		seen := &w.answer.Event.Observables[p.seen]
		want := seen.Value
		if p.prefix.IsValid() {
			want.Text = p.prefix.String()
		}
		for _, n := range p.named {
			if n.Value == want {
				w.answer.Hits = append(w.answer.Hits, watch.Hit{Indicator: match.Indicator{ID: n.ID, Value: n.Value}, Value: seen.Raw, Field: seen.Field})
				named[p.seen] = true
			}
		}
	}
	for i := range w.probes {
		seen := w.probes[i].seen
		if last := len(w.answer.Open) - 1; !named[seen] && (last < 0 || w.answer.Open[last] != seen) {
			w.answer.Open = append(w.answer.Open, seen)
		}
	}
	if len(w.answer.Hits) > 0 {
		b.mu.Lock()
		b.stats.Named++
		b.mu.Unlock()
	}
	w.asker.told(w.answer)
}
