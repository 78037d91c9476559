package feed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/netutil"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// Limits of the sinkhole. In an outbreak every infected host asks it, and many
// connections are half dead.
const (
	sinkholeConnections = 4096
	sinkholeHeader      = 8 << 10 // bytes
	sinkholeHosts       = 1024    // hosts counted apart; the rest together
	sinkholePatience    = 5 * time.Second
)

// OtherHosts is what Visits counts under when a request names no host, one
// that is no domain or address, or one more than are counted apart.
const OtherHosts = "(other)"

const sinkholeText = `This server answers for names that malicious software asks for before it
spreads, and that stop it when they answer. If you came here from a program
that you do not know, have this machine examined.
Served by Tocsin.
`

// Sinkhole is an HTTP server that answers every request with 200: what a
// must-resolve name has to point to for a kill switch to work.
type Sinkhole struct {
	listener net.Listener
	server   *http.Server
	onVisit  func(host string, at time.Time)
	ended    chan error // gets why it stopped serving, if not by Close

	mu     sync.Mutex
	visits map[string]uint64
}

// NewSinkhole listens on addr ("192.0.2.1:80"; port 0 for any) and serves
// until Close. onVisit, if not nil, is told of each visit after it was
// answered, from several goroutines; host is a domain or address in canonical
// form, or OtherHosts. Of the visitor nothing is kept or told.
func NewSinkhole(addr string, onVisit func(host string, at time.Time)) (*Sinkhole, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("sinkhole: listen on %s: %w", addr, err)
	}
	s := &Sinkhole{listener: l, onVisit: onVisit, ended: make(chan error, 1), visits: make(map[string]uint64)}
	s.server = &http.Server{
		Handler:           http.HandlerFunc(s.answer),
		ReadHeaderTimeout: sinkholePatience, ReadTimeout: sinkholePatience,
		WriteTimeout: 2 * sinkholePatience, IdleTimeout: sinkholePatience,
		MaxHeaderBytes:               sinkholeHeader,
		DisableGeneralOptionsHandler: true,
	}
	s.server.SetKeepAlivesEnabled(false) // a visitor asks once
	go func() {
		defer close(s.ended)
		if err := s.server.Serve(netutil.LimitListener(l, sinkholeConnections)); !errors.Is(err, http.ErrServerClosed) {
			s.ended <- err
		}
	}()
	return s, nil
}

// Addr is where the sinkhole listens.
func (s *Sinkhole) Addr() netip.AddrPort {
	return s.listener.Addr().(*net.TCPAddr).AddrPort()
}

// Visits counts the visits so far by host.
func (s *Sinkhole) Visits() map[string]uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.visits)
}

// Close stops the sinkhole; visits under way have a moment to end. The error
// may be that the sinkhole had stopped by itself, and why.
func (s *Sinkhole) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	err := s.server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.server.Close()
	}
	return errors.Join(err, <-s.ended)
}

func (s *Sinkhole) answer(w http.ResponseWriter, r *http.Request) {
	at := time.Now()
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	_, _ = io.WriteString(w, sinkholeText)    // who asked may be gone, and counts all the same
	_ = http.NewResponseController(w).Flush() // the answer does not wait for the counting
	host := s.count(visited(r.Host))
	if s.onVisit != nil {
		s.onVisit(host, at)
	}
}

// visited is the Host field as a domain or address is written.
func visited(field string) string {
	host := field
	if h, _, err := net.SplitHostPort(field); err == nil {
		host = h
	}
	if a, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil && a.Zone() == "" {
		return a.Unmap().String()
	}
	v, err := observable.New(observable.Domain, host)
	if err != nil {
		return OtherHosts
	}
	return v.Text
}

func (s *Sinkhole) count(host string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.visits[host]; !known && len(s.visits) >= sinkholeHosts {
		host = OtherHosts
	}
	s.visits[host]++
	return host
}
