package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

func (a *API) audit() {
	operation(a, huma.Operation{OperationID: "audit", Method: http.MethodGet, Path: "/audit", Summary: "Acts of security in the order in which they happened, a page at a time"},
		access.Administrator, func(ctx context.Context, _ access.Principal, in *struct {
			After uint64 `query:"after" doc:"only those after this number; next of the page before"`
			Kind  string `query:"kind" doc:"only these kinds, separated by commas, such as token.issued; a kind's first word, such as token, is all of its kinds"`
			Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
		}) (*body[auditPage], error) {
			kinds, err := auditKinds(in.Kind)
			if err != nil {
				return nil, err
			}
			page := auditPage{Entries: []access.Record{}, Next: in.After}
			for e, err := range a.Views.Ledger.Read(ctx, ledger.Seq(in.After), kinds...) {
				if err != nil {
					return nil, err
				}
				if len(page.Entries) == in.Limit {
					page.More = true
					break
				}
				page.Entries = append(page.Entries, access.NewRecord(e))
				page.Next = uint64(e.Seq)
			}
			return &body[auditPage]{page}, nil
		})
}

// auditKinds are the kinds of acts of security that a list names; all for none.
func auditKinds(list string) ([]ledger.Kind, error) {
	if list == "" {
		return access.SecurityKinds(), nil
	}
	var kinds []ledger.Kind
	for name := range strings.SplitSeq(list, ",") {
		name = strings.TrimSpace(name)
		before := len(kinds)
		for _, k := range access.SecurityKinds() {
			if area, _, _ := strings.Cut(string(k), "."); string(k) == name || area == name {
				kinds = append(kinds, k)
			}
		}
		if len(kinds) == before {
			return nil, fmt.Errorf("%w: kind: no act of security is of the kind %q: use one of %v", errInvalid, name, access.SecurityKinds())
		}
	}
	return kinds, nil
}

type auditPage struct {
	Entries []access.Record `json:"entries"`
	Next    uint64          `json:"next" doc:"after, for the next page"`
	More    bool            `json:"more" doc:"there is a next page now"`
}
