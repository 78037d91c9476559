package web

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/impact"
	"github.com/tocsin-project/tocsin/internal/outbreak"
)

// impactView is who is hit in one outbreak, and the form to say so of oneself.
type impactView struct {
	tried
	Done     string
	Headline string
	impact.Board
	Others     []shownImpact // of partners that show theirs
	OthersMore int
	Degrees    []impact.Criticality
	Partner    string // the reader's, if it may write for it
	Country    string // of that partner
	With       []string
}

// shownImpact is another partner's report that the reader is shown.
type shownImpact struct {
	impact.Entry
	Name string
}

const maxShownImpact = 100

var impactDone = map[string]string{
	"reported": english.say("exposure.impact.done.reported", nil),
	"shared":   english.say("exposure.impact.done.shared", nil),
}

func (p *pages) impact(r reading) (content, error) {
	id, merged, err := p.goesOn(r, r.PathValue("outbreak"))
	if err != nil {
		return content{}, err
	}
	o, _ := p.Views.Outbreak.Get(id)
	v := impactView{tried: r.tried, Done: said(r, impactDone), Headline: headline(o), Board: p.Views.Impact.Board(r.who, id, merged...), Degrees: impact.Criticalities()}
	v.OthersMore = max(0, len(v.Shown)-maxShownImpact)
	for _, one := range v.Shown[:min(len(v.Shown), maxShownImpact)] {
		v.Others = append(v.Others, shownImpact{one, p.nameOf(string(one.Partner))})
	}
	if r.may() {
		v.tried = r.tried.among("report", "share")
		own, _ := p.Views.Access.Partner(r.who.Partner)
		v.Partner, v.Country = own.Name, own.Country
		shared, err := p.Views.Impact.Sharing(r.who)
		if err != nil {
			return content{}, err
		}
		v.With = p.namesOf(shared.With)
	}
	return content{"impact", english.say("exposure.impact", nil), "/outbreaks", v}, nil
}

func (p *pages) reportImpact(r reading, act string) (string, error) {
	id, _, err := p.goesOn(r, r.PathValue("outbreak"))
	if err != nil {
		return "", err
	}
	here := "/impact/" + url.PathEscape(id)
	switch act {
	case "report":
		report := impact.Report{
			Outbreak: id, Country: strings.ToUpper(strings.TrimSpace(r.PostForm.Get("country"))), Criticality: impact.Criticality(r.PostForm.Get("criticality")),
			Note: words(r, "note"), Restored: r.PostForm.Get("restored") != "",
		}
		hit, still := &report.Infected, &report.Disrupted
		err := counts(r, map[string]*int64{
			"infected hosts": &hit.Hosts, "infected sites": &hit.Sites, "infected services": &hit.Services,
			"disrupted hosts": &still.Hosts, "disrupted sites": &still.Sites, "disrupted services": &still.Services, "people": &report.People,
		})
		if err != nil {
			return "", err
		}
		if report.RestoredAt, err = moment("restored_at", r.PostForm.Get("restored_at")); err != nil {
			return "", err
		}
		draft, err := p.Views.Impact.NewReport(r.who, report, p.Clock())
		return here + "?done=reported", p.append(r, draft, err)
	case "share":
		with, err := p.partnersNamed(r, "with")
		if err != nil {
			return "", err
		}
		if err := p.Views.Access.CheckAudience(r.who, access.Audience{TLP: access.Red, Recipients: with}); err != nil {
			return "", err
		}
		draft, err := p.Views.Impact.Share(r.who, impact.Sharing{With: with})
		return here + "?done=shared", p.append(r, draft, err)
	}
	return "", unknownAct(act)
}

// goesOn is the outbreak as which one goes on, and those that were merged into it, as
// far as the reader may be told of them.
func (p *pages) goesOn(r reading, id string) (last string, merged []string, err error) {
	list := slices.DeleteFunc(p.Views.Outbreak.List(), func(o outbreak.Outbreak) bool { return !r.who.MaySee("", o.Audience()) })
	if !slices.ContainsFunc(list, func(o outbreak.Outbreak) bool { return o.ID == id }) {
		return "", nil, fmt.Errorf("%w: no outbreak has the id %q", access.ErrNotFound, id)
	}
	last, merged = outbreak.GoesOn(list, id)
	return last, merged, nil
}
