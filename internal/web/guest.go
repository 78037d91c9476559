package web

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/response"
)

// guest reads in an open hub without signing in. The views release to it what
// a member of the community may see; public then takes away what TLP (FIRST,
// version 2.0) ends at organisations, for a guest belongs to none.
var guest = access.Principal{Role: access.Viewer, Communities: []string{access.DefaultCommunity}}

// public says whether a guest may see what carries the audience.
func public(a access.Audience) bool {
	return guest.MaySee("", a) && (a.TLP == access.Clear || a.TLP == access.Green)
}

// objectFor is the newest version that the reader may see.
func (p *pages) objectFor(r reading, id string) (catalog.Object, error) {
	if !r.guest {
		return p.Views.Catalog.Object(r.Context(), r.who, id)
	}
	versions, err := p.Views.Catalog.Versions(r.Context(), r.who, id)
	if err != nil {
		return catalog.Object{}, err
	}
	for _, o := range versions {
		if public(o.Audience) {
			return o, nil
		}
	}
	return catalog.Object{}, fmt.Errorf("object %s: %w", id, catalog.ErrNotFound)
}

// foundFor is what the reader's search finds.
func (p *pages) foundFor(r reading, query string) ([]catalog.Object, error) {
	found, err := p.Views.Catalog.Search(r.Context(), r.who, query, maxFound)
	if r.guest {
		found = slices.DeleteFunc(found, func(o catalog.Object) bool { return !public(o.Audience) })
	}
	return found, err
}

// relatedFor is the relations that the reader may see: relationship and other
// end have to be released, each by its own marking.
func (p *pages) relatedFor(r reading, id string) ([]catalog.Relation, error) {
	related, err := p.Views.Catalog.Related(r.Context(), r.who, id)
	if err != nil || !r.guest || len(related) == 0 {
		return related, err
	}
	ids := make([]string, 0, len(related))
	for _, one := range related {
		ids = append(ids, one.ID)
	}
	page, err := p.Views.Catalog.Page(r.Context(), r.who, catalog.PageQuery{IDs: ids, Limit: len(ids), WithoutRaw: true})
	if err != nil {
		return nil, err
	}
	open := map[string]bool{}
	for _, relationship := range page.Objects {
		open[relationship.ID] = public(relationship.Audience)
	}
	return slices.DeleteFunc(related, func(one catalog.Relation) bool {
		return !open[one.ID] || !public(one.Other.Audience)
	}), nil
}

// actionsFor is the board as far as the reader may see it.
func (p *pages) actionsFor(r reading) ([]response.Action, error) {
	list := p.Views.Response.List(r.who, p.Clock())
	return keepPublic(r, p, list, func(a response.Action) string { return string(a.ID) })
}

// casesFor is the cases that the reader may see.
func (p *pages) casesFor(r reading) ([]attribution.Case, error) {
	list := p.Views.Cases.List(r.who)
	return keepPublic(r, p, list, func(c attribution.Case) string { return string(c.ID) })
}

// caseFor is one case, if the reader may see it.
func (p *pages) caseFor(r reading, id attribution.CaseID) (attribution.Case, error) {
	c, err := p.Views.Cases.Get(r.who, id)
	if err != nil {
		return c, err
	}
	list, err := keepPublic(r, p, []attribution.Case{c}, func(c attribution.Case) string { return string(c.ID) })
	if err != nil || len(list) == 0 {
		return attribution.Case{}, cmp.Or(err, fmt.Errorf("get case: %w", access.ErrNotFound))
	}
	return c, nil
}

// keepPublic drops for a guest what was not opened to the public. The views
// keep the audience to themselves; the entries that opened it say it.
func keepPublic[T any](r reading, p *pages, list []T, id func(T) string) ([]T, error) {
	if !r.guest || len(list) == 0 {
		return list, nil
	}
	opened, err := p.opened(r.Context())
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(list, func(one T) bool { return !opened[id(one)] }), nil
}

// opened says of each action and case whether it was opened to the public.
func (p *pages) opened(ctx context.Context) (map[string]bool, error) {
	if err := p.reports.catchUp(ctx, p.Views.Ledger); err != nil {
		return nil, err
	}
	return p.reports.openedPublic(), nil
}

// storyFor is as much of a value's story as the reader may see. Decisions are
// the community's; of what partners reported a guest sees what is public.
func (p *pages) storyFor(r reading, story protect.Story) (protect.Story, error) {
	if !r.guest {
		return story, nil
	}
	if err := p.reports.catchUp(r.Context(), p.Views.Ledger); err != nil {
		return story, err
	}
	story.Events = slices.DeleteFunc(story.Events, func(e protect.Event) bool {
		return e.Protection == nil && (e.Sightings == nil || !p.reports.publicReport(e.Seq))
	})
	return story, nil
}
