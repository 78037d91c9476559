package api

import (
	"context"
	"net/http"
	"reflect"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/duty"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

func (a *API) duties() {
	a.readDuties()
	duties := a.Views.Duties
	operation(a, huma.Operation{OperationID: "open-duty", Method: http.MethodPost, Path: "/duties", Summary: "Open an incident report: its deadlines are watched from then on", DefaultStatus: http.StatusCreated},
		access.Contributor, func(ctx context.Context, who access.Principal, in *body[duty.Request]) (*body[openedDuty], error) {
			id, warnings, draft, err := duties.Open(who, in.Body, a.Clock())
			opened, err := a.dutyAfter(ctx, who, id, draft, err)
			if err != nil {
				return nil, err
			}
			return &body[openedDuty]{openedDuty{opened.Body, warnings}}, nil
		})
	operation(a, huma.Operation{OperationID: "submit-duty", Method: http.MethodPost, Path: "/duties/submissions", Summary: "Submit a stage's report, or a correction: its text is kept, the hub sends it to nobody", DefaultStatus: http.StatusCreated},
		access.Contributor, func(ctx context.Context, who access.Principal, in *body[duty.Submission]) (*body[duty.Duty], error) {
			draft, err := duties.Submit(who, in.Body, a.Clock())
			return a.dutyAfter(ctx, who, in.Body.Duty, draft, err)
		})
	operation(a, huma.Operation{OperationID: "waive-duty", Method: http.MethodPost, Path: "/duties/waivers", Summary: "Mark a stage as not needed, with a reason", DefaultStatus: http.StatusCreated},
		access.Contributor, func(ctx context.Context, who access.Principal, in *body[duty.Waiver]) (*body[duty.Duty], error) {
			draft, err := duties.Waive(who, in.Body, a.Clock())
			return a.dutyAfter(ctx, who, in.Body.Duty, draft, err)
		})
	operation(a, huma.Operation{OperationID: "handled-duty", Method: http.MethodPost, Path: "/duties/handled", Summary: "Say when the incident was handled: a report that was put off counts from then", DefaultStatus: http.StatusCreated},
		access.Contributor, func(ctx context.Context, who access.Principal, in *body[duty.Handled]) (*body[duty.Duty], error) {
			draft, err := duties.Handle(who, in.Body, a.Clock())
			return a.dutyAfter(ctx, who, in.Body.Duty, draft, err)
		})
	operation(a, huma.Operation{OperationID: "share-duty", Method: http.MethodPost, Path: "/duties/sharing", Summary: "Say whom a duty is shown to, such as the authority's own partner, in place of those before"},
		access.Contributor, func(ctx context.Context, who access.Principal, in *body[duty.Sharing]) (*body[duty.Duty], error) {
			if err := a.Views.Access.CheckAudience(who, access.Audience{TLP: access.Red, Recipients: in.Body.With}); err != nil {
				return nil, err
			}
			draft, err := duties.Share(who, in.Body, a.Clock())
			return a.dutyAfter(ctx, who, in.Body.Duty, draft, err)
		})
	operation(a, huma.Operation{OperationID: "close-duty", Method: http.MethodPost, Path: "/duties/closures", Summary: "Close a duty: nothing more is watched or submitted", DefaultStatus: http.StatusCreated},
		access.Contributor, func(ctx context.Context, who access.Principal, in *body[duty.Closing]) (*body[duty.Duty], error) {
			draft, err := duties.Close(who, in.Body, a.Clock())
			return a.dutyAfter(ctx, who, in.Body.Duty, draft, err)
		})
}

func (a *API) readDuties() {
	duties := a.Views.Duties
	templates, pages := a.placesOf("duty-templates"), a.placesOf("duties")
	operation(a, huma.Operation{OperationID: "list-duty-templates", Method: http.MethodGet, Path: "/duties/templates", Summary: "The incident reports that can be opened: forms, stages, deadlines"},
		access.Viewer, func(_ context.Context, who access.Principal, in *struct{ PageQuery }) (*body[dutyTemplateList], error) {
			page, more, err := paged(who, templates, duties.Templates(), in.PageQuery, func(t duty.Template) string { return t.ID })
			return &body[dutyTemplateList]{dutyTemplateList{page, more}}, err
		})
	operation(a, huma.Operation{OperationID: "list-duties", Method: http.MethodGet, Path: "/duties", Summary: "Your incident reports and those you are shown, the newest first"},
		access.Viewer, func(_ context.Context, who access.Principal, in *dutyQuery) (*body[dutyList], error) {
			list := slices.DeleteFunc(duties.List(who, a.Clock()), func(d duty.Duty) bool {
				return in.Outbreak != "" && d.Outbreak != in.Outbreak || in.Open && !d.Closed.IsZero()
			})
			page, more, err := paged(who, pages, list, in.PageQuery, func(d duty.Duty) string { return string(d.ID) })
			return &body[dutyList]{dutyList{page, more}}, err
		})
	operation(a, huma.Operation{OperationID: "duty", Method: http.MethodGet, Path: "/duties/{id}", Summary: "One incident report: its stages and deadlines"},
		access.Viewer, func(_ context.Context, who access.Principal, in *struct {
			ID duty.ID `path:"id"`
		}) (*body[duty.Duty], error) {
			d, err := duties.Get(who, in.ID, a.Clock())
			return &body[duty.Duty]{d}, err
		})
	operation(a, huma.Operation{OperationID: "duty-form", Method: http.MethodGet, Path: "/duties/{id}/stages/{stage}", Summary: "A stage's form: as submitted, or while it is not, filled from the board", Responses: a.formAnswers()},
		access.Viewer, func(_ context.Context, who access.Principal, in *dutyFormQuery) (*file, error) {
			f, err := duties.Form(who, in.ID, in.Stage, in.Number, a.Clock())
			if err != nil {
				return nil, err
			}
			return formFile(f, in.Format)
		})
}

// formAnswers are the ways in which a form is given.
func (a *API) formAnswers() map[string]*huma.Response {
	all := answers("text/plain")
	for kind, media := range answers("text/html")["200"].Content {
		all["200"].Content[kind] = media
	}
	schema := a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[duty.Form](), true, "")
	all["200"].Content["application/json"] = &huma.MediaType{Schema: schema}
	return all
}

func formFile(f duty.Form, format string) (*file, error) {
	switch format {
	case "text":
		return &file{"text/plain", []byte(f.Text())}, nil
	case "html":
		text, err := f.HTML()
		return &file{"text/html", []byte(text)}, err
	}
	text, err := json.Marshal(f)
	return &file{"application/json", text}, err
}

type dutyTemplateList struct {
	Templates []duty.Template `json:"templates"`
	More      string          `json:"more,omitempty" doc:"there are more: after this"`
}

type dutyQuery struct {
	PageQuery
	Outbreak string `query:"outbreak" doc:"only of this outbreak"`
	Open     bool   `query:"open" doc:"only those that are not closed"`
}

type dutyList struct {
	Duties []duty.Duty `json:"duties"`
	More   string      `json:"more,omitempty" doc:"there are more: after this"`
}

type dutyFormQuery struct {
	ID     duty.ID `path:"id"`
	Stage  string  `path:"stage" doc:"its key"`
	Number int     `query:"number" minimum:"0" doc:"which submission, from 1; without, the latest"`
	Format string  `query:"format" enum:"json,text,html" default:"json"`
}

type openedDuty struct {
	duty.Duty
	Warnings []string `json:"warnings" doc:"deadlines that had passed before it was opened"`
}

// dutyAfter appends what was drafted and gives the duty as it stands then.
func (a *API) dutyAfter(ctx context.Context, who access.Principal, id duty.ID, draft ledger.Draft, err error) (*body[duty.Duty], error) {
	if err := a.told(ctx, draft, err); err != nil {
		return nil, err
	}
	d, err := a.Views.Duties.Get(who, id, a.Clock())
	return &body[duty.Duty]{d}, err
}
