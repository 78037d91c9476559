package bundle

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/attribution/score"
)

// number is a number of the scores as it stands there.
func number(n score.Number) string {
	text, err := n.MarshalText()
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// finding says what was found. Likelihood and confidence are never one sentence.
func (b *bundle) finding(s *spoken) []string {
	d := s.Document
	return []string{
		"Finding: " + b.title(string(d.Finding)) + ".",
		"Likelihood: " + d.Likelihood.Words() + ".",
		"Confidence: " + string(d.Confidence) + ".",
	}
}

// words are the statement with everything that must not be told apart from it.
func (b *bundle) words(s *spoken) []string {
	d := s.Document
	lines := append([]string{d.Text, ""}, b.finding(s)...)
	lines = append(lines, fmt.Sprintf("Version %d, %s, digest %s.", d.Version, d.Act, s.Digest))
	for _, label := range b.Scores.Labels {
		lines = append(lines, attribution.LabelWords(label))
	}
	lines = append(lines, "Decision rule: "+rule(b.Case.Policy.String(), b.Case.Members), "")
	for _, v := range s.Standing() {
		lines = append(lines, fmt.Sprintf("%s %s (confidence %s): %s", b.party(v.Record), v.Document.Vote.Verb(), v.Document.Confidence, v.Document.Words))
	}
	for _, p := range b.Case.Silent(*s.Statement) {
		lines = append(lines, b.Case.Called(p)+" has not voted.")
	}
	for _, r := range b.Case.Replies {
		lines = append(lines, fmt.Sprintf("Reply (%s) of %s to version %d: %s", r.Document.Relation, r.Document.From, b.version(r.Document.Statement), r.Document.Text))
	}
	for _, gap := range d.Gaps {
		lines = append(lines, "Gap: "+gap)
	}
	for _, change := range d.WouldChange {
		lines = append(lines, "Would change this: "+change)
	}
	return lines
}

// party is the name of the partner that made a record, as of then.
func (b *bundle) party(record int) string { return b.Case.History[record-1].Party }

// version is that of the statement with the digest.
func (b *bundle) version(digest string) int {
	for _, s := range b.Case.Statements {
		if s.Digest.String() == digest {
			return s.Document.Version
		}
	}
	return 0
}

// policyWord is a word of a policy's text.
var policyWord = regexp.MustCompile(`[A-Za-z0-9-]+`)

// rule is a policy's text with names for partners' ids.
func rule(policy string, members map[access.PartnerID]string) string {
	return policyWord.ReplaceAllStringFunc(policy, func(word string) string {
		if name, member := members[access.PartnerID(word)]; member {
			return name
		}
		return word
	})
}

var opinions = map[attribution.Choice]string{attribution.Endorse: "agree", attribution.Dissent: "disagree", attribution.Abstain: "neutral"}

// votes adds one opinion for each voter: its last.
func (b *bundle) votes() {
	first := make(map[access.PartnerID]int)
	for _, step := range b.Case.History {
		if step.Kind == attribution.KindVote && first[step.By] == 0 {
			first[step.By] = step.Record
		}
	}
	for _, v := range b.speaks.Standing() {
		explanation := []string{
			v.Document.Words, "", "Confidence: " + string(v.Document.Confidence) + ".", b.on("On", b.speaks.Digest.String()),
		}
		b.add("opinion", b.uid("opinion", "vote/"+string(v.By)), b.at(first[v.By]), b.at(v.Record), object{
			"created_by_ref": string(v.By), "opinion": opinions[v.Document.Vote], "authors": []string{b.party(v.Record)},
			"object_refs": b.speaks.about, "external_references": b.log(v.Record), "explanation": b.text(strings.Join(explanation, "\n")),
		})
	}
}

// on names the exact statement that is spoken of.
func (b *bundle) on(how, digest string) string {
	return fmt.Sprintf("%s version %d, digest %s.", how, b.version(digest), digest)
}

// replies adds what the accused say: in their own name only if they have signed.
func (b *bundle) replies() {
	about, since := []string{b.about}, 0
	if b.speaks != nil {
		about, since = b.speaks.about, b.speaks.Published // from then on a reply is about the report
	}
	for _, r := range b.Case.Replies {
		author, at, modified := b.hub, b.at(r.Record), b.at(max(r.Record, since))
		if r.Signed() {
			author = b.uid("identity", "accused/"+r.Key)
			if !b.has[author] {
				b.add("identity", author, at, at, object{
					"name": r.Document.From, "identity_class": "unknown",
					"description": b.text("Whoever holds the key " + r.Key + ", which signed the reply."),
				})
			}
		}
		says := b.text(strings.Join([]string{r.Document.Text, "", b.on("Reply to", r.Document.Statement)}, "\n"))
		common := func(o object) object {
			o["created_by_ref"], o["authors"], o["object_refs"] = author, []string{r.Document.From}, about
			o["external_references"] = b.sourced(r.Record, r.Source)
			return o
		}
		what, abstract := fmt.Sprintf("reply/%d", r.Record), "Comment"
		if r.Document.Relation == attribution.Denial {
			abstract = "Denial"
		}
		b.add("note", b.uid("note", what), at, modified, common(object{"abstract": abstract, "content": says}))
		if r.Document.Relation == attribution.Denial {
			b.add("opinion", b.uid("opinion", what), at, modified, common(object{"opinion": "strongly-disagree", "explanation": says}))
		}
	}
}
