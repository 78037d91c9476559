package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/response"
)

func (a *API) calls() {
	board := a.Views.Response
	pages, answers := a.placesOf("calls"), a.placesOf("answers to calls")
	operation(a, huma.Operation{OperationID: "list-calls", Method: http.MethodGet, Path: "/calls", Summary: "Calls for assistance, the newest first"},
		access.Viewer, func(_ context.Context, who access.Principal, in *callQuery) (*body[callList], error) {
			list := board.Calls(who, response.CallQuery{Outbreak: in.Outbreak, Open: in.Open, Yours: in.Yours})
			page, more, err := paged(who, pages, list, in.PageQuery, func(c response.Call) string { return string(c.ID) })
			return &body[callList]{callList{page, more}}, err
		})
	operation(a, huma.Operation{OperationID: "call", Method: http.MethodGet, Path: "/calls/{id}", Summary: "One call; for coordinators and for who opened it with the partners that have not answered"},
		access.Viewer, func(_ context.Context, who access.Principal, in *callPath) (*body[response.Call], error) {
			call, err := board.Call(who, in.ID)
			return &body[response.Call]{call}, err
		})
	operation(a, huma.Operation{OperationID: "call-answers", Method: http.MethodGet, Path: "/calls/{id}/answers", Summary: "Who had answered by a time, with what, after how long; and the numbers, organisations counted once"},
		access.Viewer, func(_ context.Context, who access.Principal, in *callAnswersQuery) (*body[callAnswers], error) {
			until := in.Until
			if until.IsZero() {
				until = a.Clock()
			}
			muster, err := board.Muster(who, in.ID, until)
			if err != nil {
				return nil, err
			}
			replies, err := board.Replies(who, in.ID, until)
			if err != nil {
				return nil, err
			}
			page, more, err := paged(who, answers, replies, in.PageQuery, func(r response.Reply) string { return string(in.ID) + " " + string(r.Partner) })
			return &body[callAnswers]{callAnswers{muster, page, more}}, err
		})
	operation(a, huma.Operation{OperationID: "open-call", Method: http.MethodPost, Path: "/calls", Summary: "Call partners for assistance by sector, country, kind and skill, or by name", DefaultStatus: http.StatusCreated},
		access.Coordinator, func(ctx context.Context, who access.Principal, in *body[newCall]) (*body[response.Call], error) {
			to, err := a.Views.AudienceFor(who, in.Body.Outbreak, in.Body.Audience)
			if err == nil && to.TLP != "" {
				err = a.Views.Access.CheckAudience(who, to)
			}
			if err != nil {
				return nil, err
			}
			id, draft, err := board.OpenCall(who, to, in.Body.CallOpening, a.Clock())
			return a.callAfter(ctx, who, id, draft, err)
		})
	operation(a, huma.Operation{OperationID: "answer-call", Method: http.MethodPost, Path: "/calls/answers", Summary: "Answer a call, called or not; again to change the answer"},
		access.Contributor, func(ctx context.Context, who access.Principal, in *body[response.CallAnswer]) (*body[response.Call], error) {
			draft, err := board.AnswerCall(who, in.Body)
			return a.callAfter(ctx, who, in.Body.Call, draft, err)
		})
	operation(a, huma.Operation{OperationID: "close-call", Method: http.MethodPost, Path: "/calls/closing", Summary: "Close a call that one's own partner opened"},
		access.Coordinator, func(ctx context.Context, who access.Principal, in *body[response.CallClosing]) (*body[response.Call], error) {
			draft, err := board.CloseCall(who, in.Body)
			return a.callAfter(ctx, who, in.Body.Call, draft, err)
		})
	a.skills()
}

func (a *API) skills() {
	board, pages := a.Views.Response, a.placesOf("skills")
	operation(a, huma.Operation{OperationID: "list-skills", Method: http.MethodGet, Path: "/skills", Summary: "Which partner can do what"},
		access.Viewer, func(_ context.Context, who access.Principal, in *skillQuery) (*body[skillList], error) {
			page, more, err := paged(who, pages, board.Skilled(who, in.Skills...), in.PageQuery, func(s response.Skilled) string { return string(s.Partner) })
			return &body[skillList]{skillList{page, response.UsualSkills(), more}}, err
		})
	operation(a, huma.Operation{OperationID: "declare-skills", Method: http.MethodPut, Path: "/skills", Summary: "Declare what one's own partner can do; it takes the place of what was declared before"},
		access.Contributor, func(ctx context.Context, who access.Principal, in *body[response.Skills]) (*body[response.Skills], error) {
			draft, err := board.DeclareSkills(who, in.Body)
			if err != nil {
				return nil, err
			}
			slices.Sort(in.Body.Skills) // as lists have them
			_, err = a.Views.Append(ctx, draft)
			return in, err
		})
}

type callPath struct {
	ID response.CallID `path:"id"`
}

type callQuery struct {
	PageQuery
	Outbreak string `query:"outbreak" doc:"only those about this outbreak"`
	Open     bool   `query:"open" doc:"only those that are not closed"`
	Yours    bool   `query:"yours" doc:"only those that reached one's own partner, or that it opened"`
}

type callAnswersQuery struct {
	PageQuery
	ID    response.CallID `path:"id"`
	Until time.Time       `query:"until" doc:"as of this time; now if not given"`
}

type newCall struct {
	response.CallOpening
	Audience access.Audience `json:"audience,omitzero" doc:"who may see it, no more than may see its outbreak: those if not given, the default community at TLP:GREEN without an outbreak"`
}

type callList struct {
	Calls []response.Call `json:"calls"`
	More  string          `json:"more,omitempty" doc:"there are more: after this"`
}

type callAnswers struct {
	response.Muster
	Answers []response.Reply `json:"answers"`
	More    string           `json:"more,omitempty" doc:"there are more: after this"`
}

type skillQuery struct {
	PageQuery
	Skills []string `query:"skill" doc:"only partners that have all of these"`
}

type skillList struct {
	Skilled []response.Skilled `json:"skilled"`
	Usual   []string           `json:"usual" doc:"what forms offer; others are allowed"`
	More    string             `json:"more,omitempty" doc:"there are more: after this"`
}

// callAfter appends what was drafted and gives the call as it stands then.
func (a *API) callAfter(ctx context.Context, who access.Principal, id response.CallID, draft ledger.Draft, err error) (*body[response.Call], error) {
	if err != nil {
		return nil, err
	}
	if _, err := a.Views.Append(ctx, draft); err != nil {
		return nil, err
	}
	call, err := a.Views.Response.Call(who, id)
	return &body[response.Call]{call}, err
}
