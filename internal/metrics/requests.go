package metrics

import (
	"io"
	"net/http"
	"strings"
)

// Surfaces are the parts of a hub whose requests are counted apart.
var Surfaces = []string{"api", "stream", "taxii", "feeds", "log", "metrics", "health", "pages"}

var outcomes = []string{"answered", "invalid", "forbidden", "limited", "unavailable", "failed"}

// SurfaceOf is the part of the hub that a path belongs to.
func SurfaceOf(path string) string {
	for _, s := range []struct{ prefix, surface string }{
		{"/api/v1/stream", "stream"}, {"/api/", "api"}, {"/taxii2", "taxii"}, {"/feeds/", "feeds"}, {"/log/", "log"},
		{"/metrics", "metrics"}, {"/healthz", "health"}, {"/readyz", "health"},
	} {
		if strings.HasPrefix(path, s.prefix) {
			return s.surface
		}
	}
	return "pages"
}

// outcome is what became of a request: refused for want of a right, for too many
// requests, because the hub cannot now, or because something failed.
func outcome(status int) string {
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return "forbidden"
	case status == http.StatusTooManyRequests:
		return "limited"
	case status == http.StatusServiceUnavailable:
		return "unavailable"
	case status >= http.StatusInternalServerError:
		return "failed"
	case status >= http.StatusBadRequest:
		return "invalid"
	}
	return "answered"
}

// Requests counts what next answers. A panic before the answer has begun counts as
// a failure; a stream counts when it ends.
func (m *Metrics) Requests(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := &answer{ResponseWriter: w}
		returned := false
		defer func() {
			switch {
			case answer.status == 0 && returned:
				answer.status = http.StatusOK // as net/http does
			case answer.status == 0:
				answer.status = http.StatusInternalServerError
			}
			m.requests.WithLabelValues(SurfaceOf(r.URL.Path), outcome(answer.status)).Inc()
		}()
		next.ServeHTTP(answer, r)
		returned = true
	})
}

// answer notes the status.
type answer struct {
	http.ResponseWriter
	status int
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// WriteHeader begins the answer.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= http.StatusOK { // not 103 and the like, which come before it
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write writes of the answer's body.
func (a *answer) Write(p []byte) (int, error) {
	a.begin()
	return a.ResponseWriter.Write(p)
}

// ReadFrom lets a file go to a connection without being copied, where that can be.
func (a *answer) ReadFrom(from io.Reader) (int64, error) {
	a.begin()
	return io.Copy(a.ResponseWriter, from)
}

func (a *answer) begin() {
	if a.status == 0 {
		a.status = http.StatusOK
	}
}
