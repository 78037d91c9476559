package web

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// draftPage is the form by which a statement is put to the vote.
type draftPage struct {
	caseView
	Last  []statementView   // the published one, which the new one follows: one or none
	Acts  []attribution.Act // that can come next
	Items int
	Cites string // the numbers of what the published one rests on
}

func (p *pages) caseDraft(r reading) (content, error) {
	base, err := p.caseOf(r, "draft")
	if err != nil {
		return content{}, err
	}
	v := draftPage{caseView: *base, Acts: []attribution.Act{attribution.Finding}, Items: len(base.Evidence)}
	if v.Judges && v.Items > 0 {
		v.tried = r.tried.among("propose")
	}
	if last := base.Current(); last != nil {
		room := textBudget(wholePageText)
		v.Last = append(v.Last, base.statementOf(*last, &room, 0))
		v.Acts = []attribution.Act{attribution.Update, attribution.Withdrawal}
		if last.Document.Act == attribution.Withdrawal {
			v.Acts = v.Acts[:1]
		}
		var numbers []string
		for _, id := range last.Document.Cites {
			numbers = append(numbers, fmt.Sprint("E", base.number[id]))
		}
		v.Cites = strings.Join(numbers, ", ")
	}
	return content{"case-draft", english.say("case.draft", v.Question), "/cases", v}, nil
}

// Likelihoods are the words of ICD 203.
func (draftPage) Likelihoods() []attribution.Likelihood { return attribution.Likelihoods() }

// Confidences are the degrees of confidence.
func (draftPage) Confidences() []attribution.Confidence { return attribution.Confidences() }

func (p *pages) proposeStatement(r reading, act string) (string, error) {
	if act != "propose" {
		return "", unknownAct(act)
	}
	id := attribution.CaseID(r.PathValue("id"))
	c, err := p.Views.Cases.Get(r.who, id)
	if err != nil {
		return "", err
	}
	d := attribution.Document{
		Act: attribution.Act(r.PostForm.Get("kind")), Finding: attribution.HypothesisID(r.PostForm.Get("finding")), Text: words(r, "text"),
		Likelihood: attribution.Likelihood(r.PostForm.Get("likelihood")), Confidence: attribution.Confidence(r.PostForm.Get("confidence")),
		Gaps: linesOf(r, "gaps"), WouldChange: linesOf(r, "would-change"), Occurred: words(r, "occurred"),
	}
	if last := c.Current(); d.Act == attribution.Withdrawal && last != nil {
		was := last.Document // a withdrawal repeats what it withdraws
		d.Finding, d.Likelihood, d.Confidence, d.Cites = was.Finding, was.Likelihood, was.Confidence, was.Cites
	} else if d.Cites, err = citesOf(c, r.PostForm.Get("cites")); err != nil {
		return "", err
	}
	digest, draft, err := p.Views.Cases.Statement(r.who, attribution.Motion{Case: id, Party: p.Views.PartyOf(r.who), Document: d})
	if err == nil {
		_, err = p.Views.InCase(r.Context(), r.who, id, draft)
	}
	return "/cases/" + url.PathEscape(string(id)) + "/statements/" + digest.String() + "?done=proposed", err
}

var itemNumber = regexp.MustCompile(`^[Ee]?([0-9]{1,6})$`)

// citesOf reads the numbers of items: "E1, E3 4".
func citesOf(c attribution.Case, text string) (cites []attribution.EvidenceID, err error) {
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\n' || r == '\r' || r == '\t' }) {
		n := 0
		if m := itemNumber.FindStringSubmatch(word); m != nil {
			n, _ = strconv.Atoi(m[1]) // at most six digits
		}
		if n < 1 || n > len(c.Evidence) {
			return nil, fmt.Errorf("%w: rests on: %.20q is no item of the case, which has E1 to E%d", access.ErrInvalid, word, len(c.Evidence))
		}
		cites = append(cites, c.Evidence[n-1].ID)
	}
	return cites, nil
}

// linesOf is a field with one text a line.
func linesOf(r reading, field string) []string {
	list := []string{}
	for line := range strings.Lines(words(r, field)) {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}

// settleStatement publishes a statement, or records what the accused say to it.
// Both make the case public, and are asked for twice.
func (p *pages) settleStatement(r reading, act string) (string, error) {
	id, digest := attribution.CaseID(r.PathValue("id")), r.PathValue("digest")
	here := "/cases/" + url.PathEscape(string(id)) + "/statements/" + url.PathEscape(digest) + "?done="
	if act != "publish" && act != "reply" {
		return "", unknownAct(act)
	}
	if r.PostForm.Get("sure") == "" {
		return "", notSure()
	}
	party := p.Views.PartyOf(r.who)
	var draft ledger.Draft
	var err error
	done := "published"
	if act == "publish" {
		draft, err = p.Views.Cases.Publish(r.who, attribution.Publication{Case: id, Party: party, Statement: digest})
	} else {
		done = "replied"
		draft, err = p.Views.Cases.Reply(r.who, attribution.Reply{Case: id, Party: party, Source: words(r, "source"), Document: attribution.Answer{
			Case: id, Statement: digest, From: words(r, "from"), Relation: attribution.Relation(r.PostForm.Get("relation")), Text: words(r, "text"), Occurred: words(r, "occurred"),
		}})
	}
	if err == nil {
		_, err = p.Views.InCase(r.Context(), r.who, id, draft)
	}
	if err == nil && p.PublicLog != nil {
		p.PublicLog.Renew(id)
	}
	return here + done, err
}
