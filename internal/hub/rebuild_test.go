package hub_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/hub"
)

// TestServesWhileItRebuilds holds the catalog's file so that a rebuild stands still:
// the hub serves, and says to everybody how far it is.
func TestServesWhileItRebuilds(t *testing.T) {
	h := startHub(t, "")
	_, token := h.partner("CERT", "government", "GB", "coordinator")
	if a := h.call(http.MethodPost, "/api/v1/contributions?tlp=green", token, "text/plain", strings.NewReader("kept.example\n")); a.status != http.StatusCreated {
		t.Fatalf("contribute: %d %s", a.status, a.body)
	}
	if _, err := h.Views.WaitSettled(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	release := stalledCatalog(t, filepath.Join(h.dir, hub.CatalogFile))
	defer release()

	again := startHub(t, h.dir)
	search := "/api/v1/search?q=kept.example"
	ready := again.call(http.MethodGet, "/readyz", "", "", nil)
	if ready.status != http.StatusServiceUnavailable || !strings.Contains(ready.body, "the views are being rebuilt: 0 % done") {
		t.Errorf("readiness: %d %s", ready.status, ready.body)
	}
	found := again.call(http.MethodGet, search, token, "", nil)
	if found.status != http.StatusOK || found.header.Get("Tocsin-Rebuilding") != "0" || strings.Contains(found.body, "indicator--") {
		t.Errorf("search: %d, header %q: %s", found.status, found.header.Get("Tocsin-Rebuilding"), found.body)
	}
	if page := again.call(http.MethodGet, "/sign-in", "", "", nil); page.status != http.StatusOK || !strings.Contains(page.body, `<progress max="100" value="0"`) {
		t.Errorf("the page says nothing of it: %d %s", page.status, page.body)
	}
	if m := again.metrics(adminToken); m["tocsin_rebuild_left_bytes"] == "0" || m["tocsin_ready"] != "0" {
		t.Errorf("metrics: %s bytes left, ready %s", m["tocsin_rebuild_left_bytes"], m["tocsin_ready"])
	}
	var known struct {
		Partners []any `json:"partners"`
	}
	again.get("/api/v1/partners", token, &known)
	if len(known.Partners) == 0 {
		t.Error("what needs no catalog is not there")
	}

	release()
	if _, err := again.Views.WaitSettled(t.Context()); err != nil {
		t.Fatal(err)
	}
	if ready := again.call(http.MethodGet, "/readyz", "", "", nil); ready.status != http.StatusOK {
		t.Errorf("readiness behind it: %d %s", ready.status, ready.body)
	}
	found = again.call(http.MethodGet, search, token, "", nil)
	if _, says := found.header["Tocsin-Rebuilding"]; says || !strings.Contains(found.body, "indicator--") {
		t.Errorf("search behind it: %v %s", found.header, found.body)
	}
	if page := again.call(http.MethodGet, "/sign-in", "", "", nil); strings.Contains(page.body, "<progress") {
		t.Error("the page still says it")
	}
}

// stalledCatalog makes an empty catalog that nobody can write to until it is released.
func stalledCatalog(t *testing.T, path string) (release func()) {
	t.Helper()
	old, err := filepath.Glob(path + "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range old {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	c, err := catalog.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	conn, err := sqlite.OpenConn(path, sqlite.OpenReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	if err := sqlitex.ExecuteTransient(conn, "BEGIN IMMEDIATE", nil); err != nil {
		t.Fatal(err)
	}
	return func() {
		if conn == nil {
			return
		}
		if err := errors.Join(sqlitex.ExecuteTransient(conn, "ROLLBACK", nil), conn.Close()); err != nil {
			t.Error(err)
		}
		conn = nil
	}
}
