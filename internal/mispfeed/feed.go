package mispfeed

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/views"
)

// Config is what a feed is made of.
type Config struct {
	Views *views.Views
	// Principal is who asks. Whoever mounts the feed has asked for the token.
	Principal func(context.Context) access.Principal
	Events    int // the newest so many are in a feed: 10,000
	Clock     func() time.Time
	Logger    *slog.Logger
}

// The limits of a feed, and of all of them.
const (
	defaultEvents = 10_000
	maxElements   = 400_000  // that one index knows of, some 40 bytes each
	maxKnown      = 96 << 20 // bytes that are remembered for all readers
	maxReaders    = 1000     // kinds of readers that are remembered
	maxPerEvent   = 5_000
	maxBuilds     = 2 // events that are being written at the same time
)

// Feed serves every reader's feed.
type Feed struct {
	Config
	limit  limits
	seed   uint64
	builds chan struct{}

	mu      sync.Mutex
	readers map[string]*reader
	clock   uint64 // counts uses
	folded  int64  // everything added up to then is in the catalog
}

// reader is the feed of those who see the same.
type reader struct {
	turn chan struct{} // held by who uses what follows
	*index
	seen     int64 // everything added up to then has been read
	manifest written
	hashes   written

	used  uint64 // guarded by Feed.mu, as is known
	known int    // bytes
}

// New makes the feed.
func New(cfg Config) *Feed {
	if cfg.Events == 0 {
		cfg.Events = defaultEvents
	}
	return &Feed{
		Config: cfg, limit: limits{cfg.Events, maxElements, maxPerEvent}, seed: rand.Uint64(),
		builds: make(chan struct{}, maxBuilds), readers: map[string]*reader{},
	}
}

// kindOf is the same for all who see the same.
func kindOf(p access.Principal) string {
	list := func(texts []string) string { return strings.Join(slices.Sorted(slices.Values(texts)), " ") }
	of := make([]string, 0, len(p.ClientOf))
	for _, id := range p.ClientOf {
		of = append(of, string(id))
	}
	return fmt.Sprintf("%s\n%t\n%s\n%s", p.Partner, p.Guest, list(p.Communities), list(of))
}

// enter gives a principal its reader, brought up to date; leave has to follow.
func (f *Feed) enter(ctx context.Context, who access.Principal) (*reader, error) {
	kind := kindOf(who)
	f.mu.Lock()
	r := f.readers[kind]
	if r == nil {
		r = &reader{turn: make(chan struct{}, 1), index: newIndex(f.Views, who, f.limit, f.seed)}
		f.readers[kind] = r
	}
	f.clock++
	r.used = f.clock
	f.mu.Unlock()
	select {
	case r.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	entered := false
	defer func() {
		if !entered { // whatever went wrong: others wait for their turn
			f.leave(r)
		}
	}()
	if err := f.refresh(ctx, r); err != nil {
		return nil, err
	}
	entered = true
	return r, nil
}

// leave lets others use the reader, and forgets those that were used least
// recently while too much is known of all.
func (f *Feed) leave(r *reader) {
	known := r.bytes() + len(r.manifest.body) + len(r.hashes.body)
	<-r.turn
	f.mu.Lock()
	defer f.mu.Unlock()
	r.known = known
	for {
		total, oldest := 0, ""
		for kind, other := range f.readers {
			total += other.known
			if other != r && (oldest == "" || other.used < f.readers[oldest].used) {
				oldest = kind
			}
		}
		if total <= maxKnown && len(f.readers) <= maxReaders || oldest == "" {
			return
		}
		delete(f.readers, oldest)
	}
}

// settling is how long before now an entry may have been accepted that is not
// on disk yet.
const settling = 2 * time.Second

// refresh brings a reader up to date, and notes up to when that is.
func (f *Feed) refresh(ctx context.Context, r *reader) error {
	now := f.Clock()
	current, err := f.current(ctx)
	if err != nil {
		return err
	}
	f.mu.Lock()
	if current {
		f.folded = max(f.folded, now.Add(-settling).UnixMicro())
	}
	folded := f.folded
	f.mu.Unlock()
	if err := r.index.refresh(ctx); err != nil {
		return err
	}
	r.seen = max(r.seen, r.last, folded)
	f.mu.Lock()
	f.folded = max(f.folded, r.last)
	f.mu.Unlock()
	return nil
}

// patience is how long a reader waits for the catalog. If it takes longer, the
// feed is what is there, and what changed last gets its timestamps later.
const patience = 250 * time.Millisecond

// current says whether the catalog has by now what the ledger had when it was
// asked.
func (f *Feed) current(ctx context.Context) (bool, error) {
	head, err := f.Views.Ledger.Head(ctx)
	if err != nil {
		return false, err
	}
	wait, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := f.Views.WaitCatalog(wait, head.Seq); err != nil && wait.Err() == nil {
		return false, err
	}
	return wait.Err() == nil, ctx.Err()
}
