package hub

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/net/netutil"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/api"
	"github.com/tocsin-project/tocsin/internal/collections"
	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/gate"
	"github.com/tocsin-project/tocsin/internal/metrics"
	"github.com/tocsin-project/tocsin/internal/mispfeed"
	"github.com/tocsin-project/tocsin/internal/once"
	"github.com/tocsin-project/tocsin/internal/ratelimit"
	"github.com/tocsin-project/tocsin/internal/report"
	"github.com/tocsin-project/tocsin/internal/stream"
	"github.com/tocsin-project/tocsin/internal/tracing"
	"github.com/tocsin-project/tocsin/internal/web"
	"github.com/tocsin-project/tocsin/taxii"
)

// Limits of the HTTP server. There is no limit on how long an answer takes as
// a whole: the change stream never ends, and limits each write by itself. What
// a body may take is in body.go, how many connections one address may have in
// Config.
const (
	maxConnections = 20_000
	maxHeader      = 64 << 10
	headerPatience = 10 * time.Second
	idlePatience   = 2 * time.Minute
)

func (h *Hub) serve() error {
	var secured *tls.Config
	if h.cfg.TLSCert != "" {
		pair, err := tls.LoadX509KeyPair(h.cfg.TLSCert, h.cfg.TLSKey)
		if err != nil {
			return fmt.Errorf("load %s and %s: %w", h.cfg.TLSCert, h.cfg.TLSKey, err)
		}
		secured = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
		if h.cfg.ClientCertificates {
			// Any certificate may be shown: what it is worth depends on its
			// fingerprint, see gate.Enter.
			secured.ClientAuth = tls.RequestClientCert
		}
	}
	handler, err := h.handler()
	if err != nil {
		return err
	}
	handler = impatient(handler, bodyPatience)
	if h.nodes != nil {
		h.takePart(handler)
		handler = h.nodes.member.Handler(handler)
	}
	h.server = &http.Server{
		Handler: handler, ReadHeaderTimeout: headerPatience, IdleTimeout: idlePatience, MaxHeaderBytes: maxHeader, TLSConfig: secured,
		ErrorLog: slog.NewLogLogger(h.cfg.Logger.Handler(), slog.LevelDebug),
	}
	l := netutil.LimitListener(newFairListener(h.listener, h.cfg.Connections, h.metrics.HungUp), maxConnections)
	go func() {
		var err error
		if secured != nil {
			err = h.server.ServeTLS(l, "", "")
		} else {
			err = h.server.Serve(l)
		}
		if !errors.Is(err, http.ErrServerClosed) {
			h.stop(fmt.Errorf("serve HTTP: %w", err))
		}
	}()
	return nil
}

// handler is every way in over HTTP, by path.
func (h *Hub) handler() (http.Handler, error) {
	codec := stream.NewCodec([32]byte(h.secrets.Stream))
	door := &gate.Gate{Access: h.Views.Access, Limits: ratelimit.New(h.cfg.Limits), Guessable: h.cfg.guessable(), Refused: h.refused}
	rooms := h.Views.Rooms
	reports := report.NewMaker(h.Views.Ledger, report.Options{Response: rooms.Response, Exposure: rooms.Exposure, Impact: rooms.Impact, Duty: rooms.Duty, Notice: rooms.Notice}, h.cfg.Clock)
	desk := once.NewDesk(h.Views.Once, h.answers, h.cfg.Clock)
	calls := api.New(api.Config{
		Views: h.Views, Hub: h.secrets.hub(), Gate: door, Sources: h.sources.Status, Codec: codec, Transfer: h.transfer, MaxBody: h.cfg.MaxBody,
		PublicLog: public{h.logger, h.dossiers, h}, Secret: h.secrets.Stream, Once: desk,
		Clock: h.cfg.Clock, Logger: h.cfg.Logger, Ended: h.draining,
		Bundles: h.press, Channel: h.channel, Reports: reports, Reach: h.reach,
	})
	h.followers = calls.Followers
	pages, err := web.New(web.Config{Views: h.Views, PublicLog: public{h.logger, h.dossiers, h}, Reports: reports, Channel: h.channel, Transfer: h.transfer, Sources: h.sources.Status, Log: h.logger.Status,
		MaxBody: h.cfg.MaxBody, Scratch: h.cfg.Data, Open: h.cfg.OpenPages, SignIn: h.signIn, Limits: door.Limits, Once: desk, Clock: h.cfg.Clock, Logger: h.cfg.Logger, Ended: h.draining})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/api/v1/", calls)
	exchange := &taxii.Handler{
		Backend:   &collections.Backend{Views: h.Views, Gate: door, Home: h.secrets.Collection, MaxBody: h.cfg.MaxBody, Clock: h.cfg.Clock},
		CursorKey: h.secrets.Stream, Log: h.cfg.Logger,
	}
	mux.Handle("/taxii2", exchange) // a redirect would make clients lose their token
	mux.Handle("/taxii2/", exchange)
	events := mispfeed.New(mispfeed.Config{Views: h.Views, Principal: api.Caller, Clock: h.cfg.Clock, Logger: h.cfg.Logger})
	mux.Handle("/feeds/misp/", calls.Authenticated(http.StripPrefix("/feeds/misp", events)))
	mux.Handle("/feeds/", calls.Authenticated(http.StripPrefix("/feeds", feed.Handler(h.outlets.document))))
	mux.Handle("/feeds", pages) // what feeds there are; the mux would send it on to /feeds/
	mux.Handle("/log/", http.StripPrefix("/log", h.log.Handler()))
	mux.HandleFunc("GET /dossiers/{file}", h.serveDossier)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", h.ready)
	mux.Handle("/metrics", h.scrape(calls))
	mux.Handle("/", pages)
	// A browser shows its client certificate to whatever page has it send
	// something here. Programs say nothing of origins, and are let through.
	return h.metrics.Requests(traced(h.incomplete(http.NewCrossOriginProtection().Handler(mux)))), nil
}

// traced makes each request the first of its steps, named after the part of the hub
// that it is for: a path may say what it is about. A stream is no step.
func traced(next http.Handler) http.Handler {
	if !tracing.Wanted() {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		surface := metrics.SurfaceOf(r.URL.Path)
		if surface == "stream" {
			next.ServeHTTP(w, r)
			return
		}
		ctx, step := tracing.Step(r.Context(), r.Method+" "+surface)
		defer step.End(nil)
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// refused puts tokens and certificates that were worth nothing into the audit.
func (h *Hub) refused(ctx context.Context, sum access.Refusal) {
	draft, err := access.RefusedTokens(sum)
	if err == nil {
		_, err = h.Views.Append(ctx, draft)
	}
	if err != nil {
		h.cfg.Logger.Error("refused tokens are not in the audit", "count", sum.Count, "error", err)
	}
}
