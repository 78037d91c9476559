package response

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/stix"
)

// Beside ids and sectors, actions are asked of all partners of a kind or a country.
const (
	ofKind    = "kind:"
	ofCountry = "country:"
)

func isPartner(s string) bool { return stix.TypeOfID(s) == "identity" }

// isGroup accepts sectors, kinds of partner, which are spelled alike, and countries.
func isGroup(s string) bool {
	if country, ok := strings.CutPrefix(s, ofCountry); ok {
		return access.IsCountry(country)
	}
	return isSector(strings.TrimPrefix(s, ofKind))
}

// isSector accepts the form of STIX's industry-sector-ov, an open vocabulary.
func isSector(s string) bool { return isKey(s) && !strings.HasPrefix(s, "identity-") }

func checkAsked(asked []string) error {
	if len(asked) > maxAsked {
		return fmt.Errorf("%w: asked_of has %d members, at most %d are allowed", access.ErrInvalid, len(asked), maxAsked)
	}
	seen := make(map[string]bool, len(asked))
	for i, one := range asked {
		if !isPartner(one) && !isGroup(one) {
			return fmt.Errorf("%w: asked_of/%d: %q is neither a partner's id (\"identity--\" and a UUID) nor a sector (a-z, 0-9, '-'), a kind of partner as \"kind:provider\" or a country as \"country:GB\"", access.ErrInvalid, i, one)
		}
		if seen[one] {
			return fmt.Errorf("%w: asked_of/%d: %q is named twice", access.ErrInvalid, i, one)
		}
		seen[one] = true
	}
	return nil
}

// roll is who takes part, for one query.
type roll struct {
	directory Directory
	members   []member                      // by id
	groups    map[string][]access.PartnerID // those asked by the same words, as they were found out
}

// member is a partner with the words by which it is asked.
type member struct {
	id    access.PartnerID
	words [3]string // sector, kind, country
}

func memberOf(p access.Partner) member {
	return member{p.ID, [3]string{p.Sector, ofKind + p.Kind, ofCountry + p.Country}}
}

func (s *State) roll() roll {
	r := roll{directory: s.directory, groups: make(map[string][]access.PartnerID)}
	if s.directory == nil {
		return r
	}
	for _, p := range s.directory.Partners() {
		r.members = append(r.members, memberOf(p))
	}
	slices.SortFunc(r.members, func(a, b member) int { return strings.Compare(string(a.id), string(b.id)) })
	return r
}

// asksOf says whether the action is asked of the partner, by id or as one of
// many.
func (a *record) asksOf(m member) bool {
	return a.names(string(m.id)) || a.crowd != "" && slices.ContainsFunc(m.words[:], func(word string) bool { return word != "" && a.names(word) })
}

// group are the partners that the action is asked of as one of many, by id.
// Thousands of actions ask the same few groups.
func (r roll) group(a *record) []access.PartnerID {
	if a.crowd == "" {
		return nil
	}
	group, known := r.groups[a.crowd]
	if !known {
		words := strings.Fields(a.crowd)
		for _, m := range r.members {
			if slices.ContainsFunc(m.words[:], func(word string) bool { return slices.Contains(words, word) }) {
				group = append(group, m.id)
			}
		}
		r.groups[a.crowd] = group
	}
	return group
}

// waiting are the partners that were asked and have not answered: those asked by
// id as they were named, then the others by id. Who may not see the action was
// never told, and is not waited for.
func (r roll) waiting(a *record) iter.Seq[access.PartnerID] {
	return func(yield func(access.PartnerID) bool) {
		if !a.cancelledAt.IsZero() {
			return
		}
		if a.silent > 0 {
			for _, asked := range a.AskedOf {
				id := access.PartnerID(asked)
				if isPartner(asked) && a.parts[id] == nil && r.shows(a, id) && !yield(id) {
					return
				}
			}
		}
		for _, id := range r.group(a) {
			if a.parts[id] == nil && !a.names(string(id)) && r.shows(a, id) && !yield(id) {
				return
			}
		}
	}
}

func (r roll) count(a *record) (n int) {
	if a.silent == 0 && a.crowd == "" {
		return 0
	}
	for range r.waiting(a) {
		n++
	}
	return n
}

// shows says whether a partner may see the action.
func (r roll) shows(a *record, id access.PartnerID) bool {
	if r.directory == nil || a.audience.Community == access.DefaultCommunity && a.audience.TLP != access.Red {
		return true // of which every partner is a member
	}
	who, present := r.directory.Reader(id)
	return present && who.MaySee(a.By, a.audience)
}
