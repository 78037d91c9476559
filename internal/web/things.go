package web

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/outbreak"
)

// Bounds of what is looked through for each letter that somebody types.
const (
	maxEach     = 4      // of one sort of thing
	maxObjects  = 8      // the rest of the palette
	maxWalked   = 20_000 // protections, the newest; any one is found by its whole value
	typingTime  = 250 * time.Millisecond
	leastLetter = 2 // fewer say nothing
)

// things adds to the pages and acts what is called so: released to the reader, each
// sort bounded, and at the end the ways to look further.
func (p *pages) things(r reading, q string, list []offer) []offer {
	if len(q) < leastLetter {
		return list
	}
	list = list[:min(len(list), maxEach)]
	for _, more := range []func(reading, string) []offer{p.offerOutbreaks, p.offerProtections, p.offerCases, p.offerPartners, p.offerObjects} {
		list = append(list, more(r, q)...)
	}
	list = list[:min(len(list), maxOffers-2)]
	group := english.say("palette.further", nil)
	if _, err := observable.Infer(q); err == nil {
		list = append(list, offer{Group: group, Name: english.say("palette.story", q), Path: "/protections/why?value=" + url.QueryEscape(q)})
	}
	return append(list, offer{Group: group, Name: english.say("palette.search", q), Path: "/search?q=" + url.QueryEscape(q)})
}

func (p *pages) offerOutbreaks(r reading, q string) (list []offer) {
	all := p.Views.Outbreak.List()
	slices.SortFunc(all, outbreak.Compare)
	for _, o := range all {
		if o.Status == outbreak.Merged || !r.who.MaySee("", o.Audience()) || !fits(headline(o)+" "+o.ID, q) {
			continue
		}
		if list = append(list, offer{Group: english.say("frame.outbreaks", nil), Name: headline(o), Hint: string(o.Status), TLP: o.Audience().TLP, Path: "/outbreaks/" + url.PathEscape(o.ID)}); len(list) == maxEach {
			break
		}
	}
	return list
}

func (p *pages) offerProtections(r reading, q string) (list []offer) {
	active := p.decided(r).active
	for _, one := range active[:min(len(active), maxWalked)] {
		if !fits(one.Text, q) {
			continue
		}
		if list = append(list, offer{Group: english.say("frame.protections", nil), Name: one.Text, Hint: string(one.Polarity), TLP: cmp.Or(one.TLP, access.Green), Path: "/protections/why?value=" + url.QueryEscape(one.Text)}); len(list) == maxEach {
			break
		}
	}
	return list
}

func (p *pages) offerCases(r reading, q string) (list []offer) {
	for _, c := range p.Views.Cases.Briefs(r.who) {
		if !fits(c.Question+" "+string(c.ID), q) {
			continue
		}
		if list = append(list, offer{Group: english.say("frame.cases", nil), Name: c.Question, Hint: string(c.Status), TLP: c.TLP, Path: "/cases/" + url.PathEscape(string(c.ID))}); len(list) == maxEach {
			break
		}
	}
	return list
}

func (p *pages) offerPartners(_ reading, q string) (list []offer) {
	for _, one := range p.Views.Access.Partners() {
		if !fits(one.Name, q) {
			continue
		}
		if list = append(list, offer{Group: english.say("frame.partners", nil), Name: one.Name, Hint: one.Sector, Path: "/partners/" + url.PathEscape(string(one.ID))}); len(list) == maxEach {
			break
		}
	}
	return list
}

// offerObjects asks the catalog; what takes it long is left to the search page.
func (p *pages) offerObjects(r reading, q string) (list []offer) {
	ctx, cancel := context.WithTimeout(r.Context(), typingTime)
	defer cancel()
	found, err := p.Views.Catalog.Search(ctx, r.who, q, maxObjects)
	if err != nil {
		return nil // the way to the search page stands below
	}
	for _, o := range found {
		list = append(list, offer{Group: english.say("palette.objects", nil), Name: cmp.Or(o.Name, o.ID), Hint: o.Type, TLP: o.Audience.TLP, Path: "/objects/" + url.PathEscape(o.ID)})
	}
	return list
}
