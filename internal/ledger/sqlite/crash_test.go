package sqlite_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
)

// appendForever is the child: it appends from several goroutines and prints
// each acknowledged entry, until it is killed.
func appendForever(path string) error {
	l, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		return err
	}
	var mu sync.Mutex // of the output
	errs := make(chan error)
	for w := range 6 {
		go func() {
			random := rand.NewChaCha8([32]byte{byte(w)})
			for i := 0; ; i++ {
				var ds []ledger.Draft
				for range 1 + i%3 {
					size := rand.IntN(2000)
					if rand.IntN(10) == 0 { // so that the write-ahead log is emptied now and then
						size = rand.IntN(100_000)
					}
					body := make([]byte, size)
					random.Read(body)
					ds = append(ds, ledger.Draft{Kind: kinds[(w+i)%len(kinds)], Actor: fmt.Sprintf("writer-%d", w), Body: body})
				}
				es, err := l.Append(context.Background(), ledger.Any, ds...)
				if err != nil {
					errs <- err
					return
				}
				var b strings.Builder
				for _, e := range es {
					fmt.Fprintf(&b, "%d %s\n", e.Seq, e.Hash)
				}
				mu.Lock()
				_, err = os.Stdout.WriteString(b.String())
				mu.Unlock()
				if err != nil {
					errs <- err
					return
				}
			}
		}()
	}
	return <-errs
}

// TestKilledWhileAppending kills a writing process 20 times in the middle of
// its appends; whatever it acknowledged has to be there.
func TestKilledWhileAppending(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger")
	acknowledged := map[ledger.Seq]ledger.Hash{}
	for round := range 20 {
		for _, h := range killedAfter(t, path, 1+rand.IntN(150)) {
			if _, again := acknowledged[h.Seq]; again {
				t.Fatalf("round %d: entry %d was issued a second time", round, h.Seq)
			}
			acknowledged[h.Seq] = h.Hash
		}
	}
	l := mustOpen(t, path)
	es, err := readAll(l)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range es {
		if h, ok := acknowledged[e.Seq]; ok && h != e.Hash {
			t.Errorf("entry %d has hash %s, acknowledged was %s", e.Seq, e.Hash, h)
		}
		delete(acknowledged, e.Seq)
	}
	if len(acknowledged) > 0 {
		t.Errorf("%d acknowledged entries are not there: %v", len(acknowledged), acknowledged)
	}
	if r := mustCheck(t, path); len(r.Damage) > 0 || r.Entries != uint64(len(es)) {
		t.Errorf("check: %d sound of %d, %v", r.Entries, len(es), r.Damage)
	}
}

// TestDamagedLogAfterKill flips bits in the write-ahead log that a killed
// process left. SQLite forgets from there on without a word; the ledger has
// to notice, and to leave the evidence alone.
func TestDamagedLogAfterKill(t *testing.T) {
	t.Run("first log", func(t *testing.T) {
		if refused := damageLogOfKilled(t, 150); refused == 0 {
			t.Error("no flip was noticed at all")
		}
	})
	// After some 8 MB the log has been emptied and begun again. Most of it
	// may then be of no use any more, where flips do no harm.
	t.Run("log begun again", func(t *testing.T) { damageLogOfKilled(t, 900) })
}

// damageLogOfKilled kills a process after so many entries and gives how many
// of the flips in its log were noticed.
func damageLogOfKilled(t *testing.T, entries int) int {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "ledger")
	killedAfter(t, path, entries)
	log := mustReadFile(t, path+"-wal")
	whole := place(t, path, nil)
	// The last group may have been committed but not yet acknowledged; that
	// one may be lost, and so it may be with a damaged log.
	anchored := int(binary.BigEndian.Uint64(mustReadFile(t, path+".head")[8:]))
	l := mustOpen(t, whole)
	want, err := readAll(l)
	if err != nil {
		t.Fatal(err)
	}
	mustClose(t, l)
	var places []int
	for range 20 {
		places = append(places, rand.IntN(len(log)))
	}
	return flipLog(t, path, log, places, want, anchored)
}

// TestDamagedLogAfterCheckpoint damages frames all over a log that has been
// copied into the ledger's file but not begun again, as a kill right after a
// checkpoint leaves it. SQLite then lays the old pages before the damage over
// the newer ones in the file: the head may be right and the index not.
func TestDamagedLogAfterCheckpoint(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger")
	// What is in the file already has a tree and an index of several pages;
	// the log then begins with some of them and goes on to others.
	l := mustOpen(t, path)
	var before []ledger.Draft
	for i := range 900 {
		before = append(before, ledger.Draft{Kind: kinds[i%3], Body: make([]byte, 10)})
	}
	if _, err := l.Append(t.Context(), 0, before...); err != nil {
		t.Fatal(err)
	}
	mustClose(t, l)
	l = mustOpen(t, path)
	for i := range 40 {
		d := ledger.Draft{Kind: kinds[i/20], Body: make([]byte, i%4*100)}
		if _, err := l.Append(t.Context(), ledger.Any, d); err != nil {
			t.Fatal(err)
		}
	}
	want, err := readAll(l)
	if err != nil {
		t.Fatal(err)
	}
	mustPragma(t, path, "PRAGMA wal_checkpoint(PASSIVE)")
	killed := place(t, path, nil)
	mustClose(t, l)
	const header, frame = 32, 24 + pageSize
	log := mustReadFile(t, killed+"-wal")
	places := []int{rand.IntN(header)}
	for at := header; at < len(log); at += 3 * frame {
		places = append(places, at+24+rand.IntN(pageSize))
	}
	if refused := flipLog(t, killed, log, places, want, len(want)); refused == 0 {
		t.Error("no flip was noticed at all")
	}
	// After a power loss the anchor may lag by any number of entries. Then
	// the end may be lost in silence, but what is left has to fit together.
	if err := os.Remove(killed + ".head"); err != nil {
		t.Fatal(err)
	}
	flipLog(t, killed, log, places, want, 0)
}

// flipLog flips a bit at each of the places in the log: either the ledger
// refuses to be written to, and check says why, or all is there that was
// acknowledged. It gives how often it refused.
func flipLog(t *testing.T, path string, log []byte, places []int, want []ledger.Entry, anchored int) (refused int) {
	t.Helper()
	harmless := 0
	for _, at := range places {
		bit := rand.IntN(8)
		damaged := place(t, path, map[string][]byte{"-wal": flipped(log, at, bit)})
		what := fmt.Sprintf("bit %d of byte %d of %d in the log", bit, at, len(log))
		found := len(mustCheck(t, damaged).Damage) > 0
		l, err := sqlite.Open(damaged, sqlite.Options{})
		if err == nil {
			harmless++
			if found {
				t.Errorf("%s: found by check, but opened for writing", what)
			}
			h, err := l.Head(t.Context())
			if err != nil || int(h.Seq) < anchored || int(h.Seq) > len(want) {
				t.Fatalf("%s: opened with head %d, %d were acknowledged of %d; %v", what, h.Seq, anchored, len(want), err)
			}
			sameContent(t, what, l, want[:h.Seq])
			mustClose(t, l)
			if r := mustCheck(t, damaged); len(r.Damage) > 0 {
				t.Errorf("%s: damage after opening: %v", what, r.Damage)
			}
			continue
		}
		refused++
		wantMessage(t, err, ledger.ErrCorrupt, "tocsin check")
		if !found {
			t.Errorf("%s: not opened (%v), but not found by check", what, err)
		}
		if string(mustReadFile(t, damaged+"-wal")) != string(flipped(log, at, bit)) {
			t.Fatalf("%s: the log was changed by looking", what)
		}
	}
	t.Logf("%d entries, log of %d bytes: %d flips refused, %d harmless", len(want), len(log), refused, harmless)
	return refused
}

// sameContent compares all entries, and those of each kind.
func sameContent(t *testing.T, what string, l *sqlite.Ledger, want []ledger.Entry) {
	t.Helper()
	got, err := readAll(l)
	if err != nil || !sameHashes(got, want) {
		t.Errorf("%s: unnoticed, %d entries of %d, %v", what, len(got), len(want), err)
	}
	for _, k := range kinds {
		var ofKind []ledger.Entry
		for _, e := range want {
			if e.Kind == k {
				ofKind = append(ofKind, e)
			}
		}
		if got, err := readAll(l, k); err != nil || !sameHashes(got, ofKind) {
			t.Errorf("%s: unnoticed, %d entries of kind %s, want %d, %v", what, len(got), k, len(ofKind), err)
		}
	}
}
