package hub_test

import (
	"io/fs"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/hub"
)

// Every file that a hub makes has been thought of: whether it has to come back after
// a loss, or is made again. A new one has to be added here, and to hub.Layout if it
// is made again.
func TestEveryFileIsInTheBackupOrMadeAgain(t *testing.T) {
	dir := t.TempDir()
	h := startHub(t, dir)
	_, token := h.partner("Hospital 01", "healthcare", "GB", "coordinator")
	h.give(token, "", malware("malware--22222222-2222-4222-8222-222222222222", "word"))
	h.post("/api/v1/protections", token, map[string]string{"value": "evil.example", "polarity": "block", "reason": "test"}, http.StatusCreated)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	kept := map[string]bool{ // by the first element of the path
		"secrets.json": true, "serial": true, "bulletin.key": true, "log.key": true, "log": true, "publiclog": true, "dossiers": true, "dns": true,
		"ledger.db": false, "keys": false, "catalog.db": false, "answers": false,
	}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		first, _, _ := strings.Cut(name, "/")
		for known := range kept {
			if strings.HasPrefix(first, known+".") || strings.HasPrefix(first, known+"-") {
				first = known
			}
		}
		want, known := kept[first]
		if want = want && !strings.HasPrefix(name, "dns/zone-"); !known || hub.Layout().Kept(name) != want {
			t.Errorf("%s: in the backup %t, want %t (known %t)", name, hub.Layout().Kept(name), want, known)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"log/checkpoint": true, "log.key": true, "publiclog/index": true, "secrets.json": false, "dossiers/a.zip": false} {
		if got := hub.OfPublicLog(name); got != want {
			t.Errorf("%s: of the public log %t", name, got)
		}
	}
}
