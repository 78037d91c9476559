package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/response"
)

func (a *API) templates() {
	board, pages := a.Views.Response, a.placesOf("templates")
	operation(a, huma.Operation{OperationID: "list-templates", Method: http.MethodGet, Path: "/templates", Summary: "What outbreaks of one kind call for; with an outbreak, the templates that meet it, the closest first"},
		access.Viewer, func(_ context.Context, who access.Principal, in *struct {
			PageQuery
			Outbreak string `query:"outbreak" doc:"its id"`
		}) (*body[templateList], error) {
			list := board.Templates()
			if in.Outbreak != "" {
				o, err := a.outbreak(who, in.Outbreak)
				if err != nil {
					return nil, err
				}
				list = board.TemplatesFor(o.Body)
			}
			page, more, err := paged(who, pages, list, in.PageQuery, func(t response.Template) string { return t.ID })
			return &body[templateList]{templateList{page, more}}, err
		})
	operation(a, huma.Operation{OperationID: "template", Method: http.MethodGet, Path: "/templates/{id}", Summary: "One template with its steps"},
		access.Viewer, func(_ context.Context, _ access.Principal, in *templatePath) (*body[response.Template], error) {
			t, err := board.Template(in.ID)
			return &body[response.Template]{t}, err
		})
	operation(a, huma.Operation{OperationID: "set-template", Method: http.MethodPut, Path: "/templates/{id}", Summary: "Add a template, or replace the one with the id"},
		access.Coordinator, func(ctx context.Context, who access.Principal, in *struct {
			ID   string `path:"id"`
			Body response.Template
		}) (*body[response.Template], error) {
			in.Body.ID = in.ID
			draft, err := board.SetTemplate(who, in.Body)
			if err != nil {
				return nil, err
			}
			if _, err := a.Views.Append(ctx, draft); err != nil {
				return nil, err
			}
			t, err := board.Template(in.ID)
			return &body[response.Template]{t}, err
		})
	operation(a, huma.Operation{OperationID: "open-template", Method: http.MethodPost, Path: "/actions/from-template", Summary: "Ask for all actions of a template for an outbreak, together", DefaultStatus: http.StatusCreated},
		access.Coordinator, func(ctx context.Context, who access.Principal, in *body[response.FromTemplate]) (*body[openedList], error) {
			return a.openTemplate(ctx, who, in.Body)
		})
}

// openTemplate has whoever opens templates take turns: two people who open one at
// the same time open it once.
func (a *API) openTemplate(ctx context.Context, who access.Principal, in response.FromTemplate) (*body[openedList], error) {
	if _, err := a.outbreak(who, in.Outbreak); err != nil {
		return nil, err
	}
	var err error
	if in.Audience, err = a.Views.AudienceFor(who, in.Outbreak, in.Audience); err != nil {
		return nil, err
	}
	done := a.Views.Access.Deciding()
	defer done()
	ids, drafts, err := a.Views.Response.OpenTemplate(who, in, a.Clock())
	if err != nil {
		return nil, err
	}
	if _, err := a.Views.Append(ctx, drafts...); err != nil {
		return nil, err
	}
	list := openedList{Actions: make([]response.Action, 0, len(ids))}
	for _, id := range ids {
		action, err := a.Views.Response.Get(who, id, a.Clock())
		if err != nil {
			return nil, err
		}
		list.Actions = append(list.Actions, action)
	}
	return &body[openedList]{list}, nil
}

type templatePath struct {
	ID string `path:"id"`
}

type templateList struct {
	Templates []response.Template `json:"templates"`
	More      string              `json:"more,omitempty" doc:"there are more: after this"`
}

type openedList struct {
	Actions []response.Action `json:"actions" doc:"in the order of the template's steps"`
}
