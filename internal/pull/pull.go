package pull

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/dial"
	"github.com/tocsin-project/tocsin/internal/federation"
	"github.com/tocsin-project/tocsin/internal/intake"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Deps are what a Puller works with. All but Read, Policy, HTTP and Logger have to
// be given, and what is for other hubs where there are none.
type Deps struct {
	// Ledger is read once, for how far the sources were pulled before.
	Ledger ledger.Ledger
	// Read reads a submission as intake.Read does; done is called when its
	// outcome is no longer needed. nil: intake.Read.
	Read func(ctx context.Context, text io.Reader, s intake.Submission) (o intake.Outcome, done func(), err error)
	// Contribute appends a contribution and returns when it is on disk. It
	// knows one that is there already by its id and changes nothing then. An
	// error has the source try the same again later.
	Contribute func(ctx context.Context, owner access.PartnerID, o intake.Outcome) (known bool, err error)
	// Append appends entries and returns when they are on disk.
	Append func(ctx context.Context, drafts ...ledger.Draft) ([]ledger.Entry, error)
	// Partner finds a partner by id or name.
	Partner func(idOrName string) (access.PartnerID, bool)
	// About is what this hub knows of a partner.
	About func(access.PartnerID) (access.Partner, bool)

	// What it takes to follow another hub, for sources of that kind: see
	// federation.Deps.
	Hub       string
	Take      func(ctx context.Context, drafts ...ledger.Draft) ([]ledger.Entry, error)
	Has       func(ctx context.Context, contribution string) (bool, error)
	Settled   func(ctx context.Context) error
	Community func(id string) bool
	Protect   federation.Protections
	Clock     func() time.Time

	Policy dial.Policy  // where to connect to
	HTTP   dial.Options // limits and proxy; each source has its own TLS
	Logger *slog.Logger // of what goes wrong beside the sources; nil: silent
}

// Puller pulls from its sources.
type Puller struct {
	deps    Deps
	sources []*source
	loading sync.Mutex
	loaded  bool
}

// New checks the configuration; nothing is read or connected to.
func New(sources []Config, deps Deps) (*Puller, error) {
	if deps.Logger == nil {
		deps.Logger = slog.New(slog.DiscardHandler)
	}
	if deps.Read == nil {
		deps.Read = func(ctx context.Context, text io.Reader, s intake.Submission) (intake.Outcome, func(), error) {
			o, err := intake.Read(ctx, text, s)
			return o, func() {}, err
		}
	}
	p := &Puller{deps: deps}
	peers := &federation.Peers{}
	for _, cfg := range sources {
		if err := cfg.Validate(); err != nil {
			return nil, err
		}
		if p.find(cfg.Name) != nil {
			return nil, fmt.Errorf("source %s: there are two of that name", cfg.Name)
		}
		p.sources = append(p.sources, newSource(cfg, &p.deps, peers))
	}
	return p, nil
}

func (p *Puller) find(name string) *source {
	i := slices.IndexFunc(p.sources, func(s *source) bool { return s.cfg.Name == name })
	if i < 0 {
		return nil
	}
	return p.sources[i]
}

// Run pulls until the context ends, which is no error.
func (p *Puller) Run(ctx context.Context) error {
	p.loading.Lock()
	p.loaded = false // another node may have pulled since
	p.loading.Unlock()
	if err := p.load(ctx); err != nil {
		if ctx.Err() != nil {
			return nil //nolint:nilerr // the context's end is how Run ends
		}
		return err
	}
	var running sync.WaitGroup
	for _, s := range p.sources {
		running.Go(func() { s.run(ctx) })
	}
	running.Wait()
	return nil
}

// Once pulls from one source now, to its end, also while Run runs.
func (p *Puller) Once(ctx context.Context, name string) error {
	if err := p.load(ctx); err != nil {
		return err
	}
	s := p.find(name)
	if s == nil {
		return fmt.Errorf("there is no source %q in the configuration", name)
	}
	return s.try(ctx)
}

// load learns from the ledger how far the sources were pulled.
func (p *Puller) load(ctx context.Context) error {
	p.loading.Lock()
	defer p.loading.Unlock()
	if p.loaded || len(p.sources) == 0 {
		return nil
	}
	states := map[string]*state{}
	for e, err := range p.deps.Ledger.Read(ctx, 0, KindPulled) {
		if err == nil {
			err = ledger.Fold(e, func(e ledger.Entry, pulled Pulled) {
				if states[pulled.Source] == nil {
					states[pulled.Source] = &state{}
				}
				states[pulled.Source].apply(e, pulled)
			})
		}
		if err != nil {
			return fmt.Errorf("read how far sources were pulled: %w", err)
		}
	}
	for _, s := range p.sources {
		if known := states[s.cfg.Name]; known != nil {
			s.restore(*known)
		}
	}
	p.loaded = true
	return nil
}

// Status is how a source is doing.
type Status struct {
	Name        string    `json:"name"`
	Kind        string    `json:"kind"`
	URL         string    `json:"url"` // without its query
	Partner     string    `json:"partner"`
	LastTry     time.Time `json:"last_try,omitzero"`     // since the hub was started
	LastSuccess time.Time `json:"last_success,omitzero"` // since the hub was started
	LastTaken   time.Time `json:"last_taken,omitzero"`   // when something new came
	Next        time.Time `json:"next,omitzero"`         // the next try
	Taken       int       `json:"taken"`                 // objects, ever
	Rejected    int       `json:"rejected"`              // objects, rows or lines, ever
	Problem     string    `json:"problem,omitzero"`      // of the last try
	LogSize     int64     `json:"log_size,omitzero"`     // of another hub's public log, if it is watched
	LogSeen     time.Time `json:"log_seen,omitzero"`     // when that was last found to go on from what it was
}

// Status lists the sources in the order of the configuration.
func (p *Puller) Status() []Status {
	list := make([]Status, 0, len(p.sources))
	for _, s := range p.sources {
		list = append(list, s.current())
	}
	return list
}
