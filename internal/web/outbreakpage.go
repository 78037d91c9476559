package web

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/exposure"
	"github.com/tocsin-project/tocsin/internal/impact"
	"github.com/tocsin-project/tocsin/internal/notice"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/response"
)

// outbreakView is the operations room of one outbreak.
type outbreakView struct {
	tried
	ringing
	By        string // who ended it
	Merged    int    // how many others go on as this one
	Elsewhere bool   // it was asked for under the id of one that goes on as this one
	MayReport bool   // the reader is signed in
	Reports   bool   // the reader may report for its partner
	Calls     []callLine
	CallsMore int
	MayCall   bool
	Impact    impact.Board
	Hit       []hitTable
	Work      response.Summary
	States    []stateOf
	Mine      []actionLine
	MineMore  bool
	Partner   string // the reader's
	Alerts    []alertLine
	AlertMore int
	Ransom    []impact.Wallet
	MoreAt    int // addresses

	Done    string
	When    whenView
	Shields shieldsView
	Story   storyView
	Cases   []attribution.Brief
	Exposed []exposure.Board // of the vulnerabilities that alerts about it name
	MayEnd  bool
}

// hitTable is who is hit, by sector, by country or by criticality.
type hitTable struct {
	By   string
	Rows []impact.Group
	More int
}

// stateOf are the actions in one state, the newest first.
type stateOf struct {
	Status response.Status
	All    int
	List   []actionLine
}

// alertLine is an alert about the outbreak.
type alertLine struct {
	notice.AlertStatus
	From string
}

// How much of each list the operations room shows; the pages behind it have all.
const (
	maxHit        = 12
	maxMine       = 20
	maxInState    = 5
	maxLineCalls  = 5
	maxLineAlerts = 10
	maxWallets    = 10
)

// actionStates are the states of actions in the order in which they need somebody.
var actionStates = []response.Status{response.Open, response.Contested, response.Committed, response.Refused, response.Done, response.RolledBack, response.Cancelled}

func (p *pages) outbreak(r reading) (content, error) {
	asked := r.PathValue("id")
	id, merged, err := p.goesOn(r, asked)
	if err != nil {
		return content{}, err
	}
	t, past, err := p.momentAsked(r)
	switch {
	case errors.Is(err, access.ErrInvalid):
		t, r.tried = p.Clock().UTC(), tried{act: "as-of", wrong: sentence(err, access.ErrInvalid), values: r.URL.Query()}
	case past:
		return p.then(r, p.goneOnThen(r, asked, id, t), t)
	}
	o, _ := p.Views.Outbreak.Get(id)
	if err := p.reports.catchUp(r.Context(), p.Views.Ledger); err != nil {
		return content{}, err
	}
	own, _ := p.Views.Access.Partner(r.who.Partner)
	v := outbreakView{
		tried:   r.tried.among("end", "false", "report", "as-of"),
		ringing: ringing{Outbreak: p.inSteps(o), Names: p.partnerNames(o.Partners), Recorded: p.reports.recorded(id)},
		Merged:  len(merged), Elsewhere: asked != id,
		MayReport: !r.who.Guest, Reports: r.may(), MayCall: r.coordinates(), Partner: own.Name,
		Done: said(r, outbreakDone), MayEnd: r.who.AtLeast(access.Coordinator) && o.Status == outbreak.Open,
	}
	if o.By != "" {
		v.By = p.nameOf(o.By)
	}
	all := append([]string{id}, merged...)
	p.hit(r, &v, all)
	p.work(r, &v, all)
	if err := p.called(r, &v, all); err != nil {
		return content{}, err
	}
	p.alerted(r, &v, all)
	if err := p.retold(r, &v, all, t); err != nil {
		return content{}, err
	}
	return content{"outbreak", v.Headline(), "/outbreaks", v}, nil
}

// retold is what happened, which protections belong to it, and what was published.
func (p *pages) retold(r reading, v *outbreakView, all []string, now time.Time) error {
	m, err := p.Views.Chronicle.AsOf(r.who, all[0], now)
	if err != nil {
		return err
	}
	v.When, v.Shields, v.Cases = p.when(r, all[0], now, false), p.shields(r, m, false), p.casesOn(r, all)
	v.When.tried = r.tried
	if v.Story, err = p.story(r, all, now, v.When.Here()); err != nil {
		return err
	}
	for _, cve := range vulnerabilities(v.Alerts) {
		if board, err := p.Views.Exposure.Board(r.who, cve); err == nil && len(v.Exposed) < maxOnBoard {
			v.Exposed = append(v.Exposed, board)
		}
	}
	return nil
}

// vulnerabilities are those that alerts are about, each once.
func vulnerabilities(list []alertLine) (found []string) {
	for _, a := range list {
		for _, subject := range a.Subjects {
			if strings.HasPrefix(subject, "CVE-") && !slices.Contains(found, subject) {
				found = append(found, subject)
			}
		}
	}
	return found
}

// hit is who is hit, and what is asked of them.
func (p *pages) hit(r reading, v *outbreakView, all []string) {
	v.Impact = p.Views.Impact.Board(r.who, all[0], all[1:]...)
	for _, one := range []hitTable{{By: english.say("outbreak.hit.sector", nil), Rows: v.Impact.Sectors}, {By: english.say("outbreak.hit.criticality", nil), Rows: v.Impact.Criticalities}, {By: english.say("outbreak.hit.country", nil), Rows: v.Impact.Countries}} {
		if one.Rows, one.More = firstOf(one.Rows, maxHit); len(one.Rows) > 0 {
			v.Hit = append(v.Hit, one)
		}
	}
	v.Ransom, v.MoreAt = firstOf(p.Views.Impact.Wallets(r.who, all...), maxWallets)
}

// work is the actions about it: those of the reader's partner, and by state.
func (p *pages) work(r reading, v *outbreakView, all []string) {
	board, now := p.Views.Response, p.Clock()
	states := make(map[response.Status]*stateOf)
	for _, s := range actionStates {
		states[s] = &stateOf{Status: s}
	}
	for _, id := range all {
		add(&v.Work, board.Summary(r.who, response.Query{Outbreak: id}, now))
		if r.who.Partner != "" {
			waiting, _ := board.Page(r.who, response.Query{Outbreak: id, Waits: r.who.Partner, Brief: true, Limit: maxMine}, now)
			v.Mine = append(v.Mine, p.actionLines(waiting, true)...)
			mine, next := board.Page(r.who, response.Query{Outbreak: id, Partner: r.who.Partner, Brief: true, Limit: maxMine}, now)
			mine = slices.DeleteFunc(mine, func(a response.Action) bool {
				return slices.ContainsFunc(waiting, func(w response.Action) bool { return w.ID == a.ID })
			})
			v.Mine, v.MineMore = append(v.Mine, p.actionLines(mine, false)...), v.MineMore || next != 0
		}
	}
	slices.SortStableFunc(v.Mine, func(a, b actionLine) int { return cmp.Or(first(a.Yours, b.Yours), first(a.Overdue, b.Overdue)) })
	v.MineMore = v.MineMore || len(v.Mine) > maxMine
	v.Mine, _ = firstOf(v.Mine, maxMine)
	for i, n := range byState(v.Work.Actions) {
		one := states[actionStates[i]]
		if one.All = n; n == 0 {
			continue
		}
		for _, id := range all {
			if len(one.List) < maxInState {
				list, _ := board.Page(r.who, response.Query{Outbreak: id, Status: one.Status, Brief: true, Limit: maxInState - len(one.List)}, now)
				one.List = append(one.List, p.actionLines(list, false)...)
			}
		}
		v.States = append(v.States, *one)
	}
}

// first puts what is true before what is not.
func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// byState are the counts in the order of actionStates.
func byState(n response.ActionCounts) []int {
	return []int{n.Open, n.Contested, n.Committed, n.Refused, n.Done, n.RolledBack, n.Cancelled}
}

// add sums up what the outbreak and those that were merged into it have.
func add(sum *response.Summary, one response.Summary) {
	a, b := &sum.Actions, one.Actions
	a.Open, a.Contested, a.Committed, a.Refused = a.Open+b.Open, a.Contested+b.Contested, a.Committed+b.Committed, a.Refused+b.Refused
	a.Done, a.RolledBack, a.Cancelled = a.Done+b.Done, a.RolledBack+b.RolledBack, a.Cancelled+b.Cancelled
	sum.Overdue, sum.Unapproved, sum.Volunteered = sum.Overdue+one.Overdue, sum.Unapproved+one.Unapproved, sum.Volunteered+one.Volunteered
}

// called is who was called, and how many answered.
func (p *pages) called(r reading, v *outbreakView, all []string) error {
	var list []response.Call
	for _, id := range all {
		list = append(list, p.Views.Response.Calls(r.who, response.CallQuery{Outbreak: id})...)
	}
	slices.SortStableFunc(list, func(a, b response.Call) int { return b.Opened.Compare(a.Opened) })
	list, v.CallsMore = firstOf(list, maxLineCalls)
	for _, c := range list {
		line, err := p.callLine(r, c)
		if err != nil {
			return err
		}
		v.Calls = append(v.Calls, line)
	}
	return nil
}

// alerted is what was issued about it, and who has acknowledged.
func (p *pages) alerted(r reading, v *outbreakView, all []string) {
	var list []notice.AlertStatus
	for _, id := range all {
		list = append(list, p.Views.Notices.AlertsOn(r.who, id)...)
	}
	slices.SortStableFunc(list, func(a, b notice.AlertStatus) int { return b.At.Compare(a.At) })
	list, v.AlertMore = firstOf(list, maxLineAlerts)
	for _, a := range list {
		v.Alerts = append(v.Alerts, alertLine{a, p.nameOf(string(a.By))})
	}
}

// Marked is how the outbreak is marked.
func (v outbreakView) Marked() access.TLP { return v.Audience().TLP }

// Lasts is since when the hub has known of it.
func (v outbreakView) Lasts(now time.Time) string {
	if !v.Ended.IsZero() {
		now = v.Ended
	}
	if v.Recorded.IsZero() {
		return ""
	}
	return lasted(now.Sub(v.Recorded))
}
