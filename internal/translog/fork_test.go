package translog_test

import (
	"errors"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-project/tocsin/internal/translog"
)

// Two logs under one key that differ from entry 5 on.
func TestCheckFork(t *testing.T) {
	skey, v := newKey(t)
	honest, forged := open(t, t.TempDir(), skey), open(t, t.TempDir(), skey)
	appendAll(t, honest, 0, 5)
	appendAll(t, forged, 0, 5)
	common := honest.Checkpoint()
	if p, err := translog.CheckFork(common, forged.Checkpoint(), v); err != nil || !p.Same() {
		t.Errorf("one tree twice: %v, %v", p, err)
	}
	appendAll(t, honest, 5, 7)
	if _, err := forged.Append(t.Context(), []byte("another"), []byte("history")); err != nil {
		t.Fatal(err)
	}
	if p, err := translog.CheckFork(honest.Checkpoint(), forged.Checkpoint(), v); !errors.Is(err, translog.ErrForked) {
		t.Errorf("one size, two roots: %v, %v", p, err)
	}
	// Sizes differ: each owes a proof, and only a true one serves.
	appendAll(t, honest, 7, 9)
	prove := func(l *translog.Log, older, newer int64) tlog.TreeProof {
		t.Helper()
		proof, err := l.ProveConsistency(older, newer)
		if err != nil {
			t.Fatal(err)
		}
		return proof
	}
	p, err := translog.CheckFork(honest.Checkpoint(), common, v)
	if err != nil || p.Same() || p.Older.Size != 5 || p.Newer.Size != 9 {
		t.Fatalf("%v, %v", p, err)
	}
	if err := p.Consistent(prove(honest, 5, 9)); err != nil {
		t.Error(err)
	}
	for _, bad := range []tlog.TreeProof{nil, prove(honest, 4, 9), prove(honest, 5, 7)} {
		if err := p.Consistent(bad); err == nil {
			t.Errorf("a proof of something else is taken: %v", bad)
		}
	}
	p, err = translog.CheckFork(forged.Checkpoint(), honest.Checkpoint(), v)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Consistent(prove(honest, 7, 9)); err == nil {
		t.Error("the forged history is shown to be consistent")
	}

	_, stranger := newKey(t)
	if _, err := translog.CheckFork(common, honest.Checkpoint(), stranger); err == nil {
		t.Error("checkpoints by an unknown key are compared")
	}
	otherKey, otherVKey, err := translog.GenerateKey("other.example")
	if err != nil {
		t.Fatal(err)
	}
	other, err := note.NewVerifier(otherVKey)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := translog.CheckFork(common, open(t, t.TempDir(), otherKey).Checkpoint(), v, other); err == nil {
		t.Error("checkpoints of two logs are compared")
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
