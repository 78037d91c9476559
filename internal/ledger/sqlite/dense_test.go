package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
)

// patchy fills a ledger with stretches of 1,500 entries in which nothing, some, most
// or all is of the kind "many".
func patchy(t *testing.T, path string) []ledger.Entry {
	t.Helper()
	l := mustOpen(t, path)
	defer mustClose(t, l)
	r := rand.New(rand.NewPCG(7, 8))
	var all []ledger.Entry
	for _, percent := range []int{90, 0, 50, 100, 3, 70} {
		drafts := make([]ledger.Draft, 1500)
		for i := range drafts {
			drafts[i] = ledger.Draft{Kind: "few", Actor: "a", Audience: "b", Body: fmt.Appendf(nil, "%d of %d", i, percent)}
			if r.IntN(100) < percent {
				drafts[i].Kind = "many"
			}
		}
		es, err := l.Append(t.Context(), ledger.Any, drafts...)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, es...)
	}
	return all
}

// What is read by kind is what there is of the kind, from wherever, however dense.
func TestReadByKindDenseAndNot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger")
	all := patchy(t, path)
	for name, o := range map[string]sqlite.Options{"writer": {}, "reader": {ReadOnly: true}} {
		l, err := sqlite.Open(path, o)
		if err != nil {
			t.Fatal(err)
		}
		for _, kinds := range [][]ledger.Kind{{"many"}, {"few", "many"}, {"none"}} {
			for _, after := range []ledger.Seq{0, 1500, 5_111, 7_976, 8_999, 9_000} {
				var got, want []ledger.Entry
				for _, e := range all[after:] {
					if e.Kind == kinds[0] || len(kinds) > 1 {
						want = append(want, e)
					}
				}
				for e, err := range l.Read(context.Background(), after, kinds...) {
					if err != nil {
						t.Fatal(err)
					}
					got = append(got, e)
				}
				if !sameHashes(got, want) {
					t.Errorf("%s: %s after %d: %d entries, want %d", name, kinds, after, len(got), len(want))
				}
			}
		}
		mustClose(t, l)
	}
}

// Damage to what is read is met, and named, where it is dense as well.
func TestDenseReadMeetsDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger")
	all := patchy(t, path)
	hurt := all[5_300] // of those that are all of the kind
	mustSQL(t, path, fmt.Sprintf("DROP TRIGGER entry_stays; UPDATE entry SET record = CAST(record || x'00' AS BLOB) WHERE seq = %d", hurt.Seq))
	mustSQL(t, path, "CREATE TRIGGER entry_stays BEFORE UPDATE ON entry\nBEGIN SELECT raise(ABORT, 'the ledger is append-only'); END")
	l := mustOpen(t, path)
	defer mustClose(t, l)
	var last ledger.Seq
	for e, err := range l.Read(t.Context(), 0, "many") {
		if err == nil {
			last = e.Seq
			continue
		}
		if !errors.Is(err, ledger.ErrCorrupt) || e.Seq != hurt.Seq || last != hurt.Seq-1 {
			t.Errorf("after %d: %v at %d, want damage at %d", last, err, e.Seq, hurt.Seq)
		}
		return
	}
	t.Errorf("read to %d without meeting the damage at %d", last, hurt.Seq)
}
