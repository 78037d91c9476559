package web

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
)

// writePage is the forms by which evidence and hypotheses are added to a case.
type writePage struct {
	caseView
	Replaces attribution.EvidenceID // that the address names, if the reader's partner filed it
	Item     citedView
}

// caseDone is what the pages of a case say was done, by the word in their address.
var caseDone = map[string]string{
	"opened": english.say("case.done.opened", nil), "filed": english.say("case.done.filed", nil), "hypothesis": english.say("case.done.hypothesis", nil), "rated": english.say("case.done.rated", nil), "contested": english.say("case.done.contested", nil),
	"withdrawn": english.say("case.done.withdrawn", nil), "closed": english.say("case.done.closed", nil), "proposed": english.say("case.done.proposed", nil), "published": english.say("case.done.published", nil), "replied": english.say("case.done.replied", nil),
}

func (p *pages) caseWrite(r reading) (content, error) {
	base, err := p.caseOf(r, "write")
	if err != nil {
		return content{}, err
	}
	v := writePage{caseView: *base}
	switch {
	case v.Decides:
		v.tried = r.tried.among("evidence", "hypothesis")
	case v.Files:
		v.tried = r.tried.among("evidence")
	}
	id := attribution.EvidenceID(r.URL.Query().Get("replaces"))
	if n, known := base.number[id]; known && base.Evidence[n-1].By == r.who.Partner && !base.Evidence[n-1].Out() {
		v.Replaces, v.Item = id, base.cited(id)
	}
	return content{"case-write", english.say("case.write", v.Question), "/cases", v}, nil
}

// Kinds are those of evidence.
func (writePage) Kinds() []attribution.EvidenceKind { return attribution.EvidenceKinds() }

// Reliabilities are the letters of the Admiralty code.
func (writePage) Reliabilities() []attribution.Reliability {
	return []attribution.Reliability{"A", "B", "C", "D", "E", "F"}
}

// Credibilities are its digits.
func (writePage) Credibilities() []attribution.Credibility {
	return []attribution.Credibility{1, 2, 3, 4, 5, 6}
}

// Grades are low, medium and high.
func (writePage) Grades() []attribution.Grade { return attribution.Grades() }

func (p *pages) fileInCase(r reading, act string) (string, error) {
	id, party := attribution.CaseID(r.PathValue("id")), p.Views.PartyOf(r.who)
	switch act {
	case "evidence":
		credibility, err := strconv.Atoi(r.PostForm.Get("credibility"))
		if err != nil {
			return "", fmt.Errorf("%w: credibility: choose one", access.ErrInvalid)
		}
		item, draft, err := p.Views.Cases.File(r.who, attribution.Evidence{
			Case: id, Party: party, Title: words(r, "title"), Kind: attribution.EvidenceKind(r.PostForm.Get("kind")), Source: words(r, "source"),
			Digest: digestOf(r.PostForm.Get("digest")), Occurred: words(r, "occurred"), Reliability: attribution.Reliability(r.PostForm.Get("reliability")),
			Credibility: attribution.Credibility(credibility), Relevance: attribution.Grade(r.PostForm.Get("relevance")),
			Forgeability: attribution.Grade(r.PostForm.Get("forgeability")), Replaces: attribution.EvidenceID(r.PostForm.Get("replaces")),
		})
		if err == nil {
			_, err = p.Views.InCase(r.Context(), r.who, id, draft)
		}
		return "/cases/" + url.PathEscape(string(id)) + "/evidence/" + url.PathEscape(string(item)) + "?done=filed", err
	case "hypothesis":
		draft, err := p.Views.Cases.Propose(r.who, attribution.Proposal{Case: id, Party: party, Hypothesis: hypothesisOf(words(r, "hypothesis"))})
		if err == nil {
			_, err = p.Views.InCase(r.Context(), r.who, id, draft)
		}
		return "/cases/" + url.PathEscape(string(id)) + "/evidence?done=hypothesis", err
	}
	return "", unknownAct(act)
}

// digestOf takes a SHA-256 with or without its name in front, as programs print it.
func digestOf(text string) string {
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "" || strings.Contains(text, ":") {
		return text
	}
	return "sha256:" + text
}

// judgeItem rates an item, or marks it.
func (p *pages) judgeItem(r reading, act string) (string, error) {
	id, item := attribution.CaseID(r.PathValue("id")), attribution.EvidenceID(r.PathValue("evidence"))
	here, party := "/cases/"+url.PathEscape(string(id))+"/evidence/"+url.PathEscape(string(item))+"?done=", p.Views.PartyOf(r.who)
	switch act {
	case "rate":
		ratings, err := p.ratings(r, id, item, party)
		if err != nil {
			return "", err
		}
		drafts, err := p.Views.Cases.Rate(r.who, ratings...)
		if err == nil {
			_, err = p.Views.InCase(r.Context(), r.who, id, drafts...)
		}
		return here + "rated", err
	case "contest", "withdraw":
		status := map[string]attribution.ItemStatus{"contest": attribution.ItemContested, "withdraw": attribution.ItemWithdrawn}[act]
		draft, err := p.Views.Cases.Mark(r.who, attribution.Mark{Case: id, Party: party, Evidence: item, Status: status, Reason: words(r, "why")})
		if err == nil {
			_, err = p.Views.InCase(r.Context(), r.who, id, draft)
		}
		return here + string(status), err
	}
	return "", unknownAct(act)
}

// ratings are those of a form that are not in force already: what somebody leaves
// as it is makes no record.
func (p *pages) ratings(r reading, id attribution.CaseID, item attribution.EvidenceID, party string) (list []attribution.Rating, err error) {
	c, err := p.Views.Cases.Get(r.who, id)
	if err != nil {
		return nil, err
	}
	for _, h := range c.Hypotheses {
		one := attribution.Rating{Case: id, Party: party, Evidence: item, Hypothesis: h.ID, Value: attribution.Value(r.PostForm.Get("value-" + string(h.ID))), Reason: words(r, "reason")}
		if one.Value == "" {
			continue
		}
		if text := strings.TrimSpace(r.PostForm.Get("likelihood-" + string(h.ID))); text != "" {
			share, err := strconv.ParseFloat(text, 64)
			if err != nil || !(share > 0 && share <= 100) {
				return nil, fmt.Errorf("%w: %.60q: %.20q is no percentage above 0 and up to 100", access.ErrInvalid, h.Title, text)
			}
			one.Likelihood = share / 100
		}
		same := func(was attribution.Rated) bool {
			return was.By == r.who.Partner && was.Evidence == item && was.Hypothesis == h.ID && was.Value == one.Value && was.Rating.Likelihood == one.Likelihood
		}
		if !slices.ContainsFunc(c.Ratings, same) {
			list = append(list, one)
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%w: nothing is rated differently from before: choose how the item fits at least one hypothesis", access.ErrInvalid)
	}
	return list, nil
}

// closeRound ends the commitments of a round.
func (p *pages) closeRound(r reading, act string) (string, error) {
	if act != "close-round" {
		return "", unknownAct(act)
	}
	id := attribution.CaseID(r.PathValue("id"))
	n, err := strconv.Atoi(r.PostForm.Get("round"))
	if err != nil || r.PostForm.Get("sure") == "" {
		return "", notSure()
	}
	draft, err := p.Views.Cases.CloseRound(r.who, attribution.Closing{Case: id, Party: p.Views.PartyOf(r.who), Round: n})
	if err == nil {
		_, err = p.Views.InCase(r.Context(), r.who, id, draft)
	}
	return "/cases/" + url.PathEscape(string(id)) + "/rounds?done=closed", err
}

// notSure is for an act that cannot be undone, and was not confirmed.
func notSure() error {
	return fmt.Errorf("%w: this cannot be undone: read what it does, and tick that you have", access.ErrInvalid)
}
