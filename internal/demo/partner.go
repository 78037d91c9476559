package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strconv"
	"sync"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/edge"
	"github.com/tocsin-project/tocsin/internal/exercise"
	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/sensors"
)

// caller speaks to the hub with one token.
type caller struct {
	*client.Client
	secret string // its token
}

func newCaller(url, token string) (caller, error) {
	c, err := client.New(url, token)
	return caller{c, token}, err
}

func secret() string { return "demo_" + rand.Text() }

// partner is one partner with its edge, which reads what its sensor logs.
type partner struct {
	site    exercise.Site
	id      access.PartnerID
	caller  caller
	edge    *edge.Edge
	outlet  *inForce
	records *io.PipeWriter // the sensor's log
	lines   uint64         // written so far
	ended   chan error
}

// inForce is the files outlet of a partner's edge, and remembers for the
// simulated world what is in force.
type inForce struct {
	edge.Files
	mu  sync.Mutex
	set feed.Set
}

// Apply writes the files first: what is not on disk is not in force.
func (f *inForce) Apply(ctx context.Context, u feed.Update) error {
	if err := f.Files.Apply(ctx, u); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.set = u.Set()
	return nil
}

// stops says whether the worm gets no further here: its file is blocked, or
// its kill switch answers.
func (f *inForce) stops(worm exercise.Worm) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.set.Blocks() {
		if p.Type == observable.SHA256 && p.Text == worm.SHA256 {
			return true
		}
	}
	return f.resolves(worm.KillSwitch)
}

func (f *inForce) resolves(name string) bool {
	for _, p := range f.set.MustResolve() {
		if p.Text == name {
			return true
		}
	}
	return false
}

// join lets every site of the simulated world in as a partner, and starts its
// edge. Partners and tokens are made through the API, by the administrator.
func (s *Story) join(ctx context.Context) error {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = cancel
	sites := s.world().Sites()
	for i, site := range sites {
		p, err := s.admit(ctx, site, access.Contributor)
		if err != nil {
			return fmt.Errorf("%s: %w", site.Name, err)
		}
		s.partners = append(s.partners, p)
		if err := s.startEdge(ctx, p, strconv.Itoa(i)); err != nil {
			return fmt.Errorf("%s: %w", site.Name, err)
		}
	}
	s.Figures.Partners, s.Figures.Hosts = len(sites), s.world().Hosts()
	countries := map[string]bool{}
	for _, site := range sites {
		countries[site.Country] = true
	}
	s.tell(noTime, "%d partners in %d countries run an edge each, over %d hosts in all.", len(sites), len(countries), s.world().Hosts())
	return nil
}

// admit lets one partner in and has a token issued to it.
func (s *Story) admit(ctx context.Context, site exercise.Site, role access.Role) (*partner, error) {
	var joined access.Partner
	in := map[string]string{"name": site.Name, "sector": site.Sector, "country": site.Country, "kind": site.Kind}
	if err := s.admin.Post(ctx, "/partners", in, &joined); err != nil {
		return nil, err
	}
	c, err := s.issue(ctx, joined.ID, role)
	return &partner{site: site, id: joined.ID, caller: c}, err
}

// coordinator is a person at a security firm who coordinates the community. The
// token is issued when it is first needed.
func (s *Story) coordinator(ctx context.Context) (caller, error) {
	if s.firm.Client != nil {
		return s.firm, nil
	}
	for _, p := range s.partners {
		if p.site.Kind == "security" {
			var err error
			s.firm, err = s.issue(ctx, p.id, access.Coordinator)
			return s.firm, err
		}
	}
	return caller{}, errors.New("the scenario has no security firm to coordinate")
}

// Coordinator is the token with which to act in the story as its coordinator does;
// empty if nobody coordinated.
func (s *Story) Coordinator() string { return s.firm.secret }

func (s *Story) issue(ctx context.Context, id access.PartnerID, role access.Role) (caller, error) {
	var issued struct {
		Token string `json:"token"`
	}
	if err := s.admin.Post(ctx, "/tokens", map[string]string{"partner": string(id), "role": string(role)}, &issued); err != nil {
		return caller{}, err
	}
	return newCaller(s.hub.URL(), issued.Token)
}

func (s *Story) startEdge(ctx context.Context, p *partner, name string) (err error) {
	dir := filepath.Join(s.cfg.Data, "edges", name)
	p.outlet = &inForce{Files: edge.Files{Dir: filepath.Join(dir, "protections")}}
	in, out := io.Pipe()
	p.records, p.ended = out, make(chan error, 1)
	p.edge, err = edge.New(ctx, edge.Config{Client: p.caller.Client, Sensors: []sensors.Place{{Kind: sensors.EVE, From: "-"}}, Stdin: in, Outlets: []edge.Placed{{Outlet: p.outlet}}, StateDir: dir, Detector: outbreak.DetectorConfig{Seed: s.cfg.Seed + 1}, Logger: slog.New(&s.warnings)})
	if err != nil {
		return err
	}
	go func() {
		err := p.edge.Run(ctx)
		in.CloseWithError(errors.Join(errors.New("the edge has ended"), err))
		p.ended <- err
	}()
	return nil
}

func (p *partner) close() error {
	if p.ended == nil {
		return nil
	}
	if err := p.records.Close(); err != nil {
		return err
	}
	if err := <-p.ended; err != nil {
		return fmt.Errorf("edge of %s: %w", p.site.Name, err)
	}
	return nil
}
