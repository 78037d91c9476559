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
	operation(a, huma.Operation{OperationID: "report-sightings", Method: http.MethodPost, Path: "/sightings", Summary: "Report what was seen: counts, times, never records", DefaultStatus: http.StatusCreated},
		access.Contributor, func(ctx context.Context, who access.Principal, in *body[sighting.Report]) (*body[reported], error) {
			if who.Partner == "" {
				return nil, fmt.Errorf("%w: a report comes from a partner; this token belongs to none", errForbidden)
			}
			report, err := checked(in.Body)
			if err != nil {
				return nil, err
			}
			// Alarms weigh sectors and countries: what the hub knows of the partner
			// counts, not what the report says of itself.
			from, _ := a.Views.Access.Partner(who.Partner)
			report.Sector, report.Country = from.Sector, from.Country
			draft, err := ledger.NewDraft(sighting.KindReported, who.Actor(), access.ToCommunity(access.TLP(report.TLP)).String(), report)
			if err != nil {
				return nil, err
			}
			_, err = a.Views.Append(ctx, draft)
			return &body[reported]{reported{ID: report.ID, Sightings: len(report.Sightings), Scans: len(report.Scans)}}, err
		})
	operation(a, huma.Operation{OperationID: "list-sightings", Method: http.MethodGet, Path: "/sightings", Summary: "Who has seen a value"},
		access.Viewer, func(ctx context.Context, who access.Principal, in *struct {
			Value string `query:"value" required:"true"`
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
			for _, one := range list {
				out.Sightings = append(out.Sightings, witnessed(one))
			}
			return &body[seen]{out}, nil
		})
}

type reported struct {
	ID        string `json:"id"`
	Sightings int    `json:"sightings"`
	Scans     int    `json:"scans"`
}

// maxFindings is how much one report may say; an edge splits what is more.
const maxFindings = 1000

// checked normalises what a partner reports and refuses what cannot be meant.
func checked(r sighting.Report) (sighting.Report, error) {
	if len(r.ID) < 8 || len(r.ID) > 64 {
		return r, fmt.Errorf("%w: /id: a report needs an id of 8 to 64 characters of the sender's choice, so that it counts once when sent twice", errInvalid)
	}
	if n := len(r.Sightings) + len(r.Scans); n == 0 || n > maxFindings {
		return r, fmt.Errorf("%w: a report has 1 to %d sightings and scans, this one has %d; split it", errInvalid, maxFindings, n)
	}
	switch access.TLP(r.TLP) {
	case "":
		r.TLP = string(access.Green)
	case access.Green, access.Amber, access.AmberStrict:
	default:
		return r, fmt.Errorf("%w: /tlp: %q is none of green, amber and amber+strict", errInvalid, r.TLP)
	}
	for i := range r.Sightings {
		s := &r.Sightings[i]
		v, err := observable.New(s.Type, s.Text)
		if err != nil {
			return r, fmt.Errorf("%w: /sightings/%d: %w", errInvalid, i, err)
		}
		s.Value = v
		switch {
		case s.Basis != sighting.Indicator && s.Basis != sighting.Suspect:
			return r, fmt.Errorf("%w: /sightings/%d/basis: %q is neither %q nor %q", errInvalid, i, s.Basis, sighting.Indicator, sighting.Suspect)
		case s.Count < 1 || s.Hosts < 0:
			return r, fmt.Errorf("%w: /sightings/%d: count is at least 1 and hosts not negative", errInvalid, i)
		case s.FirstSeen.IsZero() || s.LastSeen.Before(s.FirstSeen):
			return r, fmt.Errorf("%w: /sightings/%d: first_seen is needed, and last_seen not before it", errInvalid, i)
		case len(s.Attached) > sighting.MaxAttached:
			return r, fmt.Errorf("%w: /sightings/%d/attached: at most %d fields", errInvalid, i, sighting.MaxAttached)
		}
		for name, text := range s.Attached {
			if len(name) > 64 || len(text) > sighting.MaxAttachedText {
				return r, fmt.Errorf("%w: /sightings/%d/attached: a name has at most 64 bytes, a text %d", errInvalid, i, sighting.MaxAttachedText)
			}
		}
	}
	for i, s := range r.Scans {
		switch {
		case s.Port == 0 || s.Sources < 1 || s.Contacts < 0:
			return r, fmt.Errorf("%w: /scans/%d: port and sources are at least 1, contacts not negative", errInvalid, i)
		case s.FirstSeen.IsZero() || s.LastSeen.Before(s.FirstSeen):
			return r, fmt.Errorf("%w: /scans/%d: first_seen is needed, and last_seen not before it", errInvalid, i)
		}
	}
	return r, nil
}

type seen struct {
	Sightings []witnessed `json:"sightings"`
}

// witnessed is catalog.Sighting as the API writes it.
type witnessed struct {
	sighting.Sighting
	Partner  access.PartnerID `json:"partner"`
	Sector   string           `json:"sector"`
	Country  string           `json:"country"`
	Report   string           `json:"report" doc:"the id of the report that it came in"`
	Reported time.Time        `json:"reported" doc:"when the ledger accepted it"`
}
