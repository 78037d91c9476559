package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/signin"
)

// Choices are how somebody wants the pages in this browser: a cookie each, which
// needs neither an account nor a script.

const choiceLife = 365 * 24 * 60 * 60 // seconds

// choices are what can be chosen; the first of each is what holds without a choice.
var choices = map[string][]string{
	"theme": {"system", "light", "dark"},
	"keys":  {"on", "off"},
}

// choice is what the reader chose of one; "" without a choice.
func (p *pages) choice(r *http.Request, what string) string {
	cookie, err := r.Cookie(signin.CookieName(what, p.SignIn.Secure()))
	if err != nil || !slices.Contains(choices[what][1:], cookie.Value) {
		return ""
	}
	return cookie.Value
}

// choose keeps what was chosen and goes back to the page that it was chosen on.
func (p *pages) choose(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	for what, values := range choices {
		value := r.PostFormValue(what)
		if !slices.Contains(values, value) {
			continue
		}
		secure := p.SignIn.Secure()
		cookie := &http.Cookie{ //nolint:gosec // Secure over TLS; over plain HTTP on loopback browsers would drop it
			Name: signin.CookieName(what, secure), Value: value, Path: "/", MaxAge: choiceLife,
			HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode,
		}
		if value == values[0] {
			cookie.MaxAge = -1
		}
		http.SetCookie(w, cookie)
	}
	back := r.PostFormValue("back")
	if !ownPath(back) {
		back = "/"
	}
	http.Redirect(w, r, back, http.StatusSeeOther)
}

// ownPath says whether an address is of this hub, in every browser's reading.
func ownPath(to string) bool {
	return strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "//") && !strings.ContainsAny(to, "\\\r\n\t")
}

// back is the page that a form of the frame goes back to. What stands behind the
// path of a page about signing in is a secret of its own.
func back(r reading, status int) string {
	switch {
	case r.Method != http.MethodGet:
		return "/"
	case r.reads && status == http.StatusOK:
		return r.URL.RequestURI()
	}
	return r.URL.EscapedPath()
}
