package web

import (
	"slices"

	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/attribution/score"
)

// caseView is one case for people: what is asked, what is said, who agrees and
// who does not, and what it rests on.
type caseView struct {
	attribution.Case
	States    []string
	Labels    []string        // what has to be said beside the published statement
	Owed      []waitingView   // statements that wait for the vote of the reader's partner
	Partner   string          // its name
	Agreement agreement       // on the newest statement that waits, else on the published one
	About     string          // which that is; "" if there is none
	Current   []statementView // the published one, if there is one
	Waiting   []statementView // those that can still be published, the newest first
	Past      []statementView // the others, the newest first, without voices
	PastMore  int
	Answers   []replyView // what the accused say, the newest first
	Unheard   int         // answers that are not listed
	Rows      []hypothesisRow
	Flips     []flipView
	Decisive  []citedView
	Items     []itemView
	ItemsMore int
	Sealed    int // items under a seal that is not open
	Rounds    []roundView
	Pooled    int // partners whose vectors the mean in Rows is of

	number map[attribution.EvidenceID]int // of an item, from 1
	scores score.Scores
}

const (
	maxVoted  = 3  // statements that wait, in full
	maxOthers = 20 // others
)

func (p *pages) oneCase(r reading) (content, error) {
	c, err := p.Views.Cases.Get(r.who, attribution.CaseID(r.PathValue("id")))
	if err != nil {
		return content{}, err
	}
	v := p.caseView(c)
	v.Partner = p.nameOf(string(r.who.Partner))
	for _, s := range slices.Backward(c.Statements) {
		if !waits(c, s) {
			continue
		}
		if len(v.Waiting) < maxVoted {
			v.Waiting = append(v.Waiting, v.statementOf(s, false))
		}
		if owes(c, s, r.who) && len(v.Owed) < maxVoted {
			v.Owed = append(v.Owed, waiting(c, s))
		}
	}
	if s := c.Current(); s != nil {
		v.Current = append(v.Current, v.statementOf(*s, false))
	}
	v.past()
	v.judge(c)
	v.weigh()
	v.gather()
	v.vectors()
	return content{"case", c.Question, "/cases", *v}, nil
}

// caseView is the view with what all of it needs.
func (p *pages) caseView(c attribution.Case) *caseView {
	v := &caseView{Case: c, States: states(c), number: make(map[attribution.EvidenceID]int, len(c.Evidence)), scores: p.scores.scores(c)}
	for i, item := range c.Evidence {
		v.number[item.ID] = i + 1
	}
	for _, label := range v.scores.Labels {
		v.Labels = append(v.Labels, attribution.LabelWords(label))
	}
	v.hear()
	return v
}

// past lists the statements that are neither published last nor waiting in full.
func (v *caseView) past() {
	shown := map[string]bool{}
	for _, s := range slices.Concat(v.Current, v.Waiting) {
		shown[s.Digest] = true
	}
	for _, s := range slices.Backward(v.Statements) {
		if shown[s.Digest.String()] {
			continue
		}
		if len(v.Past) == maxOthers {
			v.PastMore++
			continue
		}
		one := statementView{Document: s.Document, Digest: s.Digest.String(), Path: pathOf(v.Case, s), State: v.stateOf(s), Title: v.Title(s.Document.Finding), Drafted: v.step(s.Record)}
		v.Past = append(v.Past, one)
	}
}

// judge says who has agreed and who is missing.
func (v *caseView) judge(c attribution.Case) {
	s := c.Current()
	if s != nil {
		v.About = "the published statement"
	}
	for i := range slices.Backward(c.Statements) {
		if waits(c, c.Statements[i]) {
			s, v.About = &c.Statements[i], "the statement that waits for votes"
			break
		}
	}
	v.Agreement = agreementOn(c, s)
}
