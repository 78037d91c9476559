package edge

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/tocsin-project/tocsin/internal/client"
)

// away says once what keeps the edge from the hub, again when that changes, and
// when it is over: an outage of a night is two lines, not thousands.
type away struct {
	log   *slog.Logger
	stays string // what goes on meanwhile
	said  string
}

// because notes why the hub cannot be followed, and returns how long to wait
// before it is tried again.
func (a *away) because(err error, pause time.Duration) time.Duration {
	var outer *url.Error
	if errors.As(err, &outer) {
		err = outer.Err // the URL has the place in the stream in it, which says nothing to people
	}
	words := "the hub is away, " + a.stays
	var problem *client.Problem
	if errors.As(err, &problem) && (problem.Status == http.StatusUnauthorized || problem.Status == http.StatusForbidden) {
		// Trying often would count as guessing tokens.
		words, pause = "the hub refuses this edge's token, "+a.stays, longestPause
	}
	if said := words + err.Error(); said != a.said {
		a.said = said
		a.log.Warn(words, "error", err)
	}
	return pause
}

// over notes that the hub is followed.
func (a *away) over() {
	if a.said != "" {
		a.said = ""
		a.log.Info("the hub is back")
	}
}
