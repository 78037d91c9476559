package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/notice"
)

func (a *API) alerts() {
	room, pages := a.Views.Notices, a.placesOf("alerts")
	operation(a, huma.Operation{OperationID: "list-alerts", Method: http.MethodGet, Path: "/alerts", Summary: "Alerts that people issued, the newest first; of one subject with who has acknowledged, for coordinators"},
		access.Viewer, func(_ context.Context, who access.Principal, in *alertQuery) (*body[alertList], error) {
			list := room.Alerts
			if in.Subject != "" {
				list = func(p access.Principal) []notice.AlertStatus { return room.AlertsOn(p, in.Subject) }
			}
			page, more, err := paged(who, pages, list(who), in.PageQuery, func(s notice.AlertStatus) string { return string(s.ID) })
			return &body[alertList]{alertList{page, more}}, err
		})
	operation(a, huma.Operation{OperationID: "alert", Method: http.MethodGet, Path: "/alerts/{id}", Summary: "One alert; for coordinators and for who issued it with who has acknowledged it, and who has not"},
		access.Viewer, func(_ context.Context, who access.Principal, in *alertPath) (*body[notice.AlertStatus], error) {
			status, err := room.AlertOf(who, in.ID)
			return &body[notice.AlertStatus]{status}, err
		})
	operation(a, huma.Operation{OperationID: "issue-alert", Method: http.MethodPost, Path: "/alerts", Summary: "Issue an alert, or the correction of one, to partners by sector, country and kind, or by name", DefaultStatus: http.StatusCreated},
		access.Coordinator, func(ctx context.Context, who access.Principal, in *body[newAlert]) (*body[notice.AlertStatus], error) {
			to, err := a.Views.AudienceFor(who, in.Body.Outbreak, in.Body.Audience)
			if err != nil {
				return nil, fmt.Errorf("issue alert: %w", err)
			}
			id, draft, err := room.Issue(who, in.Body.Alert, to, a.Clock())
			return a.alertAfter(ctx, who, id, draft, err)
		})
	operation(a, huma.Operation{OperationID: "acknowledge-alert", Method: http.MethodPost, Path: "/alerts/acknowledgements", Summary: "Acknowledge an alert for one's own partner: nobody there is told again"},
		access.Contributor, func(ctx context.Context, who access.Principal, in *body[notice.Acknowledgement]) (*body[notice.AlertStatus], error) {
			draft, err := room.AcknowledgeAlert(who, in.Body)
			return a.alertAfter(ctx, who, in.Body.Alert, draft, err)
		})
	operation(a, huma.Operation{OperationID: "withdraw-alert", Method: http.MethodPost, Path: "/alerts/withdrawals", Summary: "Take an alert back: what was not sent is not sent, and whom it may have reached is told"},
		access.Coordinator, func(ctx context.Context, who access.Principal, in *body[notice.Withdrawal]) (*body[notice.AlertStatus], error) {
			draft, err := room.Withdraw(who, in.Body)
			return a.alertAfter(ctx, who, in.Body.Alert, draft, err)
		})
}

type alertPath struct {
	ID notice.AlertID `path:"id"`
}

type alertQuery struct {
	PageQuery
	Subject string `query:"subject" doc:"only those about it: a CVE, a value, the id of an outbreak"`
}

type newAlert struct {
	notice.Alert
	Audience access.Audience `json:"audience,omitzero" doc:"who may see it, none that the outbreak it names is not for; if not given, who may see that outbreak, or the default community at TLP:GREEN"`
}

type alertList struct {
	Alerts []notice.AlertStatus `json:"alerts"`
	More   string               `json:"more,omitempty" doc:"there are more: after this"`
}

// alertAfter appends what was drafted and gives the alert as it stands then.
func (a *API) alertAfter(ctx context.Context, who access.Principal, id notice.AlertID, draft ledger.Draft, err error) (*body[notice.AlertStatus], error) {
	if err != nil {
		return nil, err
	}
	if _, err := a.Views.Append(ctx, draft); err != nil {
		return nil, err
	}
	status, err := a.Views.Notices.AlertOf(who, id)
	return &body[notice.AlertStatus]{status}, err
}
