package views_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
	"github.com/tocsin-project/tocsin/internal/sealed"
	"github.com/tocsin-project/tocsin/internal/views"
)

// testdata/formats holds, of each format that a release has written, a small hub's
// ledger with its keys (NAME.tar.gz), and what a fold of it gives (NAME.json). They
// stay as they are for good. A release that changes the format of the ledger, of an
// entry or of the keys adds one, with that release:
//
//	TOCSIN_FIXTURE=format-2 go test ./internal/views -run '^TestMakeFixture$'

// outcome is what was folded, in words that a later release has as well.
type outcome struct {
	Head        ledger.Head         `json:"head"`
	Kinds       map[ledger.Kind]int `json:"kinds"` // entries of each
	Erased      int                 `json:"erased"`
	Partners    []string            `json:"partners"`
	Outbreaks   []string            `json:"outbreaks"`
	Protections []string            `json:"protections"`
	Actions     []string            `json:"actions"`
	Objects     map[string][]string `json:"objects"` // that each partner sees, in added order: id, and hash of its bytes
	Found       []string            `json:"found"`   // by their word, by the first partner
}

// folded opens a data directory with this release's code, folds all of it and says
// what came out. Nothing follows the ledger: it is only read.
func folded(t *testing.T, dir string) (out outcome) {
	t.Helper()
	if report, err := sqlite.Check(t.Context(), filepath.Join(dir, "ledger.db")); err != nil || len(report.Damage) > 0 {
		t.Fatalf("check: %v %v", report.Damage, err)
	}
	engine, err := sqlite.Open(filepath.Join(dir, "ledger.db"), sqlite.Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	if damage, err := sealed.Check(t.Context(), engine, filepath.Join(dir, "keys")); err != nil || len(damage) > 0 {
		t.Fatalf("check of the keys: %v %v", damage, err)
	}
	l := seals(t, dir, engine)
	v, err := views.Open(t.Context(), l, views.Config{Catalog: filepath.Join(t.TempDir(), "catalog.db"), Clock: clock, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close() // it is thrown away
	if err := v.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	out = outcome{Kinds: map[ledger.Kind]int{}, Objects: map[string][]string{}}
	for e, err := range l.Read(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		out.Kinds[e.Kind]++
		out.Head = ledger.Head{Seq: e.Seq, Hash: e.Hash}
		if string(e.Body) == ledger.Erased {
			out.Erased++
		}
	}
	for _, p := range v.Access.Partners() {
		out.Partners = append(out.Partners, fmt.Sprintf("%s %s %s %s", p.ID, p.Name, p.Sector, p.Country))
	}
	for _, o := range v.Outbreak.List() {
		out.Outbreaks = append(out.Outbreaks, fmt.Sprintf("%s port %d values %v partners %d", o.ID, o.Port, o.Values, len(o.Partners)))
	}
	for _, p := range v.Protect.List() {
		out.Protections = append(out.Protections, fmt.Sprintf("%s %s %s %s", p.ID, p.Value, p.Polarity, p.Status))
	}
	for i, p := range v.Access.Partners() {
		who := access.Principal{Partner: p.ID, Role: access.Coordinator, Communities: []string{access.DefaultCommunity}}
		page, err := v.Catalog.Page(t.Context(), who, catalog.PageQuery{Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range page.Objects {
			sum := sha256.Sum256(o.Raw)
			out.Objects[p.Name] = append(out.Objects[p.Name], o.ID+" "+hex.EncodeToString(sum[:]))
		}
		if i > 0 {
			continue
		}
		found, err := v.Catalog.Search(t.Context(), who, "example", 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range found {
			out.Found = append(out.Found, o.ID)
		}
		for _, a := range v.Response.List(who, day) {
			out.Actions = append(out.Actions, fmt.Sprintf("%s %s %s", a.Kind, a.Title, a.Status))
		}
	}
	return out
}

// seals opens a ledger of which contributions are sealed, as a hub's are.
func seals(t *testing.T, dir string, engine ledger.Ledger) *sealed.Ledger {
	t.Helper()
	keys, err := sealed.OpenKeys(filepath.Join(dir, "keys"))
	if err != nil {
		t.Fatal(errors.Join(err, engine.Close()))
	}
	l, err := sealed.Open(t.Context(), engine, keys, func(k ledger.Kind) bool { return k == contribution.KindAccepted })
	if err != nil {
		t.Fatal(errors.Join(err, keys.Close(), engine.Close()))
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// TestOlderFormats reads what every format's release has left.
func TestOlderFormats(t *testing.T) {
	fixtures, err := filepath.Glob("testdata/formats/*.tar.gz")
	if err != nil || len(fixtures) == 0 {
		t.Fatalf("there are no fixtures: %v", err)
	}
	for _, fixture := range fixtures {
		name := strings.TrimSuffix(fixture, ".tar.gz")
		t.Run(filepath.Base(name), func(t *testing.T) {
			text, err := os.ReadFile(name + ".json")
			if err != nil {
				t.Fatal(err)
			}
			var want outcome
			if err := json.Unmarshal(text, &want, json.RejectUnknownMembers(true)); err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			unpack(t, fixture, dir)
			if diff := cmp.Diff(want, folded(t, dir)); diff != "" {
				t.Errorf("its fold gives something else (-recorded +now):\n%s", diff)
			}
		})
	}
}

// TestNewerFormatsAreRefused alters the fixtures' format to one that is not known.
func TestNewerFormatsAreRefused(t *testing.T) {
	for file, at := range map[string]int64{"ledger.db": 63, "keys": 7} { // user_version's last byte; the last letter of the mark
		dir := t.TempDir()
		unpack(t, "testdata/formats/format-1.tar.gz", dir)
		path := filepath.Join(dir, file)
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		before[at]++
		if err := os.WriteFile(path, before, 0o600); err != nil {
			t.Fatal(err)
		}
		var refused error
		if file == "keys" {
			_, refused = sealed.OpenKeys(path)
		} else {
			_, refused = sqlite.Open(path, sqlite.Options{})
		}
		if refused == nil || !strings.Contains(refused.Error(), "newer") {
			t.Errorf("%s of a newer format: %v", file, refused)
		}
		if after, err := os.ReadFile(path); err != nil || !slices.Equal(before, after) {
			t.Errorf("%s of a newer format was changed, %v", file, err)
		}
	}
}

// write is the outcome as it is kept beside a fixture.
func (o outcome) write(t *testing.T, path string) {
	t.Helper()
	text, err := json.Marshal(o, json.Deterministic(true), jsontext.WithIndent("\t"))
	if err == nil {
		err = os.WriteFile(path, append(text, '\n'), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}
