package feed

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

// ErrNotFound is a Source's word that there is no outlet of that name.
var ErrNotFound = errors.New("no such list")

// Document is an outlet's compiled content. An empty Body is a statement:
// nothing is in force.
type Document struct {
	Body    []byte
	Serial  uint64    // of the state that it was compiled from; only rises
	Changed time.Time // when that state came into force
}

// Source gives the content of an outlet by its name. An error wrapping
// ErrNotFound says that there is none of that name; any other, that it cannot
// be had now, and its text is shown to the reader.
type Source func(ctx context.Context, name string) (Document, error)

// Handler serves a source's outlets below the root: GET and HEAD of /NAME,
// with ETag, Last-Modified and conditional requests (RFC 9110, section 13).
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
		name := strings.TrimPrefix(r.URL.Path, "/")
		doc, err := source(r.Context(), name)
		switch {
		case errors.Is(err, ErrNotFound):
			http.Error(w, "there is no list "+strconv.Quote(name), http.StatusNotFound)
		case err != nil:
			w.Header().Set("Retry-After", "10")
			w.Header().Set("Cache-Control", "no-store")
			http.Error(w, "keep the list that you have, this one cannot be given now: "+err.Error(), http.StatusServiceUnavailable)
		default:
			serve(w, r, name, doc)
		}
	})
}

func serve(w http.ResponseWriter, r *http.Request, name string, doc Document) {
	digest := sha256.Sum256(doc.Body)
	h := w.Header()
	h.Set("ETag", `"`+hex.EncodeToString(digest[:16])+`"`)
	h.Set("Tocsin-Serial", strconv.FormatUint(doc.Serial, 10))
	// What one reader is released another may not be, and a recall travels as
	// fast as a push: no cache answers without asking.
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Vary", "Authorization")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Type", "text/plain; charset=utf-8")
	if path.Ext(name) == ".json" {
		h.Set("Content-Type", "application/json")
	}
	http.ServeContent(w, r, name, lastModified(doc.Changed, time.Now()), bytes.NewReader(doc.Body))
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
