package web

import (
	"fmt"
	"net/http"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/signin"
	"github.com/tocsin-project/tocsin/internal/voters"
)

type signingKey = signin.SigningKey

// credentialView is one of the ways in, and what it can sign with.
type credentialView struct {
	access.Credential
	Key   string // of a passkey whose signatures others can check; "" for what has none
	Votes bool   // the partner votes with it
}

// electorView is how the person's partner votes in attribution cases.
type electorView struct {
	Partner string // "" for somebody who votes for nobody
	Keys    []voters.Held
	First   bool // the person may register the partner's first key
}

// elector fills in what of the account is about voting.
func (p *pages) elector(v *accountView, who access.Principal) {
	keys := map[string]string{}
	for _, k := range p.SignIn.SigningKeys(v.Person.ID) {
		keys[k.Credential] = k.Key.String()
	}
	for i := range v.Credentials {
		c := &v.Credentials[i]
		c.Key = keys[c.ID]
		c.Votes = c.Key != "" && p.Views.Voters.May(who.Partner, c.Key)
	}
	if who.Partner == "" || !who.AtLeast(access.Analyst) {
		return
	}
	v.Elector.Partner = p.nameOf(string(who.Partner))
	all := p.Views.Voters.Keys(who.Partner)
	for _, held := range all {
		if held.Until.IsZero() {
			v.Elector.Keys = append(v.Elector.Keys, held)
		}
	}
	v.Elector.First = len(all) == 0 && who.AtLeast(access.Coordinator)
}

// voteWith registers a passkey of a fresh session's coordinator as the first key
// that its partner votes with.
func (p *pages) voteWith(_ http.ResponseWriter, r *http.Request, one signin.Session) error {
	key, err := p.SignIn.SigningKey(one, r.PostFormValue("credential"))
	if err != nil {
		return err
	}
	_, who, _ := p.SignIn.Reader(r)
	draft, err := p.Views.Voters.Register(who, who.Partner, key.String())
	if err != nil {
		return err
	}
	entries, err := p.Views.Append(r.Context(), draft)
	if err != nil {
		return err
	}
	if _, stands := p.Views.Voters.Leaf(entries[0].Seq); !stands {
		return fmt.Errorf("%w: another act on your partner's keys came first: look at them and try again", access.ErrConflict)
	}
	return nil
}
