package catalog

import (
	"strings"

	"zombiezen.com/go/sqlite"

	"github.com/tocsin-project/tocsin/stix"
)

// firstObserved is the kind of observable that a STIX pattern compares first, such as
// domain-name: of nearly all patterns the only one. Of a pattern in another language it
// is the language.
func firstObserved(pattern, language string) string {
	if language != "stix" {
		return language
	}
	pattern = strings.TrimLeft(pattern, " \t\r\n([")
	kind, _, found := strings.Cut(pattern[:min(len(pattern), longestKind)], ":")
	kind = strings.TrimSpace(kind)
	if !found || strings.Trim(kind, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return ""
	}
	return kind
}

// longestKind is how long the name of a kind of observable may be (STIX 2.1, section
// 3.1: at most 250 characters).
const longestKind = 251

const (
	maxNamed = 8    // values of an object that are looked for
	maxLooks = 1024 // audiences for which a value was seen
)

// sighted says whether one of the values that an object names, one a line, was seen,
// as far as that is released.
func (m *matcher) sighted(a *asker, objectType, named string) (seen bool, err error) {
	if objectType != "indicator" && stix.ClassOf(objectType) != stix.SCO {
		return false, nil
	}
	looked := 0
	for value := range strings.SplitSeq(named, "\n") {
		if looked++; value == "" || looked > maxNamed {
			break
		}
		if seen, err = m.sightedAs(a, strings.ToLower(value)); seen || err != nil {
			return seen, err // sightings are normalised, and so are names and hashes in lower case
		}
	}
	return false, nil
}

// sightedAs passes by what is not released audience by audience, however many
// sightings there are of each.
func (m *matcher) sightedAs(a *asker, value string) (seen bool, err error) {
	kind, audience := "", int64(0)
	for range maxLooks {
		found := false
		err = each(m.conn, `SELECT type, audience FROM sighting INDEXED BY sighting_value
				WHERE value = ? AND (type, audience) > (?, ?) ORDER BY type, audience LIMIT 1`,
			func(s *sqlite.Stmt) {
				s.BindText(1, value)
				s.BindText(2, kind)
				s.BindInt64(3, audience)
			},
			func(s *sqlite.Stmt) (bool, error) {
				kind, audience, found = s.ColumnText(0), s.ColumnInt64(1), true
				return false, nil
			})
		if err != nil || !found {
			return false, err
		}
		if a.has(uint32(audience)) {
			return true, nil
		}
	}
	return false, nil
}
