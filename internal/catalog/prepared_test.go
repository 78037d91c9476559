package catalog_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// eventful is a log with something of every kind.
func eventful(t *testing.T) *chain {
	log := &chain{}
	log.contribute(t, alpha, green, malware(one, "Alder", may, ""), malware(two, "Birch", may, ""))
	seen := sighting.Sighting{Value: observable.Value{Type: observable.Domain, Text: "seen.example"}, FirstSeen: start, LastSeen: start}
	log.report(t, bravo, green, "a", seen, seen)
	log.report(t, bravo, green, "a", seen)
	log.contribute(t, bravo, green, malware(two, "Birch Bark", may, ""), `{"no":"object"}`)
	log.tighten(t, contribution.Tightening{Owner: string(alpha), Object: "malware--" + two, Audience: red.String()})
	log.contribute(t, alpha, green, malware(three, "Cedar", may, ""))
	log.erase(t, alpha, "contribution--1")
	log.contribute(t, alpha, green, malware(one, "Dogwood", may, ""))
	return log
}

// Entries that were read before those in front of them were folded give the
// same catalog.
func TestPreparedAhead(t *testing.T) {
	log := eventful(t)
	c := open(t, filepath.Join(t.TempDir(), "catalog.db"))
	var ahead []*catalog.Prepared
	for from := 0; from < len(log.entries); from += 3 {
		ahead = append(ahead, catalog.Prepare(t.Context(), log.entries[from:min(from+3, len(log.entries))]))
	}
	for _, p := range ahead {
		if err := c.ApplyPrepared(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		if head, err := c.Position(t.Context()); err != nil || head.Seq != p.Last() {
			t.Fatalf("position is %v, %v, after entry %d", head, err, p.Last())
		}
	}
	if digest(t, c) != digest(t, folded(t, log)) {
		t.Error("the catalog is another one")
	}
}

// What was stopped before it was read is not taken for empty.
func TestPreparedStopped(t *testing.T) {
	log := eventful(t)
	c := open(t, filepath.Join(t.TempDir(), "catalog.db"))
	stopped, stop := context.WithCancel(t.Context())
	stop()
	p := catalog.Prepare(stopped, log.entries)
	if err := c.ApplyPrepared(t.Context(), p); !errors.Is(err, context.Canceled) {
		t.Errorf("it is applied: %v", err)
	}
	apply(t, c, log.entries)
	if digest(t, c) != digest(t, folded(t, log)) {
		t.Error("the catalog is another one")
	}
}

// A statement that fails in the middle undoes its transaction, and nothing else.
func TestStatementFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	log := eventful(t)
	c := open(t, path)
	apply(t, c, log.entries[:1])
	want := digest(t, c)
	alter := func(query string) {
		conn, err := sqlite.OpenConn(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(sqlitex.ExecuteTransient(conn, query, nil), conn.Close()); err != nil {
			t.Fatal(err)
		}
	}
	for _, table := range []string{"part", "sighting"} {
		alter("CREATE TRIGGER full BEFORE INSERT ON " + table + " BEGIN SELECT RAISE(ABORT, 'no room'); END")
		if err := c.Apply(t.Context(), log.entries); err == nil || !strings.Contains(err.Error(), "no room") {
			t.Errorf("%s: the error is %v", table, err)
		}
		if digest(t, c) != want || len(search(t, c, member(bravo), "bark")) != 0 {
			t.Errorf("%s: something is left of the transaction", table)
		}
		alter("DROP TRIGGER full")
	}
	apply(t, c, log.entries)
	if digest(t, c) != digest(t, folded(t, log)) {
		t.Error("applied again the catalog is another one")
	}
}
