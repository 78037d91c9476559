package translog_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-project/tocsin/internal/translog"
)

func get(t *testing.T, url string) (int, http.Header, []byte) {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, r.Header, body
}

// tileClient is how package tlog's own client reads a log: over HTTP, trusting
// nothing but the checkpoint.
type tileClient struct {
	t    *testing.T
	base string
}

func (c tileClient) Height() int                     { return 8 }
func (c tileClient) SaveTiles([]tlog.Tile, [][]byte) {}
func (c tileClient) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, tile := range tiles {
		_, _, body := get(c.t, c.base+"/tile/"+strings.TrimPrefix(tile.Path(), "tile/8/"))
		out = append(out, body)
	}
	return out, nil
}

func TestHandler(t *testing.T) {
	skey, v := newKey(t)
	dir := t.TempDir()
	l := open(t, dir, skey)
	appendAll(t, l, 0, 40)
	appendAll(t, l, 40, 700)
	server := httptest.NewServer(http.StripPrefix("/log", l.Handler()))
	defer server.Close()
	base := server.URL + "/log"

	status, header, signed := get(t, base+"/checkpoint")
	if status != 200 || header.Get("Content-Type") != "text/plain; charset=utf-8" || header.Get("Cache-Control") != "no-cache" {
		t.Errorf("checkpoint: %d %v", status, header)
	}
	if _, err := note.Open(signed, note.VerifierList(v)); err != nil {
		t.Fatal(err)
	}
	tree, err := translog.OpenCheckpoint(signed, v)
	if err != nil {
		t.Fatal(err)
	}
	hashes := tlog.TileHashReader(tlog.Tree{N: tree.Size, Hash: tree.Root}, tileClient{t, base})
	for _, i := range []int64{0, 255, 256, 699} {
		proof, err := tlog.ProveRecord(tree.Size, i, hashes)
		if err != nil {
			t.Fatal(err)
		}
		if err := tlog.CheckRecord(proof, tree.Size, tree.Root, i, tlog.RecordHash(entry(int(i)))); err != nil {
			t.Error(err)
		}
	}

	for _, path := range []string{"tile/0/000", "tile/0/002.p/188", "tile/1/000.p/2", "tile/entries/001", "tile/entries/002.p/188"} {
		status, header, body := get(t, base+"/"+path)
		file, err := os.ReadFile(filepath.Join(dir, path))
		if err != nil {
			t.Fatal(err)
		}
		if status != 200 || !bytes.Equal(body, file) || header.Get("Content-Type") != "application/octet-stream" ||
			!strings.Contains(header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d %v, %d bytes", path, status, header, len(body))
		}
	}
	for _, path := range []string{
		"tile/0/003", "tile/0/002", "tile/0/002.p/189", "tile/0/000.p/40", "tile/1/000", "tile/2/000.p/1", "tile/64/000",
		"tile/0/2.p/188", "tile/0/x000/002.p/188", "tile/00/000", "tile/data/000", "tile/8/0/000", "tile/entries/000.p/40",
		"tile/", "checkpoint.next", "tile/0/..%2f..%2fcheckpoint", "tile/-1/000", "",
	} {
		if status, header, _ := get(t, base+"/"+path); status != 404 || strings.Contains(header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d %v, want 404", path, status, header)
		}
	}
	r, err := http.Post(base+"/checkpoint", "text/plain", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Body.Close(); err != nil || r.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d %v", r.StatusCode, err)
	}
}

// A tile that was written but never published is not served.
func TestHandlerHidesTheUnpublished(t *testing.T) {
	skey, _ := newKey(t)
	l := open(t, t.TempDir(), skey)
	appendAll(t, l, 0, 5)
	l.FailAt(func(step string) error {
		if step == "sync" {
			return errCrash
		}
		return nil
	})
	if _, err := l.Append(context.Background(), entries(5, 300)...); err == nil {
		t.Fatal("the fault did not happen")
	}
	server := httptest.NewServer(l.Handler())
	defer server.Close()
	for path, want := range map[string]int{"/tile/0/000.p/5": 200, "/tile/0/000": 404, "/tile/entries/000": 404, "/tile/0/001.p/44": 404} {
		if status, _, _ := get(t, server.URL+path); status != want {
			t.Errorf("%s: %d, want %d", path, status, want)
		}
	}
}
