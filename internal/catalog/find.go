package catalog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"zombiezen.com/go/sqlite"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog/shelf"
)

// Narrow is which of the matches are wanted; its zero value is all of them.
type Narrow struct {
	Type     string
	TLP      access.TLP
	Owner    access.PartnerID
	Observed string    // the first kind of observable that an indicator names, such as domain-name
	Since    time.Time // its present version came into the catalog then or later
	Sighted  bool      // a value that it names was seen, as far as released
}

// Facet is a value of a property, and how many of the matches have it.
type Facet struct {
	Value string
	N     int
}

// Found is a page of what was found, and what all matches that were looked at have
// in common, the most frequent first.
type Found struct {
	Objects []Object // of the page, without their bytes
	More    bool     // there is a next page
	Next    Place    // the place to go on after

	Matches int  // that were looked at, and counted below
	All     bool // there are no others

	Types, TLPs, Owners, Observed []Facet
	Sighted                       int
	Added                         []time.Time // when each of them came
}

// maxMatches is how many matches a search with counts looks at.
const maxMatches = 1000

// Find is Search with counts, page by page, at most limit objects of a page that
// begins after a place, 0 for the first. Without words it is what came last. The
// last word may be a beginning, of three letters or more in ASCII: what begins with
// fewer may be half of all there is, which the index would put in order first. It
// gives up soon where nothing fits, unless it is told to be thorough; then it takes
// the time that a search has, and fails with ErrUnfinished behind it.
func (c *Catalog) Find(ctx context.Context, who access.Principal, q string, narrow Narrow, thorough bool, after Place, limit int) (found Found, err error) {
	m := matcher{finder: finder{c: c, who: who, limit: maxMatches + 1, hits: c.searching.hits, looked: map[shelf.Number]bool{}}, narrow: narrow, thorough: thorough, begun: time.Now()}
	match := matchExpression(q)
	if tooShort(q) {
		match = strings.TrimSuffix(match, " *")
	}
	err = c.search(ctx, func(conn *sqlite.Conn) (err error) {
		m.conn = conn
		if match == "" {
			err = m.latest(ctx)
		} else {
			err = m.words(match, exactWord(q))
		}
		return err
	})
	if errors.Is(err, ErrUnfinished) && len(m.matches) > 0 {
		m.cut, err = true, nil
	}
	if err != nil {
		return Found{}, fmt.Errorf("find: %w", err)
	}
	return m.page(after, limit), nil
}

// minBeginning is how many letters of ASCII a beginning has at least.
const minBeginning = 3

// tooShort says whether the last word is too short to be a beginning.
func tooShort(q string) bool {
	words := strings.Fields(q)
	return len(words) > 0 && len(words[len(words)-1]) < minBeginning && utf8.RuneCountInString(words[len(words)-1]) == len(words[len(words)-1])
}

// matcher collects what fits.
type matcher struct {
	finder
	narrow   Narrow
	thorough bool
	conn     *sqlite.Conn
	begun    time.Time
	matches  []matched
	cut      bool // there are, or may be, others
}

// matched is an object that fits.
type matched struct {
	Object
	observed string
	sighted  bool
}

// errEnough ends a search that has found enough.
var errEnough = errors.New("enough was found")

func (m *matcher) words(match, exact string) error {
	queries := []string{`{exact} : "` + exact + `"`}
	for _, columns := range ranks {
		queries = append(queries, "{"+columns+"} : ("+match+")")
	}
	last := m.begun
	for _, query := range queries {
		// To begin with a query over what many words begin with is most of its cost, and
		// the next one's is what the last one's was.
		now := time.Now()
		if len(m.matches) > 0 && now.Sub(m.begun)+now.Sub(last) > m.c.searching.page {
			m.cut = true
			return nil
		}
		last = now
		hits := make([]shelf.Number, 0, hitsAtOnce)
		err := each(m.conn, "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid DESC",
			func(s *sqlite.Stmt) { s.BindText(1, query) },
			func(s *sqlite.Stmt) (bool, error) {
				if hits = append(hits, shelf.Number(s.ColumnInt64(0))); len(hits) < hitsAtOnce/4 {
					return true, nil
				}
				err := m.take(hits)
				hits = hits[:0]
				return err == nil, err
			})
		if err == nil {
			err = m.take(hits)
		}
		if errors.Is(err, errEnough) {
			m.cut = true
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// latest takes what came last.
func (m *matcher) latest(ctx context.Context) error {
	view := m.c.shelf.View()
	last := view.Len()
	view.Close()
	hits := make([]shelf.Number, 0, hitsAtOnce)
	for n := last; n > 0; n-- {
		if hits = append(hits, n); len(hits) < hitsAtOnce && n > 1 {
			continue
		}
		if err := cmp.Or(ctx.Err(), m.take(hits)); errors.Is(err, errEnough) {
			m.cut = true
			return nil
		} else if err != nil {
			return err
		}
		hits = hits[:0]
	}
	return nil
}

// take keeps those of the hits that are shown and fit.
func (m *matcher) take(hits []shelf.Number) error {
	if m.hits -= len(hits); m.hits < 0 {
		return ErrUnfinished
	}
	spent, enough := time.Since(m.begun), len(m.matches) > 0 || !m.thorough && m.c.searching.hits-m.hits > m.c.searching.fruitless
	if enough && spent > m.c.searching.page {
		return errEnough
	}
	if spent > m.c.searching.time {
		return ErrUnfinished
	}
	a := m.c.ask(m.who)
	defer a.close()
	for _, n := range hits {
		if m.looked[n] || n > a.view.Len() || a.view.At(n).Flags&(shelf.Revoked|shelf.Relationship) != 0 || !m.may(a, n) || !a.isNewest(n) {
			continue
		}
		m.looked[n] = true
		if len(m.matches) == maxMatches {
			return errEnough
		}
		one, fits, err := m.fits(a, n)
		if err != nil {
			return err
		}
		if fits {
			m.matches = append(m.matches, one)
		}
	}
	return nil
}

// may says what a version's record says of the choice, without its bytes.
func (m *matcher) may(a *asker, n shelf.Number) bool {
	r := a.view.At(n)
	k := a.known(r.Audience)
	if m.narrow.TLP != "" && k.parsed.TLP != m.narrow.TLP || m.narrow.Owner != "" && k.owner != m.narrow.Owner {
		return false
	}
	if m.narrow.Type != "" && r.Kind != 0 && m.c.kinds.all()[r.Kind].objectType != m.narrow.Type {
		return false
	}
	if !m.narrow.Since.IsZero() {
		_, _, added := a.view.Place(n)
		return added >= m.narrow.Since.UnixMicro()
	}
	return true
}

// fits reads a version and says whether it is wanted.
func (m *matcher) fits(a *asker, n shelf.Number) (one matched, fits bool, err error) {
	o, h, err := a.object(n)
	if err != nil {
		return one, false, err
	}
	one = matched{Object: o, observed: firstObserved(h.Pattern, h.PatternType)}
	named := values(h.Pattern, h.PatternType)
	if named == "" && h.Pattern == "" {
		named = o.Name
	}
	one.Raw = nil
	if m.narrow.Type != "" && o.Type != m.narrow.Type || m.narrow.Observed != "" && one.observed != m.narrow.Observed {
		return one, false, nil
	}
	if one.sighted, err = m.sighted(a, o.Type, named); err != nil {
		return one, false, err
	}
	return one, one.sighted || !m.narrow.Sighted, nil
}

// page is the matches after a place, and what all of them have in common.
func (m *matcher) page(after Place, limit int) (found Found) {
	found.Matches, found.All = len(m.matches), !m.cut
	types, tlps, owners, observed := map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}
	from := 0
	for i, one := range m.matches {
		types[one.Type]++
		tlps[string(one.Audience.TLP)]++
		owners[string(one.Owner)]++
		if one.observed != "" {
			observed[one.observed]++
		}
		if one.sighted {
			found.Sighted++
		}
		found.Added = append(found.Added, one.Added)
		if one.Place == after {
			from = i + 1
		}
	}
	found.Types, found.TLPs, found.Owners, found.Observed = facets(types), facets(tlps), facets(owners), facets(observed)
	for _, one := range m.matches[from:min(from+limit, len(m.matches))] {
		found.Objects, found.Next = append(found.Objects, one.Object), one.Place
	}
	found.More = from+limit < len(m.matches)
	return found
}

func facets(counts map[string]int) (list []Facet) {
	for value, n := range counts {
		list = append(list, Facet{value, n})
	}
	slices.SortFunc(list, func(a, b Facet) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Value, b.Value)) })
	return list
}
