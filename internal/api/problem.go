package api

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/gate"
	"github.com/tocsin-project/tocsin/internal/headroom"
	"github.com/tocsin-project/tocsin/internal/intake"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/report"
	"github.com/tocsin-project/tocsin/internal/views"
)

// What can be wrong with a call itself; the rooms have kinds of their own.
var (
	errInvalid      = errors.New("invalid")
	errUnauthorized = errors.New("not signed in")
	errForbidden    = errors.New("forbidden")
	errNotFound     = errors.New("not found")
	errGone         = errors.New("stale cursor")
	errMediaType    = errors.New("unsupported media type")
)

// statuses is the one place where a kind of error becomes a status.
var statuses = []struct {
	status int
	kinds  []error
}{
	{http.StatusBadRequest, []error{errInvalid, ledger.ErrInvalid, access.ErrInvalid}},
	{http.StatusUnauthorized, []error{errUnauthorized}},
	{http.StatusForbidden, []error{errForbidden, access.ErrForbidden}},
	{http.StatusNotFound, []error{errNotFound, access.ErrNotFound, catalog.ErrNotFound}},
	{http.StatusConflict, []error{ledger.ErrConflict, access.ErrConflict}},
	{http.StatusGone, []error{errGone}},
	{http.StatusUnsupportedMediaType, []error{errMediaType}},
	{http.StatusNotImplemented, []error{views.ErrNoKeys}},
	{http.StatusServiceUnavailable, []error{catalog.ErrUnfinished}},
}

func notFound(format string, args ...any) error {
	return fmt.Errorf("%w: %w", errNotFound, fmt.Errorf(format, args...))
}

// problem gives an error its status, and hides what is nobody's business: of
// an error of no known kind it says only that the hub failed, and under which
// number the log says why.
func (a *API) problem(err error) huma.StatusError {
	var known huma.StatusError
	var guarded *protect.Refused
	var whole *intake.Refused
	var often *gate.TooMany
	var behind *views.Backlogged
	var full *headroom.Low
	var unread *intake.Unread
	var reporting report.Busy
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &often):
		return later(huma.Error429TooManyRequests(err.Error()), often.RetryAfter)
	case errors.As(err, &behind):
		return later(huma.Error503ServiceUnavailable(err.Error()), behind.RetryAfter)
	case errors.As(err, &full):
		return later(huma.Error503ServiceUnavailable(full.Error()), full.RetryAfter)
	case errors.As(err, &reporting):
		return later(huma.Error503ServiceUnavailable(err.Error()), reporting.After)
	case errors.As(err, &guarded):
		return huma.Error409Conflict(err.Error())
	case errors.As(err, &unread):
		return huma.Error400BadRequest(unread.Error())
	case errors.As(err, &whole):
		return refusedWhole(whole)
	}
	for _, s := range statuses {
		for _, kind := range s.kinds {
			if errors.Is(err, kind) {
				return huma.NewError(s.status, err.Error())
			}
		}
	}
	switch {
	case errors.Is(err, ledger.ErrClosed), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return huma.Error503ServiceUnavailable("the hub is stopping or overloaded; nothing is lost that was acknowledged: try again")
	case errors.Is(err, ledger.ErrUnavailable):
		a.Logger.Error("an entry was not taken", "error", err)
		return huma.Error503ServiceUnavailable("the hub takes nothing in now: its disk is full or fails; nothing is lost that was acknowledged: try again later")
	}
	number := rand.Text()
	a.Logger.Error("a call failed", "request", number, "error", err)
	return huma.Error500InternalServerError("the hub failed; its log says why, under " + number)
}

// waiting is a problem that passes.
type waiting struct {
	huma.StatusError
	until string
}

// GetHeaders has huma send the header, too.
func (w *waiting) GetHeaders() http.Header { return http.Header{"Retry-After": {w.until}} }

// ContentType is a problem's, whatever huma would send.
func (w *waiting) ContentType(string) string { return "application/problem+json" }

// Unwrap is what is sent.
func (w *waiting) Unwrap() error { return w.StatusError }

func later(p huma.StatusError, wait time.Duration) huma.StatusError {
	return &waiting{p, strconv.FormatInt(int64((wait+time.Second-1)/time.Second), 10)}
}

// writeProblem answers a call that does not go through an operation.
func (a *API) writeProblem(w http.ResponseWriter, err error) {
	p := a.problem(err)
	w.Header().Set("Content-Type", "application/problem+json")
	if p.GetStatus() == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="tocsin"`)
	}
	if wait, ok := p.(*waiting); ok {
		w.Header().Set("Retry-After", wait.until)
		p = wait.StatusError
	}
	if p.GetStatus() == http.StatusRequestEntityTooLarge {
		w.Header().Set("Connection", "close") // nobody reads the rest
	}
	w.WriteHeader(p.GetStatus())
	_ = json.MarshalWrite(w, brief(p)) // a caller that went away needs no answer
}

// How much of what a caller sent a problem repeats, in bytes.
const (
	longestText  = 2000
	longestPlace = 500
)

// guarded has a panic answered like any other failure of the hub, if nothing was
// answered yet.
func (a *API) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := &beginning{ResponseWriter: w}
		defer func() {
			switch failure := recover(); {
			case failure == nil:
			case failure == http.ErrAbortHandler || begun.begun: //nolint:errorlint // the very value, as net/http compares it
				panic(failure)
			default:
				a.writeProblem(w, fmt.Errorf("panic: %v\n%s", failure, debug.Stack()))
			}
		}()
		next.ServeHTTP(begun, r)
	})
}

// beginning notes whether an answer has begun.
type beginning struct {
	http.ResponseWriter
	begun bool
}

func (b *beginning) WriteHeader(status int) {
	b.begun = true
	b.ResponseWriter.WriteHeader(status)
}

func (b *beginning) Write(p []byte) (int, error) {
	b.begun = true
	return b.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (b *beginning) Unwrap() http.ResponseWriter { return b.ResponseWriter }

// noOperation answers what is not in the document: 405 where another method is.
func (a *API) noOperation(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := a.mux.Handler(other); pattern != "/" {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) == 0 {
		a.writeProblem(w, notFound("no such operation: %s %s; see %s/openapi.json", r.Method, r.URL.Path, prefix))
		return
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	a.writeProblem(w, huma.Error405MethodNotAllowed(fmt.Sprintf("%s does not go with %s: use %s", r.Method, r.URL.Path, strings.Join(allowed, " or "))))
}

// brief cuts a problem down to what a person reads, and to UTF-8: its words and
// values may be the caller's own, which can be megabytes of anything.
func brief(p any) any {
	if w, ok := p.(*waiting); ok {
		p = w.StatusError // the header says the rest
	}
	model, ok := p.(*huma.ErrorModel)
	if !ok {
		return p
	}
	model.Detail = cut(model.Detail, longestText)
	for _, one := range model.Errors {
		one.Message, one.Location = cut(one.Message, longestText), cut(one.Location, longestPlace)
		switch v := one.Value.(type) {
		case nil, bool, float64:
		case string:
			one.Value = cut(v, longestPlace)
		default:
			one.Value = nil // the place says where it stands
		}
	}
	return model
}

func cut(text string, length int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= length {
		return text
	}
	return strings.ToValidUTF8(text[:length], "") + "…"
}
