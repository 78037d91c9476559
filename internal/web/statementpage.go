package web

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
)

// statementPage is a statement by itself, where it is voted on and published.
type statementPage struct {
	caseView
	One       statementView
	Cast      []castView
	CastMore  int
	Mine      []ballotView // how the reader's partner has voted: one or none
	Before    []versionView
	Whole     []voiceView // the vote that the address names, in full
	Reply     []replyView // or the reply
	Publishes bool        // the reader may publish it, and it is carried
	Records   int         // of the case, which become public with it
}

// castView is who voted how, and what is known of the signature.
type castView struct {
	voiceView
	Choice attribution.Choice
	Ends   bool // the key is none that the partner votes with now
}

// ballotView is a vote as it stands in the record.
type ballotView struct {
	voiceView
	Choice attribution.Choice
	Key    string
	Text   string // what is signed
}

// versionView is what is different from the version before.
type versionView struct {
	Path     string
	Version  int
	Words    []wordChange // of the text
	Facts    []factChange
	In, Out  []citedView // items that it cites and did not, and the other way round
	Gaps     []wordChange
	Changing []wordChange
}

// factChange is something of a statement that was another.
type factChange struct{ What, Before, Now string }

const maxCast = 60 // votes in the table

func (p *pages) statement(r reading) (content, error) {
	base, err := p.caseOf(r, "statement")
	if err != nil {
		return content{}, err
	}
	s, err := statementIn(base.Case, r.Request)
	if err != nil {
		return content{}, err
	}
	page, room := statementPage{caseView: *base, Records: base.Case.Records}, textBudget(wholePageText)
	page.One = base.statementOf(s, &room, maxVoices)
	page.Agreement, page.About = agreementOn(base.Case, &s), english.say("case.agreement.on-this", nil)
	page.One.Vote = p.voting(r, page.One.State)
	page.Publishes = page.Decides && page.One.State == stateWaits && page.Agreement.Carried
	switch { // a refusal is said beside its form, or else at the top
	case page.Publishes:
		page.tried = r.tried.among("publish", "reply")
	case page.Decides:
		page.tried = r.tried.among("reply")
	}
	standing, more := firstOf(s.Standing(), maxCast)
	page.CastMore = more
	for _, vote := range standing {
		none := textBudget(0)
		page.Cast = append(page.Cast, castView{base.voice(vote, &none), vote.Document.Vote, !p.Views.Voters.May(vote.By, vote.Key)})
	}
	for _, vote := range s.Standing() {
		whole := textBudget(wholePageText)
		if r.URL.Query().Get("record") == fmt.Sprint(vote.Record) {
			page.Whole = append(page.Whole, base.voice(vote, &whole))
		}
		if vote.By != r.who.Partner {
			continue
		}
		text, err := vote.Document.Message()
		if err != nil {
			return content{}, err
		}
		page.Mine = append(page.Mine, ballotView{base.voice(vote, &whole), vote.Document.Vote, vote.Key, string(text)})
	}
	for _, reply := range base.Replies {
		if r.URL.Query().Get("record") == fmt.Sprint(reply.Record) {
			whole := textBudget(wholePageText)
			page.Reply = append(page.Reply, base.reply(reply, &whole))
		}
	}
	if before, err := attribution.ParseDigest(s.Document.Previous); err == nil {
		if was := base.Statement(before); was != nil {
			page.Before = append(page.Before, page.since(*was, s))
		}
	}
	return content{"statement", english.say("case.statement.title", s.Document.Version), "/cases", page}, nil
}

// since is what a statement has changed of the one before.
func (v *caseView) since(was, now attribution.Statement) versionView {
	a, b := was.Document, now.Document
	one := versionView{Path: pathOf(v.ID, was), Version: a.Version, Words: differences(a.Text, b.Text)}
	for _, f := range []factChange{
		{english.say("case.fact.act", nil), string(a.Act), string(b.Act)}, {english.say("case.fact.finding", nil), v.Title(a.Finding), v.Title(b.Finding)},
		{english.say("case.fact.likelihood", nil), a.Likelihood.Words(), b.Likelihood.Words()}, {english.say("case.fact.confidence", nil), string(a.Confidence), string(b.Confidence)},
	} {
		if f.Before != f.Now {
			one.Facts = append(one.Facts, f)
		}
	}
	one.In, one.Out = v.only(b.Cites, a.Cites), v.only(a.Cites, b.Cites)
	one.Gaps, one.Changing = listDifferences(a.Gaps, b.Gaps), listDifferences(a.WouldChange, b.WouldChange)
	return one
}

// only are the items of one list that another does not have.
func (v *caseView) only(list, other []attribution.EvidenceID) (found []citedView) {
	has := make(map[attribution.EvidenceID]bool, len(other))
	for _, id := range other {
		has[id] = true
	}
	for _, id := range list {
		if !has[id] && len(found) < maxCited {
			found = append(found, v.cited(id))
		}
	}
	return found
}

// put is the case and the statement that a path names.
func (p *pages) put(who access.Principal, r *http.Request) (attribution.Case, attribution.Statement, error) {
	c, err := p.Views.Cases.Get(who, attribution.CaseID(r.PathValue("id")))
	if err != nil {
		return c, attribution.Statement{}, err
	}
	s, err := statementIn(c, r)
	return c, s, err
}

func statementIn(c attribution.Case, r *http.Request) (attribution.Statement, error) {
	digest, err := attribution.ParseDigest(r.PathValue("digest"))
	if err != nil {
		return attribution.Statement{}, err
	}
	s := c.Statement(digest)
	if s == nil {
		return attribution.Statement{}, fmt.Errorf("%w: the case has no statement %s", access.ErrNotFound, digest)
	}
	return *s, nil
}

// signedText is the statement as its digest is over it.
func (p *pages) signedText(w http.ResponseWriter, request *http.Request) {
	r := p.reading(request)
	if !r.reads {
		http.Redirect(w, request, "/sign-in", http.StatusSeeOther)
		return
	}
	_, s, err := p.put(r.who, request)
	if err == nil {
		var text []byte
		if text, err = s.Document.Bytes(); err == nil {
			handOver(w, "application/json", fmt.Sprintf("statement-%.12s.json", s.Digest), text)
			return
		}
	}
	p.fail(w, r, err)
}

// handOver is a file for the browser to keep.
func handOver(w http.ResponseWriter, mediaType, name string, text []byte) {
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name))
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(text) // a reader that went away needs no answer
}

// Confidences are the degrees of confidence.
func (statementPage) Confidences() []attribution.Confidence { return attribution.Confidences() }

// Dissent are the voices against the statement, and Others those that are not.
func (v statementView) Dissent() []voicesView {
	return slices.DeleteFunc(slices.Clone(v.Voices), func(k voicesView) bool { return k.Choice != attribution.Dissent })
}

// Others are the voices that are not against it.
func (v statementView) Others() []voicesView {
	return slices.DeleteFunc(slices.Clone(v.Voices), func(k voicesView) bool { return k.Choice == attribution.Dissent })
}
