package web

import (
	"net/http"

	"github.com/tocsin-project/tocsin/internal/ratelimit"
	"github.com/tocsin-project/tocsin/internal/signin"
)

const visitWaits = "visit"

// visitView is where the browser goes next. It is a page and not a redirect:
// that a form leads to another origin is what the pages' policy forbids.
type visitView struct{ To, Name string }

// beginOIDC sends the browser to a provider to sign in.
func (p *pages) beginOIDC(w http.ResponseWriter, r *http.Request) {
	v, err := p.SignIn.BeginOIDC(r.Context(), r.PathValue("provider"), ratelimit.Source(r.RemoteAddr))
	p.visit(w, r, v, err, badVisit)
}

func (p *pages) visit(w http.ResponseWriter, r *http.Request, v signin.Visit, err error, refused string) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err != nil {
		p.noVisit(w, r, err, refused)
		return
	}
	p.setWaiting(w, visitWaits, v.ID)
	p.render(w, p.reading(r), http.StatusOK, content{"visit", english.say("door.visit", nil), "", visitView{To: v.To, Name: p.nameOfProvider(r)}})
}

func (p *pages) noVisit(w http.ResponseWriter, r *http.Request, err error, refused string) {
	status, text := p.explain(w, r, err, refused)
	v := p.door(r)
	v.Wrong = text
	p.showSignIn(w, r, status, v)
}

func (p *pages) nameOfProvider(r *http.Request) string {
	slug := r.PathValue("provider") + r.PostFormValue("provider")
	for _, one := range p.SignIn.Providers() {
		if one.Slug() == slug {
			return one.Name
		}
	}
	return slug
}

// callback takes a provider's answer.
func (p *pages) callback(w http.ResponseWriter, r *http.Request) {
	id := p.waiting(r, visitWaits)
	current, _, _ := p.SignIn.Reader(r)
	one, linked, err := p.SignIn.FinishOIDC(r.Context(), r.PathValue("provider"), id, r.URL.Query(), current, ratelimit.Source(r.RemoteAddr))
	switch {
	case err != nil && linked:
		p.account(w, r, err)
	case err != nil:
		p.noVisit(w, r, err, badVisit)
	case linked:
		http.Redirect(w, r, "/account", http.StatusSeeOther)
	default:
		if err := p.enter(w, r, one); err != nil {
			p.noVisit(w, r, err, badVisit)
			return
		}
		http.Redirect(w, r, p.landing(one), http.StatusSeeOther)
	}
}
