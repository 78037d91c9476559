package web

import (
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
)

// caseRoom is the attribution cases.
var caseRoom = room{map[string]sheet{
	"cases": {casesView{}, false}, "case-new": {newCaseView{}, true}, "case": {caseOverview{}, false}, "case-evidence": {caseEvidencePage{}, false},
	"case-item": {itemPage{}, true}, "case-sensitivity": {sensitivityPage{}, false}, "case-rounds": {roundsPage{}, true},
	"case-write": {writePage{}, true}, "case-draft": {draftPage{}, true}, "case-proofs": {proofsPage{}, false}, "statement": {statementPage{}, true},
}, func(p *pages, mux *router) {
	mux.HandleFunc("GET /cases", p.reader(p.cases))
	p.both(mux, "/cases/new", p.newCase, p.openCase)
	mux.HandleFunc("GET /cases/{id}", p.reader(p.oneCase))
	mux.HandleFunc("GET /cases/{id}/evidence", p.reader(p.caseEvidence))
	p.both(mux, "/cases/{id}/evidence/{evidence}", p.caseItem, p.judgeItem)
	mux.HandleFunc("GET /cases/{id}/sensitivity", p.reader(p.caseSensitivity))
	p.both(mux, "/cases/{id}/rounds", p.caseRounds, p.closeRound)
	p.both(mux, "/cases/{id}/write", p.caseWrite, p.fileInCase)
	p.both(mux, "/cases/{id}/draft", p.caseDraft, p.proposeStatement)
	mux.HandleFunc("GET /cases/{id}/proofs", p.reader(p.caseProofs))
	mux.HandleFunc("GET /cases/{id}/proofs/{number}", p.recordProof)
	p.both(mux, "/cases/{id}/statements/{digest}", p.statement, p.settleStatement)
	mux.HandleFunc("GET /cases/{id}/statements/{digest}/document", p.signedText)
	mux.HandleFunc("POST /cases/{id}/statements/{digest}/vote/begin", p.beginVote)
	mux.HandleFunc("POST /cases/{id}/statements/{digest}/vote/finish", p.finishVote)
}}

// casesView is the cases that the reader may see: those first that wait for the
// vote of its partner, then those in which nothing is published.
type casesView struct {
	Partner string // the reader's
	May     bool   // the reader can open one
	Groups  []caseGroup
	After   attribution.CaseID // where the next page begins; "" if there is none
	Left    int
	Next    bool // this is not the first page
}

// caseGroup is cases that stand alike.
type caseGroup struct {
	Key   string // votes, open or published
	Cases []caseLine
}

// caseLine is a case in the list.
type caseLine struct {
	attribution.Summary
	States []string
	Votes  []waitingView // statements that wait for the vote of the reader's partner
}

// waitingView is a statement that waits for votes.
type waitingView struct {
	Question, Act, Finding, Path string
	Version                      int
	Drafted                      time.Time
}

func waiting(question, finding string, s attribution.Statement) waitingView {
	d := s.Document
	return waitingView{question, string(d.Act), finding, pathOf(d.Case, s), d.Version, s.At}
}

const (
	maxCases = 50 // in one page of the list
	maxVotes = 5  // statements that wait, of one case
)

func (p *pages) cases(r reading) (content, error) {
	after := attribution.CaseID(r.URL.Query().Get("after"))
	list, left := p.Views.Cases.Summaries(r.who, after, maxCases)
	v := casesView{Partner: p.nameOf(string(r.who.Partner)), May: r.who.Partner != "" && r.who.AtLeast(access.Coordinator), Left: left, Next: after != ""}
	if left > 0 {
		v.After = list[len(list)-1].ID
	}
	for _, one := range list {
		line := caseLine{Summary: one, States: standingOf(one.Status, one.Waits, one.Contested)}
		owed, _ := firstOf(one.Owed, maxVotes)
		for _, s := range owed {
			line.Votes = append(line.Votes, waiting(one.Question, string(s.Document.Finding), s))
		}
		key := "published"
		switch {
		case len(one.Owed) > 0:
			key = "votes"
		case one.Said == nil:
			key = "open"
		}
		if n := len(v.Groups); n == 0 || v.Groups[n-1].Key != key {
			v.Groups = append(v.Groups, caseGroup{Key: key})
		}
		last := &v.Groups[len(v.Groups)-1]
		last.Cases = append(last.Cases, line)
	}
	return content{"cases", english.say("case.list", nil), "/cases", v}, nil
}

// states says in words where a case stands.
func states(c attribution.Case) []string {
	return standingOf(c.Status, slices.ContainsFunc(c.Statements, func(s attribution.Statement) bool { return waits(c, s) }), c.Contested)
}

// standingOf is where a case stands, in words: waits says that a statement can
// still be published.
func standingOf(status attribution.Status, waits, contested bool) []string {
	var list []string
	switch status {
	case attribution.Open:
		list = append(list, "open")
	case attribution.Proposed:
		list = append(list, english.say("case.state.proposed", nil))
	default:
		list = append(list, string(status))
		if waits {
			list = append(list, english.say("case.state.again", nil))
		}
	}
	if contested {
		list = append(list, "contested")
	}
	return list
}

// waits says whether a statement can still be published: it is not, and follows
// the last one that is.
func waits(c attribution.Case, s attribution.Statement) bool {
	previous := ""
	if current := c.Current(); current != nil {
		previous = current.Digest.String()
	}
	return s.Published == 0 && s.Document.Previous == previous
}

// owes says whether the decision rule names the reader's partner and that has
// not voted on the statement.
func owes(c attribution.Case, s attribution.Statement, who access.Principal) bool {
	return who.Partner != "" && who.AtLeast(access.Analyst) && slices.Contains(c.Silent(s), who.Partner)
}

// pathOf is the page of one statement.
func pathOf(id attribution.CaseID, s attribution.Statement) string {
	return "/cases/" + string(id) + "/statements/" + s.Digest.String()
}
