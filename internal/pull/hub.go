package pull

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/federation"
)

// validateHub says what is wrong with the settings that are about kind hub.
func (c Config) validateHub() error {
	if c.Kind != kindHub {
		if len(c.Communities) > 0 || c.Level != "" || c.Anew != "" || c.Trust != "" {
			return errors.New("communities, level, trust and anew are about kind hub")
		}
		return nil
	}
	switch {
	case c.TokenFile == "":
		return errors.New("token_file: give the file with a token of the other hub, whose administrator issues it")
	case c.TokenHeader != "" || c.TLP != "" || c.Columns != "" || c.SharingGroups != "" || c.Every != 0 || c.MaxBytes != 0:
		return errors.New("token_header, tlp, columns, sharing_groups, every and max_bytes are not about kind hub: it is followed, and says how each thing is marked")
	case c.Community != "" && len(c.Communities) > 0:
		return errors.New("give communities, or community for what stands for the other's default one, not both")
	}
	terms, err := c.terms()
	if err != nil {
		return err
	}
	return terms.Validate()
}

// terms are what of another hub's is taken.
func (c Config) terms() (federation.Terms, error) {
	t := federation.Terms{Communities: c.Communities, Level: access.Green}
	if len(t.Communities) == 0 {
		t.Communities = map[string]string{access.DefaultCommunity: cmp.Or(c.Community, access.DefaultCommunity)}
	}
	var err error
	if c.Level != "" {
		t.Level, err = access.ParseTLP(c.Level)
	}
	return t, err
}

// follow makes what follows another hub, for the source's whole life.
func (s *source) follow(peers *federation.Peers) *federation.Follower {
	terms, _ := s.cfg.terms() // validated
	return federation.New(federation.Config{
		Name: s.cfg.Name, URL: s.cfg.URL, Trust: s.cfg.Trust, Anew: s.cfg.Anew, Partner: s.cfg.Partner, Terms: terms,
	}, federation.Deps{
		Hub: s.deps.Hub, Ledger: s.deps.Ledger, Connect: s.connect, HTTP: s.client, Connected: s.connected, Read: s.deps.Read, Take: s.deps.Take,
		Has: s.deps.Has, Settled: s.deps.Settled, Partner: s.deps.Partner, About: s.deps.About, Community: s.deps.Community, Peers: peers,
		Protect: s.deps.Protect, Clock: s.deps.Clock,
	})
}

// connect makes the client of another hub, with the credential as it is now.
func (s *source) connect() (*client.Client, error) {
	secret, err := s.cfg.secret()
	if err != nil {
		return nil, err
	}
	connection, err := s.client()
	if err != nil {
		return nil, err
	}
	return client.Through(connection, s.cfg.URL, secret)
}

// connected notes that another hub tells: what was in the way is over.
func (s *source) connected(ctx context.Context) {
	s.misses = 0
	s.mu.Lock()
	s.status.Problem, s.status.LastSuccess, s.status.Next = "", time.Now().UTC(), time.Time{}
	recent := time.Since(s.state.problemAt) < overAfter
	s.mu.Unlock()
	if !recent {
		_ = s.note(ctx, "") // which logs what is in its way
	}
}

// overAfter is how old a problem has to be for its end to be on the ledger: one that
// comes back at each connection would fill it.
const overAfter = 10 * time.Minute

// mostMisses is after how many attempts, a minute in all, it is for the ledger that
// another hub cannot be reached.
const mostMisses = 8

// passing says of the end of a try that it is not for the ledger: another hub that
// is being restarted is no problem.
func (s *source) passing(err error) bool {
	var ended *federation.Lost
	var unreached *url.Error
	switch {
	case s.follower == nil || err == nil:
		return false
	case errors.As(err, &ended):
		return true
	case !errors.As(err, &unreached):
		return false
	}
	s.misses++
	return s.misses < mostMisses
}

// Another hub that is not to be reached is tried again soon: what it takes back
// must not wait for longer than what it shares. Doubled each time.
const (
	hubBackOff     = 250 * time.Millisecond
	longestHubWait = 30 * time.Second
	// steady is how long a connection has lasted that worked.
	steady = time.Minute
)

// runHub follows until the context ends.
func (s *source) runHub(ctx context.Context) {
	for failures := 0; ctx.Err() == nil; {
		began := time.Now()
		err := s.try(ctx)
		if time.Since(began) > steady {
			failures = 0
		}
		wait := max(around(min(hubBackOff<<min(failures, 10), longestHubWait)), min(asked(err), longestBackOff))
		failures++
		s.mu.Lock()
		s.status.Next = time.Now().Add(wait).UTC()
		s.mu.Unlock()
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
	}
}
