package cluster

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// The paths by which nodes call each other; every other path is the hub's.
const (
	appendPath = "/-/append"
	wordPath   = "/-/word/" // and its topic
)

// newWays makes connections to other nodes' listeners.
func newWays(identity *tls.Config) *http.Transport {
	return &http.Transport{
		TLSClientConfig: identity, MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute, DisableCompression: true,
		DialContext:         (&net.Dialer{Timeout: 2 * time.Second}).DialContext,
		TLSHandshakeTimeout: 3 * time.Second,
		// A node that does not lead says so before the body is sent, so that the
		// same request can go to the next.
		ExpectContinueTimeout: findTime,
	}
}

// notLeading is how a node answers that it does not lead.
const notLeading = http.StatusMisdirectedRequest

// errHere says that it is this node that leads: nothing was sent.
var errHere = errors.New("this node leads")

// ask sends a request to the node that leads, and looks for another as long as the
// one that it found cannot be reached or does not lead. It fails with errHere once this
// node does. The request's URL has a path alone.
func (m *Member) ask(r *http.Request) (*http.Response, error) {
	for deadline := time.Now().Add(findTime); ; {
		changed := m.Changed()
		if m.Leads() {
			return nil, errHere
		}
		answer, err := m.askOnce(r)
		if err == nil || !errors.Is(err, ErrNoLeader) || time.Now().After(deadline) {
			return answer, err
		}
		select {
		case <-changed:
		case <-time.After(beatEvery):
		case <-r.Context().Done():
			return nil, fmt.Errorf("%w: %w", err, r.Context().Err())
		}
	}
}

// askOnce fails with ErrNoLeader as long as the leader cannot have begun with it.
func (m *Member) askOnce(r *http.Request) (*http.Response, error) {
	m.mu.Lock()
	leader, known := m.leader()
	m.mu.Unlock()
	if !known || leader.Node == m.cfg.Name {
		return nil, ErrNoLeader
	}
	ctx, cancel := context.WithCancel(r.Context())
	var sent atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { sent.Store(true) }})
	out := r.Clone(ctx)
	out.URL.Scheme, out.URL.Host = "https", leader.Listen
	body := &untouched{Reader: r.Body}
	if r.Body != nil && r.Body != http.NoBody {
		out.Body = body
		out.Header.Set("Expect", "100-continue")
	}
	go m.giveUp(ctx, cancel, leader.Node)
	answer, err := m.ways.RoundTrip(out)
	switch {
	case err != nil && sent.Load():
		cancel()
		return nil, fmt.Errorf("the leading node did not answer; whether it took this is open: %w", err)
	case err != nil:
		cancel()
		return nil, fmt.Errorf("%w: %w", ErrNoLeader, err)
	case answer.StatusCode == notLeading && !body.read.Load():
		cancel()
		return nil, errors.Join(ErrNoLeader, answer.Body.Close())
	}
	answer.Body = ending{answer.Body, cancel}
	return answer, nil
}

// giveUp ends a request to a node that is not heard of any more: of a machine without
// power no connection says that it is gone.
func (m *Member) giveUp(ctx context.Context, cancel context.CancelFunc, node string) {
	defer cancel()
	ticks := time.NewTicker(beatEvery)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		m.mu.Lock()
		heard := m.known[node].heard
		m.mu.Unlock()
		if time.Since(heard) > 2*silence {
			return
		}
	}
}

// ending is an answer's body with which the request ends.
type ending struct {
	io.ReadCloser
	end context.CancelFunc
}

func (e ending) Close() error {
	defer e.end()
	return e.ReadCloser.Close()
}

// untouched is a body that says whether anybody has read of it. The client of HTTP
// closes what it did not send; the next try sends it.
type untouched struct {
	io.Reader
	read atomic.Bool
}

func (u *untouched) Read(p []byte) (int, error) {
	u.read.Store(true)
	return u.Reader.Read(p)
}

// Close leaves it open.
func (u *untouched) Close() error { return nil }
