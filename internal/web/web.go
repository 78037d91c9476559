// Package web is the server-rendered pages: what somebody at three in the
// morning needs to see first, and what is behind it. They work without
// JavaScript; with it, they follow what happens.
package web

import (
	"context"
	"embed"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/exercise"
	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/live"
	"github.com/tocsin-project/tocsin/internal/notice"
	"github.com/tocsin-project/tocsin/internal/once"
	"github.com/tocsin-project/tocsin/internal/publiclog/proof"
	"github.com/tocsin-project/tocsin/internal/pull"
	"github.com/tocsin-project/tocsin/internal/ratelimit"
	"github.com/tocsin-project/tocsin/internal/report"
	"github.com/tocsin-project/tocsin/internal/scratch"
	"github.com/tocsin-project/tocsin/internal/signin"
	"github.com/tocsin-project/tocsin/internal/views"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed static
var staticFiles embed.FS

// Config is what the pages show and to whom.
type Config struct {
	Views   *views.Views
	Reports *report.Maker // the hub's, which its API uses as well
	// Channel says what stands against a channel beside its form; nil: nothing does.
	Channel func(context.Context, notice.Channel) error
	// PublicLog is where records of cases are proved; nil: there is none.
	PublicLog PublicLog
	// Transfer is what a resolver of a reader's needs to follow the hub.
	Transfer func(access.Principal, feed.Reach) feed.ConnectConfig
	Sources  func() []pull.Status // what the hub pulls from elsewhere; nil: nothing
	Log      func() proof.Status  // how the public log stands; nil: there is none
	MaxBody  int64                // of a contribution, in bytes; 0: 64 MiB
	Scratch  string               // the folder where texts wait for a yes, unreadable to others; empty: the system's own
	Open     bool                 // anyone may read what is TLP:CLEAR or GREEN: for the demo on loopback
	SignIn   *signin.Service      // who is signed in, and how one comes in
	Limits   *ratelimit.Limiter   // how many pages are made for whom; nil: any number
	Once     *once.Desk           // takes forms with keys; nil: one of its own
	Ended    context.Context      // done when live pages have to end
	// Play plays an exercise; nil: the player does.
	Play   func(context.Context, exercise.Player, exercise.Scenario, []uint64) (exercise.Comparison, error)
	Clock  func() time.Time
	Logger *slog.Logger
}

// pages is the handler of all pages.
type pages struct {
	Config
	templates map[string]func() (*template.Template, error)
	still     map[string]bool // templates that do not follow what happens
	reports   *reports
	decisions decided
	scores    scored
	looks     looks
	places    []spot
	acts      []spot
	crowd     audience
	copies    copies
	exercises exercises
	texts     *scratch.Room[imported] // that wait for a yes
}

// New makes the handler of all pages.
func New(cfg Config) (http.Handler, error) {
	if _, err := common(); err != nil {
		return nil, err
	}
	if cfg.Once == nil {
		cfg.Once = once.NewDesk(cfg.Views.Once, once.InMemory(), cfg.Clock)
	}
	p := &pages{Config: cfg, templates: parsed(), still: map[string]bool{}, reports: newReports(), crowd: audience{Crowd: live.NewCrowd()}}
	p.texts = scratch.NewRoom[imported](cfg.Scratch, p.waitingLimits(), cfg.Clock)
	for _, one := range rooms {
		for name, s := range one.sheets {
			p.still[name] = s.still
		}
	}
	routed := p.routed()
	mux := routed.ServeMux
	mux.HandleFunc("GET /static/{name...}", static)
	mux.HandleFunc("POST /choices", p.choose)
	mux.HandleFunc("GET /live", p.live)
	mux.HandleFunc("/", p.reader(func(r reading) (content, error) {
		return content{}, fmt.Errorf("%w: there is no page %s", access.ErrNotFound, r.URL.Path)
	}))
	p.places, p.acts = present(mux, places()), present(mux, acts())
	return secure(http.NewCrossOriginProtection().Handler(p.metered(mux))), nil
}

// parsed is each page's template by its name, parsed when the page is asked for for the
// first time: all of them together take longer than all else that a hub does when it
// starts. It is never changed after that.
var parsed = sync.OnceValue(func() map[string]func() (*template.Template, error) {
	all := map[string]func() (*template.Template, error){}
	for _, one := range rooms {
		for name := range one.sheets {
			all[name] = sync.OnceValues(func() (*template.Template, error) { return readPage(name) })
		}
	}
	return all
})

// secure sets what every answer carries: no request leaves this origin.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}
