package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/signin"
)

// explain says to a person why something about signing in did not work, and
// what to do. refused is what a stranger may hear, who gets no reasons.
func (p *pages) explain(w http.ResponseWriter, r *http.Request, err error, refused string) (status int, text string) {
	wait := func(d time.Duration) string {
		seconds := int(d/time.Second) + 1
		w.Header().Set("Retry-After", strconv.Itoa(seconds))
		return lasted(time.Duration(seconds) * time.Second)
	}
	var slow signin.Throttled
	var busy signin.Busy
	switch {
	case errors.As(err, &slow):
		return http.StatusTooManyRequests, english.say("door.slow", wait(slow.After))
	case errors.As(err, &busy):
		return http.StatusServiceUnavailable, english.say("door.busy", wait(busy.After))
	case errors.Is(err, signin.ErrRefused):
		return http.StatusUnauthorized, refused
	case errors.Is(err, signin.ErrUnavailable):
		p.Logger.Warn("an identity provider cannot be used", "error", err)
		return http.StatusBadGateway, english.say("door.provider.down", nil)
	case errors.Is(err, ledger.ErrUnavailable):
		p.Logger.Error("signing in cannot be recorded", "error", err)
		return http.StatusServiceUnavailable, english.say("door.unrecorded", nil)
	}
	if status, text, ok := known(err); ok {
		return status, text
	}
	if r.Context().Err() == nil {
		p.Logger.Error("signing in failed", "page", r.Pattern, "error", err)
	}
	return http.StatusInternalServerError, english.say("door.failed", nil)
}

// known is an error of one of the kinds that a person may read.
func known(err error) (status int, text string, ok bool) {
	for _, kind := range []struct {
		err    error
		status int
	}{
		{access.ErrInvalid, http.StatusBadRequest}, {access.ErrConflict, http.StatusConflict},
		{access.ErrForbidden, http.StatusForbidden}, {access.ErrNotFound, http.StatusNotFound},
	} {
		if errors.Is(err, kind.err) {
			return kind.status, sentence(err, kind.err), true
		}
	}
	return 0, "", false
}

// sentence is an error of package access for a person: what comes after its kind.
func sentence(err, kind error) string {
	text := err.Error()
	if _, after, found := strings.Cut(text, kind.Error()+": "); found {
		text = after
	}
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:] + "."
}
