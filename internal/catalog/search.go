package catalog

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	"zombiezen.com/go/sqlite"

	"github.com/tocsin-project/tocsin/internal/access"
)

// Bounds of a question to the search, against ones that are made to be slow.
const (
	maxQueryWords = 16
	maxWordBytes  = 256
)

// Search finds released objects by what a person types: all words have to be
// there, in any order, in the name, aliases, external ids, values, pattern or
// description; the last word may be a beginning. A name, address or hash finds
// the indicators whose pattern holds it. An object is found by its newest
// released version, and not at all if that is revoked.
//
// Objects with exactly that name come first, then by BM25 (Robertson and
// Zaragoza 2009), where a word in a name weighs more than one in a
// description. Bytes are left out. q is never an expression; one without a
// letter or digit finds nothing.
func (c *Catalog) Search(ctx context.Context, who access.Principal, q string, limit int) (found []Object, err error) {
	match := matchExpression(q)
	if match == "" || limit <= 0 {
		return nil, nil
	}
	err = c.read(ctx, func(conn *sqlite.Conn) error {
		r := c.releasedTo(who)
		return each(conn, "SELECT "+objectColumns+` FROM words JOIN version ON place = words.rowid
				WHERE words MATCH ?1
				ORDER BY version.name = ?2 COLLATE NOCASE DESC, bm25(words, 20.0, 10.0, 10.0, 5.0, 1.0), place`,
			func(s *sqlite.Stmt) {
				s.BindText(1, match)
				s.BindText(2, strings.TrimSpace(q))
			},
			func(s *sqlite.Stmt) (bool, error) {
				shown, err := c.shown(conn, r, s)
				if shown {
					found = append(found, c.object(s))
				}
				return len(found) < limit, err
			})
	})
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	return found, nil
}

// shown says whether a version that was found is the one that the principal is
// shown, and not revoked.
func (c *Catalog) shown(conn *sqlite.Conn, r *released, s *sqlite.Stmt) (bool, error) {
	if !r.has(s.ColumnInt64(columnAudience)) || s.ColumnBool(columnRevoked) {
		return false, nil
	}
	if !s.ColumnBool(columnContested) {
		return true, nil
	}
	newest, err := c.newest(conn, r, s.ColumnText(columnID))
	return newest.Place == Place(s.ColumnInt64(columnPlace)), err
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
