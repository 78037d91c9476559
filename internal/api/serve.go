package api

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/intake"
)

// ServeHTTP answers one call. Only the OpenAPI document, the claim of a new hub
// and the keys of its public log are for everybody.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.guarded(http.HandlerFunc(a.serve)).ServeHTTP(w, r)
}

func (a *API) serve(w http.ResponseWriter, r *http.Request) {
	if length := headerLength(r.Header); length > maxHeader {
		a.writeProblem(w, huma.NewError(http.StatusRequestHeaderFieldsTooLarge, fmt.Sprintf("the header has %d bytes, at most %d are taken", length, maxHeader)))
		return
	}
	switch r.URL.Path {
	case prefix + "/openapi.json":
		a.mux.ServeHTTP(w, r)
		return
	case prefix + logKeysPath:
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			a.mux.ServeHTTP(w, r)
			return
		}
	case claimPath:
		a.whole(a.mux, maxCall).ServeHTTP(w, from(r, access.Principal{}))
		return
	case prefix + bulkPath:
		a.upload(maxBulk, needs(access.Coordinator)).ServeHTTP(w, r)
		return
	case prefix + exposurePath:
		a.upload(maxExposure, mayReportExposure).ServeHTTP(w, r)
		return
	case prefix + kevPath:
		a.upload(maxExposure, needs(access.Coordinator)).ServeHTTP(w, r)
		return
	case prefix + "/contributions": // which may be large, and are read bit by bit
		a.Authenticated(a.mux).ServeHTTP(w, r)
		return
	}
	a.Authenticated(a.whole(a.keyed(a.mux), maxCall)).ServeHTTP(w, r)
}

// maxHeader is how long the header of a call may be, in bytes. The server takes
// more, so that this can be said as a problem; beyond its own limit it says so in
// plain text.
const maxHeader = 32 << 10

func headerLength(h http.Header) (n int) {
	for name, values := range h {
		for _, value := range values {
			n += len(name) + len(value) + len(": \r\n")
		}
	}
	return n
}

// maxCall is how long the body of a call may be, in bytes.
const maxCall = 1 << 20

// read is a body that has been read.
type read struct {
	*bytes.Reader
	text []byte
}

// Close closes nothing.
func (*read) Close() error { return nil }

// whole reads the body of a call, of at most so many bytes, to its end before
// next sees it: one that ends too early is its sender's mistake and not the hub's.
func (a *API) whole(next http.Handler, most int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != nil && r.Body != http.NoBody {
			var text bytes.Buffer
			if r.ContentLength > 0 {
				text.Grow(int(min(r.ContentLength, most)) + bytes.MinRead) // that it may not grow twice
			}
			_, err := text.ReadFrom(http.MaxBytesReader(w, r.Body, most))
			var long *http.MaxBytesError
			switch {
			case errors.As(err, &long):
				a.writeProblem(w, huma.Error413RequestEntityTooLarge(fmt.Sprintf("the body is longer than %d bytes: split it", most)))
				return
			case err != nil:
				a.writeProblem(w, &intake.Unread{Cause: err})
				return
			}
			r.Body = &read{bytes.NewReader(text.Bytes()), text.Bytes()}
		}
		next.ServeHTTP(w, r)
	})
}
