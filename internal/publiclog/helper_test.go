package publiclog_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
	"github.com/tocsin-project/tocsin/internal/publiclog"
	"github.com/tocsin-project/tocsin/internal/publiclog/proof"
	"github.com/tocsin-project/tocsin/internal/sealed"
	"github.com/tocsin-project/tocsin/internal/translog"
)

// source is a ledger of which the entries of kind "case.test" have leaves.
type source struct {
	ledger.Ledger
	folded *sync.Map // the leaves of what was folded, by Seq
}

const kindLeaf ledger.Kind = "case.test"

func leafOf(e ledger.Entry) []byte { return fmt.Appendf(nil, "tocsin-record/v1\n%s\n", e.Hash) }

func (s source) Leaf(seq ledger.Seq) ([]byte, bool) {
	if leaf, ok := s.folded.Load(seq); ok {
		return leaf.([]byte), len(leaf.([]byte)) > 0
	}
	e, err := ledger.At(context.Background(), s, seq)
	if err != nil || e.Kind != kindLeaf {
		return nil, false
	}
	return leafOf(e), true
}

func (s source) fold(e ledger.Entry) {
	var leaf []byte
	if e.Kind == kindLeaf {
		leaf = leafOf(e)
	}
	s.folded.Store(e.Seq, leaf)
}

func (s source) Folded(ctx context.Context, after ledger.Seq, _ ...ledger.Kind) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		for ctx.Err() == nil {
			for e, err := range s.Read(ctx, after) {
				if err == nil {
					s.fold(e)
				}
				if !yield(e, err) || err != nil {
					return
				}
				after = e.Seq
			}
			_ = s.Wait(ctx, after) // ends with an entry, or ctx
		}
	}
}

// site is a ledger, a log and what logs, in a folder.
type site struct {
	t      testing.TB
	source source
	ledger *sealed.Ledger
	log    *translog.Log
	logger *publiclog.Logger
	said   *said
	stop   func()
}

// said is what was logged for the hub's keepers.
type said struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

const origin = "log.example/test"

// openLedger opens a ledger that seals contributions.
func openLedger(t testing.TB, dir string) *sealed.Ledger {
	t.Helper()
	engine, err := sqlite.Open(filepath.Join(dir, "ledger.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := sealed.OpenKeys(filepath.Join(dir, "keys"))
	if err != nil {
		t.Fatal(err)
	}
	l, err := sealed.Open(t.Context(), engine, keys, func(k ledger.Kind) bool { return k == contribution.KindAccepted })
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// open opens what is in the folder and has it logged until the test ends or
// close is called.
func open(t testing.TB, dir string, change ...func(*publiclog.Config)) *site {
	t.Helper()
	l := openLedger(t, dir)
	log, err := translog.OpenFile(filepath.Join(dir, "log"), filepath.Join(dir, "log.key"), origin)
	if err != nil {
		t.Fatal(errors.Join(err, l.Close()))
	}
	s := &site{t: t, source: source{l, &sync.Map{}}, ledger: l, log: log, said: &said{}}
	cfg := publiclog.Config{
		Dir: dir, Log: log, Source: s.source, Gather: time.Millisecond, Every: time.Millisecond,
		Clock: time.Now, Logger: slog.New(slog.NewTextHandler(s.said, nil)),
	}
	for _, c := range change {
		c(&cfg)
	}
	if s.logger, err = publiclog.New(cfg); err != nil {
		t.Fatal(errors.Join(err, log.Close(), l.Close()))
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- s.logger.Run(ctx) }()
	s.stop = sync.OnceFunc(func() {
		cancel()
		if err := errors.Join(<-ended, log.Close(), l.Close()); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	t.Cleanup(s.stop)
	return s
}

// append puts entries into the ledger, every third of a kind that has a leaf.
func (s *site) append(n int) []ledger.Entry {
	s.t.Helper()
	drafts := make([]ledger.Draft, n)
	for i := range drafts {
		drafts[i] = ledger.Draft{Kind: "other.test", Actor: "hub", Body: []byte("{}")}
		if i%3 == 2 {
			drafts[i].Kind = kindLeaf
		}
	}
	entries, err := s.source.Append(s.t.Context(), ledger.Any, drafts...)
	if err != nil {
		s.t.Fatal(err)
	}
	return entries
}

// until waits for something to become true, and fails after a long time.
func (s *site) until(what string, is func() bool) {
	s.t.Helper()
	for end := time.Now().Add(20 * time.Second); !is(); {
		if time.Now().After(end) {
			s.t.Fatalf("%s: not within 20 seconds; said: %s", what, s.said)
		}
		time.Sleep(time.Millisecond)
	}
}

// entries reads the log.
func (s *site) entries() [][]byte {
	s.t.Helper()
	var all [][]byte
	for i := range s.log.Tree().Size {
		e, err := s.log.Entry(i)
		if err != nil {
			s.t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

// committed waits until the log commits to all of the ledger.
func (s *site) committed() {
	s.t.Helper()
	head, err := s.source.Head(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	s.until("the whole ledger is committed to", func() bool { return s.committedHead() == head.Hash })
}

// committedHead is the hash of the entry up to which the log commits to the ledger.
func (s *site) committedHead() ledger.Hash {
	s.t.Helper()
	for i := s.log.Tree().Size - 1; i >= 0; i-- {
		entry, err := s.log.Entry(i)
		if err != nil {
			s.t.Fatal(err)
		}
		if c, err := proof.ParseCommitment(entry); err == nil {
			return c.Head
		}
	}
	return ledger.Hash{}
}

// ofLog are the kinds of entries that nothing is logged for.
func ofLog(k ledger.Kind) bool {
	return k == publiclog.KindAppended || k == publiclog.KindCosigned
}

// committedShared waits until the log commits to all of the ledger but what is about
// the log itself.
func (s *site) committedShared() {
	s.t.Helper()
	s.until("the whole ledger is committed to", func() bool {
		committed, after := s.committedHead(), false
		for e, err := range s.source.Read(s.t.Context(), 0) {
			if err != nil {
				s.t.Fatal(err)
			}
			if after && !ofLog(e.Kind) {
				return false
			}
			after = after || e.Hash == committed
		}
		return after
	})
}
