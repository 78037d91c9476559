package ledger_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// list is a ledger to read: its entries, and the error that it ends with.
type list struct {
	entries []ledger.Entry
	end     error
}

func (l list) Read(context.Context, ledger.Seq, ...ledger.Kind) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		for _, e := range l.entries {
			if !yield(e, nil) {
				return
			}
		}
		if l.end != nil {
			yield(ledger.Entry{}, l.end)
		}
	}
}

func TestEqual(t *testing.T) {
	var whole []ledger.Entry
	var head ledger.Head
	for range 5 {
		e, _, err := ledger.Seal(ledger.Draft{Kind: "k"}, head, time.Unix(0, 0))
		if err != nil {
			t.Fatal(err)
		}
		whole, head = append(whole, e), ledger.Head{Seq: e.Seq, Hash: e.Hash}
	}
	changed := slices.Clone(whole)
	changed[2].Hash[0] ^= 1
	failed := errors.New("failed")
	for name, c := range map[string]struct {
		one, other list
		want       error
	}{
		"equal":             {list{whole, nil}, list{whole, nil}, nil},
		"one has more":      {list{whole, nil}, list{whole[:4], nil}, ledger.ErrConflict},
		"the other more":    {list{whole[:4], nil}, list{whole, nil}, ledger.ErrConflict},
		"another hash":      {list{whole, nil}, list{changed, nil}, ledger.ErrConflict},
		"one fails":         {list{whole, failed}, list{whole, nil}, failed},
		"one fails early":   {list{whole[:2], failed}, list{whole, nil}, failed},
		"the other fails":   {list{whole, nil}, list{whole, failed}, failed},
		"one empty":         {list{}, list{whole, nil}, ledger.ErrConflict},
		"the other's empty": {list{whole, nil}, list{}, ledger.ErrConflict},
	} {
		got, err := ledger.Equal(t.Context(), c.one, c.other)
		if !errors.Is(err, c.want) || err == nil && got != head || err != nil && got != (ledger.Head{}) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if got, err := ledger.Equal(t.Context(), list{}, list{}); err != nil || got != (ledger.Head{}) {
		t.Errorf("both empty: %v, %v", got, err)
	}
}
