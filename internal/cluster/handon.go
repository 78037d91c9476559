package cluster

import (
	"encoding/base64"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/textproto"
	"strings"
)

// Handler is the hub as this node serves it to clients: it answers itself what only
// reads, and hands on to the leader what may change something.
func (m *Member) Handler(hub http.Handler) http.Handler {
	own := m.placed(hub)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !m.reached(w, r) {
			return
		}
		term := m.lead()
		switch {
		case !changing(r):
			own.ServeHTTP(w, r) // and who reads on elsewhere does not go back in time
		case term != 0:
			own.ServeHTTP(w, r.WithContext(under(r.Context(), term)))
		default:
			m.handOn(w, r, own)
		}
	})
}

// handOn has the leader answer, and passes the answer on once this node's views show
// what it is about. Where this node comes to lead meanwhile, own answers.
func (m *Member) handOn(w http.ResponseWriter, r *http.Request, own http.Handler) {
	out := r.Clone(r.Context())
	out.RequestURI = ""
	for _, name := range ofConnection(r.Header) {
		out.Header.Del(name)
	}
	out.Header.Set(fromHeader, r.RemoteAddr)
	for _, name := range []string{secureHeader, certificateHeader} {
		out.Header.Del(name)
	}
	if r.TLS != nil {
		out.Header.Set(secureHeader, "1")
		if len(r.TLS.PeerCertificates) > 0 {
			out.Header.Set(certificateHeader, base64.StdEncoding.EncodeToString(r.TLS.PeerCertificates[0].Raw))
		}
	}
	answer, err := m.ask(out)
	if errors.Is(err, errHere) {
		if led, leads := m.Under(r.Context()); leads {
			own.ServeHTTP(w, r.WithContext(led))
			return
		}
	}
	if err != nil {
		m.refuse(w, r, err)
		return
	}
	defer answer.Body.Close() // it was only read
	if seq, err := m.positions.open(answer.Header.Get(PositionHeader)); err == nil {
		_ = m.settled(r.Context(), seq) // where that takes too long, the position waits again
	}
	for _, name := range ofConnection(answer.Header) {
		answer.Header.Del(name)
	}
	maps.Copy(w.Header(), answer.Header)
	w.WriteHeader(answer.StatusCode)
	_, _ = io.Copy(w, answer.Body) // who has gone away hears nothing
}

// refuse says that nothing was done, or that it is open.
func (m *Member) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return
	}
	m.cfg.Logger.Warn("a request was not handed on", "error", err)
	w.Header().Set("Retry-After", "2")
	if errors.Is(err, ErrNoLeader) {
		say(w, r, http.StatusServiceUnavailable, "no node of this hub takes changes now, and nothing was changed: try again in some seconds. What there is can be read.")
		return
	}
	say(w, r, http.StatusServiceUnavailable, "the node that takes changes did not answer; whether this was taken is open: ask for it, or send it again with the same Idempotency-Key")
}

// ofConnection are the header fields that are about one connection (RFC 9110, 7.6.1).
func ofConnection(h http.Header) []string {
	names := []string{"Connection", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "Expect"}
	for _, line := range h.Values("Connection") {
		for name := range strings.SplitSeq(line, ",") {
			names = append(names, textproto.TrimString(name))
		}
	}
	return names
}
