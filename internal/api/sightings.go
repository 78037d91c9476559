package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

func (a *API) sightings() {
	pages := a.placesOf("sightings")
	operation(a, huma.Operation{OperationID: "report-sightings", Method: http.MethodPost, Path: "/sightings", Summary: "Report what was seen: counts, times, never records", DefaultStatus: http.StatusCreated},
		access.Contributor, func(ctx context.Context, who access.Principal, in *body[sighting.Report]) (*body[reported], error) {
			if who.Partner == "" {
				return nil, fmt.Errorf("%w: a report comes from a partner; this token belongs to none", errForbidden)
			}
			report, err := sighting.Check(in.Body)
			if err != nil {
				return nil, fmt.Errorf("%w: %w", errInvalid, err)
			}
			report.Via = nil // only another hub's reports come through hubs
			// Alarms weigh who speaks: what the hub knows of the partner counts, not
			// what the report says of itself.
			from, _ := a.Views.Access.Partner(who.Partner)
			report.Sector, report.Country = from.Sector, from.Country
			report.Organisation, report.Designated = from.Organisation, from.Designated
			draft, err := ledger.NewDraft(sighting.KindReported, who.Actor(), access.ToCommunity(access.TLP(report.TLP)).String(), report)
			if err != nil {
				return nil, err
			}
			_, err = a.Views.Append(ctx, draft)
			return &body[reported]{reported{ID: report.ID, Sightings: len(report.Sightings), Scans: len(report.Scans), Encryptions: len(report.Encryptions)}}, err
		})
	operation(a, huma.Operation{OperationID: "list-sightings", Method: http.MethodGet, Path: "/sightings", Summary: "Who has seen a value"},
		access.Viewer, func(ctx context.Context, who access.Principal, in *struct {
			Value string `query:"value" required:"true"`
			WholeQuery
		}) (*body[seen], error) {
			v, err := observable.Infer(in.Value)
			if err != nil {
				return nil, fmt.Errorf("%w: value: %w", errInvalid, err)
			}
			list, err := a.Views.Catalog.Sightings(ctx, who, v)
			if err != nil {
				return nil, err
			}
			out := seen{Sightings: make([]witnessed, 0, len(list))}
			for i, one := range list {
				w := witnessed{Sighting: one.Sighting, Partner: one.Partner, Sector: one.Sector, Country: one.Country, Report: one.Report, Reported: one.Reported}
				if i > 0 && list[i-1].Report == w.Report && list[i-1].Reported.Equal(w.Reported) {
					w.nth = out.Sightings[i-1].nth + 1
				}
				out.Sightings = append(out.Sightings, w)
			}
			out.Sightings, out.More, err = paged(who, pages, out.Sightings, in.page(), witnessed.key)
			return &body[seen]{out}, err
		})
}

type reported struct {
	ID          string `json:"id"`
	Sightings   int    `json:"sightings"`
	Scans       int    `json:"scans"`
	Encryptions int    `json:"encryptions"`
}

type seen struct {
	Sightings []witnessed `json:"sightings"`
	More      string      `json:"more,omitempty" doc:"there are more: after this"`
}

// witnessed is catalog.Sighting as the API writes it.
type witnessed struct {
	sighting.Sighting
	Partner  access.PartnerID `json:"partner"`
	Sector   string           `json:"sector"`
	Country  string           `json:"country"`
	Report   string           `json:"report" doc:"the id of the report that it came in"`
	Reported time.Time        `json:"reported" doc:"when the ledger accepted it"`

	nth int // of its report's about the value
}

// key tells a sighting of a value from the others: the report, and which in it.
func (w witnessed) key() string {
	return fmt.Sprintf("%s %s %06d", sortable(w.Reported), w.Report, w.nth)
}
