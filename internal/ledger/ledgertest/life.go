package ledgertest

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

func testClosed(t *testing.T, open Opener) {
	l := opened(t, open)
	mustAppend(t, l, draft(0))
	if err := l.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Fatalf("close a second time: %v", err)
	}
	ctx := context.Background()
	_, appendErr := l.Append(ctx, ledger.Any, draft(1))
	_, emptyErr := l.Append(ctx, ledger.Any)
	_, headErr := l.Head(ctx)
	_, checkErr := l.Check(ctx)
	var readErr error
	for _, readErr = range l.Read(ctx, 0) {
	}
	for name, err := range map[string]error{
		"append": appendErr, "append nothing": emptyErr, "head": headErr, "wait": l.Wait(ctx, 0), "check": checkErr, "read": readErr,
	} {
		if !errors.Is(err, ledger.ErrClosed) {
			t.Errorf("%s on a closed ledger: %v", name, err)
		}
	}
}

func testCloseWhileBusy(t *testing.T, open Opener) {
	dir := t.TempDir()
	l := open(t, dir)
	ctx := context.Background()
	var wg sync.WaitGroup
	var mu sync.Mutex
	acknowledged := map[ledger.Seq]ledger.Hash{}
	enough := make(chan struct{})
	var once sync.Once
	for range 8 {
		wg.Go(func() {
			for i := 0; ; i++ {
				es, err := l.Append(ctx, ledger.Any, drafts(i, i+3)...)
				if errors.Is(err, ledger.ErrClosed) {
					return
				}
				if err != nil {
					t.Errorf("append while closing: %v", err)
					return
				}
				mu.Lock()
				for _, e := range es {
					acknowledged[e.Seq] = e.Hash
				}
				if len(acknowledged) > 200 {
					once.Do(func() { close(enough) })
				}
				mu.Unlock()
			}
		})
		wg.Go(func() {
			var at ledger.Seq
			for {
				if err := l.Wait(ctx, at); err != nil {
					if !errors.Is(err, ledger.ErrClosed) {
						t.Errorf("wait while closing: %v", err)
					}
					return
				}
				for e, err := range l.Read(ctx, at) {
					if errors.Is(err, ledger.ErrClosed) {
						return
					}
					if err != nil {
						t.Errorf("read while closing: %v", err)
						return
					}
					at = e.Seq
				}
			}
		})
	}
	<-enough
	if err := l.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	wg.Wait()
	l = open(t, dir)
	defer closed(t, l)
	all := mustRead(t, l, 0)
	chained(t, all)
	for _, e := range all {
		if h, ok := acknowledged[e.Seq]; ok && h == e.Hash {
			delete(acknowledged, e.Seq)
		}
	}
	if len(acknowledged) > 0 {
		t.Fatalf("%d acknowledged entries are not there after closing", len(acknowledged))
	}
}

func testCancelled(t *testing.T, open Opener) {
	l := opened(t, open)
	mustAppend(t, l, drafts(0, 2000)...)
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := l.Append(gone, ledger.Any, draft(1)); !errors.Is(err, context.Canceled) {
		t.Errorf("append: %v", err)
	}
	if h := mustHead(t, l); h.Seq != 2000 {
		t.Errorf("a cancelled append moved the head to %d", h.Seq)
	}
	if _, err := l.Head(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("head: %v", err)
	}
	if err := l.Wait(gone, 2000); !errors.Is(err, context.Canceled) {
		t.Errorf("wait: %v", err)
	}
	if _, err := l.Check(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("check: %v", err)
	}
	n := 0
	for _, err := range l.Read(gone, 0) {
		if n++; !errors.Is(err, context.Canceled) {
			t.Errorf("read: %v", err)
		}
	}
	if n != 1 {
		t.Errorf("a cancelled read yields %d times, want its error once", n)
	}
	testCancelledHalfway(t, l)
	testCancelledAppends(t, l)
}

func testCancelledHalfway(t *testing.T, l ledger.Ledger) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	n, last := 0, error(nil)
	for _, err := range l.Read(ctx, 0) {
		if last = err; err == nil {
			n++
		}
		cancel()
	}
	if !errors.Is(last, context.Canceled) || n == 0 || n >= 2000 {
		t.Errorf("a read cancelled at its first entry yields %d entries and ends with %v", n, last)
	}
}

// testCancelledAppends cancels batches at any moment: each is there whole or
// not at all, those acknowledged are there, and the chain is whole.
func testCancelledAppends(t *testing.T, l ledger.Ledger) {
	const batch = 5
	before := mustHead(t, l).Seq
	var mu sync.Mutex
	acknowledged := 0
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for range 25 {
				ctx, cancel := context.WithCancel(context.Background())
				go cancel()
				ds := make([]ledger.Draft, batch)
				for i := range ds {
					ds[i] = ledger.Draft{Kind: "cancelled", Body: []byte{byte(w), byte(i)}}
				}
				if es, err := l.Append(ctx, ledger.Any, ds...); err == nil {
					mu.Lock()
					acknowledged += len(es)
					mu.Unlock()
				}
				cancel()
			}
		})
	}
	wg.Wait()
	es := mustRead(t, l, before)
	if len(es)%batch != 0 || len(es) < acknowledged {
		t.Fatalf("%d entries of batches of %d, %d acknowledged", len(es), batch, acknowledged)
	}
	for i, e := range es {
		if e.Body[1] != byte(i%batch) || e.Body[0] != es[i-i%batch].Body[0] {
			t.Fatalf("entry %d is not where its batch is", e.Seq)
		}
	}
	chained(t, mustRead(t, l, 0))
}
