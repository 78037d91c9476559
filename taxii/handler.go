package taxii

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// DefaultMaxPage is the largest page, in objects, of a Handler that names none.
const DefaultMaxPage = 1000

// Handler serves a Backend as TAXII 2.1: discovery, API roots, collections,
// objects, object, versions, manifest and status. Mount it on Prefix with and
// without the trailing slash: it serves both forms of every URL, and a
// redirect would make clients lose their credential.
type Handler struct {
	Backend Backend
	// Prefix is the path of the discovery resource, "/taxii2" if empty. API
	// roots are one level below.
	Prefix string
	// BaseURL is put before paths in the discovery resource:
	// "https://hub.example". Empty leaves them relative (section 4.1.1), which
	// is right behind any proxy.
	BaseURL string
	MaxPage int          // objects in a page at most; DefaultMaxPage if zero
	Log     *slog.Logger // what is answered as 500 is logged here; slog.Default if nil
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", MediaType)
	w.Header().Set("Cache-Control", "no-store")
	if err := h.serve(w, r); err != nil {
		h.fail(w, r, err)
	}
}

func (h *Handler) serve(w http.ResponseWriter, r *http.Request) error {
	session, err := h.Backend.Session(r)
	if err != nil {
		return err
	}
	path, ok := strings.CutPrefix(r.URL.Path, h.prefix())
	if !ok || path != "" && path[0] != '/' {
		return ErrNotFound
	}
	path = strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/")
	if path == "" {
		return h.get(w, r, func() (any, error) { return h.discovery(r.Context(), session) })
	}
	parts := strings.Split(path, "/")
	if slices.Contains(parts, "") {
		return ErrNotFound
	}
	return h.root(w, r, session, parts[0], parts[1:])
}

func (h *Handler) prefix() string {
	if h.Prefix == "" {
		return "/taxii2"
	}
	return "/" + strings.Trim(h.Prefix, "/")
}

// root serves what lies below an API root.
func (h *Handler) root(w http.ResponseWriter, r *http.Request, s Session, root string, parts []string) error {
	ctx := r.Context()
	switch {
	case len(parts) == 0:
		return h.get(w, r, func() (any, error) {
			resource, err := s.Root(ctx, root)
			if resource.Versions == nil {
				resource.Versions = []string{MediaType}
			}
			return resource, err
		})
	case len(parts) == 2 && parts[0] == "status":
		return h.get(w, r, func() (any, error) { return s.Status(ctx, root, parts[1]) })
	case parts[0] != "collections":
		return ErrNotFound
	case len(parts) == 1:
		return h.get(w, r, func() (any, error) {
			collections, err := s.Collections(ctx, root)
			return struct {
				Collections []Collection `json:"collections,omitempty"`
			}{collections}, err
		})
	}
	collection, err := find(ctx, s, root, parts[1])
	if err != nil {
		return err
	}
	at := place{session: s, root: root, collection: collection}
	switch parts = parts[2:]; {
	case len(parts) == 0:
		return h.get(w, r, func() (any, error) { return collection, nil })
	case len(parts) == 1 && parts[0] == "manifest":
		return h.page(w, r, at, manifest)
	case len(parts) == 1 && parts[0] == "objects":
		if r.Method == http.MethodPost {
			return h.add(w, r, at)
		}
		return h.page(w, r, at, objects)
	case len(parts) == 2 && parts[0] == "objects":
		at.object = parts[1]
		return h.page(w, r, at, objects)
	case len(parts) == 3 && parts[0] == "objects" && parts[2] == "versions":
		at.object = parts[1]
		return h.page(w, r, at, versions)
	}
	return ErrNotFound
}

// find is the collection with an id. It is found by that alone, so that the
// URL that was asked holds the id that the resource reports.
func find(ctx context.Context, s Session, root, id string) (Collection, error) {
	collections, err := s.Collections(ctx, root)
	if err != nil {
		return Collection{}, err
	}
	i := slices.IndexFunc(collections, func(c Collection) bool { return c.ID == id })
	if i < 0 {
		return Collection{}, ErrNotFound
	}
	return collections[i], nil
}

// discovery makes URLs of the backend's names. It never names a default that
// is not in the list.
func (h *Handler) discovery(ctx context.Context, s Session) (Discovery, error) {
	d, err := s.Discovery(ctx)
	if err != nil {
		return Discovery{}, err
	}
	link := func(name string) string { return strings.TrimSuffix(h.BaseURL, "/") + h.prefix() + "/" + name + "/" }
	if !slices.Contains(d.APIRoots, d.Default) {
		d.Default = ""
	}
	if d.Default != "" {
		d.Default = link(d.Default)
	}
	roots := make([]string, len(d.APIRoots))
	for i, name := range d.APIRoots {
		roots[i] = link(name)
	}
	d.APIRoots = roots
	return d, nil
}

// get answers with a resource.
func (h *Handler) get(w http.ResponseWriter, r *http.Request, resource func() (any, error)) error {
	if err := readable(r); err != nil {
		return err
	}
	value, err := resource()
	if err != nil {
		return err
	}
	return respond(w, http.StatusOK, value)
}

// readable says whether the request is one for reading, by a client that can
// take the answer.
func readable(r *http.Request) error {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return notAllowed(r, "GET, HEAD")
	}
	return acceptable(r)
}

func acceptable(r *http.Request) error {
	if accepts(r.Header) {
		return nil
	}
	return &Error{Status: http.StatusNotAcceptable, Title: "no acceptable media type",
		Description: "answers have the type " + MediaType + ": the Accept header has to allow it"}
}

// methodError is an Error that goes with an Allow header.
type methodError struct {
	told  *Error
	allow string
}

func (e *methodError) Error() string { return e.told.Error() }
func (e *methodError) Unwrap() error { return e.told }

func notAllowed(r *http.Request, allow string) error {
	e := &Error{Status: http.StatusMethodNotAllowed, Title: "the method is not permitted", Description: "this resource takes " + allow}
	if r.Method == http.MethodDelete {
		e.Description = "entries are never deleted: send a version with revoked set instead"
	}
	return &methodError{told: e, allow: allow}
}

func respond(w http.ResponseWriter, status int, resource any) error {
	var body bytes.Buffer
	if err := json.MarshalWrite(&body, resource); err != nil {
		return err
	}
	send(w, status, body.Bytes())
	return nil
}

// send writes an answer in one piece. The connection may be gone by now; there
// is nobody to tell.
func send(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) //nolint:gosec // JSON, and ServeHTTP has said so: no browser takes it for a page
}

// fail answers with the error message resource (section 3.6.1).
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil && errors.Is(err, r.Context().Err()) {
		return // the client has gone
	}
	e := toError(err)
	if e == nil {
		e = &Error{Status: http.StatusInternalServerError, Title: "internal error", ID: rand.Text(),
			Description: "quote error_id to the server's administrator"}
		h.log().ErrorContext(r.Context(), "taxii request failed", "error_id", e.ID, "method", r.Method, "path", r.URL.Path, "error", err)
	}
	header := w.Header()
	if e.Status == http.StatusUnauthorized {
		header.Add("WWW-Authenticate", `Bearer realm="TAXII"`)
		header.Add("WWW-Authenticate", `Basic realm="TAXII", charset="UTF-8"`)
	}
	if method := (*methodError)(nil); errors.As(err, &method) {
		header.Set("Allow", method.allow)
	}
	if e.RetryAfter > 0 {
		header.Set("Retry-After", strconv.Itoa(int(math.Ceil(e.RetryAfter.Seconds()))))
	}
	body, err := json.Marshal(wireError{e.Title, e.Description, e.ID, strconv.Itoa(e.Status)})
	if err != nil { // a title or description that is no UTF-8
		body = []byte(`{"title":"error","http_status":"` + strconv.Itoa(e.Status) + `"}`)
	}
	send(w, e.Status, body)
}

func (h *Handler) log() *slog.Logger {
	if h.Log == nil {
		return slog.Default()
	}
	return h.Log
}

func dateHeader(w http.ResponseWriter, name string, t time.Time) {
	w.Header().Set("X-TAXII-Date-Added-"+name, FormatTimestamp(t))
}
