package web

import (
	"net/http"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ratelimit"
	"github.com/tocsin-project/tocsin/internal/signin"
)

// accountView is how a person signs in, and where it is signed in.
type accountView struct {
	doorView
	Person      access.Person // zero: a token's session, which has no account
	HasPassword bool
	Credentials []credentialView // passkeys and linked identities
	Elector     electorView
	Sessions    []signin.Session
	Current     signin.Session
	Fresh       bool // what is here may be changed without signing in again
}

// Linked says whether the person has linked an identity of the provider.
func (v accountView) Linked(p signin.Provider) bool {
	for _, c := range v.Credentials {
		if c.Kind == access.OIDC && c.Issuer == p.Issuer {
			return true
		}
	}
	return false
}

func (p *pages) accountPage(w http.ResponseWriter, r *http.Request) { p.account(w, r, nil) }

// account shows the account, and what went wrong with a change.
func (p *pages) account(w http.ResponseWriter, r *http.Request, wrong error) {
	one, who, ok := p.SignIn.Reader(r)
	if !ok {
		http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
		return
	}
	v := accountView{doorView: p.door(r), Current: one, Fresh: p.SignIn.Fresh(one)}
	status := http.StatusOK
	if wrong != nil {
		status, v.Wrong = p.explain(w, r, wrong, badAccount)
	}
	if v.Person, ok = p.Views.Access.Person(one.Person); ok {
		for _, c := range p.Views.Access.Credentials(one.Person) {
			if c.Kind == access.Password {
				v.HasPassword = true
				continue
			}
			v.Credentials = append(v.Credentials, credentialView{Credential: c})
		}
		p.elector(&v, who)
		v.Sessions = p.SignIn.Sessions.Of(one.Person)
	}
	p.render(w, p.reading(r), status, content{"account", english.say("door.account", nil), "/account", v})
}

// change makes a change to the account of who is signed in, and shows it.
func (p *pages) change(change func(w http.ResponseWriter, r *http.Request, one signin.Session) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		one, _, ok := p.SignIn.Reader(r)
		if !ok {
			http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
			return
		}
		if err := change(w, r, one); err != nil {
			p.account(w, r, err)
			return
		}
		http.Redirect(w, r, "/account", http.StatusSeeOther)
	}
}

func (p *pages) setPassword(_ http.ResponseWriter, r *http.Request, one signin.Session) error {
	password, err := chosen(r)
	if err != nil {
		return err
	}
	return p.SignIn.SetPassword(r.Context(), r, one, r.PostFormValue("current"), password)
}

func (p *pages) removeCredential(_ http.ResponseWriter, r *http.Request, one signin.Session) error {
	return p.SignIn.Remove(r.Context(), one, r.PostFormValue("credential"))
}

func (p *pages) endOthers(_ http.ResponseWriter, r *http.Request, one signin.Session) error {
	return p.SignIn.EndOthers(r.Context(), r, one)
}

// beginLink sends the browser to a provider to link the identity there.
func (p *pages) beginLink(w http.ResponseWriter, r *http.Request) {
	one, _, _ := p.SignIn.Reader(r)
	v, err := p.SignIn.BeginLink(r.Context(), r.PathValue("provider"), one, ratelimit.Source(r.RemoteAddr))
	if err != nil {
		p.account(w, r, err)
		return
	}
	p.visit(w, r, v, nil, badVisit)
}

func (p *pages) beginAddPasskey(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	one, _, _ := p.SignIn.Reader(r)
	c, err := p.SignIn.BeginAdd(one, r.PostFormValue("label"), ratelimit.Source(r.RemoteAddr))
	p.challenged(w, r, c, err, notMade)
}

func (p *pages) finishAddPasskey(w http.ResponseWriter, r *http.Request) {
	one, _, _ := p.SignIn.Reader(r)
	id, body, err := p.answered(w, r)
	if err == nil {
		err = p.SignIn.FinishAdd(r.Context(), one, id, body)
	}
	if err != nil {
		p.unscripted(w, r, err, notMade)
		return
	}
	p.answer(w, http.StatusOK, map[string]string{"to": "/account"})
}
