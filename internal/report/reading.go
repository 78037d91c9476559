package report

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// few reads the entries that are few, for the rooms that fold them. What comes
// after the moment is read for what it says of markings alone.
func (m *moment) few(ctx context.Context, l ledger.Reader, rooms ...room) error {
	by := map[ledger.Kind][]room{}
	kinds := []ledger.Kind{}
	for _, one := range rooms {
		for _, k := range one.kinds() {
			by[k] = append(by[k], one)
			kinds = append(kinds, k)
		}
	}
	for e, err := range l.Read(ctx, 0, kinds...) {
		if err != nil {
			return err
		}
		if e.Seq > m.head.Seq {
			break
		}
		if string(e.Body) == ledger.Erased {
			continue
		}
		for _, one := range by[e.Kind] {
			if e.Seq <= m.cut.Seq {
				err = one.apply(e)
			} else if marks, ok := one.(marked); ok {
				err = marks.since(e)
			}
			if err != nil {
				return fmt.Errorf("entry %d: %w", e.Seq, err)
			}
		}
	}
	return nil
}

// marked is a room that is told of entries after the moment, for their markings.
type marked interface{ since(e ledger.Entry) error }

// batch is some entries on their way to be taken apart, in the ledger's order.
type batch struct {
	entries []ledger.Entry
	found   []found
	err     error
	done    chan struct{}
}

// batchEntries is how many entries are handed over at a time, and batches how
// many of those are on their way: 64 MiB of contributions at the most.
const (
	batchEntries = 256
	batchBytes   = 1 << 20
	batches      = 32
)

// many reads the entries that are many, from where the incident may begin. The
// ledger is read in order by one, taken apart by as many as there are processors,
// and what was found is taken in order.
func (m *moment) many(ctx context.Context, l ledger.Reader, s *seen) error {
	ctx, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop()
	work, order := make(chan *batch), make(chan *batch, batches)
	wg.Go(func() {
		defer close(work)
		defer close(order)
		m.readMany(ctx, l, work, order)
	})
	for range max(1, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for b := range work {
				b.found, b.err = s.look(b.entries)
				close(b.done)
			}
		})
	}
	for b := range order {
		<-b.done
		if b.err != nil {
			return b.err
		}
		for _, f := range b.found {
			if err := s.take(f); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

func (m *moment) readMany(ctx context.Context, l ledger.Reader, work, order chan<- *batch) {
	hand := func(b *batch) bool {
		select {
		case order <- b:
		case <-ctx.Done():
			return false
		}
		if b.err != nil {
			close(b.done)
			return false
		}
		select {
		case work <- b:
			return true
		case <-ctx.Done():
			close(b.done)
			return false
		}
	}
	fail := func(err error) { hand(&batch{err: err, done: make(chan struct{})}) }
	first, err := after(ctx, l, m.head.Seq, m.from)
	if err != nil {
		fail(err)
		return
	}
	list, bytes := make([]ledger.Entry, 0, batchEntries), 0
	for e, err := range l.Read(ctx, first-1, sighting.KindReported, protect.KindReceipt, contribution.KindAccepted) {
		if err != nil {
			fail(err)
			return
		}
		if e.Seq > m.head.Seq {
			break
		}
		list, bytes = append(list, e), bytes+len(e.Body)
		if len(list) < batchEntries && bytes < batchBytes {
			continue
		}
		if !hand(&batch{entries: list, done: make(chan struct{})}) {
			return
		}
		list, bytes = make([]ledger.Entry, 0, batchEntries), 0
	}
	hand(&batch{entries: list, done: make(chan struct{})})
}
