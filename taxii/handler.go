package taxii

import (
	"context"
	"crypto/cipher"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// The limits of a Handler that names none.
const (
	DefaultMaxPage          = 1000            // objects in a page
	DefaultMaxPageBytes     = 16 << 20        // bytes of a page's objects
	DefaultMaxContentLength = 10 << 20        // bytes of a POST
	DefaultPatience         = 2 * time.Minute // to send an answer, or to receive a POST
)

// Handler serves a Backend as TAXII 2.1: discovery, API roots, collections,
// objects, object, versions, manifest and status. Mount it on Prefix with and
// without the trailing slash: it serves both forms of every URL, and a
// redirect would make clients lose their credential. Do not copy it.
type Handler struct {
	Backend Backend
	// Prefix is the path of the discovery resource, "/taxii2" if empty. API
	// roots are one level below.
	Prefix string
	// BaseURL is put before paths in the discovery resource:
	// "https://hub.example". Empty leaves them relative (section 4.1.1), which
	// is right behind any proxy.
	BaseURL string

	MaxPage int // objects in a page at most; DefaultMaxPage if zero
	// MaxPageBytes is how long the objects of a page may be together; an API
	// root can have a limit of its own. A single object is sent however long it
	// is. DefaultMaxPageBytes if zero.
	MaxPageBytes int64
	// Patience is how long a client may take to receive an answer, or to send
	// the body of a POST, before its connection is ended. DefaultPatience if
	// zero.
	Patience time.Duration

	// CursorKey is the secret that seals next, at least 16 bytes that nobody
	// can guess. Servers behind one address need the same. If it is empty each
	// Handler makes one of its own, and a next does not outlive it.
	CursorKey []byte

	Log *slog.Logger // what is answered as 500 is logged here; slog.Default if nil

	sealing sync.Once
	sealed  cipher.AEAD
	sealErr error
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", MediaType)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
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
		return h.get(w, r, func() (any, error) { return describe(ctx, s, root) })
	case len(parts) == 2 && parts[0] == "status":
		return h.get(w, r, func() (any, error) { return s.Status(ctx, root, parts[1]) })
	case parts[0] != "collections":
		return ErrNotFound
	case len(parts) == 1:
		return h.get(w, r, func() (any, error) {
			found, err := collections(ctx, s, root)
			return struct {
				Collections []Collection `json:"collections,omitempty"`
			}{found}, err
		})
	}
	collection, err := find(ctx, s, root, parts[1])
	if err != nil {
		return err
	}
	return h.collection(w, r, place{session: s, root: root, collection: collection}, parts[2:])
}

// collection serves what lies below a collection.
func (h *Handler) collection(w http.ResponseWriter, r *http.Request, at place, parts []string) error {
	switch {
	case len(parts) == 0:
		return h.get(w, r, func() (any, error) { return at.collection, nil })
	case len(parts) == 1 && parts[0] == "manifest":
		return h.page(w, r, at, manifest)
	case len(parts) == 1 && parts[0] == "objects":
		if r.Method == http.MethodPost {
			return h.add(w, r, at)
		}
		return h.page(w, r, at, objects)
	case len(parts) == 2 && parts[0] == "objects":
		at.object = parts[1]
		if r.Method == http.MethodDelete {
			return h.remove(w, r, at)
		}
		return h.page(w, r, at, objects)
	case len(parts) == 3 && parts[0] == "objects" && parts[2] == "versions":
		at.object = parts[1]
		return h.page(w, r, at, versions)
	}
	return ErrNotFound
}

// describe is an API root with what section 4.2.1 requires of it.
func describe(ctx context.Context, s Session, name string) (APIRoot, error) {
	root, err := s.Root(ctx, name)
	if !slices.Contains(root.Versions, MediaType) {
		root.Versions = append(slices.Clip(root.Versions), MediaType)
	}
	if root.MaxContentLength <= 0 {
		root.MaxContentLength = DefaultMaxContentLength
	}
	return root, err
}

// collections is those of an API root. None has an alias: the URL that was
// asked has to hold the id that the resource reports, or clients refuse it.
func collections(ctx context.Context, s Session, root string) ([]Collection, error) {
	found, err := s.Collections(ctx, root)
	found = slices.Clone(found)
	for i := range found {
		found[i].Alias = ""
	}
	return found, err
}

// find is the collection with an id, and with nothing but that.
func find(ctx context.Context, s Session, root, id string) (Collection, error) {
	found, err := collections(ctx, s, root)
	if err != nil {
		return Collection{}, err
	}
	i := slices.IndexFunc(found, func(c Collection) bool { return c.ID == id })
	if i < 0 {
		return Collection{}, ErrNotFound
	}
	return found[i], nil
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
