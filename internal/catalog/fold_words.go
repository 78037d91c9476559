package catalog

import (
	"fmt"

	"zombiezen.com/go/sqlite"

	"github.com/tocsin-project/tocsin/internal/catalog/shelf"
	"github.com/tocsin-project/tocsin/stix"
)

// Words are in the index for the versions that stand, and for no others: it is
// the same whichever way they came to stand. A word that is taken out stays in
// the index's file, marked as gone, until FTS5 merges its segment: f.loose. What
// is erased must not.

// beginErasing prepares the index for words that have to leave its file at
// once. FTS5 can find and cut out each (secure-delete), which takes it up to ten
// milliseconds a version, as it looks into every segment; or mark them and then
// merge the whole index into one segment, which takes three microseconds for
// each version that there is, and takes out what was marked before as well.
func (f *fold) beginErasing(versions int) error {
	f.loose = f.loose || versions > 20+int(f.lengths.Versions)/3000
	return f.configure("secure-delete", !f.loose)
}

// endErasing follows on the words that were taken out. Before the next fold,
// looseDeletes has to follow on its commit.
func (f *fold) endErasing() error {
	if !f.loose {
		return nil
	}
	f.loose = false
	return f.exec("INSERT INTO words (words) VALUES ('optimize')", nothing)
}

const looseDeletes = "INSERT INTO words (words, rank) VALUES ('secure-delete', 0)"

func (f *fold) configure(option string, on bool) error {
	return f.exec("INSERT INTO words (words, rank) VALUES (?, ?)", func(s *sqlite.Stmt) {
		s.BindText(1, option)
		s.BindBool(2, on)
	})
}

// index adds a version's words.
func (f *fold) index(n shelf.Number, w words) error {
	if w.empty() {
		return nil
	}
	return f.exec("INSERT INTO words (rowid, exact, name, aliases, ids, value, description) VALUES (?, ?, ?, ?, ?, ?, ?)", w.bind(n))
}

// forget takes a version's words out. The index keeps no text: it has to be
// given the words again.
func (f *fold) forget(n shelf.Number, raw func(shelf.Number) ([]byte, error)) error {
	w, _, err := f.wordsAgain(n, raw)
	if err != nil || w.empty() {
		return err
	}
	f.loose = f.loose || !f.erased
	return f.exec("INSERT INTO words (words, rowid, exact, name, aliases, ids, value, description) VALUES ('delete', ?, ?, ?, ?, ?, ?, ?)", w.bind(n))
}

// wordsAgain reads a version's words, and its id, from its bytes.
func (f *fold) wordsAgain(n shelf.Number, raw func(shelf.Number) ([]byte, error)) (w words, id string, err error) {
	b, err := raw(n)
	if err != nil {
		return words{}, "", err
	}
	h, err := stix.ParseHeader(b)
	if err != nil {
		return words{}, "", fmt.Errorf("%w: version %d: %w", shelf.ErrDamaged, n, err)
	}
	return wordsFor(h, b), h.ID, nil
}

func (w words) bind(n shelf.Number) func(*sqlite.Stmt) {
	return func(s *sqlite.Stmt) {
		s.BindInt64(1, int64(n))
		for i, text := range []string{w.exact, w.name, w.aliases, w.ids, w.value, w.description} {
			s.BindText(2+i, text)
		}
	}
}
