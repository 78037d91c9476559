package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/exposure"
	"github.com/tocsin-project/tocsin/internal/notice"
)

const (
	exposurePath = "/exposure"
	kevPath      = "/exposure/kev"
	maxExposure  = 32 << 20 // bytes of one report; what is longer a partner reduces itself
	// exposurePatience is with one call's body: that many bytes over 2 Mbit/s.
	exposurePatience = 140 * time.Second
)

func (a *API) exposure() {
	a.reportExposure()
	board := a.Views.Exposure
	lists, rows := a.placesOf("exposure"), a.placesOf("exposure rows")
	operation(a, huma.Operation{OperationID: "list-exposure", Method: http.MethodGet, Path: exposurePath, Summary: "The vulnerabilities on which enough organisations, or you, have reported: worst first"},
		access.Viewer, func(_ context.Context, who access.Principal, in *exposureQuery) (*body[exposureList], error) {
			q := exposure.Query{Known: in.Known, Limit: in.Limit}
			if in.After != "" {
				var err error
				if q.After, err = lists.open(who, in.After); err != nil {
					return nil, err
				}
			}
			page, more, err := board.List(who, q)
			if errors.Is(err, access.ErrNotFound) {
				err = fmt.Errorf("%w: after: %w: begin with the first", errGone, err)
			}
			list := exposureList{Vulnerabilities: page}
			if more {
				list.More = lists.seal(who, page[len(page)-1].Vulnerability)
			}
			return &body[exposureList]{list}, err
		})
	operation(a, huma.Operation{OperationID: "exposure", Method: http.MethodGet, Path: "/exposure/{vulnerability}", Summary: "The board of a vulnerability: who is patched, exposed, unsupported, unknown, as sums over enough organisations; and the alerts about it"},
		access.Viewer, func(_ context.Context, who access.Principal, in *vulnerabilityPath) (*body[exposureBoard], error) {
			b, err := board.Board(who, in.Vulnerability)
			if err != nil {
				return nil, err
			}
			return &body[exposureBoard]{exposureBoard{b, a.Views.Notices.AlertsOn(who, b.Vulnerability)}}, nil
		})
	operation(a, huma.Operation{OperationID: "exposure-rows", Method: http.MethodGet, Path: "/exposure/{vulnerability}/rows", Summary: "Your own rows of a vulnerability, and those of the partners that show you theirs"},
		access.Viewer, func(_ context.Context, who access.Principal, in *struct {
			Vulnerability string `path:"vulnerability" doc:"CVE-2017-0144"`
			PageQuery
		}) (*body[exposureRows], error) {
			all, err := board.Rows(who, in.Vulnerability)
			if err != nil {
				return nil, err
			}
			page, more, err := paged(who, rows, all, in.PageQuery, func(r exposure.Shown) string { return string(r.Partner) + " " + r.Product })
			return &body[exposureRows]{exposureRows{page, more}}, err
		})
	operation(a, huma.Operation{OperationID: "exposure-sharing", Method: http.MethodGet, Path: "/exposure/sharing", Summary: "To whom you show your rows, and who shows you theirs"},
		access.Viewer, func(_ context.Context, who access.Principal, _ *struct{}) (*body[exposure.Shared], error) {
			return &body[exposure.Shared]{board.Shared(who)}, nil
		})
	operation(a, huma.Operation{OperationID: "share-exposure", Method: http.MethodPut, Path: "/exposure/sharing", Summary: "Show your rows to these partners, and to nobody else any more"},
		access.Contributor, func(ctx context.Context, who access.Principal, in *body[exposure.Sharing]) (*body[exposure.Shared], error) {
			draft, err := board.Share(who, in.Body)
			if err == nil {
				_, err = a.Views.Append(ctx, draft)
			}
			if err != nil {
				return nil, err
			}
			return &body[exposure.Shared]{board.Shared(who)}, nil
		})
	catalog := &huma.RequestBody{Required: true}
	operation(a, huma.Operation{
		OperationID: "list-known-exploited", Method: http.MethodPost, Path: kevPath, MaxBodyBytes: maxExposure, BodyReadTimeout: exposurePatience, DefaultStatus: http.StatusCreated,
		Summary:     "CISA's catalog of known exploited vulnerabilities, as CISA publishes it: it takes the place of the one before",
		RequestBody: catalog, SkipValidateBody: true, // exposure.ReadKEV does, entry by entry
	},
		access.Coordinator, func(ctx context.Context, who access.Principal, in *struct {
			RawBody []byte `contentType:"application/json"`
		}) (*body[knownTaken], error) {
			list, err := exposure.ReadKEV(ctx, bytes.NewReader(in.RawBody))
			if err != nil {
				return nil, err
			}
			drafts, err := board.Catalog(who, list)
			if err == nil {
				_, err = a.Views.Append(ctx, drafts...)
			}
			if err != nil {
				return nil, err
			}
			return &body[knownTaken]{knownTaken{len(list)}}, nil
		})
	// To huma a raw body is a string.
	catalog.Content["application/json"].Schema = &huma.Schema{Type: huma.TypeObject, Required: []string{"vulnerabilities"}, AdditionalProperties: true, Properties: map[string]*huma.Schema{
		"vulnerabilities": {Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}},
	}}
}

type exposureQuery struct {
	PageQuery
	Known bool `query:"known" doc:"only those known to be exploited, also where too few have reported"`
}

type exposureList struct {
	Vulnerabilities []exposure.Summary `json:"vulnerabilities"`
	More            string             `json:"more,omitempty" doc:"there are more: after this"`
}

type vulnerabilityPath struct {
	Vulnerability string `path:"vulnerability" doc:"CVE-2017-0144"`
}

type exposureBoard struct {
	exposure.Board
	Alerts []notice.AlertStatus `json:"alerts" doc:"about this vulnerability, that you may see, with who has acknowledged them"`
}

type exposureRows struct {
	Rows []exposure.Shown `json:"rows"`
	More string           `json:"more,omitempty" doc:"there are more: after this"`
}

type knownTaken struct {
	Entries int `json:"entries"`
}
