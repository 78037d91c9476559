package web

import (
	"net/http"
	"strings"

	"github.com/tocsin-project/tocsin/internal/ratelimit"
	"github.com/tocsin-project/tocsin/internal/signin"
)

const maxForm = 16 << 10 // bytes of a form about signing in

// doorView is what the pages say on which people come in.
type doorView struct {
	Wrong     string // what went wrong with what was sent
	Name      string // as it was typed
	Email     string
	Providers []signin.Provider
	Passkeys  bool   // this page can use and make passkeys
	Elsewhere string // where passkeys work, if not here
	Unclaimed bool   // the hub has no administrator yet
}

// door is the view as it is before anything was sent.
func (p *pages) door(r *http.Request) doorView {
	v := doorView{Providers: p.SignIn.Providers(), Unclaimed: !p.Views.Access.Claimed()}
	if p.SignIn.Passkeys() {
		_, host, _ := strings.Cut(p.SignIn.Origin(), "://")
		if v.Passkeys = strings.EqualFold(r.Host, host); !v.Passkeys {
			v.Elsewhere = p.SignIn.Origin()
		}
	}
	return v
}

func (p *pages) signInPage(w http.ResponseWriter, r *http.Request) {
	p.showSignIn(w, r, http.StatusOK, p.door(r))
}

func (p *pages) showSignIn(w http.ResponseWriter, r *http.Request, status int, v doorView) {
	p.render(w, p.reading(r), status, content{"sign-in", english.say("door.sign-in", nil), "", v})
}

// signIn takes an address and a password, or the token of a program.
func (p *pages) signIn(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	from := ratelimit.Source(r.RemoteAddr)
	email := r.PostFormValue("email")
	var one signin.Session
	var err error
	unknown := english.say("door.refused.password", nil)
	if email != "" {
		one, err = p.SignIn.Password(r.Context(), email, r.PostFormValue("password"), from)
	} else {
		unknown = english.say("door.refused.token", nil)
		one, err = p.SignIn.Token(r.Context(), strings.TrimSpace(r.PostFormValue("token")), from)
	}
	if err == nil {
		err = p.enter(w, r, one)
	}
	if err != nil {
		v := p.door(r)
		status, text := p.explain(w, r, err, unknown)
		v.Wrong, v.Email = text, email
		p.showSignIn(w, r, status, v)
		return
	}
	http.Redirect(w, r, p.landing(one), http.StatusSeeOther)
}

// enter begins a session in the browser that made the request.
func (p *pages) enter(w http.ResponseWriter, r *http.Request, one signin.Session) error {
	return p.SignIn.Sessions.Begin(w, r, one)
}

func (p *pages) signOut(w http.ResponseWriter, r *http.Request) {
	if err := p.SignIn.SignOut(r.Context(), w, r); err != nil {
		p.Logger.Error("signing out cannot be recorded", "error", err) // who wants to go goes
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// setWaiting has the browser bring back what waits for its answer: the id of a
// challenge to a passkey, or of a visit to an identity provider.
func (p *pages) setWaiting(w http.ResponseWriter, what, id string) {
	secure := p.SignIn.Secure()
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure over TLS; over plain HTTP on loopback browsers would drop it
		Name: signin.CookieName(what, secure), Value: id, Path: "/", MaxAge: waitingFor,
		HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode, // a provider's answer comes from its site
	})
}

const waitingFor = 600 // seconds

// waiting is what setWaiting set.
func (p *pages) waiting(r *http.Request, what string) string {
	cookie, err := r.Cookie(signin.CookieName(what, p.SignIn.Secure()))
	if err != nil {
		return ""
	}
	return cookie.Value
}
