package sqlite

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// integrityMessages is how many findings of SQLite's integrity check are kept.
const integrityMessages = 20

// checkFormat compares what the file says it is with what a ledger has to be.
// A file that is empty will become a ledger when it is opened for writing.
func (t *findings) checkFormat(conn *sqlite.Conn) (empty bool, err error) {
	found, err := describe(conn)
	switch {
	case err != nil && cannotLook(err):
		return false, err
	case err != nil:
		t.unreadable = true
		t.Store("SQLite cannot read the file: %v", err)
		return false, nil
	case found.empty():
		return true, nil
	}
	if found.id != strconv.Itoa(applicationID) || found.version != strconv.Itoa(formatVersion) {
		t.Store("the file says that it is of application %s, format %s; a ledger is of application %d, format %d",
			found.id, found.version, applicationID, formatVersion)
	}
	for _, want := range schema {
		if got, ok := found.objects[want.name]; !ok || got != want {
			t.Store("the %s %s is not defined as it should be", want.kind, want.name)
		}
		delete(found.objects, want.name)
	}
	for name := range found.objects {
		t.Store("there is a %q that does not belong to a ledger", name)
	}
	return false, nil
}

// description is what a file says it is.
type description struct {
	id, version string
	objects     map[string]object
}

func (d description) empty() bool {
	return d.id == "0" && d.version == "0" && len(d.objects) == 0
}

func describe(conn *sqlite.Conn) (d description, err error) {
	if d.id, err = pragma(conn, "application_id"); err != nil {
		return d, err
	}
	if d.version, err = pragma(conn, "user_version"); err != nil {
		return d, err
	}
	d.objects = make(map[string]object)
	err = sqlitex.ExecuteTransient(conn, "SELECT type, name, sql FROM sqlite_schema", &sqlitex.ExecOptions{
		ResultFunc: func(stmt *sqlite.Stmt) error {
			o := object{stmt.ColumnText(0), stmt.ColumnText(1), stmt.ColumnText(2)}
			d.objects[o.name] = o
			return nil
		},
	})
	return d, err
}

// lookUp notes the entry if the index by kind does not lead to it.
func (w *walk) lookUp(e ledger.Entry) error {
	found := false
	err := sqlitex.Execute(w.conn, "SELECT 1 FROM entry INDEXED BY entry_by_kind WHERE kind = ? AND seq = ?",
		&sqlitex.ExecOptions{
			Args: []any{string(e.Kind), int64(e.Seq)},
			ResultFunc: func(*sqlite.Stmt) error {
				found = true
				return nil
			},
		})
	if err != nil && cannotLook(err) {
		return err
	}
	if !found {
		w.astray = append(w.astray, e.Seq)
	}
	return nil
}

// runs writes ascending numbers as "entries 3-5, 9".
func runs(seqs []ledger.Seq) string {
	var b strings.Builder
	b.WriteString("entries ")
	for i := 0; i < len(seqs); {
		j := i
		for j+1 < len(seqs) && seqs[j+1] == seqs[j]+1 {
			j++
		}
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprint(&b, seqs[i])
		if j > i {
			fmt.Fprintf(&b, "-%d", seqs[j])
		}
		i = j + 1
	}
	return b.String()
}

// checkStructure has SQLite verify its own pages, which also finds what
// reading does not touch but writing would: free space, page headers.
func (t *findings) checkStructure(conn *sqlite.Conn) error {
	if t.unreadable {
		return nil
	}
	query := fmt.Sprintf("PRAGMA integrity_check(%d)", integrityMessages)
	err := sqlitex.ExecuteTransient(conn, query, &sqlitex.ExecOptions{
		ResultFunc: func(stmt *sqlite.Stmt) error {
			if said := stmt.ColumnText(0); said != "ok" {
				t.Store("SQLite's integrity check says: %s", strings.TrimPrefix(said, "*** in database main ***\n"))
			}
			return nil
		},
	})
	if err != nil && cannotLook(err) {
		return err
	}
	if err != nil {
		t.Store("SQLite's integrity check ended with: %v", err)
	}
	return nil
}
