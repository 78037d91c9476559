package jetstream_test

import (
	"context"
	"errors"
	"iter"
	"path/filepath"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/jetstream"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
)

// embedded writes n entries to a ledger of the other engine.
func embedded(t *testing.T, n int, clock func() time.Time) *sqlite.Ledger {
	t.Helper()
	l, err := sqlite.Open(filepath.Join(t.TempDir(), "ledger"), sqlite.Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	ds := make([]ledger.Draft, n)
	for i := range ds {
		ds[i] = ledger.Draft{Kind: "object.added", Actor: "partner-1", Audience: "all", Body: make([]byte, i%700)}
	}
	ds[n/2].Body = make([]byte, ledger.MaxBody)
	if _, err := l.Append(context.Background(), ledger.Any, ds...); err != nil {
		t.Fatal(err)
	}
	return l
}

func startOne(t *testing.T) *jetstream.Node {
	t.Helper()
	node, err := jetstream.Start(jetstream.NodeConfig{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(node.Close)
	return node
}

// TestImportIsTheSame copies a ledger from the other engine. It is the same one
// then, and goes on as the same one.
func TestImportIsTheSame(t *testing.T) {
	clock := func() time.Time { return time.Date(2017, time.May, 12, 7, 44, 0, 0, time.UTC) }
	from, node := embedded(t, 9000, clock), startOne(t)
	head, err := jetstream.Import(soon(t), node, jetstream.Options{}, from)
	if err != nil || head.Seq != 9000 {
		t.Fatalf("head %v, %v", head, err)
	}
	if again, err := jetstream.Import(soon(t), node, jetstream.Options{}, from); err != nil || again != head {
		t.Fatalf("once more: head %v, %v", again, err)
	}
	to, err := jetstream.Open(soon(t), node, jetstream.Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	for range 2 {
		if both, err := ledger.Equal(soon(t), from, to); err != nil || both.Seq < head.Seq {
			t.Fatalf("equal up to %v, %v", both, err)
		}
		for _, l := range []ledger.Ledger{from, to} {
			if _, err := l.Append(soon(t), ledger.Any, ledger.Draft{Kind: "test.more", Actor: "hub", Body: []byte("{}")}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := to.Append(soon(t), ledger.Any, ledger.Draft{Kind: "test.more"}); err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.Equal(soon(t), from, to); !errors.Is(err, ledger.ErrConflict) {
		t.Errorf("one has an entry more: %v", err)
	}
	if _, err := ledger.Equal(soon(t), to, from); !errors.Is(err, ledger.ErrConflict) {
		t.Errorf("the other has an entry less: %v", err)
	}
}

// cut is a ledger of which reading fails after some entries.
type cut struct {
	ledger.Reader
	after ledger.Seq
}

var errCut = errors.New("cut short")

func (c cut) Read(ctx context.Context, after ledger.Seq, kinds ...ledger.Kind) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		for e, err := range c.Reader.Read(ctx, after, kinds...) {
			if e.Seq > c.after {
				yield(ledger.Entry{}, errCut)
				return
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

func TestImportGoesOn(t *testing.T) {
	from, node := embedded(t, 9000, nil), startOne(t)
	for _, after := range []ledger.Seq{10, 5000, 5001, 8999} {
		if _, err := jetstream.Import(soon(t), node, jetstream.Options{}, cut{from, after}); !errors.Is(err, errCut) {
			t.Fatalf("cut after %d: %v", after, err)
		}
	}
	if head, err := jetstream.Import(soon(t), node, jetstream.Options{}, from); err != nil || head.Seq != 9000 {
		t.Fatalf("head %v, %v", head, err)
	}
}

// TestImportRefuses what is not the same ledger, or none.
func TestImportRefuses(t *testing.T) {
	one, other, node := embedded(t, 5, nil), embedded(t, 9, nil), startOne(t)
	if _, err := jetstream.Import(soon(t), node, jetstream.Options{}, one); err != nil {
		t.Fatal(err)
	}
	if _, err := jetstream.Import(soon(t), node, jetstream.Options{}, other); !errors.Is(err, ledger.ErrConflict) {
		t.Errorf("another history: %v", err)
	}
	if _, err := jetstream.Import(soon(t), node, jetstream.Options{Name: "second"}, behind{other}); !errors.Is(err, ledger.ErrCorrupt) {
		t.Errorf("without its beginning: %v", err)
	}
}

// behind is a ledger that leaves out its first entry.
type behind struct{ ledger.Reader }

func (b behind) Read(ctx context.Context, after ledger.Seq, kinds ...ledger.Kind) iter.Seq2[ledger.Entry, error] {
	return b.Reader.Read(ctx, after+1, kinds...)
}
