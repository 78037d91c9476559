package views_test

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/cryptotest"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/response"
)

// fixtureSeed is where the ids and keys of a fixture come from.
const fixtureSeed = 20170512

// fixtureFiles are what of a data directory is kept: the rest is made from it.
var fixtureFiles = []string{"ledger.db", "ledger.db.head", "keys"}

// TestMakeFixture makes a fixture of the format that this code writes, under the
// name in TOCSIN_FIXTURE, twice: the same seed gives the same entries.
func TestMakeFixture(t *testing.T) {
	name := os.Getenv("TOCSIN_FIXTURE")
	if name == "" {
		t.Skip("for a release with a new format: see older_test.go")
	}
	archive := filepath.Join("testdata", "formats", name+".tar.gz")
	if _, err := os.Stat(archive); err == nil {
		t.Fatalf("%s is there, and stays as it is", archive)
	}
	var outcomes []outcome
	var dir string
	for range 2 {
		dir = t.TempDir()
		t.Run("make", func(t *testing.T) { makeFixture(t, dir) })
		t.Run("fold", func(t *testing.T) { outcomes = append(outcomes, folded(t, dir)) })
	}
	if diff := cmp.Diff(outcomes[0], outcomes[1]); diff != "" || t.Failed() {
		t.Fatalf("the same seed gave two outcomes:\n%s", diff)
	}
	pack(t, dir, archive)
	outcomes[0].write(t, filepath.Join("testdata", "formats", name+".json"))
}

// makeFixture has a hub live through a little of everything, one thing after the other.
func makeFixture(t *testing.T, dir string) {
	cryptotest.SetGlobalRandom(t, fixtureSeed)
	n := start(t, dir, func(l ledger.Ledger) ledger.Ledger { return seals(t, dir, l) })
	var partners []access.Partner
	for i := range 4 {
		partners = append(partners, n.partner(i))
		n.settled()
	}
	step := func(drafts ...ledger.Draft) []ledger.Entry {
		entries := n.append(drafts...)
		n.settled()
		return entries
	}
	for i, p := range partners {
		step(report(t, p, "report-"+p.Name, "evil.example")) // which rings
		step(list(t, p, access.Green, fmt.Sprintf("own%d.example", i), "shared.example")...)
		step(list(t, p, access.Red, fmt.Sprintf("hidden%d.example", i))...)
		who := access.Principal{Partner: p.ID, Role: access.Coordinator, Communities: []string{access.DefaultCommunity}}
		_, draft, err := n.Response.Open(who, response.Opening{Kind: "patch", Title: "Patch " + p.Name, AskedOf: []string{"healthcare"}, Deadline: day.Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		step(draft)
		drafts := list(t, p, access.Green, "gone.example")
		id := contributionOf(t, drafts)
		step(drafts...)
		if i%2 == 0 {
			err = n.TakeBack(patience(t), contribution.Tightening{Owner: string(p.ID), Contribution: id, Reason: "a mistake", By: "a person"})
		} else {
			err = n.Erase(patience(t), contribution.Erasure{Owner: string(p.ID), Contribution: id, Reason: "personal", By: "a person"})
		}
		if err != nil {
			t.Fatal(err)
		}
		n.settled()
	}
	n.close()
	trimKeys(t, filepath.Join(dir, "keys"))
}

func contributionOf(t *testing.T, drafts []ledger.Draft) string {
	t.Helper()
	part, err := contribution.ReadInPlace(drafts[0].Body, func(jsontext.Value) {})
	if err != nil {
		t.Fatal(err)
	}
	return part.ID
}

// trimKeys leaves out the keys that were made ahead, as a copy of a file may that was
// taken while it grew: they are random, and so would be most of the fixture.
func trimKeys(t *testing.T, path string) {
	t.Helper()
	const keyLength, used = 32, 12 // of each of four partners two that stay, and one that was taken back
	if err := os.Truncate(path, (1+used)*keyLength); err != nil {
		t.Fatal(err)
	}
}

func pack(t *testing.T, dir, archive string) {
	t.Helper()
	f, err := os.Create(archive)
	if err != nil {
		t.Fatal(err)
	}
	zipped, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	to := tar.NewWriter(zipped)
	for _, name := range fixtureFiles {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err == nil {
			err = to.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(text))})
		}
		if err == nil {
			_, err = to.Write(text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(to.Close(), zipped.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
}

func unpack(t *testing.T, archive, dir string) {
	t.Helper()
	f, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	plain, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for from := tar.NewReader(plain); ; {
		h, err := from.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(from)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, filepath.Base(h.Name)), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
