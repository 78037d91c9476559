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
}

// replyView is what the accused say.
type replyView struct {
	stepView
	attribution.Answer
	Version int    // of the statement that it answers
	Source  string // "" if none is given
	Signed  bool
}

const (
	maxVoices   = 40 // of one choice
	maxReplies  = 20
	maxCited    = 100
	maxCutWords = 1500 // bytes of a voter's words in the page of a case
)

// statementOf is a statement as a page shows it; whole says that words are not cut.
func (v *caseView) statementOf(s attribution.Statement, whole bool) statementView {
	d := s.Document
	one := statementView{
		Document: d, ID: "s-" + s.Digest.String()[:12], Digest: s.Digest.String(), Path: pathOf(v.Case, s), State: v.stateOf(s),
		Title: v.Title(d.Finding), Drafted: v.step(s.Record),
	}
	if s.Published > 0 {
		one.Published = v.step(s.Published)
	}
	cites, more := firstOf(d.Cites, maxCited)
	one.CitedMore = more
	for _, id := range cites {
		n := v.number[id]
		one.Cited = append(one.Cited, citedView{n, v.Evidence[n-1].Title, "/cases/" + string(v.ID) + "#e" + number(n)})
	}
	votes := s.Standing()
	for _, kind := range []voicesView{{Heading: "Endorsed by", Choice: attribution.Endorse}, {Heading: "Dissent", Choice: attribution.Dissent}, {Heading: "Abstained", Choice: attribution.Abstain}} {
		var alike []attribution.Voted
		for _, vote := range votes {
			if vote.Document.Vote == kind.Choice {
				alike = append(alike, vote)
			}
		}
		alike, kind.More = firstOf(alike, maxVoices)
		for _, vote := range alike {
			kind.Voices = append(kind.Voices, v.voice(vote, whole))
		}
		one.Voices = append(one.Voices, kind)
	}
	for _, partner := range v.Case.Silent(s) {
		one.Silent = append(one.Silent, v.Called(partner))
	}
	one.Silent, one.More = firstOf(one.Silent, maxMissing)
	return one
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
	stateWaits     = "waits for votes"
)

func (v *caseView) step(record int) stepView {
	s := v.History[record-1]
	return stepView{s.At, s.Party, record}
}

func (v *caseView) voice(vote attribution.Voted, whole bool) voiceView {
	one := voiceView{stepView: v.step(vote.Record), Words: vote.Document.Words, Confidence: vote.Document.Confidence, Occurred: vote.Document.Occurred, Signed: "a key file"}
	if key, err := signature.ParsePublic(vote.Key); err == nil {
		if one.Print = key.Fingerprint(); key.IsPasskey() {
			one.Signed = "a passkey"
		}
	}
	if _, member := v.Members[vote.By]; !member {
		one.Outside = true
	}
	if !whole && len(one.Words) > maxCutWords {
		one.Words, one.Cut = cut(one.Words, maxCutWords), true
	}
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
func (v *caseView) hear() {
	for _, r := range slices.Backward(v.Replies) {
		if len(v.Answers) == maxReplies {
			v.Unheard++
			continue
		}
		one := replyView{stepView: v.step(r.Record), Answer: r.Document, Source: r.Source, Signed: r.Signed()}
		if digest, err := attribution.ParseDigest(r.Document.Statement); err == nil {
			if s := v.Case.Statement(digest); s != nil {
				one.Version = s.Document.Version
			}
		}
		v.Answers = append(v.Answers, one)
	}
}
