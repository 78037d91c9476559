package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/protect"
)

func (a *API) quarantine() {
	operation(a, huma.Operation{OperationID: "quarantine-partner", Method: http.MethodPost, Path: "/partners/{id}/quarantine", Summary: "A partner's word since a time no longer counts, and what rests on it alone is taken back; or it counts again from now on"},
		access.Coordinator, func(ctx context.Context, who access.Principal, in *struct {
			ID   access.PartnerID `path:"id"`
			Body newQuarantine
		}) (*body[quarantineList], error) {
			if _, here := a.Views.Access.Partner(in.ID); !here {
				return nil, notFound("no partner has the id %q", in.ID)
			}
			q := protect.Quarantine{Partner: in.ID, Since: in.Body.Since, On: !in.Body.Lift, Reason: in.Body.Reason}
			draft, err := a.Views.Protect.Quarantine(who, q, a.Clock())
			if err != nil {
				return nil, err
			}
			if _, err := a.Views.Append(ctx, draft); err != nil {
				return nil, err
			}
			return &body[quarantineList]{a.quarantinesFor(who)}, nil
		})
}

func (a *API) quarantinesFor(who access.Principal) quarantineList {
	return quarantineList{a.Views.Protect.Quarantines(who), a.Views.Protect.Doubts(who)}
}

type newQuarantine struct {
	Since  time.Time `json:"since,omitzero" doc:"from when on, by the hub's clock; not with lift"`
	Lift   bool      `json:"lift,omitempty" doc:"its word counts again; what was taken back stays so"`
	Reason string    `json:"reason"`
}

type quarantineList struct {
	Quarantines []protect.InQuarantine `json:"quarantines"`
	Doubtful    []protect.Doubt        `json:"doubtful" doc:"must-resolve names that rest on a partner under quarantine; they stay until a coordinator decides"`
}
