package mispfeed

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/misp"
)

// ServeHTTP serves the files of a reader's feed below the root: GET and HEAD,
// with ETag and conditional requests (RFC 9110, section 13). What there is not,
// and what the reader may not know of, is answered alike.
func (f *Feed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "a feed can only be read: use GET or HEAD", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(r.URL.Path, "/")
	body, err := f.file(r.Context(), name)
	switch {
	case err == nil:
		serve(w, r, name, body)
	case errors.Is(err, errUnknown):
		http.Error(w, "this feed has no such file: "+misp.ManifestFile+" names its events, each is in UUID.json", http.StatusNotFound)
	case errors.Is(err, errTooLarge):
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
	case r.Context().Err() != nil: // nobody waits for an answer
	default:
		number := rand.Text()
		f.Logger.Error("a MISP feed could not be written", "request", number, "error", err)
		w.Header().Set("Retry-After", "10")
		http.Error(w, "the feed cannot be given now; the hub's log says why, under "+number, http.StatusServiceUnavailable)
	}
}

// file is a file of the feed.
func (f *Feed) file(ctx context.Context, name string) ([]byte, error) {
	var id string
	if name != misp.ManifestFile && name != misp.HashesFile {
		var isEvent bool
		id, isEvent = strings.CutSuffix(name, ".json")
		if u, err := uuid.Parse(id); !isEvent || err != nil || u.String() != id {
			return nil, errUnknown
		}
	}
	in, err := f.enter(ctx, f.Principal(ctx))
	if err != nil {
		return nil, err
	}
	defer f.leave(in)
	switch name {
	case misp.ManifestFile:
		return in.manifestFile(ctx)
	case misp.HashesFile:
		return f.hashesFile(ctx, in)
	}
	return f.eventFile(ctx, in, id)
}

// eventFile writes an event with the timestamp that the manifest has for it.
func (f *Feed) eventFile(ctx context.Context, in *reader, id string) ([]byte, error) {
	e := in.events[id]
	if e == nil || e.revoked || e.id == "" && len(in.left(e)) == 0 {
		return nil, errUnknown
	}
	m, err := f.event(ctx, in.index, e)
	if err != nil {
		return nil, err
	}
	if stamp, _ := e.at(in.seen); stamp != m.seconds("timestamp") && (e.foreign || len(e.runs) > 0 || stamp != second(e.added)) {
		m.set("timestamp", strconv.FormatInt(stamp, 10))
	}
	var b bytes.Buffer
	if err := misp.WriteEvent(&b, m.object()); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func serve(w http.ResponseWriter, r *http.Request, name string, body []byte) {
	digest := sha256.Sum256(body)
	h := w.Header()
	h.Set("ETag", `"`+hex.EncodeToString(digest[:16])+`"`)
	// What one reader is released another may not be, and it may be taken back
	// at any time: no cache answers without asking.
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Vary", "Authorization")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Type", "application/json")
	if name == misp.HashesFile {
		h.Set("Content-Type", "text/csv; charset=utf-8")
	}
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(body))
}
