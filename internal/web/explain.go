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
		return http.StatusTooManyRequests, "Too many attempts. Wait " + wait(slow.After) + ", then try again."
	case errors.As(err, &busy):
		return http.StatusServiceUnavailable, "Many people are signing in just now. Wait " + wait(busy.After) + ", then try again."
	case errors.Is(err, signin.ErrRefused):
		return http.StatusUnauthorized, refused
	case errors.Is(err, signin.ErrUnavailable):
		p.Logger.Warn("an identity provider cannot be used", "error", err)
		return http.StatusBadGateway, "The identity provider cannot be asked now, or answers what it should not; the hub's log says more. Try again, or sign in another way."
	case errors.Is(err, ledger.ErrUnavailable):
		p.Logger.Error("signing in cannot be recorded", "error", err)
		return http.StatusServiceUnavailable, "The hub cannot record who signs in just now, and lets nobody in unrecorded. Tell its administrator, and try again."
	}
	for _, kind := range []struct {
		err    error
		status int
	}{
		{access.ErrInvalid, http.StatusBadRequest}, {access.ErrConflict, http.StatusConflict},
		{access.ErrForbidden, http.StatusForbidden}, {access.ErrNotFound, http.StatusNotFound},
	} {
		if errors.Is(err, kind.err) {
			return kind.status, sentence(err, kind.err)
		}
	}
	if r.Context().Err() == nil {
		p.Logger.Error("signing in failed", "page", r.Pattern, "error", err)
	}
	return http.StatusInternalServerError, "This did not work; the hub's log says why."
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
