package catalog_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// What is erased is gone from every answer and from the disk; what another
// contribution brought as well stays.
func TestErased(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	log, secret := &chain{}, "Zwetschgenknödel"
	both := malware(two, "Birch", may, "")
	log.contribute(t, alpha, green, malware(one, secret, may, `,"description":"`+secret+`"`), both, "{}")
	log.contribute(t, alpha, green, both, malware(three, "Cedar", may, ""))
	c := open(t, path)
	apply(t, c, log.entries)
	log.erase(t, bravo, "contribution--1") // not bravo's
	apply(t, c, log.entries)
	if read(t, c, member(bravo), "malware--"+one) == "" {
		t.Fatal("it was erased by another partner")
	}
	body, err := c.PageBody(context.Background(), member(bravo), catalog.PageQuery{Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	log.erase(t, alpha, "contribution--1")
	apply(t, c, log.entries)
	var slow bytes.Buffer // a page that was asked for before
	if _, err := body.Body.WriteTo(&slow); err != nil || strings.Contains(slow.String(), secret) || int64(slow.Len()) != body.Body.Len() {
		t.Errorf("a slow reader gets %q, %v", slow.String(), err)
	}
	if err := body.Body.Close(); err != nil {
		t.Error(err)
	}
	if got := search(t, c, member(alpha), secret); len(got) != 0 || read(t, c, member(alpha), "malware--"+one) != "" {
		t.Errorf("its owner still finds it: %v", got)
	}
	if read(t, c, member(bravo), "malware--"+two) != both || !slices.Equal(search(t, c, member(bravo), "birch"), []string{"malware--" + two}) {
		t.Error("what another contribution brought, too, is gone")
	}
	ctx := context.Background()
	if has, err := c.HasContribution(ctx, "contribution--1"); has || err != nil {
		t.Errorf("it is said to be there: %v", err)
	}
	if left, err := c.Entries(ctx, alpha, "contribution--1"); err != nil || len(left) > 0 {
		t.Errorf("its entries are known: %v, %v", left, err)
	}
	if counts, err := c.Counts(ctx); err != nil || counts != (catalog.Counts{Objects: 2}) {
		t.Errorf("counts are %+v, %v", counts, err)
	}
	notOnDisk(t, path, secret, one)
	log.entries[0].Body = []byte(ledger.Erased)
	if digest(t, c) != digest(t, folded(t, log)) {
		t.Error("a rebuilt catalog is another one")
	}
}

func notOnDisk(t *testing.T, path string, secrets ...string) {
	t.Helper()
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) < 3 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range secrets {
			for _, form := range []string{secret, strings.ToLower(secret), "zwetschgenknodel"} {
				if bytes.Contains(content, []byte(form)) {
					t.Errorf("%s holds %q", filepath.Base(file), form)
				}
			}
		}
	}
}

// An erasure that a crash cut short after its commit is ended when the catalog
// is opened.
func TestErasingGoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	log := &chain{}
	log.contribute(t, alpha, green, malware(one, "Zwetschgenknödel", may, ""), malware(two, "Birch", may, ""))
	log.erase(t, alpha, "contribution--1")
	reopened := func(entries []ledger.Entry) [32]byte {
		c, err := catalog.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		apply(t, c, entries)
		sum := digest(t, c)
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		return sum
	}
	reopened(log.entries[:1])
	saved := map[string][]byte{}
	for _, name := range []string{path + ".bytes", path + ".records"} {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		saved[name] = content
	}
	want := reopened(log.entries)
	for name, content := range saved {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	conn, err := sqlite.OpenConn(path)
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(sqlitex.ExecuteTransient(conn, "INSERT INTO erasing VALUES (1), (2)", nil), conn.Close())
	if err != nil {
		t.Fatal(err)
	}
	if got := reopened(nil); got != want {
		t.Error("after the crash the catalog is another one")
	}
	notOnDisk(t, path, "Zwetschgenknödel", one)
}

func TestCrashed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	log := &chain{}
	log.contribute(t, alpha, green, malware(one, "Alder", may, ""))
	c, err := catalog.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	apply(t, c, log.entries)
	want := digest(t, c)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path + ".bytes", path + ".records"} {
		f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
		if err == nil {
			_, err = f.WriteString(strings.Repeat("not committed ", 100))
		}
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if c, err = catalog.Open(path); err != nil {
		t.Fatal(err)
	}
	if digest(t, c) != want {
		t.Error("what was not committed counts")
	}
	log.contribute(t, alpha, green, malware(two, "Birch", may, ""))
	apply(t, c, log.entries)
	if digest(t, c) != digest(t, folded(t, log)) {
		t.Error("what was not committed was not written over")
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	// Without what was committed the catalog begins anew.
	if err := os.Truncate(path+".bytes", 10); err != nil {
		t.Fatal(err)
	}
	c = open(t, path)
	if head, err := c.Position(context.Background()); err != nil || head.Seq != 0 {
		t.Fatalf("position is %v, %v", head, err)
	}
	apply(t, c, log.entries)
	if digest(t, c) != digest(t, folded(t, log)) {
		t.Error("rebuilt from nothing the catalog is another one")
	}
}

// A label that nobody else uses, and more than are remembered by number.
func TestLabels(t *testing.T) {
	log := &chain{at: start.Add(time.Hour)}
	long := strings.Repeat("x", 300)
	log.contribute(t, alpha, green,
		malware(one, "Alder", may, `,"labels":["first-hour","b\u0000c"]`), malware(two, "Birch", may, `,"labels":["b"]`),
		malware(three, "Cedar", may, `,"labels":["`+long+`","first-hour"]`))
	c := folded(t, log)
	for label, want := range map[string]int{"first-hour": 2, "b": 1, "b\x00c": 1, "c": 0, long: 1} {
		q := catalog.PageQuery{Limit: 10, Collection: catalog.Collection{Labels: []string{label}}}
		if got := page(t, c, member(bravo), q).Objects; len(got) != want {
			t.Errorf("label %.20q is on %s", label, names(got))
		}
	}
}

// Words that were taken out for another reason before, and are only marked as
// gone in the index, leave the disk as well.
func TestErasedAfterReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	log, secret := &chain{}, "Zwetschgenknödel"
	object := malware(one, secret, may, "")
	log.contribute(t, alpha, green, object, malware(two, "Birch", may, ""))
	log.contribute(t, alpha, red, object)
	c := open(t, path)
	for i := range log.entries { // each a segment of the index
		apply(t, c, log.entries[i:i+1])
	}
	log.erase(t, alpha, "contribution--2")
	apply(t, c, log.entries)
	if got := search(t, c, member(bravo), secret); len(got) != 1 {
		t.Errorf("what the first contribution says stands again, and search finds %v", got)
	}
	log.contribute(t, alpha, red, object)
	apply(t, c, log.entries)
	log.erase(t, alpha, "contribution--1")
	log.erase(t, alpha, "contribution--4")
	apply(t, c, log.entries)
	notOnDisk(t, path, secret, one)
}
