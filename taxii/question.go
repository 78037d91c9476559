package taxii

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// maxQuery is the longest query that is looked at, in characters but for its
// next. It is what servers commonly take as a request's first line.
const maxQuery = 8 << 10

// parameters is the query of a request. Each parameter may be there once
// (section 3.4).
func parameters(r *http.Request) (url.Values, error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, badRequest("the query cannot be read: " + err.Error())
	}
	if len(r.URL.RawQuery)-len(query.Get("next")) > maxQuery {
		return nil, &Error{Status: http.StatusRequestURITooLong, Title: "the query is too long",
			Description: fmt.Sprintf("at most %d characters are accepted: ask with fewer values at a time", maxQuery)}
	}
	for _, name := range []string{"limit", "next"} {
		if len(query[name]) > 1 {
			return nil, badRequest(name + " is given more than once")
		}
	}
	return query, nil
}

// question reads the query: filters and limit, or the cursor, which holds both.
// A limit beside a cursor is obeyed, filters beside one are not. The limit that
// is returned is the one asked for, which goes into the next cursor.
func (h *Handler) question(r *http.Request, at place, v view) (q PageRequest, limit int, err error) {
	query, err := parameters(r)
	if err != nil {
		return PageRequest{}, 0, err
	}
	if limit, err = parseLimit(query); err != nil {
		return PageRequest{}, 0, badRequest(err.Error())
	}
	q = PageRequest{Root: at.root, Collection: at.collection.ID, WithoutRaw: v != objects}
	if q.MaxBytes, err = h.maxPageBytes(r, at); err != nil {
		return PageRequest{}, 0, err
	}
	if next := query.Get("next"); next != "" {
		c, filter, err := h.open(next, at, v)
		if err != nil {
			return PageRequest{}, 0, err
		}
		q.Filter, q.After = filter, c.After
		if limit == 0 {
			limit = c.Limit
		}
	} else if q.Filter, err = ParseFilter(query, fields(at, v)...); err != nil {
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
	if limit == 0 || limit > largest {
		limit = largest
	}
	q.Limit = limit
	return q, limit, nil
}

func (h *Handler) maxPageBytes(r *http.Request, at place) (int64, error) {
	root, err := at.session.Root(r.Context(), at.root)
	if err != nil {
		return 0, err
	}
	most := h.MaxPageBytes
	if most <= 0 {
		most = DefaultMaxPageBytes
	}
	if root.MaxPageBytes > 0 {
		most = min(most, root.MaxPageBytes)
	}
	return most, nil
}

// fields is which match fields a resource takes.
func fields(at place, v view) []string {
	switch {
	case v == versions:
		return matchVersions
	case at.object != "":
		return matchObject
	}
	return matchObjects
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

// parseLimit reads the limit of a query; 0 if there is none. One that is too
// large for a number is a large one.
func parseLimit(query url.Values) (int, error) {
	text := query.Get("limit")
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) || n == 0 {
		return 0, fmt.Errorf("limit: %s is no number of objects: write it as 100", quote(text))
	}
	return int(min(n, 1<<30)), nil
}
