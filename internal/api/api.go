// Package api is the HTTP API under /api/v1/, for programs: JSON in and out,
// RFC 9457 problems, and a change stream. What it can do is in the OpenAPI 3.1
// document that it serves at /api/v1/openapi.json.
package api

import (
	"context"
	"crypto/cipher"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/gate"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/notice"
	"github.com/tocsin-project/tocsin/internal/notice/deliver"
	"github.com/tocsin-project/tocsin/internal/once"
	"github.com/tocsin-project/tocsin/internal/pull"
	"github.com/tocsin-project/tocsin/internal/report"
	"github.com/tocsin-project/tocsin/internal/stream"
	"github.com/tocsin-project/tocsin/internal/views"
)

// Config is what the API acts on.
type Config struct {
	Views     *views.Views
	Hub       string // the hub's id, for other hubs; empty: it is not told
	Gate      *gate.Gate
	Sources   func() []pull.Status                                  // what the hub pulls from; nil: nothing
	Codec     *stream.Codec                                         // of the change stream's cursors
	Transfer  func(access.Principal, feed.Reach) feed.ConnectConfig // what a resolver needs to follow the hub
	MaxBody   int64                                                 // of a contribution, in bytes
	PublicLog PublicLog                                             // nil: there is none
	Secret    []byte                                                // of the places in lists; nil: one that ends with the process
	Once      *once.Desk                                            // takes requests with keys; nil: one that forgets answers with the process
	Reports   *report.Maker                                         // the hub's, which its pages use as well
	Bundles   *deliver.Press                                        // nil: the hub signs none
	// Channel says what stands against a channel beside its form; nil: nothing does.
	Channel func(context.Context, notice.Channel) error
	// Reach waits until this hub has folded an entry that another machine of it told of;
	// nil: there is none.
	Reach    func(context.Context, ledger.Seq) error
	Patience time.Duration   // with a reader of the stream that takes nothing; 0: 30 seconds
	Ended    context.Context // done when streams have to end
	Clock    func() time.Time
	Logger   *slog.Logger
}

// API is the handler of everything under /api/v1/.
type API struct {
	Config
	mux   *routes
	huma  huma.API
	pages cipher.AEAD // of places

	uploads   *uploads
	followers atomic.Int64 // of the change stream
}

// New makes the handler.
func New(cfg Config) *API {
	if cfg.Patience == 0 {
		cfg.Patience = 30 * time.Second
	}
	if cfg.Once == nil {
		cfg.Once = once.NewDesk(cfg.Views.Once, once.InMemory(), cfg.Clock)
	}
	a := &API{Config: cfg, mux: &routes{ServeMux: http.NewServeMux()}, pages: newPlaceCipher(cfg.Secret), uploads: newUploads()}
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
	a.calls()
	a.exposure()
	a.impact()
	a.alerts()
	a.notices()
	a.bundles()
	a.channels()
	a.playbooks()
	a.duties()
	a.accountability()
	a.reports()
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
	a.mux.HandleFunc("/", a.noOperation)
	return a
}

const prefix = "/api/v1"

// routes is a mux that knows its patterns.
type routes struct {
	*http.ServeMux
	patterns []string
}

// HandleFunc is the mux's.
func (r *routes) HandleFunc(pattern string, handler func(http.ResponseWriter, *http.Request)) {
	r.patterns = append(r.patterns, pattern)
	r.ServeMux.HandleFunc(pattern, handler)
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
	secret := private(reflect.TypeFor[Out]())
	if changes(op.Method) {
		op.Parameters = append(op.Parameters, keyParameter())
	}
	huma.Register(a.huma, op, func(ctx context.Context, in *In) (*Out, error) {
		who := principal(ctx)
		if secret {
			once.Secret(ctx)
		}
		if err := needs(needed)(who); err != nil {
			return nil, a.problem(err)
		}
		out, err := do(ctx, who, in)
		if err != nil {
			return nil, a.problem(err)
		}
		return out, nil
	})
}
