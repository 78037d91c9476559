package web

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/outbreak"
)

// Kept is what was typed into a field of an act's form, or what else stands there.
func (t tried) Kept(act, field, otherwise string) string {
	if t.act != act || !t.values.Has(field) {
		return otherwise
	}
	return t.values.Get(field)
}

// among notes which acts have a form on the page, beside which a refusal is shown.
func (t tried) among(acts ...string) tried {
	t.beside = slices.Contains(acts, t.act)
	return t
}

// Stray is why something was refused that has no form on the page.
func (t tried) Stray() string {
	if t.beside {
		return ""
	}
	return t.wrong
}

// Picked says whether a box of an act's form was ticked, or an option chosen.
func (t tried) Picked(act, field, value string) bool {
	return t.act == act && slices.Contains(t.values[field], value)
}

// said is what a page says was done, by the word that its address holds.
func said(r reading, words map[string]string) string { return words[r.URL.Query().Get("done")] }

// may says whether the reader can write for its partner.
func (r reading) may() bool { return r.who.Partner != "" && r.who.AtLeast(access.Contributor) }

// coordinates says whether the reader can ask others: as a coordinator of a partner,
// or in the hub's name.
func (r reading) coordinates() bool {
	return r.who.AtLeast(access.Administrator) || r.who.Partner != "" && r.who.AtLeast(access.Coordinator)
}

// count reads a whole number of a form; nothing is 0.
func count(r reading, field string) (int64, error) {
	text := strings.TrimSpace(r.PostForm.Get(field))
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%w: %s: %.40q is no number: use digits only", access.ErrInvalid, field, text)
	}
	return n, nil
}

// counts reads several; the first that cannot be read is the error.
func counts(r reading, into map[string]*int64) error {
	for _, field := range slices.Sorted(maps.Keys(into)) {
		n, err := count(r, field)
		if err != nil {
			return err
		}
		*into[field] = n
	}
	return nil
}

// partnersNamed reads partners by name or id, one a line.
func (p *pages) partnersNamed(r reading, field string) ([]access.PartnerID, error) {
	var list []access.PartnerID
	var all []access.Partner
	for line := range strings.Lines(words(r, field)) {
		name := strings.TrimSpace(line)
		if name == "" {
			continue
		}
		if all == nil {
			all = p.Views.Access.Partners()
		}
		var found []access.PartnerID
		for _, one := range all {
			if string(one.ID) == name {
				found = []access.PartnerID{one.ID}
				break
			}
			if strings.EqualFold(one.Name, name) {
				found = append(found, one.ID)
			}
		}
		switch {
		case len(found) == 0:
			return nil, fmt.Errorf("%w: %s: no partner is called %.100q: write names or ids as on the page of partners, one a line", access.ErrInvalid, field, name)
		case len(found) > 1:
			return nil, fmt.Errorf("%w: %s: %d partners are called %.100q: write the id", access.ErrInvalid, field, len(found), name)
		case !slices.Contains(list, found[0]):
			list = append(list, found[0])
		}
	}
	return list, nil
}

// namesOf are the names of partners, in their order, one a line.
func (p *pages) namesOf(ids []access.PartnerID) []string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = p.nameOf(string(id))
	}
	return list
}

// named is a partner and its name.
type named struct {
	ID   access.PartnerID
	Name string
}

func (p *pages) named(ids []access.PartnerID) []named {
	list := make([]named, len(ids))
	for i, id := range ids {
		list[i] = named{id, p.nameOf(string(id))}
	}
	slices.SortFunc(list, func(a, b named) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// outbreakChoice is an outbreak as a form offers it.
type outbreakChoice struct{ ID, Headline string }

// maxChoices is how many outbreaks a form offers, open ones first.
const maxChoices = 50

// outbreakChoices are the outbreaks that the reader may be told of and that go on as
// themselves, in the order in which people look.
func (p *pages) outbreakChoices(r reading) []outbreakChoice {
	list := p.Views.Outbreak.List()
	slices.SortFunc(list, outbreak.Compare)
	var found []outbreakChoice
	for _, o := range list {
		if o.Status != outbreak.Merged && r.who.MaySee("", o.Audience()) && len(found) < maxChoices {
			found = append(found, outbreakChoice{o.ID, headline(o) + ", " + o.Raised.UTC().Format("2 Jan 2006, 15:04")})
		}
	}
	return found
}
