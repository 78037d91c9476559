package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/protect"
)

var errAdministrators = fmt.Errorf("%w: only an administrator of this hub does this", access.ErrForbidden)

// invitedView is somebody who was invited just now, with the link to hand over: it
// is shown this once.
type invitedView struct {
	Person  access.Person
	Secret  string
	Link    string
	Expires time.Time
}

// addPartner lets a partner in, as a form says who it is.
func (p *pages) addPartner(r reading) (access.Partner, error) {
	if !r.who.AtLeast(access.Administrator) {
		return access.Partner{}, errAdministrators
	}
	form := func(field string) string { return strings.TrimSpace(r.PostForm.Get(field)) }
	defer p.Views.Access.Deciding()()
	one, draft, err := p.Views.Access.JoinAs(form("name"), form("sector"), strings.ToUpper(form("country")), form("kind"),
		access.Standing{Organisation: form("organisation"), Designated: form("designated") != "", Canary: form("canary") != ""})
	return one, p.decide(r, err, draft)
}

// actFor has the reader act for a partner from now on.
func (p *pages) actFor(r reading, partner access.PartnerID) error {
	defer p.Views.Access.Deciding()()
	draft, err := p.Views.Access.ActFor(r.who, partner)
	return p.decide(r, err, draft)
}

// invite lets somebody in who will act for a partner.
func (p *pages) invite(r reading, partner access.PartnerID) (invitedView, error) {
	defer p.Views.Access.Deciding()()
	person, secret, drafts, err := p.Views.Access.Invite(r.who, partner, r.PostForm.Get("person"), r.PostForm.Get("email"), access.Role(r.PostForm.Get("role")), p.Clock())
	if err := p.decide(r, err, drafts...); err != nil {
		return invitedView{}, err
	}
	return p.invited(person, secret), nil
}

// inviteAgain makes another link for somebody who lost the first, or every way in.
func (p *pages) inviteAgain(r reading, id string) (invitedView, error) {
	defer p.Views.Access.Deciding()()
	secret, draft, err := p.Views.Access.InviteAgain(r.who, id, p.Clock())
	if err := p.decide(r, err, draft); err != nil {
		return invitedView{}, err
	}
	person, _ := p.Views.Access.Person(id)
	return p.invited(person, secret), nil
}

// invited is what is handed over. The secret stands behind the '#' of the link, so
// that no server and no log on the way sees it.
func (p *pages) invited(person access.Person, secret string) invitedView {
	return invitedView{person, secret, p.SignIn.Origin() + "/enrol#" + secret, p.Views.Access.EnrolsUntil(person.ID)}
}

// changePartner does what the forms of a partner's page ask for.
func (p *pages) changePartner(w http.ResponseWriter, request *http.Request) {
	var once invitedView
	p.act(func(r reading) (content, error) { return p.partner(r, once) }, func(r reading, act string) (to string, err error) {
		partner := access.PartnerID(r.PathValue("id"))
		here := "/partners/" + url.PathEscape(string(partner)) + "?done="
		what, id, _ := strings.Cut(act, " ")
		if person, known := p.Views.Access.Person(id); id != "" && (!known || person.Partner != partner) {
			return "", fmt.Errorf("%w: nobody of this partner has the id %q", access.ErrNotFound, id)
		}
		switch what {
		case "standing":
			return here + "standing", p.restand(r, partner)
		case "dismiss":
			return "/partners?done=dismissed", p.dismiss(r, partner)
		case "quarantine", "lift":
			return here + what, p.quarantine(r, partner, what == "quarantine")
		case "invite":
			once, err = p.invite(r, partner)
			return "", err
		case "again":
			once, err = p.inviteAgain(r, id)
			return "", err
		case "person":
			return here + "person", p.changePerson(r, id)
		case "leave":
			return here + "left", p.dismissPerson(r, id)
		case "erase":
			if !r.who.AtLeast(access.Administrator) {
				return "", errAdministrators
			}
			return here + "erased", p.Views.ErasePerson(r.Context(), r.who, id, words(r, "reason"))
		}
		return "", unknownAct(act)
	})(w, request)
}

// restand changes how a partner's word weighs.
func (p *pages) restand(r reading, partner access.PartnerID) error {
	if !r.who.AtLeast(access.Administrator) {
		return errAdministrators
	}
	organisation := strings.TrimSpace(r.PostForm.Get("organisation"))
	designated, canary := r.PostForm.Get("designated") != "", r.PostForm.Get("canary") != ""
	defer p.Views.Access.Deciding()()
	draft, err := p.Views.Access.Designate(partner, access.Change{Organisation: &organisation, Designated: &designated, Canary: &canary}, words(r, "reason"))
	return p.decide(r, err, draft)
}

// dismiss ends a partner's taking part. Who acts for it would lose its own access.
func (p *pages) dismiss(r reading, partner access.PartnerID) error {
	if !r.who.AtLeast(access.Administrator) {
		return errAdministrators
	}
	defer p.Views.Access.Deciding()()
	draft, err := p.Views.Access.DismissFor(r.who, partner, words(r, "reason"))
	return p.decide(r, err, draft)
}

// quarantine has a partner's word no longer count, from a time on, or count again.
func (p *pages) quarantine(r reading, partner access.PartnerID, on bool) error {
	since, err := moment("since", r.PostForm.Get("since"))
	if err != nil {
		return err
	}
	draft, err := p.Views.Protect.Quarantine(r.who, protect.Quarantine{Partner: partner, Since: since, On: on, Reason: words(r, "reason")}, p.Clock())
	return p.append(r, draft, err)
}

func (p *pages) changePerson(r reading, id string) error {
	defer p.Views.Access.Deciding()()
	draft, err := p.Views.Access.ChangePerson(r.who, id, r.PostForm.Get("person"), r.PostForm.Get("email"), access.Role(r.PostForm.Get("role")))
	return p.decide(r, err, draft)
}

func (p *pages) dismissPerson(r reading, id string) error {
	defer p.Views.Access.Deciding()()
	drafts, err := p.Views.Access.DismissWith(r.who, id, words(r, "reason"), heirs(r))
	return p.decide(r, err, drafts...)
}
