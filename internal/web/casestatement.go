package web

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/signature"
)

// statementView is a statement with what everybody says to it.
type statementView struct {
	attribution.Document
	ID        string // of its place in the page
	Digest    string
	Path      string
	State     string
	Title     string // of the hypothesis that it finds
	Cited     []citedView
	CitedMore int
	Drafted   stepView
	Published stepView // Record 0: it is not
	Voices    []voicesView
	Silent    []string
	More      int // silent ones that are not listed
	Vote      votingView
	Tally     attribution.Tally
	Cut       bool // some of its text is left out here
}

// stepView is when a record was made, by whom, and which it is.
type stepView struct {
	At     time.Time
	By     string
	Record int
}

// citedView is an item that a statement rests on.
type citedView struct {
	N           int // its number in the case
	Title, Path string
}

// voicesView is everybody who votes alike; nobody, too, is said.
type voicesView struct {
	Heading string
	Choice  attribution.Choice
	Voices  []voiceView
	More    int
}

// voiceView is a vote that counts.
type voiceView struct {
	stepView
	Words      string
	Cut        bool // the rest of the words is in the statement's own page
	Confidence attribution.Confidence
	Signed     string // with what kind of key
	Print      string // the key's fingerprint
	Outside    bool   // the decision rule does not name the partner
	Occurred   string
	Path       string // of the statement
}

// replyView is what the accused say.
type replyView struct {
	stepView
	attribution.Answer
	Version int    // of the statement that it answers
	Path    string // of that
	Source  string // "" if none is given
	Signed  bool
	Cut     bool // the rest of the text is left out here
}

const (
	maxVoices  = 30 // of one choice, in the page of a statement
	fewVoices  = 5  // in the first page of a case
	maxReplies = 20
	maxCited   = 40
	maxPoints  = 30  // of what is not known, and what would change the finding
	maxCutText = 300 // bytes of a text that does not fit any more
)

// textBudget is how many bytes of what people wrote a page still takes whole.
type textBudget int

// The budgets of the statements, votes and replies of one page.
const (
	wholePageText = 48 << 10
	firstPageText = 12 << 10
)

// take is a text, or its beginning if the textBudget does not have room for all of it.
func (b *textBudget) take(text string) (shown string, isCut bool) {
	if len(text) <= maxCutText || len(text) <= int(*b) {
		*b -= textBudget(len(text))
		return text, false
	}
	return cut(text, maxCutText), true
}

// statementOf is a statement as a page shows it, with so many voices of each kind.
func (v *caseView) statementOf(s attribution.Statement, room *textBudget, voices int) statementView {
	d := s.Document
	one := statementView{
		Document: d, ID: "s-" + s.Digest.String()[:12], Digest: s.Digest.String(), Path: pathOf(v.ID, s), State: v.stateOf(s),
		Title: v.Title(d.Finding), Drafted: v.step(s.Record), Tally: s.Tally(),
	}
	if s.Published > 0 {
		one.Published = v.step(s.Published)
	}
	one.Text, one.Cut = room.take(d.Text)
	one.Gaps, one.Cut = room.list(d.Gaps, one.Cut)
	one.WouldChange, one.Cut = room.list(d.WouldChange, one.Cut)
	cites, more := firstOf(d.Cites, maxCited)
	one.CitedMore = more
	for _, id := range cites {
		one.Cited = append(one.Cited, v.cited(id))
	}
	votes := s.Standing()
	for _, kind := range []voicesView{{Choice: attribution.Dissent, Heading: english.say("case.voices.dissent", nil)},
		{Choice: attribution.Endorse, Heading: english.say("case.voices.endorse", nil)}, {Choice: attribution.Abstain, Heading: english.say("case.voices.abstain", nil)}} {
		var alike []attribution.Voted
		for _, vote := range votes {
			if vote.Document.Vote == kind.Choice {
				alike = append(alike, vote)
			}
		}
		alike, kind.More = firstOf(alike, voices)
		for _, vote := range alike {
			kind.Voices = append(kind.Voices, v.voice(vote, room))
		}
		one.Voices = append(one.Voices, kind)
	}
	for _, partner := range v.Case.Silent(s) {
		one.Silent = append(one.Silent, v.Called(partner))
	}
	one.Silent, one.More = firstOf(one.Silent, maxMissing)
	return one
}

// list is take for several texts.
func (b *textBudget) list(texts []string, isCut bool) ([]string, bool) {
	shown, more := firstOf(texts, maxPoints)
	list := make([]string, len(shown))
	for i, text := range shown {
		var short bool
		list[i], short = b.take(text)
		isCut = isCut || short
	}
	return list, isCut || more > 0
}

func (v *caseView) stateOf(s attribution.Statement) string {
	switch current := v.Case.Current(); {
	case current != nil && current.Digest == s.Digest:
		return statePublished
	case s.Published > 0:
		return "published before"
	case waits(v.Case, s):
		return stateWaits
	}
	return "overtaken"
}

// The states of a statement that can be voted on.
const (
	statePublished = "published"
	stateWaits     = "waiting"
)

func (v *caseView) step(record int) stepView {
	s := v.History[record-1]
	return stepView{s.At, s.Party, record}
}

func (v *caseView) voice(vote attribution.Voted, room *textBudget) voiceView {
	one := voiceView{stepView: v.step(vote.Record), Confidence: vote.Document.Confidence, Occurred: vote.Document.Occurred, Path: "/cases/" + string(v.ID) + "/statements/" + vote.Document.Statement, Signed: english.say("case.signed.file", nil)}
	if key, err := signature.ParsePublic(vote.Key); err == nil {
		if one.Print = key.Fingerprint(); key.IsPasskey() {
			one.Signed = english.say("case.signed.passkey", nil)
		}
	}
	if _, member := v.Members[vote.By]; !member {
		one.Outside = true
	}
	one.Words, one.Cut = room.take(vote.Document.Words)
	return one
}

// cut is the beginning of a text, at most so many bytes of it.
func cut(text string, most int) string {
	for !utf8.RuneStart(text[most]) {
		most--
	}
	return strings.TrimSpace(text[:most])
}

// hear lists what the accused say, to whichever statement: an update does not
// take an answer away. The newest come first.
func (v *caseView) hear(room textBudget) {
	for _, r := range slices.Backward(v.Replies) {
		if len(v.Answers) == maxReplies {
			v.Unheard++
			continue
		}
		v.Answers = append(v.Answers, v.reply(r, &room))
	}
}

func (v *caseView) reply(r attribution.Replied, room *textBudget) replyView {
	one := replyView{stepView: v.step(r.Record), Answer: r.Document, Source: r.Source, Signed: r.Signed(), Path: "/cases/" + string(v.ID) + "/statements/" + r.Document.Statement}
	one.Text, one.Cut = room.take(r.Document.Text)
	one.Source, _ = room.take(r.Source)
	if digest, err := attribution.ParseDigest(r.Document.Statement); err == nil {
		if s := v.Case.Statement(digest); s != nil {
			one.Version = s.Document.Version
		}
	}
	return one
}
