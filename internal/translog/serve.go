package translog

import (
	"errors"
	"io/fs"
	"net/http"
	"os"
	"strconv"
	"strings"
)

// Handler serves the log's files under the paths of C2SP tlog-tiles:
// /checkpoint, /tile/<L>/<N>[.p/<W>] and /tile/entries/<N>[.p/<W>]. Mount it
// with http.StripPrefix. Tiles never change and may be cached for ever; the
// checkpoint may not be cached. What the current checkpoint does not commit to
// is not found.
func (l *Log) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /checkpoint", l.serveCheckpoint)
	mux.HandleFunc("GET /tile/", l.serveTile)
	return mux
}

func (l *Log) serveCheckpoint(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	write(w, r, l.Checkpoint())
}

func (l *Log) serveTile(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/")
	t, err := parseTilePath(path)
	if err != nil || t.W > tileAt(l.Tree().Size, t.L, t.N).W {
		notFound(w)
		return
	}
	data, err := os.ReadFile(l.path(path))
	switch {
	case errors.Is(err, fs.ErrNotExist): // a partial tile whose full one is there
		notFound(w)
		return
	case err != nil:
		http.Error(w, "the log cannot be read", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	write(w, r, data)
}

// notFound is not to be cached: what is missing today may be there in a second.
func notFound(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, "the log has no such tile: take sizes from a checkpoint, and the full tile where a partial one is gone", http.StatusNotFound)
}

func write(w http.ResponseWriter, r *http.Request, data []byte) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(data) // a reader that went away needs no answer
	}
}
