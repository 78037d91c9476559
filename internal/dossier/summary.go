package dossier

import (
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
)

// Summary is what a dossier says, in the case's own words. It is made only of a
// dossier all of whose checks hold.
type Summary struct {
	Question   string
	Simulated  string // what is simulated; "" for nothing
	Act        attribution.Act
	Version    int
	Published  time.Time // as the hub says
	Seen       time.Time // by when the quorum of witnesses had seen the publication in the log; zero: none is asked for
	Rule       string    // who had to agree, by their names
	Finding    string    // the hypothesis's title
	Text       string
	Likelihood attribution.Likelihood
	Confidence attribution.Confidence
	Endorsed   []Voice
	Dissented  []Voice
	Abstained  []Voice
	Silent     []string // partners of the policy that did not vote
	Replies    []Answer // to any version, in order
	Labels     []string // see attribution.Case.Labels
	// Earlier are the published versions before this one, the first one first:
	// who dissented from them has not taken that back by the next one.
	Earlier []Version
}

// Version is what became of an earlier published version: its last votes. Those
// of partners that the reader does not know are not in the tally.
type Version struct {
	Version   int
	Act       attribution.Act
	Published time.Time
	Tally     attribution.Tally
	Dissented []Voice
}

// Voice is one partner's vote.
type Voice struct {
	Name       string
	Words      string
	Confidence attribution.Confidence
	Unknown    bool // no key of this partner is known to the reader, and the policy does not name it
}

// Answer is a reply.
type Answer struct {
	From     string
	Relation attribution.Relation
	Text     string
	Signed   bool
	Source   string
	Version  int // of the statement that it is to
}

func (v *verifier) summary() Summary {
	c := v.theCase
	current := c.Current()
	d := current.Document
	s := Summary{
		Question: c.Question, Simulated: c.Simulated, Act: d.Act, Version: d.Version, Text: d.Text,
		Likelihood: d.Likelihood, Confidence: d.Confidence, Labels: c.Labels(),
	}
	for _, h := range c.Hypotheses {
		if h.ID == d.Finding {
			s.Finding = h.Title
		}
	}
	s.Published, s.Rule = c.History[current.Published-1].At, v.ballots.rule()
	s.Seen = v.seenAt(v.recordIndexes()[current.Published-1])
	voted := make(map[access.PartnerID]bool)
	for _, vote := range current.Votes {
		voted[vote.By] = true
		if !vote.Last {
			continue
		}
		voice := v.voice(vote)
		switch vote.Document.Vote {
		case attribution.Endorse:
			s.Endorsed = append(s.Endorsed, voice)
		case attribution.Dissent:
			s.Dissented = append(s.Dissented, voice)
		case attribution.Abstain:
			s.Abstained = append(s.Abstained, voice)
		}
	}
	for _, p := range c.Policy.Partners() {
		if !voted[p] {
			s.Silent = append(s.Silent, c.Members[p])
		}
	}
	version := make(map[string]int)
	for _, statement := range c.Statements {
		version[statement.Digest.String()] = statement.Document.Version
		if statement.Published > 0 && statement.Published < current.Published {
			s.Earlier = append(s.Earlier, v.version(statement))
		}
	}
	slices.SortFunc(s.Earlier, func(a, b Version) int { return a.Version - b.Version })
	for _, r := range c.Replies {
		s.Replies = append(s.Replies, Answer{
			From: r.Document.From, Relation: r.Document.Relation, Text: r.Document.Text,
			Signed: r.Signed(), Source: r.Source, Version: version[r.Document.Statement],
		})
	}
	return s
}

func (v *verifier) version(s attribution.Statement) Version {
	made := Version{Version: s.Document.Version, Act: s.Document.Act, Published: v.theCase.History[s.Published-1].At}
	for _, vote := range s.Standing() {
		if vote.Document.Vote == attribution.Dissent {
			made.Dissented = append(made.Dissented, v.voice(vote))
		}
	}
	s.Votes = slices.DeleteFunc(slices.Clone(s.Votes), func(vote attribution.Voted) bool { return v.ballots.stranger(vote.By) })
	made.Tally = s.Tally()
	return made
}

func (v *verifier) voice(vote attribution.Voted) Voice {
	return Voice{Name: vote.Party, Words: vote.Document.Words, Confidence: vote.Document.Confidence, Unknown: v.ballots.stranger(vote.By)}
}
