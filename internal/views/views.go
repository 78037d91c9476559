// Package views is a node's picture of the ledger: it folds every entry into
// the views, runs the deciders, and lets a writer wait until its own entry can
// be seen. What it keeps can be deleted and is rebuilt from the ledger.
package views

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/chronicle"
	"github.com/tocsin-project/tocsin/internal/duty"
	"github.com/tocsin-project/tocsin/internal/exposure"
	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/impact"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/mark"
	"github.com/tocsin-project/tocsin/internal/notice"
	"github.com/tocsin-project/tocsin/internal/once"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/release"
	"github.com/tocsin-project/tocsin/internal/response"
	"github.com/tocsin-project/tocsin/internal/voters"
)

// fold is a view that is kept in memory.
type fold interface{ Apply(ledger.Entry) error }

// decider is a view whose rule asks for entries of its own.
type decider interface {
	Pending(now time.Time) []ledger.Draft
}

// Config is what the views need beside the ledger.
type Config struct {
	Catalog  string // the catalog's file
	Protect  protect.Config
	Outbreak outbreak.Config
	Response response.Config
	Exposure exposure.Config
	Impact   impact.Config
	Duty     duty.Config
	Notice   notice.Config
	Key      []byte // the hub's secret that goes into the ids of contributions
	Backlog  int64  // bytes of contributions that may wait for the catalog; 64 MiB by default
	// Decides says whether it is this node's to decide now; nil: it always is.
	Decides func() bool
	Clock   func() time.Time
	Logger  *slog.Logger
}

// Views are the views of one ledger. The memory views follow the ledger entry
// by entry; the catalog follows in batches behind them.
type Views struct {
	Rooms    Rooms // how the rooms are configured
	Ledger   ledger.Ledger
	Access   *access.Directory
	Catalog  *catalog.Catalog
	Outbreak *outbreak.State
	Protect  *protect.State
	Response *response.State
	// Chronicle knows what of an outbreak was known when. It asks the three above.
	Chronicle *chronicle.State
	Exposure  *exposure.State
	Impact    *impact.State
	Duties    *duty.State
	Notices   *notice.State
	Once      *once.State
	Cases     *attribution.State
	Voters    *voters.State
	// Release knows what was taken back, Reports what was not taken.
	Release *release.Register
	Reports *Reports
	// Connections are the engines that follow this hub's feeds.
	Connections *feed.Connections

	folds    []fold
	deciders []decider
	decides  func() bool
	clock    func() time.Time
	log      *slog.Logger

	memory  mark.Mark[ledger.Seq] // how far the memory views are
	catalog mark.Mark[ledger.Seq] // how far the catalog is
	tail    *tail
	backlog *backlog

	rebuilding rebuilding

	unrested int // bytes folded since memory was last given back: at the start, then into the catalog

	reading *semaphore.Weighted // bytes of contributions that are being read
	key     []byte

	watchers []func(ledger.Entry)
	decided  atomic.Uint64 // how many decisions about protections there are
}

// Open rebuilds the memory views from the ledger and opens the catalog. Run
// keeps them current.
func Open(ctx context.Context, l ledger.Ledger, cfg Config) (*Views, error) {
	c, err := openCatalog(ctx, l, cfg)
	if err != nil {
		return nil, err
	}
	cfg.Response.Clock = cfg.Clock
	cfg.Outbreak.SmallestGroup = cmp.Or(cfg.Outbreak.SmallestGroup, cfg.Impact.SmallestGroup)
	v := &Views{
		Rooms:  Rooms{cfg.Response, cfg.Exposure, cfg.Impact, cfg.Duty, cfg.Notice},
		Ledger: l, Catalog: c,
		Access: access.NewDirectory(), Outbreak: outbreak.NewState(cfg.Outbreak),
		Protect: protect.NewState(cfg.Protect), Response: response.NewState(cfg.Response),
		Exposure: exposure.NewState(cfg.Exposure), Impact: impact.NewState(cfg.Impact), Duties: duty.NewState(cfg.Duty), Notices: notice.NewState(cfg.Notice), Once: once.NewState(),
		Cases: attribution.NewState(caseSecret(cfg.Key)), Voters: voters.NewState(), Connections: &feed.Connections{},
		Release: release.NewRegister(), Reports: newReports(),
		decides: cfg.Decides, clock: cfg.Clock, log: cfg.Logger,
		tail: newTail(), backlog: newBacklog(cfg.Backlog), reading: semaphore.NewWeighted(readingBytes), key: cfg.Key,
	}
	v.Access.SetClock(cfg.Clock)
	v.Cases.Authority(v.Voters.May) // which folds each entry before
	v.Duties.SetBoard(duty.Rooms{Partners: v.Access, Outbreaks: v.Outbreak, Protections: v.Protect, Impact: v.Impact, Exposure: v.Exposure, Actions: v.Response})
	v.Response.Consult(v.Access, v.checkReference)
	v.Notices.From(notice.Sources{Called: v.called, Holders: v.Protect.Holders})
	v.Chronicle = chronicle.NewState(chronicle.Rooms{Outbreaks: v.Outbreak, Protections: v.Protect, Actions: v.Response})
	v.folds = []fold{v.Access, v.Release, v.Reports, v.Outbreak, v.Protect, v.Response, v.Chronicle, v.Exposure, v.Impact, v.Duties, v.Notices, v.Once, v.Voters, v.Cases, v.Connections}
	v.deciders = []decider{v.Outbreak, v.Protect, v.Response, v.Duties, v.Notices}
	if err := v.rebuild(ctx); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return v, nil
}

// caseSecret is the secret that the salts of cases' records come from: one of
// its own, so that a salt in a dossier says nothing of the ids of contributions.
func caseSecret(key []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte("tocsin: salts of case records, 1"))
	return h.Sum(nil)
}

// openCatalog opens the catalog if it was folded from this ledger as it is. One
// that is ahead of a restored ledger would take new entries for known ones: it
// is removed, to be rebuilt.
func openCatalog(ctx context.Context, l ledger.Ledger, cfg Config) (*catalog.Catalog, error) {
	c, err := catalog.Open(cfg.Catalog)
	if err != nil {
		return nil, err
	}
	switch fitting, err := fits(ctx, l, c); {
	case err != nil:
		return nil, errors.Join(err, c.Close())
	case fitting:
		return c, nil
	}
	cfg.Logger.Warn("the catalog was folded from another state of the ledger and is rebuilt", "file", cfg.Catalog)
	if err := c.Close(); err != nil {
		return nil, err
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(cfg.Catalog + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("rebuild the catalog: %w", err)
		}
	}
	return catalog.Open(cfg.Catalog)
}

// fits says whether the ledger holds the entry up to which the catalog is.
func fits(ctx context.Context, l ledger.Ledger, c *catalog.Catalog) (bool, error) {
	at, err := c.Position(ctx)
	if err != nil || at.Seq == 0 {
		return err == nil, err
	}
	for e, err := range l.Read(ctx, at.Seq-1) {
		return err == nil && e.Hash == at.Hash, err
	}
	return false, nil
}

// Close closes the catalog; Run must have returned.
func (v *Views) Close() error { return v.Catalog.Close() }

func (v *Views) apply(e ledger.Entry) error {
	for _, f := range v.folds {
		if err := f.Apply(e); err != nil {
			return fmt.Errorf("entry %d (%s): %w", e.Seq, e.Kind, err)
		}
	}
	if e.Kind == protect.KindDecided {
		v.decided.Add(1)
	}
	return nil
}

// Run follows the ledger until the context ends.
func (v *Views) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	for _, follow := range []func(context.Context) error{v.followMemory, v.followCatalog} {
		wg.Go(func() { cancel(follow(ctx)) })
	}
	wg.Wait()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// OnEntry has fn called with every new entry, in order, after the memory views
// have folded it. fn must not block. Call it before Run.
func (v *Views) OnEntry(fn func(ledger.Entry)) {
	v.watchers = append(v.watchers, fn)
}

// Decided is how many decisions about protections there are: a number that
// rises with every change of what is in force and with nothing else, so that it
// tells its readers nothing of what they are not told.
func (v *Views) Decided() uint64 { return v.decided.Load() }
