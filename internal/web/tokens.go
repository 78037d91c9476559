package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

// tokensView is the tokens that the reader may know of, and the form that issues one.
type tokensView struct {
	tried
	Done    string
	Manages bool // the reader may issue tokens
	Any     bool // also for others than its own partner
	List    []tokenView
	More    int
	Next    string // where the next page is
	All     bool   // those that no longer work as well
	Roles   []access.Role
	Scopes  []scopeChoice
	Lives   []lifeChoice
	Once    string // tells one form from another: each issues at most once
	Origin  string
	Issued  *issuedView // the token that was just issued; its secret is shown this once
}

// tokenView is a token with names; never its secret, which the hub does not have.
type tokenView struct {
	access.Token
	Name     string // of its partner; empty: the hub's administrator
	LastUsed time.Time
	Own      bool   // the reader is signed in with it
	May      bool   // the reader can revoke it
	Issuer   string // who issued it; empty: not known, or nothing that the reader may know
}

// issuedView is a token that was just issued.
type issuedView struct {
	tokenView
	Secret string
}

// scopeChoice is a surface that a token can be confined to, and lifeChoice how long
// it works.
type (
	scopeChoice struct{ Scope, What string }
	lifeChoice  struct{ Life, What string }
)

// maxTokens is how many tokens a page shows.
const maxTokens = 50

var tokenActs = []string{"issue"}

func (p *pages) tokens(r reading, issued *issuedView) (content, error) {
	q := r.URL.Query()
	v := tokensView{
		tried: r.tried.among(tokenActs...), Any: r.who.AtLeast(access.Administrator), All: q.Has("all"), Origin: p.origin(r), Issued: issued,
		Scopes: []scopeChoice{{"feeds", english.say("feeds.scope.feeds", nil)}, {"taxii", english.say("feeds.scope.taxii", nil)}, {"stream", english.say("feeds.scope.stream", nil)}, {"api", english.say("feeds.scope.api", nil)}},
		Lives:  []lifeChoice{{"90d", english.say("feeds.life.90d", nil)}, {"1d", english.say("feeds.life.1d", nil)}, {"30d", english.say("feeds.life.30d", nil)}, {"365d", english.say("feeds.life.365d", nil)}},
	}
	v.Manages = v.Any || r.may()
	if v.Any {
		v.Lives = append(v.Lives, lifeChoice{"", english.say("feeds.life.ever", nil)})
	}
	for _, role := range []access.Role{access.Viewer, access.Contributor, access.Analyst, access.Coordinator, access.Administrator} {
		if r.who.AtLeast(role) {
			v.Roles = append(v.Roles, role)
		}
	}
	if q.Get("done") == "revoked" {
		v.Done = english.say("feeds.revoked", nil)
	}
	if v.Manages {
		v.Once = p.looks.look(r.who.By())
		p.listTokens(r, &v, q.Get("after"))
	}
	return content{"tokens", english.say("feeds.tokens", nil), "/feeds", v}, nil
}

// listTokens adds the tokens, the newest first.
func (p *pages) listTokens(r reading, v *tokensView, after string) {
	now := p.Clock()
	var list []tokenView
	for _, t := range slices.Backward(p.Views.Access.TokensFor(r.who)) {
		if one := (tokenView{Token: t}); v.All || one.Works(now) {
			list = append(list, one)
		}
	}
	list, v.More = sinceID(list, after, maxTokens, func(t *tokenView) string { return t.ID })
	for i := range list {
		list[i] = p.tokenView(r, list[i].Token)
	}
	if v.List = list; v.More > 0 {
		next := url.Values{"after": {list[len(list)-1].ID}}
		if v.All {
			next.Set("all", "yes")
		}
		v.Next = "/tokens?" + next.Encode()
	}
}

func (p *pages) tokenView(r reading, t access.Token) tokenView {
	v := tokenView{Token: t, LastUsed: p.Views.Access.LastUsed(t.ID), Own: t.ID == r.who.Token}
	if t.Partner != "" {
		v.Name = p.nameOf(string(t.Partner))
	}
	v.May = t.Revoked.IsZero() && (r.who.AtLeast(access.Administrator) || r.may() && r.who.AtLeast(t.Role))
	if r.who.AtLeast(access.Coordinator) { // whom people are told of
		v.Issuer = p.issuer(r, t.By)
	}
	return v
}

// issueToken issues a token. Its secret is on the page that answers the form, and
// nowhere after it: therefore there is no redirect.
func (p *pages) issueToken(w http.ResponseWriter, request *http.Request) {
	var issued *issuedView
	p.act(func(r reading) (content, error) { return p.tokens(r, issued) }, func(r reading, act string) (_ string, err error) {
		if act != "issue" {
			return "", unknownAct(act)
		}
		issued, err = p.issue(r)
		return "", err
	})(w, request)
}

func (p *pages) issue(r reading) (*issuedView, error) {
	form := func(field string) string { return strings.TrimSpace(r.PostForm.Get(field)) }
	now := p.Clock()
	expires, err := access.ParseExpiry(form("expires"), now)
	if err != nil {
		return nil, err
	}
	o := access.TokenOptions{Expires: expires, Description: form("description")}
	for _, scope := range r.PostForm["scope"] {
		o.Scopes = append(o.Scopes, access.Scope(scope))
	}
	partner := r.who.Partner
	if r.who.AtLeast(access.Administrator) {
		if partner, err = p.tokenPartner(r, form("partner")); err != nil {
			return nil, err
		}
	}
	if err := p.Views.Protect.Trusted(r.who); err != nil {
		return nil, err
	}
	defer p.Views.Access.Deciding()()
	t, secret, draft, err := p.Views.Access.IssueFor(r.who, partner, access.Role(form("role")), o, now)
	if err == nil && !p.looks.take(r.who.By(), form("once")) {
		err = fmt.Errorf("%w: this form was sent already, or you have opened many others since: its secret is not shown again; if you have not kept it, revoke that token and issue another", access.ErrConflict)
	}
	if err := p.decide(r, err, draft); err != nil {
		return nil, err
	}
	return &issuedView{p.tokenView(r, t), secret}, nil
}

// tokenPartner is whom an administrator issues a token for.
func (p *pages) tokenPartner(r reading, text string) (access.PartnerID, error) {
	if text == access.Hub || text == "" && r.who.Partner == "" {
		return access.Hub, nil
	}
	if text == "" {
		return r.who.Partner, nil
	}
	ids, err := p.partnersNamed(r, "partner")
	if err != nil {
		return "", err
	}
	if len(ids) != 1 {
		return "", fmt.Errorf("%w: partner: name one", access.ErrInvalid)
	}
	return ids[0], nil
}
