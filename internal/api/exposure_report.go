package api

import (
	"context"
	"fmt"
	"hash/fnv"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/exposure"
)

// ExposureTaken is the hub's word that a report is on disk and on the board.
type ExposureTaken struct {
	Rows    int               `json:"rows"`
	Format  exposure.Format   `json:"format"`
	Scanned *exposure.Scanned `json:"scanned,omitempty" doc:"what a scanner's export came to; its hosts are kept nowhere"`
}

// exposureForms are the forms that a media type stands for where no format is named.
var exposureForms = map[string]exposure.Format{
	"application/json": exposure.JSON, "text/csv": exposure.CSV, "application/xml": exposure.GreenboneXML, "text/xml": exposure.GreenboneXML,
}

// intakeOfExposure sees to it that a partner's reports take turns: between the look
// for room and the append none comes between.
type intakeOfExposure struct {
	turns [64]sync.Mutex
}

func (in *intakeOfExposure) turn(p access.PartnerID) *sync.Mutex {
	h := fnv.New32a()
	_, _ = h.Write([]byte(p)) // never fails
	return &in.turns[h.Sum32()%uint32(len(in.turns))]
}

func (a *API) reportExposure() {
	in := &intakeOfExposure{}
	a.mux.HandleFunc("POST "+prefix+exposurePath, func(w http.ResponseWriter, r *http.Request) {
		taken, err := a.takeExposure(r, in)
		if err != nil {
			a.writeProblem(w, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_ = json.MarshalWrite(w, taken) // it is on disk, whether or not the caller hears it
	})
	schema := func(t reflect.Type) *huma.Schema { return a.huma.OpenAPI().Components.Schemas.Schema(t, true, "") }
	text := &huma.Schema{Type: huma.TypeString}
	content := map[string]*huma.MediaType{"text/csv": {}, "application/xml": {}, "text/xml": {}}
	content["application/json"] = &huma.MediaType{Schema: schema(reflect.TypeFor[exposure.Report]())}
	formats := make([]any, len(exposure.Formats))
	for i, f := range exposure.Formats {
		formats[i] = string(f)
	}
	a.huma.OpenAPI().AddOperation(&huma.Operation{
		OperationID: "report-exposure", Method: http.MethodPost, Path: exposurePath,
		Summary:     "Report who of your hosts is patched, exposed, unsupported or unknown: counts as JSON or CSV, or a scanner's export, which is reduced to counts in memory",
		Description: "All or nothing. A row replaces your last one of the same vulnerability and product; a total of 0 removes it. Needs the role contributor.",
		Parameters: []*huma.Param{
			{Name: "format", In: "query", Description: "of the body, where its media type does not tell", Schema: &huma.Schema{Type: huma.TypeString, Enum: formats}},
			{Name: "as_of", In: "query", Description: "when it was so, for rows that do not say: RFC 3339, or a day", Schema: text},
			{Name: "hosts", In: "query", Description: "of a scanner's export: how many hosts could be affected, if more than it names", Schema: &huma.Schema{Type: huma.TypeInteger}},
			{Name: "product", In: "query", Description: "of a scanner's export: what was scanned, where it is one product", Schema: text},
			keyParameter(),
		},
		RequestBody: &huma.RequestBody{Required: true, Content: content},
		Responses:   map[string]*huma.Response{"201": {Description: "on disk, and on the board", Content: map[string]*huma.MediaType{"application/json": {Schema: schema(reflect.TypeFor[ExposureTaken]())}}}, "default": a.failures()},
	})
}

func (a *API) takeExposure(r *http.Request, in *intakeOfExposure) (ExposureTaken, error) {
	who, ctx := principal(r.Context()), r.Context()
	if err := mayReportExposure(who); err != nil {
		return ExposureTaken{}, err
	}
	taken, options, err := exposureOf(r.Header.Get("Content-Type"), r.URL.Query())
	if err != nil {
		return taken, err
	}
	rows, scanned, err := exposure.Read(ctx, r.Body, taken.Format, options)
	if err != nil {
		return taken, err
	}
	if taken.Rows = len(rows); scanned.Hosts > 0 {
		taken.Scanned = &scanned
	}
	return taken, a.appendExposure(ctx, who, rows, in.turn(who.Partner))
}

func (a *API) appendExposure(ctx context.Context, who access.Principal, rows []exposure.Row, turn *sync.Mutex) error {
	turn.Lock()
	defer turn.Unlock()
	drafts, err := a.Views.Exposure.Report(who, rows)
	if err == nil {
		_, err = a.Views.Append(ctx, drafts...)
	}
	return err
}

// exposureOf reads what the head of a call says of its body.
func exposureOf(mediaType string, query url.Values) (taken ExposureTaken, o exposure.Options, err error) {
	for name := range query {
		if !slices.Contains([]string{"format", "as_of", "hosts", "product"}, name) {
			return taken, o, fmt.Errorf("%w: unknown parameter %.40q: use format, as_of, hosts or product", errInvalid, name)
		}
	}
	media, _, err := mime.ParseMediaType(mediaType)
	taken.Format = exposureForms[media]
	if err != nil || taken.Format == "" {
		return taken, o, fmt.Errorf("%w: Content-Type %.80q; send application/json, text/csv or application/xml", errMediaType, mediaType)
	}
	if format := exposure.Format(query.Get("format")); format != "" {
		if taken.Format = format; !slices.Contains(exposure.Formats, format) {
			return taken, o, fmt.Errorf("%w: format: %.40q is none of %v", errInvalid, format, exposure.Formats)
		}
	}
	if text := query.Get("as_of"); text != "" {
		at, err := exposure.ParseTime(text)
		if err != nil {
			return taken, o, fmt.Errorf("as_of: %w", err)
		}
		o.AsOf = at
	}
	if text := query.Get("hosts"); text != "" {
		if o.Hosts, err = strconv.ParseInt(text, 10, 64); err != nil || o.Hosts < 1 {
			return taken, o, fmt.Errorf("%w: hosts: %.40q is no number of hosts", errInvalid, text)
		}
	}
	o.Product = strings.TrimSpace(query.Get("product"))
	return taken, o, nil
}
