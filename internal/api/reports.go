package api

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/report"
)

const htmlType = "text/html; charset=utf-8"

type reportQuery struct {
	ID     string    `path:"id"`
	AsOf   time.Time `query:"as_of" doc:"as of which moment; not said: now"`
	Format string    `query:"format" enum:"json,html" default:"json"`
	Seeds  int       `query:"what_if" minimum:"0" maximum:"16" doc:"how many epidemics are played to ask what another way of sharing would have changed; 0: that is left out"`
}

// madeReport is a report as a file: the page may not run anything, wherever it is
// opened from.
type madeReport struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Policy      string `header:"Content-Security-Policy"`
	NoSniff     string `header:"X-Content-Type-Options"`
	Cache       string `header:"Cache-Control"`
	Body        []byte
}

func (a *API) reports() {
	schema := a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[report.Report](), true, "")
	operation(a, huma.Operation{
		OperationID: "outbreak-report", Method: http.MethodGet, Path: "/outbreaks/{id}/report",
		Summary: "The after-action report of an incident, from the ledger alone, as of any moment",
		Responses: map[string]*huma.Response{"200": {Description: "the report", Content: map[string]*huma.MediaType{
			"application/json": {Schema: schema}, htmlType: {Schema: &huma.Schema{Type: huma.TypeString}},
		}}},
	}, access.Viewer, func(ctx context.Context, who access.Principal, in *reportQuery) (*madeReport, error) {
		return a.report(ctx, who, in)
	})
}

// report makes one; it ends early when its reader goes away.
func (a *API) report(ctx context.Context, who access.Principal, in *reportQuery) (*madeReport, error) {
	made, err := a.Reports.Make(ctx, who, in.ID, in.AsOf, in.Seeds)
	if err != nil {
		return nil, err
	}
	out := &madeReport{ContentType: "application/json", Policy: "default-src 'none'; style-src 'unsafe-inline'; sandbox", NoSniff: "nosniff", Cache: "no-store"}
	write := made.JSON
	if in.Format == "html" {
		out.ContentType, write = htmlType, made.HTML
	}
	out.Disposition = fmt.Sprintf("attachment; filename=%q", "report-"+made.Head.AsOf.Format("20060102T150405Z")+"."+in.Format)
	out.Body, err = write()
	return out, err
}
