package exposure

import (
	"bytes"
	"fmt"
	"unique"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// One entry holds at most so many rows, of so many bytes: an import is as many
// entries as it takes, in one append.
const (
	entryRows  = 2000
	entryBytes = 256 << 10
)

// Report drafts the entries that take a partner's rows, to be appended together:
// each replaces what the partner said of the same vulnerability and product, and
// one with a total of 0 removes it. What is wrong with one row (ErrInvalid), or is
// one too many (ErrConflict), refuses all.
func (s *State) Report(who access.Principal, rows []Row) ([]ledger.Draft, error) {
	if err := who.CheckPartner("report exposure", access.Contributor); err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("report exposure: %w: there are no rows", access.ErrInvalid)
	}
	g := gathered{}
	for i, r := range rows {
		if err := g.add(r, fmt.Sprintf("/rows/%d", i)); err != nil {
			return nil, fmt.Errorf("report exposure: %w", err)
		}
	}
	if err := s.room(who.Partner, g.rows); err != nil {
		return nil, fmt.Errorf("report exposure: %w", err)
	}
	const head = `{"rows":[`
	return drafts(KindReported, who.Actor(), ofItself, head, head, g.rows)
}

// ofItself is the audience of what a partner says of itself: its own alone.
var ofItself = access.ToCommunity(access.Red).String()

// drafts writes the members of a list, one after the other, into as many entries as
// it takes. The first begins with first, the others with other; then come members,
// and the end of the list and of the object.
func drafts[T any](kind ledger.Kind, actor, audience, first, other string, list []T) ([]ledger.Draft, error) {
	var all []ledger.Draft
	var body bytes.Buffer
	for i, head := 0, first; i < len(list); head = other {
		body.WriteString(head)
		for n := 0; i < len(list) && n < entryRows && body.Len() < entryBytes; i, n = i+1, n+1 {
			if n > 0 {
				body.WriteByte(',')
			}
			if err := json.MarshalWrite(&body, list[i]); err != nil {
				return nil, fmt.Errorf("%w: write %s: %w", access.ErrInvalid, kind, err)
			}
		}
		body.WriteString("]}")
		all = append(all, ledger.Draft{Kind: kind, Actor: actor, Audience: audience, Body: bytes.Clone(body.Bytes())})
		body.Reset()
	}
	return all, nil
}

// gathered are the rows of one report, each about another thing.
type gathered struct {
	rows  []Row
	where map[rowKey]string
}

type rowKey struct{ vulnerability, product string }

// add takes a row; place says where it stands.
func (g *gathered) add(r Row, place string) error {
	r, err := r.normal()
	if err != nil {
		return fmt.Errorf("%s: %w", place, err)
	}
	if g.where == nil {
		g.where = map[rowKey]string{}
	}
	k := rowKey{r.Vulnerability, r.Product}
	if first, twice := g.where[k]; twice {
		return fmt.Errorf("%s: %w: %s %s is in %s already: say it once", place, access.ErrInvalid, r.Vulnerability, r.Product, first)
	}
	if len(g.rows) >= MaxRows {
		return fmt.Errorf("%s: %w: more than %d rows", place, access.ErrInvalid, MaxRows)
	}
	g.where[k] = place
	g.rows = append(g.rows, r)
	return nil
}

// room says whether the rows of a report have room beside those that are there.
func (s *State) room(partner access.PartnerID, rows []Row) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	h, here := s.holders[partner]
	if !here {
		return fmt.Errorf("%w: no partner has the id %q", access.ErrNotFound, partner)
	}
	added := 0
	products := map[string]int{} // that are new, by vulnerability
	for _, r := range rows {
		if r.Total == 0 {
			continue
		}
		there := 0
		if number, some := s.numbers[r.Vulnerability]; some {
			found, _, count := h.find(number, unique.Make(r.Product))
			if found >= 0 {
				continue
			}
			there = count
		}
		added++
		if products[r.Vulnerability]++; there+products[r.Vulnerability] > MaxProducts {
			return fmt.Errorf("%w: %s has more than %d products: sum some of them up", access.ErrConflict, r.Vulnerability, MaxProducts)
		}
	}
	switch {
	case h.used+added > MaxRows:
		return fmt.Errorf("%w: %d new rows beside %d that are there: a partner has at most %d; remove what is done with by a total of 0", access.ErrConflict, added, h.used, MaxRows)
	case s.rows+added > MaxAllRows:
		return fmt.Errorf("%w: the hub keeps at most %d rows, and has %d: report fewer products, or ask its administrator", access.ErrConflict, MaxAllRows, s.rows)
	}
	return nil
}
