package taxii

import (
	"context"
	"errors"
	"net/http"
)

// place is what a request is about.
type place struct {
	session    Session
	root       string
	collection Collection
	object     string // "" for the whole collection
}

// view is how a page is shown.
type view int

const (
	objects  view = iota // an envelope
	manifest             // the manifest resource (section 5.3)
	versions             // the versions resource (section 5.8)
)

func (v view) String() string { return [...]string{"objects", "manifest", "versions"}[v] }

// page answers with a page of the collection.
func (h *Handler) page(w http.ResponseWriter, r *http.Request, at place, v view) error {
	if err := pageable(r, at, v); err != nil {
		return err
	}
	q, limit, err := h.question(r, at, v)
	if err != nil {
		return err
	}
	page, err := fetch(r.Context(), at.session, q)
	if err != nil {
		return err
	}
	defer page.close()
	if page.Count == 0 && !page.More && at.object != "" {
		if err := exists(r.Context(), q, at); err != nil {
			return err
		}
	}
	next := ""
	if page.More {
		c := cursor{Filter: q.Filter.withoutPath(at, v).Query().Encode(), After: page.Next, Limit: limit}
		if next, err = h.seal(c, at, v); err != nil {
			return err
		}
	}
	if page.Count > 0 {
		w.Header().Set("X-TAXII-Date-Added-First", FormatTimestamp(page.First))
		w.Header().Set("X-TAXII-Date-Added-Last", FormatTimestamp(page.Last))
	}
	if v == objects {
		return h.envelope(w, r, page, next)
	}
	return h.respond(w, http.StatusOK, list(page, next, at.collection, v))
}

// pageable says whether the request is one for reading a page, by a client
// that may and can take it.
func pageable(r *http.Request, at place, v view) error {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		switch {
		case v == objects && at.object == "":
			return notAllowed("GET, HEAD, POST")
		case v == objects:
			return notAllowed("GET, HEAD, DELETE")
		}
		return notAllowed("GET, HEAD")
	}
	if err := acceptable(r); err != nil {
		return err
	}
	return at.may(at.collection.CanRead, "can_read")
}

// may refuses what a permission is needed for. A collection that can be
// neither read nor written is as good as none (section 5.7).
func (at place) may(permission bool, name string) error {
	switch {
	case permission:
		return nil
	case !at.collection.CanRead && !at.collection.CanWrite:
		return ErrNotFound
	}
	return &Error{Status: http.StatusForbidden, Title: "not permitted in this collection",
		Description: name + " is false for this credential"}
}

// Mistakes of a backend: its clients could not go on, or read what they get.
var (
	errNoNext = errors.New("the backend has more and gives no next")
	errCount  = errors.New("the backend gives a body without a count of its objects, or a count without a body")
)

// fetch is a page within the limits of q. A backend that gives too many bytes
// is asked for fewer objects, as many as should fit.
func fetch(ctx context.Context, s Session, q PageRequest) (Page, error) {
	for {
		page, err := s.Page(ctx, q)
		if err != nil {
			return Page{}, err
		}
		page.describe()
		switch {
		case page.More && page.Next == "":
			err = errNoNext
		case !q.WithoutRaw && (page.Count == 0) != (page.Body.Len() == 0):
			err = errCount
		}
		if err != nil {
			page.close()
			return Page{}, err
		}
		if q.WithoutRaw || page.Count <= 1 || page.Body.Len() <= q.MaxBytes {
			return page, nil
		}
		fit := float64(page.Count) * float64(q.MaxBytes) / float64(page.Body.Len())
		q.Limit = max(1, min(page.Count-1, int(fit)))
		page.close()
	}
}

// describe fills in what a backend may leave to Items.
func (p *Page) describe() {
	if p.Body != nil {
		return
	}
	p.Body, p.Count = items(p.Items), len(p.Items)
	if p.Count > 0 {
		p.First, p.Last = p.Items[0].Added, p.Items[p.Count-1].Added
	}
}

func (p *Page) close() { _ = p.Body.Close() }

// exists tells an object that the user knows, and that the filter excludes,
// from one that is not there.
func exists(ctx context.Context, q PageRequest, at place) error {
	q.Filter = Filter{IDs: []string{at.object}, Versions: Versions{All: true}}
	q.After, q.Limit, q.WithoutRaw = "", 1, true
	page, err := fetch(ctx, at.session, q)
	if err != nil {
		return err
	}
	defer page.close()
	if page.Count == 0 {
		return ErrNotFound
	}
	return nil
}
