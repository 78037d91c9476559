package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/protect"
)

func (a *API) automation() {
	operation(a, huma.Operation{OperationID: "automation", Method: http.MethodGet, Path: "/automation", Summary: "Where automation is stopped; for a coordinator also whose word does not count, and which must-resolve names rest on it"},
		access.Viewer, func(_ context.Context, who access.Principal, _ *struct{}) (*body[automation], error) {
			return &body[automation]{a.automationFor(who)}, nil
		})
	for id, on := range map[string]bool{"stop": true, "resume": false} {
		summary := "End a stop of automation: what the rule decided meanwhile takes effect"
		if on {
			summary = "Stop automation at once: of the hub, of a partner or at an outlet; what is in force stays, people decide on, recalls go through"
		}
		operation(a, huma.Operation{OperationID: id + "-automation", Method: http.MethodPost, Path: "/automation/" + id, Summary: summary},
			access.Contributor, func(ctx context.Context, who access.Principal, in *body[newStop]) (*body[automation], error) {
				stop := in.Body.stop(who, on)
				if stop.Partner != "" {
					if _, here := a.Views.Access.Partner(stop.Partner); !here {
						return nil, notFound("no partner has the id %q", stop.Partner)
					}
				}
				draft, err := a.Views.Protect.Halt(who, stop, a.Clock())
				if err != nil {
					return nil, err
				}
				if _, err := a.Views.Append(ctx, draft); err != nil {
					return nil, err
				}
				now := a.automationFor(who)
				now.Warning = a.unheardOutlet(stop)
				return &body[automation]{now}, nil
			})
	}
}

// unheardOutlet warns of a stop at an outlet that nobody has heard of. It is taken
// all the same: an outlet may be stopped before its first receipt.
func (a *API) unheardOutlet(stop protect.Stop) string {
	if !stop.On || stop.Scope != protect.ScopeOutlet {
		return ""
	}
	heard, unheard := a.Views.Protect.Unheard(stop.Partner, stop.Outlet)
	if !unheard {
		return ""
	}
	names := "none"
	if len(heard) > 0 {
		names = strings.Join(heard, ", ")
	}
	return fmt.Sprintf("no outlet %q of %s has ever sent a receipt: if the name is mistaken this stops nothing; those that have: %s; the hub's own: %s, %s",
		stop.Outlet, stop.Partner, names, protect.OutletDNS, protect.OutletLists)
}

func (a *API) automationFor(who access.Principal) automation {
	now := automation{Stops: a.Views.Protect.StopsFor(who), Quarantines: a.Views.Protect.Quarantines(who), Doubtful: a.Views.Protect.Doubts(who)}
	if who.AtLeast(access.Coordinator) {
		now.Waiting = a.Views.Protect.Held(a.Clock())
	}
	return now
}

type automation struct {
	Stops       []protect.Stop         `json:"stops" doc:"that are on: the hub's, one's own, for a coordinator all"`
	Waiting     int                    `json:"waiting,omitzero" doc:"for a coordinator: values that the rule would decide about and may not now"`
	Quarantines []protect.InQuarantine `json:"quarantines" doc:"for a coordinator"`
	Doubtful    []protect.Doubt        `json:"doubtful" doc:"for a coordinator: must-resolve names that rest on a partner under quarantine"`
	Warning     string                 `json:"warning,omitempty" doc:"after a stop at an outlet that has never sent a receipt"`
}

type newStop struct {
	Partner access.PartnerID `json:"partner,omitempty" doc:"whose automation; empty is the hub's, or with an outlet the caller's own partner's"`
	Outlet  string           `json:"outlet,omitempty" doc:"at which outlet alone, as receipts name it"`
	Reason  string           `json:"reason"`
}

func (n newStop) stop(who access.Principal, on bool) protect.Stop {
	stop := protect.Stop{Scope: protect.ScopeHub, Partner: n.Partner, Outlet: n.Outlet, On: on, Reason: n.Reason}
	switch {
	case n.Outlet != "":
		stop.Scope = protect.ScopeOutlet
		if stop.Partner == "" {
			stop.Partner = who.Partner
		}
	case n.Partner != "":
		stop.Scope = protect.ScopePartner
	}
	return stop
}
