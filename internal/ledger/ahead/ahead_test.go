package ahead_test

import (
	"errors"
	"iter"
	"testing"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/ahead"
)

var errBroken = errors.New("broken")

// upTo yields so many entries and then, if there is one, an error; ended is set
// when it has stopped.
func upTo(n int, err error, ended *bool) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		defer func() { *ended = true }()
		for i := range n {
			if !yield(ledger.Entry{Seq: ledger.Seq(i + 1), Body: make([]byte, i%7)}, nil) {
				return
			}
		}
		if err != nil {
			yield(ledger.Entry{Seq: ledger.Seq(n + 1)}, err)
		}
	}
}

// TestAll comes in order and whole, with the error last, whatever a batch holds.
func TestAll(t *testing.T) {
	for _, bytes := range []int{0, 1, 1000, 1 << 20} {
		for _, n := range []int{0, 1, 2, 999} {
			for _, broken := range []error{nil, errBroken} {
				ended, next := false, ledger.Seq(1)
				var failed error
				for e, err := range ahead.Read(upTo(n, broken, &ended), bytes) {
					if failed != nil || e.Seq != next || err == nil && len(e.Body) != int(e.Seq-1)%7 {
						t.Fatalf("%d bytes, %d entries: got entry %d (%v) after %d (%v)", bytes, n, e.Seq, err, next-1, failed)
					}
					next, failed = next+1, err
				}
				if !errors.Is(failed, broken) || failed == nil && next != ledger.Seq(n+1) || !ended {
					t.Errorf("%d bytes, %d entries: ended before entry %d with %v, the source has stopped: %v", bytes, n, next, failed, ended)
				}
			}
		}
	}
}

// TestLeft early, the source has stopped when the reading has.
func TestLeft(t *testing.T) {
	ended, got := false, 0
	for range ahead.Read(upTo(100_000, nil, &ended), 1000) {
		if got++; got == 10 {
			break
		}
	}
	if got != 10 || !ended {
		t.Errorf("%d entries; the source has stopped: %v", got, ended)
	}
}
