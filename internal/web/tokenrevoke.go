package web

import (
	"cmp"
	"net/url"

	"github.com/tocsin-project/tocsin/internal/access"
)

// revokeView asks before a token is revoked, or all that somebody issued.
type revokeView struct {
	tried
	Of     *tokenView  // nil: there is none that the reader may revoke
	Issuer string      // whose tokens are to be revoked instead; empty: one token
	By     string      // its id
	List   []tokenView // of them the newest
	Left   int         // that are not listed
	Heirs  heirsView
}

// heirsView is the question what becomes of the tokens that somebody issued.
type heirsView struct {
	ID     string // the issuer's
	Issued int
	Usual  bool // they are revoked unless somebody says otherwise
}

// heirs is the answer of a form.
func heirs(r reading) access.Heirs {
	switch {
	case r.PostForm.Get("tokens") == string(access.RevokeHeirs):
		return access.RevokeHeirs
	case r.PostForm.Has("asked"): // the box stood there and was not ticked
		return access.KeepHeirs
	}
	return access.UsualHeirs
}

// issuer is the name of a person, or what a token is for; the hub's administrator
// where it is none of the reader's own partner.
func (p *pages) issuer(r reading, id string) string {
	theirs := func(of access.PartnerID) bool { return of != r.who.Partner && !r.who.AtLeast(access.Administrator) }
	person, known := p.Views.Access.Person(id)
	token, program := p.Views.Access.Token(id)
	switch {
	case id == access.ConfiguredToken, known && theirs(person.Partner), program && theirs(token.Partner):
		return english.say("feeds.token.hub", nil)
	case known:
		return person.Name
	}
	return cmp.Or(token.Description, id)
}

func (p *pages) askRevoke(r reading) (content, error) {
	field := func(name string) string { return cmp.Or(r.URL.Query().Get(name), r.PostForm.Get(name)) }
	if by := field("by"); by != "" {
		return p.askRevokeIssued(r, by)
	}
	v := revokeView{tried: r.tried.among("revoke")}
	for _, t := range p.Views.Access.TokensFor(r.who) {
		if t.ID != field("id") {
			continue
		}
		if one := p.tokenView(r, t); one.May {
			v.Of = &one
			v.Heirs = heirsView{t.ID, len(p.Views.Access.IssuedBy(r.who, t.ID)), t.Role != access.Administrator}
		}
	}
	return content{"token-revoke", english.say("feeds.revoke", nil), "/feeds", v}, nil
}

// askRevokeIssued asks before all is revoked that somebody issued.
func (p *pages) askRevokeIssued(r reading, by string) (content, error) {
	v := revokeView{tried: r.tried.among("revoke-issued"), By: by}
	list := p.Views.Access.IssuedBy(r.who, by)
	for i := len(list) - 1; i >= 0 && len(v.List) < maxTokens; i-- {
		v.List = append(v.List, p.tokenView(r, list[i]))
	}
	if v.Left = len(list) - len(v.List); len(list) > 0 {
		v.Issuer = by
		if r.who.AtLeast(access.Coordinator) {
			v.Issuer = p.issuer(r, by)
		}
	}
	return content{"token-revoke", english.say("feeds.revoke-issued", nil), "/feeds", v}, nil
}

func (p *pages) revokeToken(r reading, act string) (string, error) {
	defer p.Views.Access.Deciding()()
	switch act {
	case "revoke":
		drafts, err := p.Views.Access.RevokeWith(r.who, r.PostForm.Get("id"), words(r, "reason"), heirs(r))
		return "/tokens?done=revoked", p.decide(r, err, drafts...)
	case "revoke-issued":
		drafts, err := p.Views.Access.RevokeIssued(r.who, r.PostForm.Get("by"), words(r, "reason"))
		return "/tokens?done=revoked", p.decide(r, err, drafts...)
	}
	return "", unknownAct(act)
}

// issuedLink is where all can be revoked that somebody issued.
func issuedLink(id string) string { return "/tokens/revoke?" + url.Values{"by": {id}}.Encode() }
