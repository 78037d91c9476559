package cluster

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// What a node says of a request that it hands on. Only nodes are listened to.
const (
	fromHeader        = "Tocsin-Node-From"        // the client's address
	secureHeader      = "Tocsin-Node-Secure"      // it came over TLS
	certificateHeader = "Tocsin-Node-Certificate" // which the client showed, DER in base64
)

// Serve serves the other nodes: calls of theirs, and what they hand on, for which
// hub is asked. It ends with ctx.
func (m *Member) Serve(ctx context.Context, l net.Listener, hub http.Handler) error {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+appendPath, m.serveAppend)
	mux.HandleFunc("POST "+wordPath+"{topic}", m.serveWord)
	mux.Handle("/", m.handedOn(hub))
	s := &http.Server{
		Handler: mux, TLSConfig: m.cfg.TLS, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		ErrorLog: slog.NewLogLogger(m.cfg.Logger.Handler(), slog.LevelDebug),
	}
	stop := context.AfterFunc(ctx, func() {
		patience, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		if s.Shutdown(patience) != nil {
			_ = s.Close() // there is nobody to tell
		}
	})
	defer stop()
	if err := s.Serve(tls.NewListener(l, m.cfg.TLS)); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return ctx.Err()
}

// serveAppend appends for another node.
func (m *Member) serveAppend(w http.ResponseWriter, r *http.Request) {
	term, leads := m.awaitLead(r.Context())
	if !leads {
		w.WriteHeader(notLeading)
		return
	}
	var call appendCall
	if err := json.UnmarshalRead(http.MaxBytesReader(w, r.Body, maxAppend), &call); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	entries, err := m.appendUnder(r.Context(), term, call.Expected, call.Drafts)
	answer := appendAnswer{}
	switch {
	case err == nil && len(entries) > 0:
		answer.First = entries[0].Seq
	case errors.Is(err, ledger.ErrConflict):
		answer.Conflict = true
	case errors.Is(err, ledger.ErrInvalid):
		answer.Invalid = err.Error()
	case err != nil:
		answer.Problem = err.Error()
	}
	_ = json.MarshalWrite(w, answer) // who has gone away hears nothing
}

// handedOn answers what another node was asked, as if it had been asked here.
func (m *Member) handedOn(hub http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		term, leads := m.awaitLead(r.Context())
		if !leads {
			w.WriteHeader(notLeading)
			return
		}
		r = r.WithContext(under(r.Context(), term))
		r.RemoteAddr = r.Header.Get(fromHeader)
		r.TLS = nil
		if r.Header.Get(secureHeader) != "" {
			r.TLS = &tls.ConnectionState{HandshakeComplete: true}
			if der, err := base64.StdEncoding.DecodeString(r.Header.Get(certificateHeader)); err == nil && len(der) > 0 {
				if shown, err := x509.ParseCertificate(der); err == nil {
					r.TLS.PeerCertificates = []*x509.Certificate{shown}
				}
			}
		}
		for _, name := range []string{fromHeader, secureHeader, certificateHeader} {
			r.Header.Del(name)
		}
		m.placed(hub).ServeHTTP(w, r)
	})
}

// awaitLead gives the term of this node's lead. One that is about to begin is waited for.
func (m *Member) awaitLead(ctx context.Context) (term ledger.Seq, leads bool) {
	ctx, cancel := context.WithTimeout(ctx, findTime)
	defer cancel()
	for {
		m.mu.Lock()
		term, coming, changed := m.term, m.coming, m.changed
		m.mu.Unlock()
		if term != 0 || coming == 0 {
			return term, term != 0
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return 0, false
		}
	}
}

// changing says whether a request may change something, or is about something that
// only the node knows that began it: how somebody signs in.
func changing(r *http.Request) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
	default:
		return true
	}
	for _, begun := range []string{"/sign-in/", "/enrol", "/claim", "/account"} {
		if strings.HasPrefix(r.URL.Path, begun) {
			return true
		}
	}
	return false
}
