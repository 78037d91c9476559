package rebuild

import (
	"errors"
	"testing"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// What a copy has to hold is there, or it is said that it ends early, or that it is
// another ledger's.
func TestHolds(t *testing.T) {
	one, other := ledger.Hash{1}, ledger.Hash{2}
	r := reading{head: ledger.Head{Seq: 9, Hash: other}, at: map[ledger.Seq]ledger.Hash{5: one, 9: other}}
	for _, c := range []struct {
		heads   []ledger.Head
		want    error
		missing ledger.Seq
	}{
		{nil, nil, 0},
		{[]ledger.Head{{}, {Seq: 5, Hash: one}, {Seq: 9, Hash: other}}, nil, 0},
		{[]ledger.Head{{Seq: 5, Hash: one}, {Seq: 12, Hash: one}}, errShort, 3},
		{[]ledger.Head{{Seq: 9, Hash: other}, {Seq: 5, Hash: other}}, errOther, 0},
	} {
		if err := r.holds(c.heads...); !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("%v: %v, want %v", c.heads, err, c.want)
		}
		if n := r.missing(c.heads); n != c.missing {
			t.Errorf("%v: %d missing, want %d", c.heads, n, c.missing)
		}
	}
}
