package web

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ratelimit"
	"github.com/tocsin-project/tocsin/internal/signin"
)

// finishing is what takes an authenticator's answer to the challenge of the id.
type finishing func(ctx context.Context, id string, answer []byte, from netip.Prefix) (signin.Session, error)

func (p *pages) enrolPage(w http.ResponseWriter, r *http.Request) {
	p.render(w, p.reading(r), http.StatusOK, content{"enrol", english.say("door.enrol", nil), "", p.door(r)})
}

// enrol gives an invited person a password, or sends the browser to an identity
// provider, as the button pressed says.
func (p *pages) enrol(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	secret := r.PostFormValue("secret")
	if slug := r.PostFormValue("provider"); slug != "" {
		v, err := p.SignIn.BeginEnrolOIDC(r.Context(), slug, secret, ratelimit.Source(r.RemoteAddr))
		p.visit(w, r, v, err, badSecret)
		return
	}
	p.firstPassword(w, r, "enrol", english.say("door.enrol", nil), badSecret, func(password string) (signin.Session, error) {
		return p.SignIn.EnrolPassword(r.Context(), secret, password, ratelimit.Source(r.RemoteAddr))
	})
}

func (p *pages) claimPage(w http.ResponseWriter, r *http.Request) {
	p.render(w, p.reading(r), http.StatusOK, content{"claim", english.say("door.claim", nil), "", p.door(r)})
}

// claim makes whoever has the secret that the hub printed its first administrator.
func (p *pages) claim(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	p.firstPassword(w, r, "claim", english.say("door.claim", nil), badClaim, func(password string) (signin.Session, error) {
		return p.SignIn.ClaimPassword(r.Context(), r.PostFormValue("secret"), r.PostFormValue("name"), r.PostFormValue("email"), password, ratelimit.Source(r.RemoteAddr))
	})
}

// firstPassword signs in with a password that is chosen now; on the page of
// the template it says what is wrong with it.
func (p *pages) firstPassword(w http.ResponseWriter, r *http.Request, template, title, refused string, in func(password string) (signin.Session, error)) {
	password, err := chosen(r)
	var one signin.Session
	if err == nil {
		one, err = in(password)
	}
	if err == nil {
		err = p.enter(w, r, one)
	}
	if err == nil {
		http.Redirect(w, r, p.landing(one), http.StatusSeeOther)
		return
	}
	v := p.door(r)
	status, text := p.explain(w, r, err, refused)
	v.Wrong, v.Name, v.Email = text, r.PostFormValue("name"), r.PostFormValue("email")
	p.render(w, p.reading(r), status, content{template, title, "", v})
}

// chosen is a new password, which was typed twice.
func chosen(r *http.Request) (string, error) {
	password := r.PostFormValue("password")
	if r.PostFormValue("again") != password {
		return "", errNotTheSame
	}
	return password, nil
}

var errNotTheSame = fmt.Errorf("%w: the two passwords are not the same: type the new one twice", access.ErrInvalid)
