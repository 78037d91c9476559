package web

import (
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/attribution/score"
)

// caseView is a case with what each of its pages says of it.
type caseView struct {
	tried
	attribution.Case
	Done    string
	Tab     string     // which of its pages this is
	TLP     access.TLP // of every record in it
	States  []string
	Labels  []string // what has to be said beside the published statement
	Partner string   // the reader's
	// What the reader may do: contribute evidence, judge it, and decide for a partner
	// that has a say.
	Files, Judges, Decides bool
	About                  string // which statement Agreement is on; "" if there is none
	Agreement              agreement
	Answers                []replyView // what the accused say, the newest first
	Unheard                int         // answers that are not listed

	number map[attribution.EvidenceID]int // of an item, from 1
	scores score.Scores
}

// caseOverview is the first page of a case: what is asked, what is said, who agrees
// and who does not, and what it rests on.
type caseOverview struct {
	caseView
	Owed      []waitingView   // statements that wait for the vote of the reader's partner
	Current   []statementView // the published one, if there is one
	Waiting   []statementView // those that can still be published, the newest first
	Past      []statementView // the others, the newest first, without voices
	PastMore  int
	Rows      []hypothesisRow
	RowsMore  int
	Flips     []flipView
	Decisive  []citedView
	Matrix    caseMatrix
	Sealed    int // items under a seal that is not open
	Pooled    int // partners whose vectors the mean in Rows is of
	Committed int // partners that have committed in the last round of probabilities
	Round     int // its number; 0 for none
}

const (
	maxVoted          = 3  // statements that wait, in full
	maxPastStatements = 20 // others
	maxTelling        = 10 // items in the picture of the first page
)

func (p *pages) oneCase(r reading) (content, error) {
	base, err := p.caseOf(r, "overview")
	if err != nil {
		return content{}, err
	}
	c, v, room := base.Case, caseOverview{caseView: *base}, textBudget(firstPageText)
	for _, s := range slices.Backward(c.Statements) {
		if !waits(c, s) {
			continue
		}
		if len(v.Waiting) < maxVoted {
			v.Waiting = append(v.Waiting, v.statementOf(s, &room, fewVoices))
		}
		if owes(c, s, r.who) && len(v.Owed) < maxVoted {
			v.Owed = append(v.Owed, waiting(c.Question, c.Title(s.Document.Finding), s))
		}
	}
	if s := c.Current(); s != nil {
		v.Current = append(v.Current, v.statementOf(*s, &room, fewVoices))
	}
	v.past()
	v.judge(c)
	v.weigh()
	v.Matrix = v.matrix(v.mostTelling(maxTelling), v.columns(0, maxCaseAcross))
	for _, item := range c.Evidence {
		if item.Hidden() {
			v.Sealed++
		}
	}
	if n := len(c.Rounds); n > 0 {
		seen := map[access.PartnerID]bool{}
		for _, one := range c.Rounds[n-1].Committed {
			seen[one.By] = true
		}
		v.Round, v.Committed = n, len(seen)
	}
	return content{"case", c.Question, "/cases", v}, nil
}

// caseOf is the case that a path names, for one of its pages.
func (p *pages) caseOf(r reading, tab string) (*caseView, error) {
	id := attribution.CaseID(r.PathValue("id"))
	c, err := p.Views.Cases.Get(r.who, id)
	if err != nil {
		return nil, err
	}
	audience, err := p.Views.Cases.Audience(r.who, id)
	if err != nil {
		return nil, err
	}
	v := &caseView{Case: c, tried: r.tried, Done: said(r, caseDone), Tab: tab, TLP: audience.TLP, States: states(c), Partner: p.nameOf(string(r.who.Partner)),
		number: make(map[attribution.EvidenceID]int, len(c.Evidence)), scores: p.scores.scores(c)}
	if r.who.Partner != "" {
		_, member := c.Members[r.who.Partner]
		v.Files, v.Judges = r.who.AtLeast(access.Contributor), r.who.AtLeast(access.Analyst)
		v.Decides = r.who.AtLeast(access.Coordinator) && (member || c.By == r.who.Partner)
	}
	for i, item := range c.Evidence {
		v.number[item.ID] = i + 1
	}
	for _, label := range v.scores.Labels {
		v.Labels = append(v.Labels, attribution.LabelWords(label))
	}
	v.hear(wholePageText / 2)
	return v, nil
}

// past lists the statements that are neither published last nor waiting in full.
func (v *caseOverview) past() {
	shown := map[string]bool{}
	for _, s := range slices.Concat(v.Current, v.Waiting) {
		shown[s.Digest] = true
	}
	for _, s := range slices.Backward(v.Statements) {
		if shown[s.Digest.String()] {
			continue
		}
		if len(v.Past) == maxPastStatements {
			v.PastMore++
			continue
		}
		one := statementView{Document: s.Document, Digest: s.Digest.String(), Path: pathOf(v.ID, s), State: v.stateOf(s), Title: v.Title(s.Document.Finding), Drafted: v.step(s.Record)}
		v.Past = append(v.Past, one)
	}
}

// judge says who has agreed and who is missing.
func (v *caseOverview) judge(c attribution.Case) {
	s := c.Current()
	if s != nil {
		v.About = english.say("case.agreement.on-published", nil)
	}
	for i := range slices.Backward(c.Statements) {
		if waits(c, c.Statements[i]) {
			s, v.About = &c.Statements[i], english.say("case.agreement.on-waiting", nil)
			break
		}
	}
	v.Agreement = agreementOn(c, s)
}
