package notice

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/response"
)

// action is what of an action notices need: what it is called, who leads it, and
// whom a word about it concerns.
type action struct {
	id        response.ActionID
	title     string
	kind      response.Kind
	by        access.PartnerID // opened it
	owner     access.PartnerID
	audience  access.Audience
	committed []access.PartnerID // in the order in which they did
}

// about is a notice of an action for those of the partners who may see it.
func (s *State) aboutAction(e ledger.Entry, a *action, severity Severity, title, text string, partners ...access.PartnerID) {
	slices.Sort(partners)
	partners = slices.DeleteFunc(slices.Compact(partners), func(p access.PartnerID) bool {
		return string(p) == e.Actor || !s.sees(p, a.by, a.audience)
	})
	s.cause(e, Raising{
		Topic: TopicAction, Severity: severity, Subject: string(a.id), TLP: a.audience.TLP, Owner: a.by, Audience: a.audience,
		Title: fmt.Sprintf("%s: %s (%s)", title, a.title, a.kind), Text: text, Partners: partners,
	})
}

func (s *State) actionOpened(e ledger.Entry, o response.Opening) {
	audience, err := access.ParseAudience(e.Audience)
	if err != nil || o.ID == "" || o.Validate() != nil || s.actions[o.ID] != nil {
		return
	}
	by := access.PartnerID(e.Actor)
	a := &action{id: o.ID, title: o.Title, kind: o.Kind, by: by, owner: by, audience: audience}
	s.actions[o.ID] = a
	if o.Volunteered {
		a.committed = append(a.committed, by)
	} else {
		s.asked(e, a, o)
	}
	if o.Owner != "" && o.Owner != by {
		s.offered(e, a, o.Owner)
	}
	if o.Approval == response.Needed {
		s.awaitsApproval(e, a)
	}
}

// asked tells those of whom an action is asked.
func (s *State) asked(e ledger.Entry, a *action, o response.Opening) {
	text := ""
	if o.Authority != "" {
		text = "On the authority of: " + o.Authority + "\n"
	}
	if !o.Deadline.IsZero() {
		text += "Until " + o.Deadline.UTC().Format(time.RFC3339) + ".\n"
	}
	asked := s.chosen(s.reaches(a.by, a.audience), func(p access.Partner) bool { return asks(o.AskedOf, p) })
	s.aboutAction(e, a, s.severity(TopicAction), "asked of you", text, asked...)
}

// asks says whether an action is asked of a partner: see response.Opening.AskedOf.
func asks(of []string, p access.Partner) bool {
	return slices.ContainsFunc(of, func(one string) bool {
		if kind, ok := strings.CutPrefix(one, "kind:"); ok {
			return kind == p.Kind
		}
		if country, ok := strings.CutPrefix(one, "country:"); ok {
			return country == p.Country
		}
		return one == string(p.ID) || one == p.Sector
	})
}

// maxApprovals is how many actions of one opener that wait for an approval are told one
// by one within an hour: any contributor can open and cancel as many.
const maxApprovals = 5

// awaitsApproval tells who may approve an action: any other organisation. Which of its
// people are coordinators their tokens say, and not the ledger.
func (s *State) awaitsApproval(e ledger.Entry, a *action) {
	opener, _ := s.dir.Partner(a.by)
	others := s.chosen(s.reaches(a.by, a.audience), func(p access.Partner) bool {
		return opener.Organisation == "" || p.Organisation != opener.Organisation
	})
	told := s.approvals.of(e.Actor)
	if told.more(e.Time) > maxApprovals {
		s.collect(e, alike("approvals", e.Actor), told.begun.Add(time.Hour).Sub(e.Time), others, func(int) Raising {
			return Raising{
				Topic: TopicAction, Severity: Info, TLP: access.Green,
				Title: line(fmt.Sprintf("more actions of %s wait for the approval of another organisation", s.name(a.by))),
				Text:  "It opened so many within an hour that they are not told one by one. The board of actions names those that you may see.",
			}
		})
		return
	}
	s.cause(e, Raising{
		Topic: TopicAction, Severity: Info, Subject: string(a.id), Why: "approval", Partners: others,
		TLP: a.audience.TLP, Owner: a.by, Audience: a.audience,
		Title: fmt.Sprintf("needs the approval of another organisation: %s (%s)", a.title, a.kind),
		Text:  "A coordinator of an organisation other than the one that opened it can approve it, or refuse.",
	})
}

func (s *State) offered(e ledger.Entry, a *action, to access.PartnerID) {
	if string(to) == e.Actor || !s.sees(to, a.by, a.audience) {
		return
	}
	s.cause(e, Raising{
		Topic: TopicAction, Severity: s.severity(TopicAction), Subject: string(a.id), Why: "owner",
		TLP: a.audience.TLP, Owner: a.by, Audience: a.audience,
		Title: fmt.Sprintf("you are offered to lead: %s (%s)", a.title, a.kind), Partners: []access.PartnerID{to},
	})
}

func (s *State) actionApproved(e ledger.Entry, v response.Approval) {
	if a := s.actions[v.Action]; a != nil {
		title := "approved"
		if e.Kind == response.KindRefused {
			title = "refused"
		}
		s.aboutAction(e, a, s.severity(TopicAction), title, v.Reason, append(slices.Clone(a.committed), a.by, a.owner)...)
	}
}

func (s *State) actionCommitted(e ledger.Entry, p response.Promise) {
	by := access.PartnerID(e.Actor)
	if a := s.actions[p.Action]; a != nil && !slices.Contains(a.committed, by) {
		a.committed = append(a.committed, by)
	}
}

func (s *State) actionContested(e ledger.Entry, c response.Contest) {
	if a := s.actions[c.Action]; a != nil && slices.Contains(a.committed, c.Partner) {
		s.aboutAction(e, a, Warning, "your evidence is contested", c.Reason, c.Partner)
	}
}

func (s *State) actionOverdue(e ledger.Entry, o response.Overdue) {
	a := s.actions[o.Action]
	if a == nil || e.Actor != access.Hub {
		return
	}
	text := "It was due " + o.Deadline.UTC().Format(time.RFC3339) + "."
	if o.Partner != "" {
		s.aboutAction(e, a, Warning, "your part is overdue", text, o.Partner)
		return
	}
	s.aboutAction(e, a, Warning, "overdue", text, a.by, a.owner)
}

func (s *State) ownerOffered(e ledger.Entry, h response.Handover) {
	if a := s.actions[h.Action]; a != nil && h.To != a.owner {
		s.offered(e, a, h.To)
	}
}

func (s *State) ownerAccepted(e ledger.Entry, h response.Handover) {
	if a := s.actions[h.Action]; a != nil {
		a.owner = access.PartnerID(e.Actor)
		s.aboutAction(e, a, Info, "is led by another partner", h.Note, a.by)
	}
}

func (s *State) actionCancelled(e ledger.Entry, r response.Reversal) {
	if a := s.actions[r.Action]; a != nil {
		s.aboutAction(e, a, Info, "called off", r.Reason, append(slices.Clone(a.committed), a.owner)...)
		delete(s.actions, r.Action)
	}
}
