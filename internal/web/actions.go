package web

import (
	"net/url"
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/response"
)

// actionsView is the board: its head, what is looked for, and a page of it.
type actionsView struct {
	Head     response.Summary
	States   []response.Status
	Kinds    []response.Kind
	Status   response.Status
	Kind     response.Kind
	Outbreak string
	Overdue  bool
	Asked    bool   // only what waits for the reader's partner
	Partner  string // the reader's
	Waiting  int    // for it, on the first page of the board at most
	Actions  []actionLine
	Next     string // the query of the next page; "" for none
	Later    bool   // this is not the first
	Opens    bool   // the reader can open one
}

// maxActions is how many actions a page of the board shows.
const maxActions = 50

func (p *pages) actions(r reading) (content, error) {
	given, now := r.URL.Query(), p.Clock()
	own, _ := p.Views.Access.Partner(r.who.Partner)
	v := actionsView{
		States: actionStates, Kinds: response.Kinds(), Partner: own.Name,
		Status: response.Status(given.Get("status")), Kind: response.Kind(given.Get("kind")), Outbreak: given.Get("outbreak"),
		Overdue: given.Has("overdue"), Asked: given.Has("asked") && r.who.Partner != "", Later: given.Has("after"), Opens: r.coordinates() || r.may(),
	}
	q := response.Query{
		Status: v.Status, Kind: v.Kind, Outbreak: v.Outbreak, Overdue: v.Overdue, Brief: true, Limit: maxActions,
		AfterID: response.ActionID(given.Get("after")),
	}
	if v.Asked {
		q.Waits = r.who.Partner
	}
	v.Head = p.Views.Response.Summary(r.who, response.Query{Outbreak: v.Outbreak}, now)
	list, next := p.Views.Response.Page(r.who, q, now)
	v.Actions = p.actionLines(list, v.Asked)
	if next != 0 {
		given.Set("after", string(list[len(list)-1].ID))
		v.Next = "/actions?" + given.Encode()
	}
	return content{"actions", english.say("work.actions", nil), "/actions", v}, nil
}

// Sought says that not everything is looked for.
func (v actionsView) Sought() bool {
	return v.Status != "" || v.Kind != "" || v.Outbreak != "" || v.Overdue || v.Asked || v.Later
}

// actionView is one action with the names of those in it, and what the reader can
// do about it.
type actionView struct {
	tried
	Done string // what was done just now
	response.Action
	Opener, Leader, Offered, Verdicts string
	Headline                          string // of its outbreak, if the reader may be told of it
	Of                                []string
	Parts                             []partView
	PartsMore                         int
	Silents                           []string
	SilentMore                        int
	Events                            []eventView
	EventsMore                        int
	Moves                             []moveView
	Awaits, Afters                    []afterView
	Partner                           string    // the reader's
	May                               actionMay // what is offered to it
	Contestable, Contests             []named   // partners whose evidence can be contested, or is
}

// actionMay is which forms a reader is offered; whether it is taken the board says.
type actionMay struct{ Commit, Done, RollBack, Approve, Refuse, Contest, Cancel, Offer, Lead bool }

// partView is one partner's part.
type partView struct {
	response.Commitment
	Name  string
	After string // how long after the opening it was made
}

// eventView is one step of the history.
type eventView struct {
	response.Event
	What, By, Whom string
}

// moveView is a deadline that was moved.
type moveView struct {
	response.Moved
	Name string
}

// afterView is an action that is to be done before.
type afterView struct {
	ID    response.ActionID
	Title string // "" for one that the reader may not see
}

// How much of each list of an action is shown; the API has all.
const (
	maxParts   = 100
	maxSilents = 50
	maxEvents  = 100
)

func (p *pages) action(r reading) (content, error) {
	a, err := p.Views.Response.Get(r.who, response.ActionID(r.PathValue("id")), p.Clock())
	if err != nil {
		return content{}, err
	}
	v := actionView{
		tried: r.tried, Done: said(r, actionDone), Action: a, Of: p.askedOf(a), May: p.mayDo(r, a),
		Opener: p.nameOf(string(a.By)), Leader: p.nameOf(string(a.Owner)),
	}
	if a.OfferedTo != "" {
		v.Offered = p.nameOf(string(a.OfferedTo))
	}
	if a.Verdict.By != "" {
		v.Verdicts = p.nameOf(string(a.Verdict.By))
	}
	if own, here := p.Views.Access.Partner(r.who.Partner); here {
		v.Partner = own.Name
	}
	if o, known := p.Views.Outbreak.Get(a.Outbreak); known && r.who.MaySee("", o.Audience()) {
		v.Headline = headline(o)
	}
	p.parted(&v)
	for _, id := range a.After {
		one, err := p.Views.Response.Get(r.who, id, p.Clock())
		if err != nil {
			one.Title = "" // not for this reader
		}
		list := &v.Afters
		if slices.Contains(a.Await, id) {
			list = &v.Awaits
		}
		*list = append(*list, afterView{id, one.Title})
	}
	return content{"action", a.Title, "/actions", v}, nil
}

// parted adds who takes part, who is silent, and what happened, the newest first.
func (p *pages) parted(v *actionView) {
	parts, more := firstOf(v.Commitments, maxParts)
	for _, c := range parts {
		v.Parts = append(v.Parts, partView{c, p.nameOf(string(c.Partner)), lasted(c.At.Sub(v.Opened))})
	}
	v.PartsMore = more
	silent, more := firstOf(v.Waiting, maxSilents)
	v.Silents, v.SilentMore = p.namesOf(silent), more
	events, more := firstOf(newestFirst(v.History), maxEvents)
	for _, e := range events {
		one := eventView{Event: e, What: eventWords[e.Kind], By: p.nameOf(string(e.Partner))}
		if e.About != "" && e.About != e.Partner {
			one.Whom = p.nameOf(string(e.About))
		}
		if one.What == "" {
			one.What = string(e.Kind)
		}
		v.Events = append(v.Events, one)
	}
	v.EventsMore = more
	for _, m := range newestFirst(v.Deadlines) {
		v.Moves = append(v.Moves, moveView{m, p.nameOf(string(m.By))})
	}
	if v.May.Contest {
		for _, c := range parts {
			one := named{c.Partner, p.nameOf(string(c.Partner))}
			switch c.Status {
			case response.Done:
				v.Contestable = append(v.Contestable, one)
			case response.Contested:
				v.Contests = append(v.Contests, one)
			}
		}
	}
}

// mayDo is what a reader is offered. The board decides when it is done: what is
// offered is what it would take.
func (p *pages) mayDo(r reading, a response.Action) actionMay {
	admin, who := r.who.AtLeast(access.Administrator), access.PartnerID(r.who.Actor())
	if r.who.Guest || !admin && !r.may() {
		return actionMay{}
	}
	stands := a.Status != response.Cancelled && a.Status != response.Refused
	may := actionMay{
		Cancel:  a.Status != response.Cancelled && (admin || who == a.By || who == a.Owner),
		Contest: admin || who == a.By,
		Offer:   stands && (admin || who == a.Owner),
		Lead:    a.OfferedTo != "" && who == a.OfferedTo,
	}
	if r.coordinates() && p.organisationOf(who) != p.organisationOf(a.By) && a.Status != response.Cancelled {
		may.Refuse = a.Verdict.State == response.AwaitsApproval
		may.Approve = may.Refuse || a.Verdict.State == response.ApprovalDeclined && (admin || p.organisationOf(who) == p.organisationOf(a.Verdict.By))
	}
	if !r.may() {
		return may
	}
	i := slices.IndexFunc(a.Commitments, func(c response.Commitment) bool { return c.Partner == who })
	if i < 0 {
		may.Commit = stands
		return may
	}
	approved := a.Verdict.State != response.AwaitsApproval
	switch a.Commitments[i].Status {
	case response.Committed, response.Late:
		may.Done = stands && approved
	case response.Contested:
		may.Done, may.RollBack = stands && approved, stands
	case response.Done:
		may.RollBack = stands
	case response.RolledBack:
		may.Commit = stands
	}
	return may
}

// Any says that there is a form for the reader.
func (m actionMay) Any() bool { return m != actionMay{} }

// pathOfAction is the page of an action, saying what was done.
func pathOfAction(id response.ActionID, done string) string {
	return "/actions/" + url.PathEscape(string(id)) + "?done=" + done
}
