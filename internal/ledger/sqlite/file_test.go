package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
	raw "zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// sql runs statements on the file past the ledger.
func sql(path, statements string) error {
	conn, err := raw.OpenConn(path, raw.OpenReadWrite|raw.OpenCreate)
	if err != nil {
		return err
	}
	return errors.Join(sqlitex.ExecuteScript(conn, statements, nil), conn.Close())
}

func mustSQL(t *testing.T, path, statements string) {
	t.Helper()
	if err := sql(path, statements); err != nil {
		t.Fatalf("%s: %v", statements, err)
	}
}

// mustPragma runs one statement outside of a transaction.
func mustPragma(t *testing.T, path, statement string) {
	t.Helper()
	conn, err := raw.OpenConn(path, raw.OpenReadWrite|raw.OpenCreate)
	if err != nil {
		t.Fatal(err)
	}
	if statement != "" {
		err = sqlitex.ExecuteTransient(conn, statement, nil)
	}
	if err := errors.Join(err, conn.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestAppendOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger")
	sample(t, path, 3)
	for _, statement := range []string{
		"UPDATE entry SET kind = 'x' WHERE seq = 2",
		"UPDATE entry SET seq = 9 WHERE seq = 3",
		"DELETE FROM entry WHERE seq = 3",
		"DELETE FROM entry",
		"INSERT OR REPLACE INTO entry SELECT * FROM entry WHERE seq = 2",
		"INSERT INTO entry SELECT 5, kind, hash, record FROM entry WHERE seq = 3",
		"INSERT INTO entry SELECT NULL, kind, hash, record FROM entry WHERE seq = 3",
	} {
		if err := sql(path, statement); err == nil || !strings.Contains(err.Error(), "the ledger") {
			t.Errorf("%s: %v", statement, err)
		}
	}
	if r := mustCheck(t, path); len(r.Damage) > 0 || r.Entries != 3 {
		t.Errorf("check: %+v", r)
	}
}

// TestTampering has someone with the rights to it rewrite the file by SQL.
func TestTampering(t *testing.T) {
	const free = "DROP TRIGGER entry_stays; DROP TRIGGER entry_remains; DROP TRIGGER entry_is_next;"
	path := filepath.Join(t.TempDir(), "ledger")
	es := sample(t, path, 9)
	d := ledger.Draft{Kind: es[3].Kind, Actor: es[3].Actor, Audience: es[3].Audience, Body: []byte("another")}
	other, _, err := ledger.Seal(d, ledger.Head{Seq: 3, Hash: es[2].Hash}, es[3].Time)
	if err != nil {
		t.Fatal(err)
	}
	_, record, _ := ledger.Seal(d, ledger.Head{Seq: 3, Hash: es[2].Hash}, es[3].Time)
	for _, c := range []struct {
		name, statement string
		named           ledger.Seq
		reason          string
	}{
		{"an entry removed", "DELETE FROM entry WHERE seq = 4", 4, "missing"},
		{"another number", "UPDATE entry SET seq = 44 WHERE seq = 9", 9, "stored as entry 44"},
		{"another kind", "UPDATE entry SET kind = 'x' WHERE seq = 4", 4, `kind "x"`},
		{"another hash", "UPDATE entry SET hash = zeroblob(32) WHERE seq = 4", 4, "stored is 0000"},
		{"a short hash", "UPDATE entry SET hash = x'00' WHERE seq = 4", 4, "32 bytes"},
		{"another record", "UPDATE entry SET record = x'00' WHERE seq = 4", 4, "hash"},
		{"another record with its hash", fmt.Sprintf("UPDATE entry SET record = x'%x', hash = x'%x' WHERE seq = 4", record, other.Hash[:]), 5, "names"},
		{"the last removed", "DELETE FROM entry WHERE seq = 9", 9, "acknowledged"},
		{"a trigger gone", "", 0, "entry_stays"},
		{"a table more", "CREATE TABLE more (x)", 0, "more"},
		{"no index", "DROP INDEX entry_by_kind", 0, "entry_by_kind"},
		{"no table", "DROP TABLE entry", 1, "entry"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := place(t, path, nil)
			mustSQL(t, path, free+c.statement)
			r := mustCheck(t, path)
			for _, d := range r.Damage {
				if d.Seq == c.named && strings.Contains(d.Reason, c.reason) {
					return
				}
			}
			t.Errorf("no damage at %d with %q: %v", c.named, c.reason, r.Damage)
		})
	}
}

// TestReadMeetsDamage reads a ledger with a damaged entry: the entries before
// come, then the error with its number; behind it reading goes on.
func TestReadMeetsDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger")
	es := sample(t, path, 30)
	file := mustReadFile(t, path)
	at := leaves(t, file, es)[17].record + 100
	l := mustOpen(t, place(t, path, map[string][]byte{"": flipped(file, at, 3)}))
	got, err := readAll(l)
	wantMessage(t, err, ledger.ErrCorrupt, "entry 17")
	if !sameHashes(got, es[:16]) {
		t.Errorf("%d entries before the damage, want 16", len(got))
	}
	var last ledger.Entry
	for last, err = range l.Read(context.Background(), 10, es[16].Kind) {
	}
	if wantMessage(t, err, ledger.ErrCorrupt); last.Seq != 17 {
		t.Errorf("the error comes with entry %d", last.Seq)
	}
	got = nil
	for e, err := range l.Read(context.Background(), 17) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e)
	}
	if !sameHashes(got, es[17:]) {
		t.Errorf("%d entries behind the damage", len(got))
	}
}

func TestOnlyOneWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger")
	l := mustOpen(t, path)
	_, err := sqlite.Open(path, sqlite.Options{})
	wantMessage(t, err, nil, fmt.Sprintf("process %d ", os.Getpid()), "stop that process", "read-only")
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	_, err = sqlite.Open(link, sqlite.Options{})
	wantMessage(t, err, nil, "stop that process")
	mustClose(t, l)
	mustClose(t, mustOpen(t, link))
}

// TestPrivate: what partners contribute is not for other users of the machine.
func TestPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger")
	mustOpen(t, path)
	for _, ending := range []string{"", "-wal", "-shm", ".head", ".lock"} {
		info, err := os.Stat(path + ending)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%q: %v, %v", ending, info, err)
		}
	}
}

func TestReadOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger")
	l := mustOpen(t, path)
	ctx := context.Background()
	reader, err := sqlite.Open(path, sqlite.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	_, err = reader.Append(ctx, ledger.Any, three()...)
	wantMessage(t, err, ledger.ErrUnavailable, "read-only")
	woken := make(chan error)
	go func() { woken <- reader.Wait(ctx, 0) }()
	if _, err := l.Append(ctx, ledger.Any, three()...); err != nil {
		t.Fatal(err)
	}
	if err := <-woken; err != nil {
		t.Fatal(err)
	}
	want, _ := readAll(l)
	if got, err := readAll(reader); err != nil || !sameHashes(got, want) {
		t.Errorf("read-only: %d entries, %v", len(got), err)
	}
	if h, err := reader.Head(ctx); err != nil || h.Seq != 3 {
		t.Errorf("read-only: head %d, %v", h.Seq, err)
	}
}

// TestCrashWhileCreating finds what a crash leaves before the tables are there.
func TestCrashWhileCreating(t *testing.T) {
	for name, statements := range map[string]string{
		"an empty file": "", "a database in WAL mode without tables": "PRAGMA journal_mode=WAL",
	} {
		path := filepath.Join(t.TempDir(), "ledger")
		mustPragma(t, path, statements)
		if r := mustCheck(t, path); len(r.Damage) > 0 {
			t.Errorf("%s: check: %v", name, r.Damage)
		}
		if es := sample(t, path, 3); len(es) != 3 {
			t.Errorf("%s: %d entries", name, len(es))
		}
	}
}

// TestForeignFiles opens what is not a ledger: it says so and changes nothing.
func TestForeignFiles(t *testing.T) {
	for _, c := range []struct {
		name    string
		make    func(t *testing.T, path string)
		message string
	}{
		{"another program's database", func(t *testing.T, path string) {
			mustSQL(t, path, "CREATE TABLE mine (x); INSERT INTO mine VALUES (1)")
		}, "not a Tocsin ledger"},
		{"a text", func(t *testing.T, path string) {
			if err := os.WriteFile(path, []byte(strings.Repeat("a text, long enough for a header\n", 200)), 0o600); err != nil {
				t.Fatal(err)
			}
		}, "not a database"},
		{"a newer version", func(t *testing.T, path string) {
			sample(t, path, 2)
			mustSQL(t, path, "PRAGMA user_version = 2")
		}, "use a newer tocsin"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "ledger")
			c.make(t, path)
			before := mustReadFile(t, path)
			for _, readOnly := range []bool{false, true} {
				_, err := sqlite.Open(path, sqlite.Options{ReadOnly: readOnly})
				wantMessage(t, err, nil, c.message, path)
			}
			if r, err := sqlite.Check(context.Background(), path); err != nil || len(r.Damage) == 0 {
				t.Errorf("check: %+v, %v", r, err)
			}
			if string(mustReadFile(t, path)) != string(before) {
				t.Error("the file was changed")
			}
		})
	}
}
