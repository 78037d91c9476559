package soc

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// transport is the way to a receiver. One goroutine uses it.
type transport interface {
	// write writes records, connecting first if need be, and says how many
	// went out whole. After an error the next call connects anew.
	write(ctx context.Context, records [][]byte) (done int, err error)
	// limit is the most bytes of a record; 0 is none.
	limit() int
	close() error
	String() string
}

const (
	batchRecords = 64
	firstPause   = 250 * time.Millisecond
	longestPause = 30 * time.Second
)

type worker struct {
	format format
	to     transport
	opts   Options
	from   origin
	flood  *flood // nil: each hit is told
	queue  chan Alert

	hits, told, dropped, records atomic.Uint64
	away, full                   atomic.Bool

	closing   sync.Once
	stop      chan struct{} // closed: nothing is taken any more
	done      chan struct{} // closed: nothing is written any more
	giveUp    context.CancelFunc
	reason    error        // of the last failure, once done
	taking    sync.RWMutex // held for reading while a hit is being taken
	batch     []Alert
	room      []byte
	rendered  [][]byte
	renderEnd []int
}

func start(f format, to transport, opts Options) *worker {
	ctx, cancel := context.WithCancel(context.Background())
	w := &worker{
		format: f, to: to, opts: opts, from: opts.origin(),
		queue: make(chan Alert, opts.Queue), stop: make(chan struct{}), done: make(chan struct{}), giveUp: cancel,
	}
	if opts.Window > 0 {
		w.flood = newFlood(opts.Window, opts.Groups)
	}
	go w.run(ctx)
	return w
}

// Send implements Sink.
func (w *worker) Send(a Alert) error {
	w.taking.RLock()
	defer w.taking.RUnlock()
	select {
	case <-w.stop:
		return ErrClosed
	default:
	}
	a.Source, a.Target = bare(a.Source), bare(a.Target)
	w.hits.Add(a.count())
	if w.flood != nil {
		folded, told := w.flood.fold(a, time.Now())
		if folded {
			return nil
		}
		if !told {
			return w.drop(a)
		}
	}
	select {
	case w.queue <- a.clone():
		return nil
	default:
		return w.drop(a)
	}
}

func (w *worker) drop(a Alert) error {
	w.dropped.Add(a.count())
	if !w.full.Swap(true) {
		w.opts.Log.Error("hits for the SOC are dropped: its queue is full", "target", w.to.String(), "queue", w.opts.Queue)
	}
	return ErrFull
}

// Stats implements Sink.
func (w *worker) Stats() Stats {
	st := Stats{Told: w.told.Load(), Dropped: w.dropped.Load(), Records: w.records.Load(), Away: w.away.Load()}
	st.Hits = w.hits.Load() // last, so that what waits is never below zero
	st.Waiting = st.Hits - st.Told - st.Dropped
	return st
}

// Close implements Sink.
func (w *worker) Close() error {
	w.closing.Do(func() {
		w.taking.Lock()
		close(w.stop)
		w.taking.Unlock()
	})
	timeout := time.NewTimer(w.opts.Drain)
	defer timeout.Stop()
	select {
	case <-w.done:
	case <-timeout.C:
		w.giveUp()
		select {
		case <-w.done:
		case <-time.After(time.Second): // a file system that hangs
			return fmt.Errorf("close SOC target %s: it hangs; %d hits were not told", w.to, w.Stats().Waiting)
		}
	}
	if lost := w.Stats().Waiting; lost > 0 {
		return fmt.Errorf("close SOC target %s: %d hits were not told: %w", w.to, lost, w.reason)
	}
	return nil
}

func (w *worker) run(ctx context.Context) {
	defer close(w.done)
	defer w.giveUp()
	defer func() { _ = w.to.close() }() // what counts was said by write
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case a := <-w.queue:
			w.gather(a)
		case now := <-tick.C:
			if w.flood == nil {
				continue
			}
			w.batch = append(w.batch, w.flood.due(now, false)...)
		case <-w.stop:
			for w.gatherWaiting() {
				if !w.deliver(ctx) {
					return
				}
			}
			if w.flood != nil {
				w.batch = append(w.batch, w.flood.due(time.Now(), true)...)
				w.deliver(ctx)
			}
			return
		}
		if !w.deliver(ctx) {
			return
		}
	}
}

// gather takes what waits behind an alert, up to a batch.
func (w *worker) gather(a Alert) {
	w.batch = append(w.batch, a)
	w.gatherWaiting()
}

func (w *worker) gatherWaiting() bool {
	for len(w.batch) < batchRecords {
		select {
		case a := <-w.queue:
			w.batch = append(w.batch, a)
		default:
			return len(w.batch) > 0
		}
	}
	return true
}

// deliver writes the batch, however long it takes; false says to give up.
func (w *worker) deliver(ctx context.Context) bool {
	pause := firstPause
	for len(w.batch) > 0 {
		if ctx.Err() != nil {
			return false
		}
		part := w.batch[:min(len(w.batch), batchRecords)]
		done, err := w.to.write(ctx, w.render(part))
		for _, a := range part[:done] {
			w.told.Add(a.count())
			w.records.Add(1)
		}
		w.batch = slices.Delete(w.batch, 0, done)
		if err == nil {
			pause = firstPause
			w.back()
			continue
		}
		w.reason = err
		if !w.away.Swap(true) {
			w.opts.Log.Error("the SOC cannot be told; hits wait", "target", w.to.String(), "error", err)
		}
		timer := time.NewTimer(pause/2 + rand.N(pause/2))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return false
		}
		pause = min(2*pause, longestPause)
	}
	return true
}

// back says so when the receiver was away or the queue full.
func (w *worker) back() {
	if w.away.Swap(false) || len(w.queue) == 0 && w.full.Swap(false) {
		w.opts.Log.Info("the SOC is told again", "target", w.to.String(), "dropped_so_far", w.dropped.Load())
	}
}

// render writes the records into room that is used again.
func (w *worker) render(alerts []Alert) [][]byte {
	w.room, w.renderEnd, w.rendered = w.room[:0], w.renderEnd[:0], w.rendered[:0]
	now := time.Now()
	for _, a := range alerts {
		w.room = w.format.appendFitting(w.room, a, w.from, now, w.to.limit())
		w.renderEnd = append(w.renderEnd, len(w.room))
	}
	from := 0
	for _, end := range w.renderEnd {
		w.rendered = append(w.rendered, w.room[from:end])
		from = end
	}
	return w.rendered
}
