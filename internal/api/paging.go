package api

import (
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// A list is paged in five lines; the type of the query is exported only because
// an embedded type that is not would be left out of the document:
//
//	pages := a.placesOf("actions")
//	... func(_ context.Context, who access.Principal, in *struct{ PageQuery }) (*body[actionList], error) {
//		page, more, err := paged(who, pages, board.List(who, now), in.PageQuery, func(a response.Action) string { return string(a.ID) })
//		return &body[actionList]{actionList{Actions: page, More: more}}, err
//	// type actionList struct { Actions []response.Action `json:"actions"`; More string `json:"more,omitempty" doc:"there are more: after this"` }
//
// A room that pages by itself, because its list is long, takes in.Limit and the
// place: pages.at and pages.name for places in the ledger, pages.open and
// pages.seal for any other key.

// PageQuery asks for a page of a list.
type PageQuery struct {
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"at most so many"`
	After string `query:"after" doc:"the more of the page before"`
}

// WholeQuery asks for a list that is given whole to who does not ask for pages:
// up to maxPage, so that there is a more only where there are more than that.
type WholeQuery struct {
	Limit int    `query:"limit" minimum:"1" maximum:"10000" default:"10000" doc:"at most so many"`
	After string `query:"after" doc:"the more of the page before"`
}

func (q WholeQuery) page() PageQuery { return PageQuery(q) }

// inOrder and sortable are keys whose order is the ledger's and time's.
func inOrder(seq ledger.Seq) string { return fmt.Sprintf("%016x", uint64(seq)) }

func sortable(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000000Z") }

// paged is the page of a list that was asked for, never nil, and the place of
// the next one, "" after the last. key tells the items of the list apart and does
// not change; it goes into the place, sealed. What comes to the list or leaves it
// meanwhile neither doubles nor hides another item: a page begins after the item
// with which the one before ended, and where that is gone and the list is in the
// order of its keys, after where it would be. In a list of another order, such as
// the newest first or the most urgent, who was at the item that is gone is told to
// begin anew (410).
func paged[T any](who access.Principal, pages places, list []T, in PageQuery, key func(T) string) (page []T, more string, err error) {
	begin := 0
	if in.After != "" {
		last, err := pages.open(who, in.After)
		if err != nil {
			return nil, "", err
		}
		if begin, err = after(list, last, key); err != nil {
			return nil, "", err
		}
	}
	page = list[begin:]
	if in.Limit > 0 && len(page) > in.Limit {
		page = page[:in.Limit]
		more = pages.seal(who, key(page[len(page)-1]))
	}
	if page == nil {
		page = []T{}
	}
	return page, more, nil
}

// after is the index of the item after the one with the key.
func after[T any](list []T, last string, key func(T) string) (int, error) {
	if i := slices.IndexFunc(list, func(one T) bool { return key(one) == last }); i >= 0 {
		return i + 1, nil
	}
	ordered := true
	behind := len(list) // the first that comes after where the key would be
	before := ""
	for i, one := range list {
		k := key(one)
		ordered = ordered && (i == 0 || k > before)
		if k > last {
			behind = min(behind, i)
		}
		before = k
	}
	if !ordered {
		return 0, fmt.Errorf("%w: after: that with which the page before ended is no longer in the list: begin with the first", errGone)
	}
	return behind, nil
}
