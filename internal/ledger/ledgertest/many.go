package ledgertest

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

func testWait(t *testing.T, open Opener) {
	l := opened(t, open)
	ctx := context.Background()
	mustAppend(t, l, drafts(0, 3)...)
	if err := l.Wait(ctx, 2); err != nil {
		t.Fatalf("wait for what is there: %v", err)
	}
	const followers = 20
	woken := make(chan error, followers)
	for range followers {
		go func() { woken <- l.Wait(ctx, 3) }()
	}
	mustAppend(t, l, draft(3))
	for range followers {
		if err := <-woken; err != nil {
			t.Fatalf("wait: %v", err)
		}
	}
	waiting, cancel := context.WithCancel(ctx)
	go func() { woken <- l.Wait(waiting, 4) }()
	cancel()
	if err := <-woken; !errors.Is(err, context.Canceled) {
		t.Fatalf("a cancelled wait: %v", err)
	}
}

// testConcurrent has writers append batches that number themselves, and
// followers read everything while it is written.
func testConcurrent(t *testing.T, open Opener) {
	const writers, batches, followers = 8, 40, 4
	l := opened(t, open)
	ctx := context.Background()
	var total ledger.Seq
	for b := range batches {
		total += writers * ledger.Seq(1+b%4)
	}
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for b := range batches {
				ds := make([]ledger.Draft, 1+b%4)
				for i := range ds {
					body := binary.BigEndian.AppendUint32([]byte{byte(w), byte(i), byte(len(ds))}, uint32(b))
					ds[i] = ledger.Draft{Kind: ledger.Kind(fmt.Sprintf("writer.%d", w)), Body: body}
				}
				if _, err := l.Append(ctx, ledger.Any, ds...); err != nil {
					t.Errorf("append: %v", err)
					return
				}
			}
		})
	}
	seen := make([][]ledger.Entry, followers)
	for f := range followers {
		wg.Go(func() {
			var kinds []ledger.Kind
			if f == 0 { // one follows every kind by name
				for w := range writers {
					kinds = append(kinds, ledger.Kind(fmt.Sprintf("writer.%d", w)))
				}
			}
			for at := ledger.Seq(0); at < total; {
				if err := l.Wait(ctx, at); err != nil {
					t.Errorf("wait: %v", err)
					return
				}
				for e, err := range l.Read(ctx, at, kinds...) {
					if err != nil {
						t.Errorf("read: %v", err)
						return
					}
					at = e.Seq
					seen[f] = append(seen[f], e)
				}
			}
		})
	}
	wg.Wait()
	all := mustRead(t, l, 0)
	chained(t, all)
	if len(all) != int(total) {
		t.Fatalf("%d entries, want %d", len(all), total)
	}
	for _, es := range seen {
		sameEntries(t, "followed", es, all)
	}
	next := [writers]uint32{}
	for i := 0; i < len(all); {
		w, n := all[i].Body[0], int(all[i].Body[2])
		for j := range n {
			b := all[i+j].Body
			if b[0] != w || int(b[1]) != j || binary.BigEndian.Uint32(b[3:]) != next[w] {
				t.Fatalf("entry %d is not part %d of batch %d of writer %d", all[i+j].Seq, j, next[w], w)
			}
		}
		next[w]++
		i += n
	}
}

// testRace has writers compete for each place by its expected head.
func testRace(t *testing.T, open Opener) {
	const writers, rounds = 6, 30
	l := opened(t, open)
	ctx := context.Background()
	won := make([]int, writers)
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for round := ledger.Seq(0); round < rounds; round++ {
				_, err := l.Append(ctx, round, draft(w))
				switch {
				case err == nil:
					won[w]++
				case !errors.Is(err, ledger.ErrConflict):
					t.Errorf("append: %v", err)
					return
				}
				if err := l.Wait(ctx, round); err != nil {
					t.Errorf("wait: %v", err)
					return
				}
			}
		})
	}
	wg.Wait()
	sum := 0
	for _, n := range won {
		sum += n
	}
	if h := mustHead(t, l); h.Seq != rounds || sum != rounds {
		t.Fatalf("%d places were won %d times, head %d", rounds, sum, h.Seq)
	}
}

// AppendAll does n appends of the drafts, spread over so many writers.
func AppendAll(b *testing.B, l ledger.Ledger, writers, n int, drafts []ledger.Draft) {
	b.Helper()
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := w; i < n; i += writers {
				if _, err := l.Append(context.Background(), ledger.Any, drafts...); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}
