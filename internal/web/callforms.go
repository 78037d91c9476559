package web

import (
	"fmt"
	"net/url"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/response"
)

// openCall opens a call for assistance.
func (p *pages) openCall(r reading, act string) (string, error) {
	if act != "open" {
		return "", unknownAct(act)
	}
	deadline, err := moment("deadline", r.PostForm.Get("deadline"))
	if err != nil {
		return "", err
	}
	named, err := p.partnersNamed(r, "partners")
	if err != nil {
		return "", err
	}
	o := response.CallOpening{
		Outbreak: r.PostForm.Get("outbreak"), Title: words(r, "title"), Text: words(r, "text"), Sectors: listed(r, "sectors"),
		Countries: listed(r, "countries"), Kinds: listed(r, "kinds"), Skills: listed(r, "skills"), Partners: named, Deadline: deadline,
	}
	to, err := p.audienceOf(r, o.Outbreak)
	if err != nil {
		return "", err
	}
	id, draft, err := p.Views.Response.OpenCall(r.who, to, o, p.Clock())
	if err := p.append(r, draft, err); err != nil {
		return "", err
	}
	return "/calls/" + url.PathEscape(string(id)) + "?done=opened", nil
}

// audienceOf is the audience of the level that was chosen, and no wider than the
// outbreak that it is about.
func (p *pages) audienceOf(r reading, about string) (access.Audience, error) {
	tlp, err := access.ParseTLP(r.PostForm.Get("tlp"))
	if err != nil {
		return access.Audience{}, err
	}
	if tlp == access.Red {
		return access.Audience{}, fmt.Errorf("%w: tlp: a call at TLP:RED names its recipients: open it with tocsin call open", access.ErrInvalid)
	}
	to := access.ToCommunity(tlp)
	if about != "" {
		id, _, err := p.goesOn(r, about)
		if err != nil {
			return access.Audience{}, err
		}
		o, _ := p.Views.Outbreak.Get(id)
		to = o.Audience()
		to.TLP = access.Narrower(to.TLP, tlp)
	}
	return to, p.Views.Access.CheckAudience(r.who, to)
}

// changeCall answers a call, declines it, or closes it.
func (p *pages) changeCall(r reading, act string) (string, error) {
	id := response.CallID(r.PathValue("id"))
	switch act {
	case "answer", "decline":
		draft, err := p.Views.Response.AnswerCall(r.who, response.CallAnswer{Call: id, Offer: words(r, "offer"), Skills: listed(r, "skills"), Declined: act == "decline"})
		if err := p.append(r, draft, err); err != nil {
			return "", err
		}
	case "close":
		draft, err := p.Views.Response.CloseCall(r.who, response.CallClosing{Call: id, Reason: words(r, "reason")})
		if err := p.append(r, draft, err); err != nil {
			return "", err
		}
	default:
		return "", unknownAct(act)
	}
	return "/calls/" + url.PathEscape(string(id)) + "?done=" + act, nil
}
