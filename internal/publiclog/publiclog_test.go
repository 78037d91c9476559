package publiclog_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/publiclog"
	"github.com/tocsin-project/tocsin/internal/publiclog/proof"
)

func TestEverythingIsLoggedOnceAndInOrder(t *testing.T) {
	dir := t.TempDir()
	for range 3 {
		s := open(t, dir)
		for _, n := range []int{1, 7, 40} {
			s.append(n)
		}
		s.committed()
		s.check()
		s.stop()
	}
	s := open(t, dir)
	for e, err := range s.source.Read(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		leaf, has := s.source.Leaf(e.Seq)
		s.until("the index is read", func() bool { return s.logger.Status().Ledger != nil })
		at, known := s.logger.Index(e.Seq)
		if has != known {
			t.Fatalf("entry %d: has a leaf %t, is in the index %t", e.Seq, has, known)
		}
		if entry, err := s.log.Entry(at); has && (err != nil || string(entry) != string(leaf)) {
			t.Fatalf("entry %d: the index names entry %d, %q", e.Seq, at, entry)
		}
	}
}

func TestNothingIsLoggedTwiceOrLeftOutAfterAFault(t *testing.T) {
	for _, step := range []string{"append", "write index", "after index"} {
		t.Run(step, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, dir)
			s.append(10)
			s.committed()
			s.stop()
			for n := 1; n < 4; n++ {
				s := open(t, dir, publiclog.FailAt(step, n))
				s.until("the fault", func() bool {
					s.append(3)
					return strings.Contains(s.said.String(), "a fault before "+step)
				})
				if s.logger.Failing() == nil {
					t.Error("it goes on")
				}
				s.stop()
			}
			// What failed is tried again, with the files as they are then.
			s = open(t, dir, publiclog.FailAt(step, 1), publiclog.RetryAtOnce)
			s.append(10)
			s.committed()
			s.until("it is said that it goes on", func() bool { return strings.Contains(s.said.String(), "goes on") })
			s.stop()
			s = open(t, dir)
			s.append(10)
			s.committed()
			s.check()
		})
	}
}

// After a restart the ledger is read again from the last commitment on: the next one
// is not made on the way, to less than what is logged.
func TestACommitmentIsNotToLessThanIsLogged(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, func(c *publiclog.Config) { c.Every = time.Hour })
	entries := s.append(300)
	s.until("the leaves are logged", func() bool { _, logged := s.logger.Index(entries[299].Seq); return logged })
	s.stop()
	s = open(t, dir, func(c *publiclog.Config) { c.Every = 1 })
	s.committed()
	s.check()
}

func TestTheIndexIsMadeAgain(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	for range 5 {
		s.append(20)
		s.committed()
	}
	if _, err := s.logger.Add(t.Context(), []byte("tocsin-dossier/v1\n00\n")); err != nil {
		t.Fatal(err)
	}
	s.stop()
	path := filepath.Join(dir, publiclog.IndexFile)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	flipped := append([]byte{}, whole...)
	flipped[len(flipped)/2] ^= 1
	for name, text := range map[string][]byte{"missing": nil, "torn": whole[:len(whole)-5], "half": whole[:24*(len(whole)/48)], "flipped": flipped, "longer": append(append([]byte{}, whole...), 1, 2, 3)} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		s := open(t, dir)
		s.until(name+": the index is as before", func() bool {
			got, err := os.ReadFile(path)
			return err == nil && string(got) == string(whole)
		})
		s.stop()
	}
	s = open(t, dir)
	s.append(3)
	s.committed()
	s.check()
}

// A ledger that was set back, or is another one, must not be logged beside what
// is public; nor must a log that was set back be written on.
func TestWhatDoesNotFitIsNotLogged(t *testing.T) {
	make := func(t *testing.T) (dir string, older []byte) {
		dir = t.TempDir()
		s := open(t, dir)
		s.append(10)
		s.committed()
		s.stop()
		if err := os.CopyFS(filepath.Join(dir, "older"), os.DirFS(filepath.Join(dir, "log"))); err != nil {
			t.Fatal(err)
		}
		older, err := os.ReadFile(filepath.Join(dir, "ledger.db"))
		if err != nil {
			t.Fatal(err)
		}
		s = open(t, dir)
		s.append(10)
		s.committed()
		s.until("the history knows of it", func() bool {
			kept := publiclog.KeptSizes(s.logger)
			return len(kept) > 0 && kept[len(kept)-1] > s.log.Tree().Size-3
		})
		s.stop()
		return dir, older
	}
	setBack := func(t *testing.T, dir string, older []byte) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), "ledger.db") {
				if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
					t.Fatal(err)
				}
			}
		}
		if older != nil {
			if err := os.WriteFile(filepath.Join(dir, "ledger.db"), older, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, spoil := range map[string]func(t *testing.T, dir string, older []byte){
		"older ledger": setBack,
		"older ledger, no index": func(t *testing.T, dir string, older []byte) {
			setBack(t, dir, older)
			remove(t, dir, publiclog.IndexFile)
		},
		"another ledger":              func(t *testing.T, dir string, _ []byte) { setBack(t, dir, nil) },
		"another ledger, no index":    func(t *testing.T, dir string, _ []byte) { setBack(t, dir, nil); remove(t, dir, publiclog.IndexFile) },
		"older log":                   func(t *testing.T, dir string, _ []byte) { swapLog(t, dir) },
		"older log, only checkpoints": func(t *testing.T, dir string, _ []byte) { swapLog(t, dir); remove(t, dir, publiclog.IndexFile) },
	} {
		t.Run(name, func(t *testing.T) {
			dir, older := make(t)
			spoil(t, dir, older)
			s := open(t, dir)
			before := s.log.Tree().Size
			s.append(40)
			s.until("it is refused", func() bool { return s.logger.Failing() != nil })
			if !errors.Is(s.logger.Failing(), publiclog.ErrDiverged) || s.logger.Status().Error == "" {
				t.Errorf("fails with %v, status %+v", s.logger.Failing(), s.logger.Status())
			}
			if _, err := s.logger.Add(t.Context(), []byte("leaf\n")); !errors.Is(err, publiclog.ErrDiverged) {
				t.Errorf("a leaf is logged: %v", err)
			}
			if now := s.log.Tree().Size; now != before {
				t.Errorf("the log has grown from %d to %d", before, now)
			}
			if said := s.said.String(); strings.Count(said, "stands still") != 1 {
				t.Errorf("said %s", said)
			}
		})
	}
}

func remove(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

func swapLog(t *testing.T, dir string) {
	t.Helper()
	if err := errors.Join(os.RemoveAll(filepath.Join(dir, "log")), os.Rename(filepath.Join(dir, "older"), filepath.Join(dir, "log"))); err != nil {
		t.Fatal(err)
	}
}

// Older hubs committed to their ledger in another form.
func TestAnOldLogIsGoneOnWith(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, publiclog.FailAt("append", 1))
	s.append(5)
	s.until("the fault", func() bool { return s.logger.Failing() != nil })
	if _, err := s.log.Append(t.Context(), []byte(`{"hash":"00","time":"2017-05-12T10:00:00Z"}`)); err != nil {
		t.Fatal(err)
	}
	s.stop()
	s = open(t, dir)
	s.committed()
	s.check()
	if e := s.entries(); !strings.HasPrefix(string(e[0]), "{") {
		t.Errorf("the log begins with %q", e[0])
	}
}

// What is logged of a case is a commitment: nothing else.
func TestTheFormOfACommitment(t *testing.T) {
	s := open(t, t.TempDir())
	entries := s.append(3)
	s.committed()
	var got proof.Commitment
	for _, e := range s.entries() {
		if c, err := proof.ParseCommitment(e); err == nil {
			got = c
			lines := strings.Split(string(e), "\n")
			if len(lines) != 5 || lines[0] != "tocsin-ledger/v1" || len(lines[1]) != 64 || len(lines[2]) != 64 || len(lines[3]) != len("2017-05-15T17:02:00.000000Z") || lines[4] != "" {
				t.Errorf("commitment %q", e)
			}
		}
	}
	if got.Head != entries[2].Hash || got.Head == (ledger.Hash{}) {
		t.Errorf("commits to %s, want %s", got.Head, entries[2].Hash)
	}
}
