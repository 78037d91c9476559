package web

import (
	"net/http"

	"github.com/tocsin-project/tocsin/internal/signin"
)

// doorRoom is how people come in and go, and their accounts; and what every other
// room says when something went wrong.
var doorRoom = room{map[string]sheet{
	"sign-in": {doorView{}, true}, "enrol": {doorView{}, true}, "claim": {doorView{}, true},
	"visit": {visitView{}, true}, "account": {accountView{}, true}, "problem": {"", false},
}, (*pages).doors}

func (p *pages) doors(mux *router) {
	for path, show := range map[string]http.HandlerFunc{
		"GET /sign-in": p.signInPage, "POST /sign-in": p.signIn, "POST /sign-out": p.signOut,
		"POST /sign-in/passkey/begin": p.beginPasskey, "POST /sign-in/passkey/finish": p.finishPasskey,
		"POST /sign-in/oidc/{provider}": p.beginOIDC, "GET " + signin.CallbackPath("{provider}"): p.callback,
		"GET /enrol": p.enrolPage, "POST /enrol": p.enrol,
		"POST /enrol/passkey/begin": p.beginEnrolPasskey, "POST /enrol/passkey/finish": p.finishEnrolPasskey,
		"GET /claim": p.claimPage, "POST /claim": p.claim, "POST /claim/passkey/begin": p.beginClaimPasskey,
		"GET /account": p.accountPage, "POST /account/password": p.change(p.setPassword),
		"POST /account/passkeys/begin": p.beginAddPasskey, "POST /account/passkeys/finish": p.finishAddPasskey,
		"POST /account/remove": p.change(p.removeCredential), "POST /account/sessions": p.change(p.endOthers),
		"POST /account/link/{provider}": p.beginLink, "POST /account/vote": p.change(p.voteWith),
	} {
		mux.HandleFunc(path, show)
	}
	// The same under the names that other programs use.
	mux.Handle("GET /signin", http.RedirectHandler("/sign-in", http.StatusSeeOther))
	mux.HandleFunc("POST /signout", p.signOut)
}
