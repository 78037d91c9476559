package translog_test

import (
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-project/tocsin/internal/translog"
)

// Two logs under one key that differ from entry 5 on: only a true proof serves, and
// none joins the two.
func TestVerifyConsistency(t *testing.T) {
	skey, _ := newKey(t)
	honest, forged := open(t, t.TempDir(), skey), open(t, t.TempDir(), skey)
	appendAll(t, honest, 0, 5)
	appendAll(t, forged, 0, 5)
	common := honest.Tree()
	if common != forged.Tree() {
		t.Fatalf("the same entries give %v and %v", common, forged.Tree())
	}
	appendAll(t, honest, 5, 7)
	if _, err := forged.Append(t.Context(), []byte("another"), []byte("history")); err != nil {
		t.Fatal(err)
	}
	appendAll(t, honest, 7, 9)
	prove := func(older, newer int64) tlog.TreeProof {
		t.Helper()
		proof, err := honest.ProveConsistency(older, newer)
		if err != nil {
			t.Fatal(err)
		}
		return proof
	}
	if err := translog.VerifyConsistency(common, honest.Tree(), prove(5, 9)); err != nil {
		t.Error(err)
	}
	for _, bad := range []tlog.TreeProof{nil, prove(4, 9), prove(5, 7)} {
		if err := translog.VerifyConsistency(common, honest.Tree(), bad); err == nil {
			t.Errorf("a proof of something else is taken: %v", bad)
		}
	}
	if err := translog.VerifyConsistency(forged.Tree(), honest.Tree(), prove(7, 9)); err == nil {
		t.Error("the forged history is shown to be consistent")
	}
}

func TestVerifyConsistencyAtTheEdges(t *testing.T) {
	skey, _ := newKey(t)
	l := open(t, t.TempDir(), skey)
	empty := l.Tree()
	appendAll(t, l, 0, 3)
	three := l.Tree()
	wrong, odd := three, empty
	wrong.Root[3] ^= 1
	odd.Root[3] ^= 1
	for name, c := range map[string]struct {
		older, newer translog.Checkpoint
		proof        tlog.TreeProof
		want         bool
	}{
		"from nothing":           {empty, three, nil, true},
		"from nothing, proof":    {empty, three, tlog.TreeProof{three.Root}, false},
		"nothing twice":          {empty, empty, nil, true},
		"odd nothing":            {odd, three, nil, false},
		"to odd nothing":         {empty, odd, nil, false},
		"the same":               {three, three, nil, true},
		"the same, proof":        {three, three, tlog.TreeProof{three.Root}, false},
		"one size, another root": {three, wrong, nil, false},
		"back":                   {three, empty, nil, false},
	} {
		if err := translog.VerifyConsistency(c.older, c.newer, c.proof); (err == nil) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
