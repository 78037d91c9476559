package feed

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

// ErrNotFound is a Source's word that there is no outlet of that name.
var ErrNotFound = errors.New("no such list")

// Query is what a reader asks for.
type Query struct {
	Name  string
	Reach Reach
	Limit int // the most protections that the reader can take; 0: any number
}

// Source gives the content of an outlet. An error wrapping ErrNotFound says that
// there is none of that name; any other, that it cannot be had now, and its text
// is shown to the reader.
type Source func(context.Context, Query) (*Document, error)

// Handler serves a source's outlets below the root: GET and HEAD of
// /NAME?reach=REACH&limit=N, with ETag, Last-Modified and conditional requests
// (RFC 9110, section 13), packed for who accepts gzip. Tocsin-Serial is the
// serial, Tocsin-Left how many protections in force the list does not carry.
// Whoever mounts it has asked for the token before.
//
// Readers keep their last list when a fetch fails, and stop enforcing when it
// succeeds with nothing in it: an error is a 503 with the reason, never an
// empty list.
func Handler(source Source) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "a list can only be read: use GET or HEAD", http.StatusMethodNotAllowed)
			return
		}
		q, problem := query(r)
		if problem != "" {
			http.Error(w, problem, http.StatusBadRequest)
			return
		}
		doc, err := source(r.Context(), q)
		switch {
		case errors.Is(err, ErrNotFound):
			http.Error(w, "there is no list "+strconv.Quote(q.Name), http.StatusNotFound)
		case err != nil:
			w.Header().Set("Retry-After", "10")
			w.Header().Set("Cache-Control", "no-store")
			http.Error(w, "keep the list that you have, this one cannot be given now: "+err.Error(), http.StatusServiceUnavailable)
		default:
			serve(w, r, q.Name, doc)
		}
	})
}

// query reads what is asked for; problem is for the reader.
func query(r *http.Request) (q Query, problem string) {
	q.Name = strings.TrimPrefix(r.URL.Path, "/")
	var err error
	asked := r.URL.Query()
	if q.Reach, err = ParseReach(asked.Get("reach")); err != nil {
		return q, err.Error()
	}
	if text := asked.Get("limit"); text != "" {
		if q.Limit, err = strconv.Atoi(text); err != nil || q.Limit < 1 {
			return q, "limit " + strconv.Quote(text) + ": use a number of protections, 1 or more"
		}
	}
	return q, ""
}

func serve(w http.ResponseWriter, r *http.Request, name string, doc *Document) {
	body, tag := doc.Body, doc.tag()
	h := w.Header()
	if acceptsGzip(r) {
		if packed, err := doc.squeeze(); err == nil { // unpacked it is as right
			body, tag = packed, tag+"-gzip" // another representation has another tag (RFC 9110, section 8.8.1)
			h.Set("Content-Encoding", "gzip")
		}
	}
	h.Set("ETag", `"`+tag+`"`)
	h.Set("Tocsin-Serial", strconv.FormatUint(doc.Serial, 10))
	h.Set("Tocsin-Left", strconv.Itoa(doc.Left))
	// What one reader is released another may not be, and a recall travels as
	// fast as a push: no cache answers without asking.
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Vary", "Authorization, Accept-Encoding")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Type", "text/plain; charset=utf-8")
	if path.Ext(name) == ".json" {
		h.Set("Content-Type", "application/json")
	}
	http.ServeContent(w, r, name, lastModified(doc.Changed, time.Now()), bytes.NewReader(body))
}

// acceptsGzip reads Accept-Encoding (RFC 9110, section 12.5.3) as far as it
// matters: gzip by name, and not with a weight of zero.
func acceptsGzip(r *http.Request) bool {
	for coding := range strings.SplitSeq(strings.Join(r.Header.Values("Accept-Encoding"), ","), ",") {
		name, weight, _ := strings.Cut(coding, ";")
		if !strings.EqualFold(strings.TrimSpace(name), "gzip") {
			continue
		}
		q, weighed := strings.CutPrefix(strings.ReplaceAll(strings.ToLower(weight), " ", ""), "q=")
		n, err := strconv.ParseFloat(q, 64)
		return !weighed || err == nil && n > 0
	}
	return false
}

// lastModified is the change's time rounded up to the second, and zero (no
// Last-Modified at all) until that second has come. Rounded down, a recall in
// the same second as the push would be hidden from a reader that asks by time
// alone until the next change.
func lastModified(changed, now time.Time) time.Time {
	up := changed.Truncate(time.Second)
	if up.Before(changed) {
		up = up.Add(time.Second)
	}
	if changed.IsZero() || up.After(now) {
		return time.Time{}
	}
	return up
}
