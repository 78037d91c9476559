package taxii

import (
	"net/http"
	"strings"
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
	if err := h.pageable(r, at, v); err != nil {
		return err
	}
	q, limit, err := h.question(r, at, v)
	if err != nil {
		return err
	}
	page, err := at.session.Page(r.Context(), q)
	if err != nil {
		return err
	}
	if len(page.Items) == 0 && at.object != "" {
		if err := exists(r, q, at); err != nil {
			return err
		}
	}
	next := ""
	if page.More {
		c := cursor{For: resource(at, v), Filter: q.Filter.withoutPath(at, v).Query().Encode(), After: page.Next, Limit: limit}
		if next, err = c.encode(); err != nil {
			return err
		}
	}
	body, err := render(page, next, v)
	if err != nil {
		return err
	}
	if n := len(page.Items); n > 0 {
		dateHeader(w, "First", page.Items[0].Added)
		dateHeader(w, "Last", page.Items[n-1].Added)
	}
	send(w, http.StatusOK, body)
	return nil
}

func (h *Handler) pageable(r *http.Request, at place, v view) error {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		allow := "GET, HEAD"
		if v == objects && at.object == "" {
			allow += ", POST"
		}
		return notAllowed(r, allow)
	}
	if err := acceptable(r); err != nil {
		return err
	}
	if !at.collection.CanRead {
		return &Error{Status: http.StatusForbidden, Title: "the collection can not be read", Description: "can_read is false for this credential"}
	}
	return nil
}

// resource names what a cursor belongs to.
func resource(at place, v view) string {
	return strings.Join([]string{at.root, at.collection.ID, at.object, v.String()}, "/")
}

// question reads the query: filters and limit, or the cursor, which holds both.
// A limit beside a cursor is obeyed, filters beside one are not.
func (h *Handler) question(r *http.Request, at place, v view) (q PageRequest, limit int, err error) {
	query := r.URL.Query()
	if limit, err = parseLimit(query); err != nil {
		return PageRequest{}, 0, badRequest(err.Error())
	}
	fields := matchObjects
	switch {
	case v == versions:
		fields = matchVersions
	case at.object != "":
		fields = matchObject
	}
	q = PageRequest{Root: at.root, Collection: at.collection.ID, WithoutRaw: v != objects}
	if next := query.Get("next"); next != "" {
		c, filter, err := decodeCursor(next, resource(at, v), fields)
		if err != nil {
			return PageRequest{}, 0, err
		}
		q.Filter, q.After = filter, c.After
		if limit == 0 {
			limit = c.Limit
		}
	} else if q.Filter, err = ParseFilter(query, fields...); err != nil {
		return PageRequest{}, 0, badRequest(err.Error())
	}
	if at.object != "" {
		q.Filter.IDs = []string{at.object}
	}
	if v == versions {
		q.Filter.Versions = Versions{All: true}
	}
	largest := h.MaxPage
	if largest <= 0 {
		largest = DefaultMaxPage
	}
	if limit == 0 {
		limit = largest
	}
	limit = min(limit, largest)
	q.Limit = limit
	return q, limit, nil
}

// withoutPath is the filter without what the URL's path says.
func (f Filter) withoutPath(at place, v view) Filter {
	if at.object != "" {
		f.IDs = nil
	}
	if v == versions {
		f.Versions = Versions{}
	}
	return f
}

// exists tells an object that the user knows, and that the filter excludes,
// from one that is not there.
func exists(r *http.Request, q PageRequest, at place) error {
	q.Filter = Filter{IDs: []string{at.object}, Versions: Versions{All: true}}
	q.After, q.Limit, q.WithoutRaw = "", 1, true
	page, err := at.session.Page(r.Context(), q)
	if err == nil && len(page.Items) == 0 {
		err = ErrNotFound
	}
	return err
}

// add takes objects into the collection (section 5.5).
func (h *Handler) add(w http.ResponseWriter, r *http.Request, at place) error {
	if err := acceptable(r); err != nil {
		return err
	}
	if !at.collection.CanWrite {
		return &Error{Status: http.StatusForbidden, Title: "the collection can not be written", Description: "can_write is false for this credential"}
	}
	if !isTAXII(r.Header.Get("Content-Type")) || !plain(r.Header) {
		return &Error{Status: http.StatusUnsupportedMediaType, Title: "the media type is not supported",
			Description: "send an envelope with Content-Type: " + MediaType + ", not compressed"}
	}
	root, err := at.session.Root(r.Context(), at.root)
	if err != nil {
		return err
	}
	if r.ContentLength > root.MaxContentLength {
		return &http.MaxBytesError{Limit: root.MaxContentLength}
	}
	status, err := at.session.Add(r.Context(), at.root, at.collection.ID, http.MaxBytesReader(w, r.Body, root.MaxContentLength))
	if err != nil {
		return err
	}
	return respond(w, http.StatusAccepted, status)
}

func plain(header http.Header) bool {
	encoding := header.Get("Content-Encoding")
	return encoding == "" || strings.EqualFold(encoding, "identity")
}
