package mirror_test

import (
	"context"
	"errors"
	"iter"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/mirror"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
)

// bent is a shared ledger that is read otherwise than it is.
type bent struct {
	ledger.Ledger
	read func(ledger.Entry) ([]ledger.Entry, error) // what is read in an entry's place
}

func (b bent) Read(ctx context.Context, after ledger.Seq, kinds ...ledger.Kind) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		for e, err := range b.Ledger.Read(ctx, after, kinds...) {
			if err != nil {
				yield(e, err)
				return
			}
			instead, err := b.read(e)
			for _, e := range instead {
				if !yield(e, nil) {
					return
				}
			}
			if err != nil {
				yield(ledger.Entry{}, err)
				return
			}
		}
	}
}

func as(e ledger.Entry) ([]ledger.Entry, error) { return []ledger.Entry{e}, nil }

// at bends one entry.
func at(seq ledger.Seq, bend func(ledger.Entry) ([]ledger.Entry, error)) func(ledger.Entry) ([]ledger.Entry, error) {
	return func(e ledger.Entry) ([]ledger.Entry, error) {
		if e.Seq == seq {
			return bend(e)
		}
		return as(e)
	}
}

func drafts(n int) []ledger.Draft {
	ds := make([]ledger.Draft, n)
	for i := range ds {
		ds[i] = ledger.Draft{Kind: "test.written", Actor: "partner-1", Body: make([]byte, i%500)}
	}
	return ds
}

// fill makes a shared ledger of n entries.
func fill(t *testing.T, dir string, n int) *sqlite.Ledger {
	t.Helper()
	l := sharedFile(t, dir, nil)
	if _, err := l.Append(t.Context(), ledger.Any, drafts(n)...); err != nil {
		t.Fatal(err)
	}
	return l
}

// TestSharedDamage has a shared ledger break its word at entry 60 of 100.
func TestSharedDamage(t *testing.T) {
	var held ledger.Entry
	for name, bend := range map[string]func(ledger.Entry) ([]ledger.Entry, error){
		"skips": at(60, func(ledger.Entry) ([]ledger.Entry, error) { return nil, nil }),
		"reorders": func(e ledger.Entry) ([]ledger.Entry, error) {
			switch e.Seq {
			case 60:
				held = e
				return nil, nil
			case 61:
				return []ledger.Entry{e, held}, nil
			}
			return as(e)
		},
		"repeats": at(60, func(e ledger.Entry) ([]ledger.Entry, error) { return []ledger.Entry{e, e}, nil }),
		"alters":  at(60, func(e ledger.Entry) ([]ledger.Entry, error) { e.Body = []byte("other"); return as(e) }),
		"forges": at(60, func(e ledger.Entry) ([]ledger.Entry, error) {
			d := ledger.Draft{Kind: e.Kind, Actor: "partner-2", Body: e.Body}
			forged, _, err := ledger.Seal(d, ledger.Head{Seq: 59}, e.Time)
			return []ledger.Entry{forged}, err
		}),
		"goes back in time": at(60, func(e ledger.Entry) ([]ledger.Entry, error) {
			d := ledger.Draft{Kind: e.Kind, Actor: e.Actor, Body: e.Body}
			old, _, err := ledger.Seal(d, ledger.Head{Seq: 59, Hash: e.Prev}, e.Time.Add(-time.Hour))
			return []ledger.Entry{old}, err
		}),
		"says so": at(60, func(ledger.Entry) ([]ledger.Entry, error) { return nil, ledger.ErrCorrupt }),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			l := mustOpen(t, dir, bent{fill(t, dir, 100), bend})
			defer mustClose(t, l)
			if err := l.CatchUp(t.Context()); !errors.Is(err, ledger.ErrCorrupt) {
				t.Errorf("who waits for it to catch up is told %v", err)
			}
			wantFailure(t, l)
			n := 0
			for _, err := range l.Read(t.Context(), 0) {
				if err != nil {
					t.Errorf("reading the file: %v", err)
				}
				n++
			}
			if n > 60 {
				t.Errorf("the file has %d entries", n)
			}
		})
	}
}

// wantFailure waits until the mirror has failed, and tries it.
func wantFailure(t *testing.T, l *mirror.Ledger) {
	t.Helper()
	<-l.Failed()
	if err := l.Err(); !errors.Is(err, ledger.ErrCorrupt) || !strings.Contains(err.Error(), "tocsin ledger rebuild") {
		t.Errorf("it failed with %v", err)
	}
	_, err := l.Append(t.Context(), ledger.Any, drafts(1)...)
	if !errors.Is(err, ledger.ErrUnavailable) || !errors.Is(err, ledger.ErrCorrupt) {
		t.Errorf("an append gives %v", err)
	}
}

func mustClose(t *testing.T, l ledger.Ledger) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

// copied makes a file of what a shared ledger of n entries has.
func copied(t *testing.T, n int) (dir string) {
	t.Helper()
	dir = t.TempDir()
	l := mustOpen(t, dir, fill(t, dir, n))
	if err := l.Wait(t.Context(), ledger.Seq(n-1)); err != nil {
		t.Fatal(err)
	}
	mustClose(t, l)
	return dir
}

// TestOtherHistory has a file that is not a beginning of the shared ledger: its
// last entry is another one there, or is not there.
func TestOtherHistory(t *testing.T) {
	for name, n := range map[string]int{"another": 90, "the same number": 50, "cut short": 40} {
		t.Run(name, func(t *testing.T) {
			dir, other := copied(t, 50), t.TempDir()
			_, err := mirror.OpenWithin(t.Context(), fill(t, other, n), fileIn(dir), sqlite.Options{}, 50*time.Millisecond)
			if !errors.Is(err, ledger.ErrCorrupt) || !strings.Contains(err.Error(), "tocsin ledger rebuild") {
				t.Fatalf("it opens with %v", err)
			}
			mustClose(t, mustOpen(t, dir, sharedFile(t, dir, nil))) // nothing was changed, nothing is locked
		})
	}
}

// TestFlippedBit flips one bit of an entry in the file.
func TestFlippedBit(t *testing.T) {
	dir := copied(t, 1000)
	raw, err := os.ReadFile(fileIn(dir))
	if err != nil {
		t.Fatal(err)
	}
	i := strings.Index(string(raw[len(raw)/2:]), "partner-1") + len(raw)/2
	raw[i] ^= 4
	if err := os.WriteFile(fileIn(dir), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	l := mustOpen(t, dir, sharedFile(t, dir, nil))
	defer mustClose(t, l)
	var last error
	n := 0
	for _, last = range l.Read(t.Context(), 0) {
		n++
	}
	if !errors.Is(last, ledger.ErrCorrupt) || n == 1 || n > 999 {
		t.Fatalf("reading ends after %d with %v", n, last)
	}
	wantFailure(t, l)
}

// TestCheckFails has the check find what nobody has read.
func TestCheckFails(t *testing.T) {
	dir := copied(t, 50)
	l := mustOpen(t, dir, sharedFile(t, dir, nil))
	defer mustClose(t, l)
	if err := os.WriteFile(fileIn(dir)+".head", []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	report, err := l.Check(t.Context())
	if err != nil || len(report.Damage) == 0 {
		t.Fatalf("check finds %v, %v", report.Damage, err)
	}
	wantFailure(t, l)
}

// away is a shared ledger that cannot be reached until it is back.
type away struct {
	ledger.Ledger
	back atomic.Bool
	seen chan struct{} // a token for each time it was tried
}

func (a *away) Read(ctx context.Context, after ledger.Seq, kinds ...ledger.Kind) iter.Seq2[ledger.Entry, error] {
	if a.back.Load() {
		return a.Ledger.Read(ctx, after, kinds...)
	}
	select {
	case a.seen <- struct{}{}:
	default:
	}
	return func(yield func(ledger.Entry, error) bool) { yield(ledger.Entry{}, ledger.ErrUnavailable) }
}

// TestAway opens a file with entries while the shared ledger cannot be reached:
// what it has can be read, and the rest comes when it is back.
func TestAway(t *testing.T) {
	dir := copied(t, 50)
	shared := &away{Ledger: sharedFile(t, dir, nil), seen: make(chan struct{}, 1)}
	if _, err := shared.Append(t.Context(), ledger.Any, drafts(10)...); err != nil {
		t.Fatal(err)
	}
	l := mustOpen(t, dir, shared)
	defer mustClose(t, l)
	for range 4 {
		<-shared.seen
	}
	if n, err := l.Behind(t.Context()); n != 10 || err != nil {
		t.Errorf("%d behind, %v", n, err)
	}
	if head, err := l.Head(t.Context()); head.Seq != 50 || err != nil || l.Err() != nil {
		t.Errorf("the head is %d, %v, and the fault %v", head.Seq, err, l.Err())
	}
	shared.back.Store(true)
	if err := l.Wait(t.Context(), 59); err != nil {
		t.Fatal(err)
	}
	if n, err := l.Behind(t.Context()); n != 0 || err != nil {
		t.Errorf("%d behind, %v", n, err)
	}
}

// TestAwayThenOther is the same, and what is back is another history.
func TestAwayThenOther(t *testing.T) {
	dir, other := copied(t, 50), t.TempDir()
	shared := &away{Ledger: fill(t, other, 50), seen: make(chan struct{}, 1)}
	l := mustOpen(t, dir, shared)
	defer mustClose(t, l)
	<-shared.seen
	shared.back.Store(true)
	wantFailure(t, l)
}

// deaf is a shared ledger that never wakes who waits.
type deaf struct{ ledger.Ledger }

func (deaf) Wait(ctx context.Context, _ ledger.Seq) error {
	<-ctx.Done()
	return ctx.Err()
}

// TestSlowFile has an append that succeeds while the file gets nothing: it is not
// reported as failed, neither when its context ends nor when the mirror closes.
func TestSlowFile(t *testing.T) {
	dir := t.TempDir()
	l := mustOpen(t, dir, deaf{sharedFile(t, dir, nil)})
	ctx, cancel := context.WithCancel(t.Context())
	type outcome struct {
		entries []ledger.Entry
		err     error
	}
	got := make(chan outcome, 2)
	for _, ctx := range []context.Context{ctx, context.WithoutCancel(ctx)} {
		go func() {
			es, err := l.Append(ctx, ledger.Any, drafts(3)...)
			got <- outcome{es, err}
		}()
	}
	for n := uint64(0); n < 6; { // until both are appended
		var err error
		if n, err = l.Behind(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	first := <-got
	mustClose(t, l)
	for _, o := range []outcome{first, <-got} {
		if o.err != nil || len(o.entries) != 3 {
			t.Errorf("%d entries, %v", len(o.entries), o.err)
		}
	}
}
