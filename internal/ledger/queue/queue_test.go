package queue_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/queue"
)

func drafts(n, size int) []ledger.Draft {
	ds := make([]ledger.Draft, n)
	for i := range ds {
		ds[i] = ledger.Draft{Kind: "k", Body: make([]byte, size)}
	}
	return ds
}

// TestGroups has six appends wait, and takes them in groups of what fits; one
// that is larger than a group is one by itself.
func TestGroups(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := queue.New()
		for _, ds := range [][]ledger.Draft{drafts(2, 1), drafts(2, 1), drafts(5, 1), drafts(1, 50), drafts(1, 60), drafts(1, 1)} {
			go q.Append(t.Context(), ledger.Any, ds...) // what it gives is for another test
			synctest.Wait()                             // so that they wait in this order
		}
		q.Close()
		var got [][]int
		for group := q.Group(4, 100); len(group) > 0; group = q.Group(4, 100) {
			var sizes []int
			for _, a := range group {
				sizes = append(sizes, len(a.Drafts))
			}
			got = append(got, sizes)
			queue.Finish(group)
		}
		want := [][]int{{2, 2}, {5}, {1}, {1, 1}}
		if len(got) != len(want) {
			t.Fatalf("groups %v, want %v", got, want)
		}
		for i := range want {
			if len(got[i]) != len(want[i]) || got[i][0] != want[i][0] {
				t.Errorf("groups %v, want %v", got, want)
			}
		}
	})
}

// TestOutcomes are those that the writer sets, and those that it never sees.
func TestOutcomes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := queue.New()
		type outcome struct {
			entries []ledger.Entry
			err     error
		}
		result := make(chan outcome, 1)
		run := func(ctx context.Context) {
			go func() {
				es, err := q.Append(ctx, ledger.Any, drafts(1, 1)...)
				result <- outcome{es, err}
			}()
			synctest.Wait()
		}
		run(t.Context())
		group := q.Group(10, 10)
		group[0].Entries = []ledger.Entry{{Seq: 7}}
		queue.Finish(group)
		if got := <-result; got.err != nil || len(got.entries) != 1 || got.entries[0].Seq != 7 {
			t.Errorf("acknowledged: %+v", got)
		}
		ctx, cancel := context.WithCancel(t.Context())
		run(ctx)
		cancel()
		if got := <-result; !errors.Is(got.err, context.Canceled) {
			t.Errorf("cancelled while it waited: %+v", got)
		}
		ctx, cancel = context.WithCancel(t.Context())
		run(ctx)
		group = q.Group(10, 10)
		cancel()
		synctest.Wait()
		queue.Fail(group, ledger.ErrConflict)
		queue.Finish(group)
		if got := <-result; !errors.Is(got.err, ledger.ErrConflict) || errors.Is(got.err, context.Canceled) {
			t.Errorf("cancelled when the writer had it: %+v", got)
		}
		_ = q.Refuse(ledger.ErrUnavailable)
		if _, err := q.Append(t.Context(), ledger.Any, drafts(1, 1)...); !errors.Is(err, ledger.ErrUnavailable) {
			t.Errorf("refused: %v", err)
		}
		if _, err := q.Append(t.Context(), ledger.Any); err != nil {
			t.Errorf("nothing to append: %v", err)
		}
		if !q.Close() || q.Close() {
			t.Error("closed once, and once more")
		}
		if _, err := q.Append(t.Context(), ledger.Any); !errors.Is(err, ledger.ErrClosed) {
			t.Errorf("closed: %v", err)
		}
	})
}
