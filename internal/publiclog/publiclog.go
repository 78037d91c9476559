// Package publiclog is what of the ledger goes to the public log: a commitment
// to each record of a case, each act on a voter's key, and at intervals one to
// the whole ledger, so that the hub can rewrite nothing afterwards. It asks the
// witnesses to cosign, keeps the checkpoints that they have, and proves from all
// this that a contribution was accepted.
//
// # The order of the log
//
// The leaves of the ledger's entries are on the log in the ledger's order, and a
// commitment to the ledger up to an entry stands behind the leaves of all entries
// up to that one. Hence the log and the ledger together say what is still to be
// logged: nothing is logged twice or left out, whenever the hub dies. The index
// file only saves reading both from the beginning.
package publiclog

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/mark"
	"github.com/tocsin-project/tocsin/internal/publiclog/proof"
	"github.com/tocsin-project/tocsin/internal/translog"
)

// Files of the logger, in Config.Dir.
const (
	IndexFile   = "index"             // where the ledger's entries are in the log: see noted
	HistoryFile = "checkpoints.jsonl" // cosigned checkpoints that covered new records of cases
)

// ErrDiverged says that log and ledger are not of one hub, or that one of them
// was set back to an older state: logging on would contradict what is public.
var ErrDiverged = errors.New("the public log and the ledger do not fit together")

// Source is the ledger, once its entries are folded.
type Source interface {
	ledger.Reader
	// Folded yields the entries after the cursor that are folded, and goes on for
	// new ones until the context ends. With kinds it may leave out others.
	Folded(ctx context.Context, after ledger.Seq, kinds ...ledger.Kind) iter.Seq2[ledger.Entry, error]
	// Leaf is what goes to the log of a folded entry, if anything does.
	Leaf(seq ledger.Seq) (leaf []byte, ok bool)
}

// Config is what a Logger works with.
type Config struct {
	Dir    string // of the logger's own files; it has to exist
	Log    *translog.Log
	Source Source
	// Gather is how long a leaf waits for others to share an append with: 100 ms.
	Gather time.Duration
	// Every is how often the ledger is committed to while something happens:
	// 30 s. After a pause as long the first commitment comes at once: a second
	// after the first entry.
	Every time.Duration

	Shared    *Shared // where several nodes keep the log; nil: this one alone does
	Witnesses Witnesses
	Clock     func() time.Time
	Logger    *slog.Logger

	again       time.Duration           // after a failure: 5 s
	adoptAtOnce int                     // leaves of an older log in one instruction: mostLeaves
	failAt      func(step string) error // for tests: a fault before the named step
}

// The times of Config, and of what goes wrong.
const (
	defaultGather = 100 * time.Millisecond
	defaultEvery  = 30 * time.Second
	settle        = time.Second
	defaultAgain  = 5 * time.Second
)

// A commitment covers at most so much of the ledger, since whoever proves
// something with it reads that again.
const (
	mostEntries = 4096
	mostBytes   = 64 << 20
)

// Logger follows the ledger and logs. Make one with New, and Run it.
type Logger struct {
	cfg      Config
	requests chan request
	asking   sync.WaitGroup
	size     mark.Mark[uint64]     // of the log, and 1
	indexed  mark.Mark[ledger.Seq] // up to here every leaf of the ledger's entries is in the index

	// Of a shared log: carrying is held by whoever writes the index, and deciding has
	// an element while an instruction of this node is under way.
	carriedOut mark.Mark[ledger.Seq] // up to here instructions are carried out
	carrying   sync.Mutex
	deciding   chan struct{}

	mu       sync.Mutex
	index    *index
	failing  error // why nothing is logged now; nil: all is well
	last     proof.Commitment
	history  *history
	keepFrom int64    // the log's size at which a record of a case was last new
	cosigned cosigned // the newest checkpoint that satisfies the quorum
	enough   mark.Mark[uint64]
	known    []*asked

	until     int64            // the last instruction's
	manifests map[string]int64 // leaves of dossiers that were logged lately, and where
}

// request is a leaf that is not of the ledger's, and who waits for it.
type request struct {
	leaf []byte
	done chan<- logged
}

type logged struct {
	index int64
	err   error
}

// New makes a logger. It reads nothing yet.
func New(cfg Config) (*Logger, error) {
	if cfg.Gather == 0 {
		cfg.Gather = defaultGather
	}
	if cfg.Every == 0 {
		cfg.Every = defaultEvery
	}
	if cfg.again == 0 {
		cfg.again = defaultAgain
	}
	if cfg.adoptAtOnce == 0 {
		cfg.adoptAtOnce = mostLeaves
	}
	if cfg.failAt == nil {
		cfg.failAt = func(string) error { return nil }
	}
	l := &Logger{cfg: cfg, requests: make(chan request), deciding: make(chan struct{}, 1), manifests: make(map[string]int64)}
	if err := l.openWitnesses(); err != nil {
		return nil, err
	}
	return l, nil
}

// Run logs and asks the witnesses until the context ends. What cannot be logged
// now is told once, tried again and does not end it; Failing has the reason.
func (l *Logger) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	work := l.work
	if l.cfg.Shared != nil {
		work = l.share
	}
	if l.cfg.Shared == nil || len(l.known) == 0 {
		wg.Go(func() { l.witnessing(ctx) }) // else the node that leads does
	}
	defer l.asking.Wait()
	defer wg.Wait()
	for ctx.Err() == nil {
		err := work(ctx)
		if ctx.Err() != nil {
			break
		}
		l.fail(err)
		wait := time.After(l.cfg.again)
		if errors.Is(err, ErrDiverged) {
			wait = nil // for somebody to look at
		}
		l.refuse(ctx, wait, err)
	}
	return l.close()
}

// refuse answers those who want something logged while nothing is.
func (l *Logger) refuse(ctx context.Context, until <-chan time.Time, err error) {
	for {
		select {
		case r := <-l.requests:
			r.done <- logged{err: fmt.Errorf("the public log stands still: %w", err)}
		case <-until:
			return
		case <-ctx.Done():
			return
		}
	}
}

// fail notes why nothing is logged, and says so once.
func (l *Logger) fail(err error) {
	l.mu.Lock()
	before := l.failing
	l.failing = err
	l.mu.Unlock()
	switch {
	case err == nil && before != nil:
		l.cfg.Logger.Warn("the public log goes on")
	case err != nil && (before == nil || before.Error() != err.Error()):
		l.cfg.Logger.Error("the public log stands still", "error", err)
	}
}

// Failing is why nothing is logged now; nil if all is well.
func (l *Logger) Failing() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.failing
}

// Add has a leaf logged that is of no entry of the ledger, and returns its index
// once a checkpoint commits to it.
func (l *Logger) Add(ctx context.Context, leaf []byte) (int64, error) {
	if l.cfg.Shared != nil {
		return l.addShared(ctx, leaf)
	}
	done := make(chan logged, 1)
	select {
	case l.requests <- request{leaf, done}:
	case <-ctx.Done():
		return 0, fmt.Errorf("add to the public log: %w", ctx.Err())
	}
	select {
	case got := <-done:
		return got.index, got.err
	case <-ctx.Done(): // it may be logged all the same
		return 0, fmt.Errorf("add to the public log: %w", ctx.Err())
	}
}

// Index is where the log holds the leaf of the ledger's entry.
func (l *Logger) Index(seq ledger.Seq) (int64, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.index == nil {
		return 0, false
	}
	return l.index.leafAt(seq)
}

func (l *Logger) path(name string) string { return filepath.Join(l.cfg.Dir, name) }

// close lets the files go.
func (l *Logger) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var errs []error
	if l.index != nil {
		errs = append(errs, l.index.file.Close())
	}
	if l.history != nil {
		errs = append(errs, l.history.close())
	}
	l.index, l.history = nil, nil
	return errors.Join(errs...)
}
