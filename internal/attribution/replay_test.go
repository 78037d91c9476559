package attribution_test

import (
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
)

// reporter is a test, or a property of one.
type reporter interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// replayed holds the case as it stands against the replay of its records, and
// against the fold of the ledger from the beginning.
func replayed(t reporter, s *story) {
	t.Helper()
	live, all := s.get(), s.records()
	again, err := attribution.Replay(all)
	if err != nil {
		t.Fatalf("replay: %v", err)
	}
	if diff := cmp.Diff(live, *again); diff != "" {
		t.Fatalf("the replay differs (-live +replayed):\n%s", diff)
	}
	rebuilt := attribution.NewState(secret)
	for _, e := range s.log {
		if err := rebuilt.Apply(e); err != nil {
			t.Fatal(err)
		}
	}
	who := principal(1, access.Viewer)
	if diff := cmp.Diff(s.state.List(who), rebuilt.List(who)); diff != "" {
		t.Fatalf("the rebuilt state differs (-live +rebuilt):\n%s", diff)
	}
	kept, err := s.state.Records(who, s.id)
	if err != nil {
		t.Fatal(err)
	}
	prev := attribution.NoRecord
	for i, k := range kept {
		text, err := k.Record.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		commitment := attribution.Commit(k.Salt, text)
		if k.Record.N != i+1 || k.Record.Prev != prev || k.Record.Case != s.id {
			t.Fatalf("record %d is %+v, want prev %s", i+1, k.Record, prev)
		}
		prev = commitment.String()
		for _, state := range []*attribution.State{s.state, rebuilt} {
			if leaf, ok := state.Leaf(k.Seq); !ok || string(leaf) != "tocsin-record/v1\n"+prev+"\n" {
				t.Fatalf("leaf of entry %d: %q, %v", k.Seq, leaf, ok)
			}
		}
	}
	if live.Head.String() != prev || live.Records != len(kept) || len(live.History) != len(kept) {
		t.Fatalf("head %s of %d records, want %s of %d", live.Head, live.Records, prev, len(kept))
	}
}
