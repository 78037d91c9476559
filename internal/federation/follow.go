package federation

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/intake"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/sighting"
	"github.com/tocsin-project/tocsin/internal/stream"
)

// Config is one hub that is followed.
type Config struct {
	Name    string // of the source
	URL     string
	Trust   string // a trust file with the keys of its public log; empty: that is not watched
	Anew    string // another text has the stream read from its beginning once
	Partner string // that stands for the other hub here: id or name
	Terms
}

// Deps are what a Follower works with; all have to be given.
type Deps struct {
	Hub    string // the id of this hub
	Ledger ledger.Reader
	// Connect makes the client of the other hub, with the credential of now.
	Connect func() (*client.Client, error)
	// HTTP makes the client with which its public log is read.
	HTTP func() (*http.Client, error)
	// Connected is called when the other hub has begun to tell.
	Connected func(context.Context)
	// Read reads a submission, as pull.Deps.Read does.
	Read func(ctx context.Context, text io.Reader, s intake.Submission) (intake.Outcome, func(), error)
	// Take appends entries, all of them or none, and returns them when they are on
	// disk and folded into the memory views. It waits where contributions come
	// faster than they can be shown.
	Take func(ctx context.Context, drafts ...ledger.Draft) ([]ledger.Entry, error)
	// Has says of the id of a contribution whether it is here and nothing of it was
	// taken back.
	Has func(ctx context.Context, contribution string) (bool, error)
	// Settled returns when Has knows what is on the ledger now.
	Settled   func(ctx context.Context) error
	Partner   func(idOrName string) (access.PartnerID, bool)
	About     func(access.PartnerID) (access.Partner, bool)
	Community func(id string) bool // whether there is such a community here
	Protect   Protections
	Clock     func() time.Time
	Peers     *Peers
}

// Peers are the hubs that this one follows itself, by their ids.
type Peers struct{ ids sync.Map }

// Follower follows one hub.
type Follower struct {
	cfg   Config
	deps  Deps
	owner access.PartnerID
	found map[string]bool // while the stream is read again: what of it is told still
	last  stream.Mark     // of the last line that was read, then

	mu         sync.Mutex // guards what follows; the goroutine of Run alone writes state
	state      state
	checkpoint string // the other's newest that goes on from those before, as signed
	contrary   string // one that does not
	log        Log
}

// New makes a follower; nothing is read or connected to.
func New(cfg Config, deps Deps) *Follower { return &Follower{cfg: cfg, deps: deps} }

// Totals are how many objects were taken and rejected ever.
func (f *Follower) Totals() (taken, rejected int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.state.totals.taken, f.state.totals.rejected
}

// from is what a mark is about: with other terms another part of the stream would
// have been taken. A hub that has moved is known by its id.
func (f *Follower) from() string { return f.cfg.Terms.String() + " " + f.cfg.Anew }

// kinds are the entries that are asked for. What was taken back comes with the
// contributions.
var kinds = []ledger.Kind{contribution.KindAccepted, protect.KindDecided, sighting.KindReported}

// Run follows until something is in the way, which it gives, or the context ends.
func (f *Follower) Run(ctx context.Context) error {
	if err := f.load(ctx); err != nil {
		return err
	}
	if err := f.prepared(); err != nil {
		return &own{err}
	}
	connection, err := f.deps.Connect()
	if err != nil {
		return err
	}
	defer connection.Close()
	mark := f.begin()
	if f.state.contrary != "" {
		return fmt.Errorf("%w: both checkpoints are on this hub's ledger; it is not followed until an administrator sets anew of this source to another text", errContrary)
	}
	if mark == (stream.Mark{}) && !f.state.held.empty() {
		mark, err = f.again(ctx, connection)
	}
	if err == nil {
		err = f.follow(ctx, connection, mark, false)
	}
	return f.noteContrary(ctx, err)
}

// noteContrary puts a checkpoint that contradicts another on the ledger, where it is
// why following has ended.
func (f *Follower) noteContrary(ctx context.Context, err error) error {
	f.mu.Lock()
	due := f.contrary != "" && f.state.contrary == ""
	f.mu.Unlock()
	if !due {
		return err
	}
	if !errors.Is(err, errContrary) {
		err = errContrary
	}
	return errors.Join(err, f.record(context.WithoutCancel(ctx), &batch{}, f.state.mark, f.state.unsaid))
}

// begin gives where reading goes on: at the beginning where the terms have changed.
func (f *Follower) begin() stream.Mark {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.state.from != f.from() {
		f.state.from, f.state.hub, f.state.mark = f.from(), "", stream.Mark{}
		f.state.checkpoint, f.state.contrary, f.checkpoint, f.contrary = "", "", "", ""
	}
	return f.state.mark
}

// prepared finds the partner and checks that the communities are there.
func (f *Follower) prepared() error {
	partner, ok := f.deps.Partner(f.cfg.Partner)
	if !ok || partner == access.Hub {
		return fmt.Errorf("there is no partner %q to stand for the other hub: add one with `tocsin partner add`, of the kind hub", f.cfg.Partner)
	}
	f.owner = partner
	for _, here := range f.cfg.Communities {
		if !f.deps.Community(here) {
			return fmt.Errorf("there is no community %q here: add it, or name another in communities of this source", here)
		}
	}
	return nil
}

// ahead is how many lines are read before they are wanted; each has at most a
// megabyte.
const ahead = 32

// follow reads lines after a mark and takes them; with backlog to the end of what
// there is, which is no error.
func (f *Follower) follow(ctx context.Context, connection *client.Client, mark stream.Mark, backlog bool) error {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	s, err := connection.FollowMarked(ctx, mark, backlog, kinds...)
	if err != nil {
		return f.refused(err)
	}
	defer s.Close()
	if err := f.meet(s.Hub()); err != nil {
		return err
	}
	f.deps.Connected(ctx)
	var watching sync.WaitGroup
	defer watching.Wait()
	defer end(nil)
	watching.Go(func() { f.watch(ctx, end) })
	lines := make(chan stream.Line, ahead)
	var ended error // once lines is closed
	go func() {
		defer close(lines)
		for {
			line, err := s.Next()
			if err != nil {
				ended = err
				return
			}
			select {
			case lines <- line:
			case <-ctx.Done():
				ended = context.Cause(ctx)
				return
			}
		}
	}()
	for line := range lines {
		if err := f.gather(ctx, line, lines); err != nil {
			end(err)
			for range lines { // until the reading has ended
			}
			return err
		}
	}
	switch {
	case backlog && errors.Is(ended, io.EOF):
		return nil
	case errors.Is(ended, errContrary), errors.Is(ended, stream.ErrGap), errors.Is(ended, stream.ErrAltered), errors.Is(ended, stream.ErrLine):
		return ended
	}
	return &Lost{ended}
}

// Lost says that a connection ended that had worked.
type Lost struct{ error }

// Unwrap is how it ended.
func (l *Lost) Unwrap() error { return l.error }

// refused says what to do where the hub no longer knows where reading stood.
func (f *Follower) refused(err error) error {
	var problem *client.Problem
	if errors.As(err, &problem) && problem.Status == http.StatusGone {
		return fmt.Errorf("%w: the other hub has lost what it told, or tells another story: ask its operator; to read all of it again, set anew of this source to another text", err)
	}
	return err
}

// meet checks who tells: a hub that says who it is, always the same, and not this
// one. It is one of the hubs that this one follows from now on.
func (f *Follower) meet(hub string) error {
	switch {
	case !contribution.IsHub(hub):
		return errors.New("the other side does not say which hub it is: it is no hub, or an older one, or something between strips its header")
	case hub == f.deps.Hub:
		return errors.New("this is the hub itself: a hub cannot follow itself")
	case f.state.hub != "" && f.state.hub != hub:
		return fmt.Errorf("another hub answers, %s instead of %s: check the url; if that is right, set anew of this source to another text", hub, f.state.hub)
	}
	f.deps.Peers.ids.Store(hub, f.cfg.Name)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.state.hub = hub
	return nil
}
