package catalog

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"zombiezen.com/go/sqlite"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog/shelf"
)

// Bounds of a question to the search, against ones that are made to be slow.
const (
	maxQueryWords = 16
	maxWordBytes  = 256
)

// ranks is where the words have to be, for each rank of an answer.
var ranks = []string{"name", "name aliases", "name aliases ids value", "name aliases ids value description"}

// Search finds released objects by what a person types: all words have to be
// there, in any order, in the name, aliases, external ids, values, pattern or
// description; the last word may be a beginning. A name, address or hash finds
// the indicators whose pattern holds it. An object is found by the version
// that the principal is shown (see Object), and not at all if that is revoked.
//
// Objects with exactly that name come first, then those with all the words in
// the name, then with aliases, then with ids and values, then the rest; among
// equals what was added last. How often a word occurs plays no part: it would
// tell of what is hidden. Bytes are left out. q is never an expression; one
// without a letter or digit finds nothing.
//
// It looks for a second, and at maxHits hits; what was found by then is the
// answer. ErrUnfinished says that it was nothing, or that others' searches
// took all the time.
func (c *Catalog) Search(ctx context.Context, who access.Principal, q string, limit int) (found []Object, err error) {
	match := matchExpression(q)
	if match == "" || limit <= 0 {
		return nil, nil
	}
	queries := []string{`{exact} : "` + exactWord(q) + `"`}
	for _, columns := range ranks {
		queries = append(queries, "{"+columns+"} : ("+match+")")
	}
	f := finder{c: c, who: who, limit: limit, hits: c.searching.hits, looked: map[shelf.Number]bool{}}
	err = c.search(ctx, func(conn *sqlite.Conn) error {
		for _, query := range queries {
			if err := f.find(conn, query); err != nil || len(f.found) == limit {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, ErrUnfinished) && len(f.found) > 0 {
		err = nil
	}
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	return f.found, nil
}

// finder collects what a search finds.
type finder struct {
	c      *Catalog
	who    access.Principal
	limit  int
	hits   int // that may still be looked at
	looked map[shelf.Number]bool
	found  []Object
}

// hitsAtOnce is how many hits are looked at in one view of the shelf.
const hitsAtOnce = 256

// find adds what matches, the last added first, to what was found before.
func (f *finder) find(conn *sqlite.Conn, match string) error {
	hits := make([]shelf.Number, 0, hitsAtOnce)
	err := each(conn, "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid DESC",
		func(s *sqlite.Stmt) { s.BindText(1, match) },
		func(s *sqlite.Stmt) (bool, error) {
			if hits = append(hits, shelf.Number(s.ColumnInt64(0))); len(hits) < cap(hits) {
				return true, nil
			}
			err := f.look(hits)
			hits = hits[:0]
			return len(f.found) < f.limit, err
		})
	if err != nil {
		return err
	}
	return f.look(hits)
}

// look keeps those of the hits that are shown. The index may be ahead of the
// shelf, and behind it: each is taken as it stands now.
func (f *finder) look(hits []shelf.Number) error {
	if f.hits -= len(hits); f.hits < 0 {
		return ErrUnfinished
	}
	a := f.c.ask(f.who)
	defer a.close()
	for _, n := range hits {
		if len(f.found) == f.limit {
			return nil
		}
		if f.looked[n] || n > a.view.Len() || !a.isNewest(n) || a.view.At(n).Flags&shelf.Revoked != 0 {
			continue
		}
		f.looked[n] = true
		o, _, err := a.object(n)
		if err != nil {
			return err
		}
		o.Raw = nil
		f.found = append(f.found, o)
	}
	return nil
}

// matchExpression writes a person's words in the language of FTS5: each word a
// string in quotes, of which none is left within, the last one a prefix. Words
// without letters and digits, which have no token to look for, fall away.
func matchExpression(q string) string {
	q = strings.Map(func(r rune) rune {
		if r == '"' || unicode.IsControl(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(q, " "))
	var expression []string
	for word := range strings.FieldsSeq(q) {
		if len(word) > maxWordBytes {
			word = strings.ToValidUTF8(word[:maxWordBytes], "")
		}
		if strings.ContainsFunc(word, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }) {
			expression = append(expression, `"`+word+`"`)
		}
		if len(expression) == maxQueryWords {
			break
		}
	}
	if len(expression) == 0 {
		return ""
	}
	return strings.Join(expression, " ") + " *"
}
