package jetstream_test

import (
	"errors"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/jetstream"
)

// TestLead has the lead go from node to node. Whoever led before appends nothing
// until it leads again.
func TestLead(t *testing.T) {
	ledgers := openEach(t, startThree(t), jetstream.Options{})
	ctx := soon(t)
	d := ledger.Draft{Kind: "test.written"}
	var terms [3]ledger.Seq
	for round := range 7 {
		before, now := round%3, (round+1)%3
		earlier := terms[now]
		terms[now] = lead(t, ledgers[now])
		for range 5 {
			if _, err := ledgers[now].AppendUnder(ctx, terms[now], ledger.Any, d); err != nil {
				t.Fatalf("round %d: who leads: %v", round, err)
			}
		}
		if round > 0 {
			if es, err := ledgers[before].AppendUnder(ctx, terms[before], ledger.Any, d); !errors.Is(err, ledger.ErrFenced) || !errors.Is(err, ledger.ErrUnavailable) {
				t.Fatalf("round %d: who led before appends %v: %v", round, es, err)
			}
		}
		if earlier > 0 { // what was decided before the node lost the lead, and came late
			if es, err := ledgers[now].AppendUnder(ctx, earlier, ledger.Any, d); !errors.Is(err, ledger.ErrFenced) {
				t.Fatalf("round %d: under an earlier lead was appended %v: %v", round, es, err)
			}
		}
	}
	allEqual(t, ledgers, 7*6)
}

// lead has the node take the lead, and gives the term.
func lead(t *testing.T, l *jetstream.Ledger) ledger.Seq {
	t.Helper()
	for {
		e, err := l.Lead(soon(t), ledger.Draft{Kind: "cluster.leads"})
		if err == nil {
			return e.Seq
		}
		if !errors.Is(err, ledger.ErrConflict) {
			t.Fatal(err)
		}
	}
}

// TestTell has every node hear what one tells.
func TestTell(t *testing.T) {
	ledgers := openEach(t, startThree(t), jetstream.Options{})
	heard := make(chan int, 100)
	for i, l := range ledgers {
		err := l.Hear("test", func(word []byte) {
			if string(word) == "hello" {
				heard <- i
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	missing := map[int]bool{0: true, 1: true, 2: true}
	for ctx := soon(t); len(missing) > 0; {
		if err := ledgers[1].Tell("test", []byte("hello")); err != nil {
			t.Fatal(err)
		}
		select {
		case i := <-heard:
			delete(missing, i)
		case <-time.After(100 * time.Millisecond): // an interest may not have spread yet: told again
		case <-ctx.Done():
			t.Fatalf("not heard at %v", missing)
		}
	}
}
