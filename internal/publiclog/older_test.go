package publiclog_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/publiclog"
)

// A hub that had one node brings its log along: no other node begins another one,
// and all go on with it.
func TestAnOlderLogIsGoneOnWithByAll(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	for range 10 {
		s.append(9)
		s.committed()
	}
	if _, err := s.logger.Add(t.Context(), []byte("tocsin-dossier/v1\nold\n")); err != nil {
		t.Fatal(err)
	}
	before := s.entries()
	s.stop()

	c := startNodes(t, 3, dir)
	c.elect(1) // which has nothing of it
	c.all[1].append(10)
	c.all[1].until("it does not begin another log", func() bool {
		return c.all[1].logger.Failing() != nil && strings.Contains(c.all[1].logger.Failing().Error(), "before it had several nodes")
	})
	if got := c.all[1].log.Tree().Size; got != 0 {
		t.Fatalf("it logged %d entries", got)
	}
	if _, err := c.all[2].logger.Add(t.Context(), []byte("tocsin-dossier/v1\nnew\n")); err == nil {
		t.Error("a leaf is added before the older log is there")
	}
	c.elect(0)
	c.all[0].until("the others have it", func() bool { return c.all[1].log.Tree().Size > int64(len(before)) })
	c.elect(2)
	c.all[0].append(10)
	c.settled()
	for i, e := range c.all[2].entries()[:len(before)] {
		if !bytes.Equal(e, before[i]) {
			t.Fatalf("entry %d is %q, was %q", i, e, before[i])
		}
	}
}

// The node that has the older log dies while it puts it on the ledger: nobody goes
// on from a part of it.
func TestNobodyGoesOnFromAPartOfAnOlderLog(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	for range 5 {
		s.append(9)
		s.committed()
	}
	if got := s.log.Tree().Size; got < 9 {
		t.Fatalf("the older log has %d entries only", got)
	}
	s.stop()
	var left atomic.Int64 // instructions that may be written
	left.Store(2)
	c := startNodes(t, 2, dir, publiclog.AdoptAtOnce(3), func(cfg *publiclog.Config) {
		all := cfg.Shared.Append
		cfg.Shared.Append = func(ctx context.Context, d ledger.Draft) (ledger.Entry, error) {
			if left.Add(-1) < 0 {
				return ledger.Entry{}, ledger.ErrUnavailable
			}
			return all(ctx, d)
		}
	})
	c.elect(0)
	c.all[0].until("a part is there", func() bool { return c.all[1].log.Tree().Size == 6 })
	c.all[0].stop()
	left.Store(1000)
	c.elect(1)
	c.all[1].append(30)
	c.all[1].until("it waits", func() bool { return c.all[1].logger.Failing() != nil })
	if got := c.all[1].log.Tree().Size; got != 6 || left.Load() != 1000 {
		t.Fatalf("it has %d entries, and wrote %d instructions", got, 1000-left.Load())
	}
	c.start(0)
	c.elect(0)
	c.settled()
	c.elect(1)
	c.all[1].append(3)
	c.settled()
}

// A node that lost its log, or has an older copy of it, makes it again.
func TestALostLogIsMadeAgain(t *testing.T) {
	c := startNodes(t, 2, "")
	c.all[0].append(30)
	c.settled()
	c.all[1].stop()
	if err := os.CopyFS(filepath.Join(c.all[1].dir, "older"), os.DirFS(filepath.Join(c.all[1].dir, "log"))); err != nil {
		t.Fatal(err)
	}
	for name, lose := range map[string]func(dir string) error{
		"lost":                      func(dir string) error { return os.RemoveAll(filepath.Join(dir, "log")) },
		"the log without its index": func(dir string) error { return os.Remove(filepath.Join(dir, publiclog.IndexFile)) },
		"an older copy": func(dir string) error {
			return errors.Join(os.RemoveAll(filepath.Join(dir, "log")), os.CopyFS(filepath.Join(dir, "log"), os.DirFS(filepath.Join(dir, "older"))))
		},
	} {
		t.Run(name, func(t *testing.T) {
			c.start(1)
			c.all[0].append(30)
			c.settled()
			c.all[1].stop()
			if err := lose(c.all[1].dir); err != nil {
				t.Fatal(err)
			}
			c.start(1)
			c.elect(1)
			c.all[0].append(3)
			c.settled()
			c.all[1].stop()
			c.elect(0)
		})
	}
	c.start(1)
}

// A node whose log has something else than the ledger says signs nothing more.
func TestAnotherLogIsNotGoneOnWith(t *testing.T) {
	c := startNodes(t, 2, "")
	c.all[0].append(30)
	c.settled()
	c.all[1].stop()
	c.elect(0)
	other := c.all[1]
	for _, name := range []string{"log", publiclog.IndexFile} {
		if err := os.RemoveAll(filepath.Join(other.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	alone := open(t, t.TempDir())
	alone.append(3)
	alone.committed()
	entries := alone.entries()
	c.startWith(1, entries)
	c.all[0].append(3)
	other.until("it stands still", func() bool { return errors.Is(other.logger.Failing(), publiclog.ErrDiverged) })
	if got := other.log.Tree().Size; got != int64(len(entries)) {
		t.Errorf("it went on to %d entries from %d", got, len(entries))
	}
	if _, err := other.logger.Add(t.Context(), []byte("tocsin-dossier/v1\n00\n")); err == nil {
		t.Error("it takes a leaf")
	}
}

// What has to do with the log alone is no reason to log: a hub in which nothing
// happens writes nothing.
func TestNothingHappensForEver(t *testing.T) {
	c := startNodes(t, 2, "", witnessed(t, "1 of [a]", newSigner(t, "a")))
	c.all[0].append(5)
	c.settled()
	size := c.all[0].log.Tree().Size
	c.all[0].until("it is cosigned", func() bool { return c.all[1].logger.Status().Cosigned == size })
	head, err := c.ledger.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	soon, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if c.ledger.Wait(soon, head.Seq) == nil {
		for e := range c.ledger.Read(t.Context(), head.Seq) {
			t.Errorf("entry %d of kind %s", e.Seq, e.Kind)
		}
	}
}

// The keys do not change: every node would have to change at the same entry.
func TestKeysOfASharedLogStay(t *testing.T) {
	c := startNodes(t, 2, "")
	before := c.all[0].log.Keys()
	if _, err := c.all[0].logger.Rotate(t.Context(), ""); err == nil || !strings.Contains(err.Error(), "several nodes") {
		t.Errorf("a key is added: %v", err)
	}
	if len(before) != 1 || c.all[0].log.Keys()[0] != before[0] {
		t.Errorf("the keys are %q, were %q", c.all[0].log.Keys(), before)
	}
}

// An instruction that this version does not understand is carried out by nobody,
// and not passed over either: others may have carried it out.
func TestWhatIsNotUnderstoodStopsTheLog(t *testing.T) {
	c := startNodes(t, 2, "")
	c.all[0].append(5)
	c.settled()
	size := c.all[0].log.Tree().Size
	for _, d := range []ledger.Draft{{Kind: publiclog.KindAppended, Actor: "hub", Body: []byte(`{"index":0,"leaves":["AA=="],"with":"more"}`)}} {
		if _, err := c.ledger.Append(t.Context(), ledger.Any, d); err != nil {
			t.Fatal(err)
		}
	}
	c.all[0].append(5)
	for _, n := range c.all {
		n.until("it stands still", func() bool { return n.logger.Failing() != nil })
		if got := n.log.Tree().Size; got != size {
			t.Errorf("the log went on from %d to %d", size, got)
		}
	}
}
