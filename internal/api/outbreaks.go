package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/outbreak"
)

func (a *API) outbreaks() {
	pages := a.placesOf("outbreaks")
	operation(a, huma.Operation{OperationID: "list-outbreaks", Method: http.MethodGet, Path: "/outbreaks", Summary: "The alarms, in the order in which people should look at them"},
		access.Viewer, func(_ context.Context, who access.Principal, in *struct{ WholeQuery }) (*body[outbreakList], error) {
			list, more, err := paged(who, pages, a.alarms(who), in.page(), func(o outbreak.Outbreak) string { return o.ID })
			return &body[outbreakList]{outbreakList{list, more}}, err
		})
	operation(a, huma.Operation{OperationID: "outbreak", Method: http.MethodGet, Path: "/outbreaks/{id}", Summary: "One alarm and what it rests on"},
		access.Viewer, func(_ context.Context, who access.Principal, in *outbreakPath) (*body[outbreak.Outbreak], error) {
			return a.outbreak(who, in.ID)
		})
	operation(a, huma.Operation{OperationID: "ring-outbreak", Method: http.MethodPost, Path: "/outbreaks", Summary: "A coordinator's word that there is an outbreak: of the hub's administrator or a designated partner it rings alone, of another it is one voice's evidence", DefaultStatus: http.StatusCreated},
		access.Coordinator, func(ctx context.Context, who access.Principal, in *body[newWarning]) (*body[rung], error) {
			w, err := in.Body.warning()
			if err != nil {
				return nil, err
			}
			from, _ := a.Views.Access.Partner(who.Partner)
			draft, err := a.Views.Outbreak.Ring(who, from, w, a.Clock())
			if err != nil {
				return nil, err
			}
			if _, err := a.Views.Append(ctx, draft); err != nil {
				return nil, err
			}
			if err := json.Unmarshal(draft.Body, &w); err != nil {
				return nil, err
			}
			settled, cancel := context.WithTimeout(ctx, settlePatience)
			defer cancel()
			_ = a.Views.WaitDecided(settled) // on a busy hub the answer may come before the alarm
			return &body[rung]{rung{w, about(a.alarms(who), w)}}, nil
		})
	operation(a, huma.Operation{OperationID: "end-outbreak", Method: http.MethodPost, Path: "/outbreaks/{id}/end", Summary: "End an alarm for good; what a false alarm rested on does not ring again"},
		access.Coordinator, func(ctx context.Context, who access.Principal, in *struct {
			ID   string `path:"id"`
			Body ending
		}) (*body[outbreak.Outbreak], error) {
			draft, err := a.Views.Outbreak.End(who, in.ID, in.Body.Reason, in.Body.FalseAlarm, a.Clock())
			if err != nil {
				return nil, err
			}
			if _, err := a.Views.Append(ctx, draft); err != nil {
				return nil, err
			}
			return a.outbreak(who, in.ID)
		})
}

// settlePatience is how long who rings waits for the deciders.
const settlePatience = 2 * time.Second

// alarms are the outbreaks that somebody may be told of, in the order in which
// people look.
func (a *API) alarms(who access.Principal) []outbreak.Outbreak {
	list := slices.DeleteFunc(a.Views.Outbreak.List(), func(o outbreak.Outbreak) bool { return !who.MaySee("", o.Audience()) })
	slices.SortFunc(list, outbreak.Compare)
	return list
}

func (a *API) outbreak(who access.Principal, id string) (*body[outbreak.Outbreak], error) {
	o, ok := a.Views.Outbreak.Get(id)
	if !ok || !who.MaySee("", o.Audience()) {
		return nil, notFound("no outbreak has the id %q", id)
	}
	return &body[outbreak.Outbreak]{o}, nil
}

// about are the open alarms about what a warning names.
func about(list []outbreak.Outbreak, w outbreak.Warning) []outbreak.Outbreak {
	found := []outbreak.Outbreak{}
	for _, o := range list {
		values := slices.ContainsFunc(w.Values, func(v observable.Value) bool { return slices.Contains(o.Values, v) })
		if o.Status == outbreak.Open && (values || w.Port != 0 && o.Port == w.Port) {
			found = append(found, o)
		}
	}
	return found
}

type outbreakPath struct {
	ID string `path:"id"`
}

type outbreakList struct {
	Outbreaks []outbreak.Outbreak `json:"outbreaks"`
	More      string              `json:"more,omitempty" doc:"there are more: after this"`
}

type newWarning struct {
	Port   uint16   `json:"port,omitempty" doc:"that is being scanned"`
	Values []string `json:"values,omitempty" doc:"what infected hosts share: domains, addresses, hashes"`
	Reason string   `json:"reason" doc:"why; the community sees it"`
}

func (n newWarning) warning() (outbreak.Warning, error) {
	w := outbreak.Warning{Port: n.Port, Reason: n.Reason}
	for i, text := range n.Values[:min(len(n.Values), outbreak.MaxWarningValues+1)] { // one too many is refused later
		v, err := observable.Infer(text)
		if err != nil {
			return w, fmt.Errorf("%w: /values/%d: %w", errInvalid, i, err)
		}
		w.Values = append(w.Values, v)
	}
	return w, nil
}

type rung struct {
	Warning   outbreak.Warning    `json:"warning"`
	Outbreaks []outbreak.Outbreak `json:"outbreaks" doc:"the open alarms about the port or the values; none: the word of one does not ring alone"`
}

type ending struct {
	Reason     string `json:"reason" doc:"why; the community sees it"`
	FalseAlarm bool   `json:"false_alarm,omitempty" doc:"there was no outbreak"`
}
