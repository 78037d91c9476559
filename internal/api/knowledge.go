package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog"
)

// maxFound is how many of the best matches a search can be paged through.
const maxFound = 1000

func (a *API) knowledge() {
	pages := a.placesOf("search")
	operation(a, huma.Operation{OperationID: "search", Method: http.MethodGet, Path: "/search", Summary: "Find objects by text"},
		access.Viewer, func(ctx context.Context, who access.Principal, in *struct {
			Q     string `query:"q" required:"true" maxLength:"1000" doc:"words, a name, a domain, an address, a hash, an external id"`
			Limit int    `query:"limit" default:"20" minimum:"1" maximum:"200"`
			After string `query:"after" doc:"the more of the page before"`
		}) (*body[found], error) {
			most := in.Limit + 1
			if in.After != "" {
				most = maxFound
			}
			objects, err := a.Views.Catalog.Search(ctx, who, in.Q, most)
			if err != nil {
				return nil, err
			}
			objects, more, err := paged(who, pages, objects, PageQuery{in.Limit, in.After}, func(o catalog.Object) string { return o.ID })
			out := found{Objects: make([]Summary, 0, len(objects)), More: more}
			for _, o := range objects {
				out.Objects = append(out.Objects, summarise(o))
			}
			return &body[found]{out}, err
		})
	operation(a, huma.Operation{OperationID: "object", Method: http.MethodGet, Path: "/objects/{id}", Summary: "One object, newest version, and what it is related to"},
		access.Viewer, func(ctx context.Context, who access.Principal, in *struct {
			ID string `path:"id"`
		}) (*body[whole], error) {
			o, err := a.Views.Catalog.Object(ctx, who, in.ID)
			if err != nil {
				return nil, err
			}
			related, more, err := a.Views.Catalog.Relations(ctx, who, in.ID)
			if err != nil {
				return nil, err
			}
			out := whole{Summary: summarise(o), Object: document(o.Raw), Related: make([]relation, 0, len(related)), More: more}
			for _, r := range related {
				out.Related = append(out.Related, relation{ID: r.ID, Type: r.Type, Outgoing: r.Outgoing, Owner: r.Owner, Other: summarise(r.Other)})
			}
			return &body[whole]{out}, nil
		})
}

type found struct {
	Objects []Summary `json:"objects"`
	More    string    `json:"more,omitempty" doc:"there are more: after this; of very many only the thousand that fit best"`
}

// Summary is an object as lists show it.
type Summary struct {
	ID       string     `json:"id"`
	Type     string     `json:"type"`
	Name     string     `json:"name,omitempty"`
	Modified time.Time  `json:"modified,omitzero"`
	Revoked  bool       `json:"revoked,omitzero"`
	TLP      access.TLP `json:"tlp"`
	PAP      string     `json:"pap,omitempty" doc:"Permissible Actions Protocol: clear, green, amber or red"`
}

func summarise(o catalog.Object) Summary {
	return Summary{ID: o.ID, Type: o.Type, Name: o.Name, Modified: o.Modified, Revoked: o.Revoked, TLP: o.Audience.TLP, PAP: o.PAP}
}

type whole struct {
	Summary
	Object  document   `json:"object" doc:"the STIX object as it was contributed"`
	Related []relation `json:"related" doc:"of very many the thousand that were added last"`
	More    bool       `json:"more_related,omitzero" doc:"there are, or may be, more relations than these"`
}

// relation is a relationship of the object, seen from it.
type relation struct {
	ID       string           `json:"id"`
	Type     string           `json:"relationship_type"`
	Outgoing bool             `json:"outgoing" doc:"the object is the relationship's source"`
	Owner    access.PartnerID `json:"owner"`
	Other    Summary          `json:"other"`
}
