package api

import (
	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// How many protections one page holds at most, and without being asked to.
const (
	maxPage  = 10_000
	maxCover = 1000 // with receipts
)

type protectionQuery struct {
	State    protect.Status `query:"state" enum:"proposed,canary,active,revoked,expired" doc:"only those in this state"`
	Value    string         `query:"value" doc:"only those of this value"`
	Receipts bool           `query:"receipts" doc:"with each, where it is in force"`
	Limit    int            `query:"limit" minimum:"0" maximum:"10000" doc:"at most so many: 10000, with receipts 1000, unless fewer are asked for"`
	After    string         `query:"after" doc:"the more of the page before"`
}

type protectionList struct {
	Protections []listedProtection `json:"protections"`
	More        string             `json:"more,omitempty" doc:"there are more: after this"`
}

type listedProtection struct {
	protect.Protection
	Coverage *protect.Coverage `json:"coverage,omitempty"`
	// Against are partners that propose to recall it.
	Against []protect.RecallProposal `json:"against,omitempty" doc:"partners, such as other hubs, that propose to recall it: a coordinator decides"`
}

func (a *API) listProtections(who access.Principal, in *protectionQuery, pages places) (*body[protectionList], error) {
	after, err := pages.at(who, in.After)
	if err != nil {
		return nil, err
	}
	q := protect.Query{Status: in.State, After: after, Limit: maxPage}
	if in.Receipts {
		q.Limit = maxCover
	}
	if in.Limit > 0 {
		q.Limit = min(q.Limit, in.Limit)
	}
	if in.Value != "" {
		if q.Value, err = infer(in.Value); err != nil {
			return nil, err
		}
	}
	page, next := a.Views.Protect.Page(who, q)
	list := protectionList{Protections: make([]listedProtection, len(page)), More: pages.name(who, next)}
	ids := make([]string, len(page))
	for i, p := range page {
		list.Protections[i].Protection, ids[i] = p, p.ID
		list.Protections[i].Against = a.Views.Protect.Against(p.ID)
	}
	if in.Receipts {
		for i, c := range a.Views.CoverageOf(who, a.Clock(), ids...) {
			list.Protections[i].Coverage = &c
		}
	}
	return &body[protectionList]{list}, nil
}

// story is a value's, with how it stands now.
func (a *API) story(who access.Principal, v observable.Value) protect.Story {
	story := a.Views.Protect.Why(who, v)
	for i := range story.Events {
		story.Events[i].Seq = placeFor(who, story.Events[i].Seq)
	}
	story.Standing = a.Views.Outlooks(who, v, a.Clock())
	return story
}
