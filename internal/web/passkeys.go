package web

import (
	"fmt"
	"io"
	"net/http"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ratelimit"
	"github.com/tocsin-project/tocsin/internal/signin"
)

// Passkeys need a script: it posts a form to a path that begins, gets the
// options for the browser as JSON, and posts the authenticator's answer to the
// path that finishes, which says where to go next.

const (
	maxAnswer    = 64 << 10 // bytes of an authenticator's answer
	passkeyWaits = "passkey"
)

// What a stranger hears of what was refused: no reasons.
var (
	badAccount = english.say("door.refused.account", nil)
	badVisit   = english.say("door.refused.visit", nil)
	noPasskey  = english.say("door.refused.passkey", nil)
	notMade    = english.say("door.refused.new-passkey", nil)
	badSecret  = english.say("door.refused.secret", nil)
	badClaim   = english.say("door.refused.claim", nil)
)

// challenged answers a beginning: with the options, or with what went wrong.
func (p *pages) challenged(w http.ResponseWriter, r *http.Request, c signin.Challenge, err error, refused string) {
	if err != nil {
		p.unscripted(w, r, err, refused)
		return
	}
	p.setWaiting(w, passkeyWaits, c.ID)
	p.answer(w, http.StatusOK, c.Options)
}

// answered is the authenticator's answer in a request, and to which challenge.
func (p *pages) answered(w http.ResponseWriter, r *http.Request) (id string, body []byte, err error) {
	if body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, maxAnswer)); err != nil {
		err = fmt.Errorf("%w: the authenticator's answer could not be read: %w", access.ErrInvalid, err)
	}
	return p.waiting(r, passkeyWaits), body, err
}

// unscripted tells the script what to say.
func (p *pages) unscripted(w http.ResponseWriter, r *http.Request, err error, refused string) {
	status, text := p.explain(w, r, err, refused)
	p.answer(w, status, map[string]string{"error": text})
}

func (p *pages) answer(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		p.Logger.Error("an answer cannot be written", "error", err)
		http.Error(w, english.say("door.failed", nil), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(text) // a reader that went away needs no answer
}

func (p *pages) beginPasskey(w http.ResponseWriter, r *http.Request) {
	c, err := p.SignIn.BeginPasskey(ratelimit.Source(r.RemoteAddr))
	p.challenged(w, r, c, err, noPasskey)
}

func (p *pages) finishPasskey(w http.ResponseWriter, r *http.Request) {
	p.finished(w, r, p.SignIn.FinishPasskey, noPasskey)
}

func (p *pages) beginEnrolPasskey(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	c, err := p.SignIn.BeginEnrol(r.Context(), r.PostFormValue("secret"), r.PostFormValue("label"), ratelimit.Source(r.RemoteAddr))
	p.challenged(w, r, c, err, badSecret)
}

func (p *pages) beginClaimPasskey(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	c, err := p.SignIn.BeginClaim(r.Context(), r.PostFormValue("secret"), r.PostFormValue("name"), r.PostFormValue("email"), r.PostFormValue("label"), ratelimit.Source(r.RemoteAddr))
	p.challenged(w, r, c, err, badClaim)
}

func (p *pages) finishEnrolPasskey(w http.ResponseWriter, r *http.Request) {
	p.finished(w, r, p.SignIn.FinishEnrol, notMade)
}

// finished takes an answer after which somebody is signed in.
func (p *pages) finished(w http.ResponseWriter, r *http.Request, finish finishing, refused string) {
	id, body, err := p.answered(w, r)
	var one signin.Session
	if err == nil {
		one, err = finish(r.Context(), id, body, ratelimit.Source(r.RemoteAddr))
	}
	if err == nil {
		err = p.enter(w, r, one)
	}
	if err != nil {
		p.unscripted(w, r, err, refused)
		return
	}
	p.answer(w, http.StatusOK, map[string]string{"to": p.landing(one)})
}
