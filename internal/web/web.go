// Package web is the server-rendered pages: what somebody at three in the
// morning needs to see.
package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/tocsin-project/tocsin/internal/views"
)

// Config is what the pages show and to whom.
type Config struct {
	Views  *views.Views
	Open   bool            // anyone may read what the community may: for the demo on loopback
	Secure bool            // served over TLS: cookies say so
	Ended  context.Context // done when live pages have to end
	Clock  func() time.Time
	Logger *slog.Logger
}

// New makes the handler of all pages.
func New(Config) (http.Handler, error) {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "Tocsin") }), nil
}
