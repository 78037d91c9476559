// Package api is the HTTP API under /api/v1/, for programs: JSON in and out,
// RFC 9457 problems, and a change stream. What it can do is in the OpenAPI 3.1
// document that it serves at /api/v1/openapi.json.
package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/gate"
	"github.com/tocsin-project/tocsin/internal/intake"
	"github.com/tocsin-project/tocsin/internal/pull"
	"github.com/tocsin-project/tocsin/internal/stream"
	"github.com/tocsin-project/tocsin/internal/views"
)

// Config is what the API acts on.
type Config struct {
	Views     *views.Views
	Gate      *gate.Gate
	Sources   func() []pull.Status                                  // what the hub pulls from; nil: nothing
	Codec     *stream.Codec                                         // of the change stream's cursors
	Transfer  func(access.Principal, feed.Reach) feed.ConnectConfig // what a resolver needs to follow the hub
	MaxBody   int64                                                 // of a contribution, in bytes
	PublicLog PublicLog                                             // nil: there is none
	Patience  time.Duration                                         // with a reader of the stream that takes nothing; 0: 30 seconds
	Ended     context.Context                                       // done when streams have to end
	Clock     func() time.Time
	Logger    *slog.Logger
}

// API is the handler of everything under /api/v1/.
type API struct {
	Config
	mux  *http.ServeMux
	huma huma.API
}

// New makes the handler.
func New(cfg Config) *API {
	if cfg.Patience == 0 {
		cfg.Patience = 30 * time.Second
	}
	a := &API{Config: cfg, mux: http.NewServeMux()}
	a.huma = humago.NewWithPrefix(a.mux, prefix, humaConfig())
	a.partners()
	a.tokens()
	a.claim()
	a.communities()
	a.clients()
	a.collections()
	a.people()
	a.audit()
	a.contributions()
	a.withdrawals()
	a.knowledge()
	a.indicators()
	a.sightings()
	a.outbreaks()
	a.protections()
	a.bulk()
	a.receipts()
	a.automation()
	a.quarantine()
	a.assets()
	a.actions()
	a.cases()
	a.keys()
	a.caseActs()
	a.statements()
	a.votes()
	a.deposits()
	a.caseRecords()
	a.proofs()
	a.outlets()
	a.sources()
	a.stream()
	a.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		a.writeProblem(w, notFound("no such operation: %s %s; see %s/openapi.json", r.Method, r.URL.Path, prefix))
	})
	return a
}

const prefix = "/api/v1"

// ServeHTTP answers one call. Only the OpenAPI document, the claim of a new hub
// and the keys of its public log are for everybody.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case prefix + "/openapi.json":
		a.mux.ServeHTTP(w, r)
		return
	case prefix + logKeysPath:
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			a.mux.ServeHTTP(w, r)
			return
		}
	case claimPath:
		a.whole(a.mux, maxCall).ServeHTTP(w, from(r, access.Principal{}))
		return
	case prefix + bulkPath:
		a.Authenticated(a.whole(a.mux, maxBulk)).ServeHTTP(w, r)
		return
	case prefix + "/contributions": // which may be large, and are read bit by bit
		a.Authenticated(a.mux).ServeHTTP(w, r)
		return
	}
	a.Authenticated(a.whole(a.mux, maxCall)).ServeHTTP(w, r)
}

// maxCall is how long the body of a call may be, in bytes.
const maxCall = 1 << 20

// whole reads the body of a call, of at most so many bytes, to its end before
// next sees it: one that ends too early is its sender's mistake and not the hub's.
func (a *API) whole(next http.Handler, most int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != nil && r.Body != http.NoBody {
			text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
			var long *http.MaxBytesError
			switch {
			case errors.As(err, &long):
				a.writeProblem(w, huma.Error413RequestEntityTooLarge(fmt.Sprintf("the body is longer than %d bytes: split it", most)))
				return
			case err != nil:
				a.writeProblem(w, &intake.Unread{Cause: err})
				return
			}
			r.Body = io.NopCloser(bytes.NewReader(text))
		}
		next.ServeHTTP(w, r)
	})
}

func humaConfig() huma.Config {
	schemas := "#/components/schemas/"
	format := huma.Format{
		Marshal:   func(w io.Writer, v any) error { return json.MarshalWrite(w, v) },
		Unmarshal: func(data []byte, v any) error { return json.Unmarshal(data, v) },
	}
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI:    "3.1.0",
			Info:       &huma.Info{Title: "Tocsin", Version: "1", Description: "A collective-defence hub: what one partner sees becomes everyone's protection."},
			Components: &huma.Components{Schemas: huma.NewMapRegistry(schemas, schemaName), SecuritySchemes: map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer"}}},
			Security:   []map[string][]string{{"token": {}}},
		},
		OpenAPIPath:   "/openapi",
		Formats:       map[string]huma.Format{"application/json": format, "json": format},
		DefaultFormat: "application/json",
		Transformers:  []huma.Transformer{func(_ huma.Context, _ string, v any) (any, error) { return brief(v), nil }},
	}
}

// failures are the answers of an operation that say no: RFC 9457 problems.
func (a *API) failures() *huma.Response {
	schema := a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[huma.ErrorModel](), true, "")
	return &huma.Response{Description: "Error", Content: map[string]*huma.MediaType{"application/problem+json": {Schema: schema}}}
}

// operation registers one JSON operation: who may call it, and what it does.
func operation[In, Out any](a *API, op huma.Operation, needed access.Role, do func(context.Context, access.Principal, *In) (*Out, error)) {
	op.Description = fmt.Sprintf("Needs the role %s.", needed)
	huma.Register(a.huma, op, func(ctx context.Context, in *In) (*Out, error) {
		who := principal(ctx)
		if !who.AtLeast(needed) {
			return nil, a.problem(fmt.Errorf("%w: this needs the role %s, the token has %s", errForbidden, needed, who.Role))
		}
		out, err := do(ctx, who, in)
		if err != nil {
			return nil, a.problem(err)
		}
		return out, nil
	})
}
