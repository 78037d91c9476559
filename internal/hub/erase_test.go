package hub_test

import (
	"bytes"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/hub"
	"github.com/tocsin-project/tocsin/internal/intake"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
)

// lies says in which files below dir a text stands in the clear.
func lies(t *testing.T, dir, text string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if bytes.Contains(bytes.ToLower(content), []byte(text)) {
			found = append(found, filepath.Base(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestErasedIsNowhere(t *testing.T) {
	dir := t.TempDir()
	h := startHub(t, dir)
	id, a := h.partner("Hospital 01", "healthcare", "GB", "coordinator")
	const secret, kept = "patientzero", "kepttext"
	object := "malware--11111111-1111-4111-8111-111111111111"
	var accepted struct {
		ID string `json:"id"`
	}
	h.give(a, "", malware("malware--22222222-2222-4222-8222-222222222222", kept))
	answer := h.call(http.MethodPost, "/api/v1/contributions", a, "application/stix+json", strings.NewReader(bundle(malware(object, secret))))
	h.decode(answer, &accepted)
	var invited struct {
		ID        string `json:"id"`
		Enrolment string `json:"enrolment"`
	}
	h.decode(h.post("/api/v1/people", adminToken, map[string]string{"partner": id, "name": "Analyst Erasable", "email": "erasable@hospital-01.example", "role": "viewer"}, http.StatusCreated), &invited)

	// The catalog holds it in the clear until it is erased; the ledger never does.
	if found := lies(t, dir, secret); len(found) == 0 {
		t.Fatal("the word is in no file: this test would see nothing")
	}
	for _, word := range []string{secret, kept, "erasable"} {
		for _, file := range lies(t, dir, word) {
			if strings.HasPrefix(file, "ledger") || strings.HasPrefix(file, "keys") {
				t.Errorf("%s stands in %s in the clear", word, file)
			}
		}
	}
	h.post("/api/v1/contributions/"+accepted.ID+"/erasure", a, map[string]string{"reason": "personal data"}, http.StatusNoContent)
	h.post("/api/v1/people/"+invited.ID+"/erasure", adminToken, map[string]string{"reason": "asked for"}, http.StatusNoContent)

	hold := func() {
		t.Helper()
		for _, word := range []string{secret, "erasable"} {
			if found := lies(t, dir, word); len(found) > 0 {
				t.Errorf("%s is still in %v", word, found)
			}
		}
		for path, want := range map[string]int{"/api/v1/objects/" + object: http.StatusNotFound, "/api/v1/objects/malware--22222222-2222-4222-8222-222222222222": http.StatusOK} {
			if got := h.call(http.MethodGet, path, a, "", nil); got.status != want {
				t.Errorf("%s: %d, want %d", path, got.status, want)
			}
		}
		report, err := h.Views.Ledger.Check(t.Context())
		if err != nil || len(report.Damage) > 0 {
			t.Errorf("the chain is not whole: %+v, %v", report, err)
		}
	}
	if found := lies(t, dir, secret); len(found) > 0 {
		t.Logf("before the hub is closed the word is in %v", found)
	}
	for range 2 { // and the same after a restart
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
		h = startHub(t, dir)
		hold()
	}
	if head, err := h.Views.Ledger.Head(t.Context()); err != nil || head.Seq < ledger.Seq(8) {
		t.Errorf("the ledger has %d entries, %v: an erasure takes none away", head.Seq, err)
	}
}

// A mistake is undone by sharing again: what was withdrawn, and what was
// erased, comes back when its owner sends it once more.
func TestWithdrawnCanBeSharedAgain(t *testing.T) {
	h := startHub(t, "")
	_, a := h.partner("Hospital 01", "healthcare", "GB", "coordinator")
	const object = "malware--11111111-1111-4111-8111-111111111111"
	share := func() (id string) {
		var accepted struct {
			ID    string `json:"id"`
			Known bool   `json:"known"`
		}
		h.decode(h.call(http.MethodPost, "/api/v1/contributions", a, "application/stix+json", strings.NewReader(bundle(malware(object, "shared again")))), &accepted)
		if accepted.Known {
			t.Error("what was taken back counts as known")
		}
		if got := h.call(http.MethodGet, "/api/v1/objects/"+object, a, "", nil); got.status != http.StatusOK {
			t.Errorf("once shared it answers %d", got.status)
		}
		return accepted.ID
	}
	contribution := share()
	for _, path := range []string{"/objects/" + object + "/withdrawal", "/contributions/" + contribution + "/withdrawal", "/contributions/" + contribution + "/erasure"} {
		h.post("/api/v1"+path, a, map[string]string{"reason": "a mistake"}, http.StatusNoContent)
		if got := h.call(http.MethodGet, "/api/v1/objects/"+object, a, "", nil); got.status != http.StatusNotFound {
			t.Errorf("after %s it answers %d", path, got.status)
		}
		if again := share(); again != contribution {
			t.Errorf("the same contribution is %s, and was %s", again, contribution)
		}
	}
	// What is no contribution is not erased as one.
	if got := h.call(http.MethodPost, "/api/v1/contributions/"+object+"/erasure", a, "application/json", strings.NewReader(`{"reason":"a mistake"}`)); got.status != http.StatusNotFound {
		t.Errorf("an object is erased as a contribution: %d %s", got.status, got.body)
	}
}

// What a hub took in before there were keys cannot be erased: it says so, puts
// no intent on its ledger, and starts again.
func TestWithoutAKeyNothingIsErased(t *testing.T) {
	dir := t.TempDir()
	engine, err := sqlite.Open(filepath.Join(dir, hub.LedgerFile), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	outcome, err := intake.Read(t.Context(), strings.NewReader(malware("malware--11111111-1111-4111-8111-111111111111", "old")), intake.Submission{Partner: access.Hub})
	if err == nil {
		_, err = engine.Append(t.Context(), ledger.Any, outcome.Drafts...)
	}
	if err = errors.Join(err, engine.Close()); err != nil {
		t.Fatal(err)
	}
	h := startHub(t, dir)
	if err := h.Views.WaitCatalog(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	path := "/api/v1/contributions/" + outcome.ID
	if got := h.post(path+"/erasure", adminToken, map[string]string{"reason": "asked for"}, http.StatusConflict); !strings.Contains(got.body, "withdraw it instead") {
		t.Errorf("it says %s", got.body)
	}
	h.post(path+"/withdrawal", adminToken, map[string]string{"reason": "asked for"}, http.StatusNoContent)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	startHub(t, dir)
}
