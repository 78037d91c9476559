package bundle

import (
	"fmt"
	"strings"

	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/stix"
)

// hypotheses adds how all of them fare, as words: only the finding becomes an
// object that something can be attributed to.
func (b *bundle) hypotheses() {
	lines := []string{"Weighted inconsistency, the least contradicted first; it is no verdict."}
	for _, r := range b.Scores.Ranking {
		lines = append(lines, b.title(r.Hypothesis)+": "+number(r.Inconsistency))
	}
	for _, h := range b.Scores.Unranked {
		lines = append(lines, b.title(h)+": not ranked")
	}
	if v := b.Scores.Vectors; v != nil {
		lines = append(lines, fmt.Sprintf("Pooled probabilities of %d partners:", v.Partners))
		for _, belief := range v.Mean {
			lines = append(lines, b.title(belief.Hypothesis)+": "+number(belief.Probability))
		}
	}
	id, last := b.uid("note", "hypotheses"), len(b.Case.History)
	b.notes = append(b.notes, id)
	b.add("note", id, b.at(1), b.at(last), object{
		"abstract": "Hypotheses weighed", "object_refs": []string{b.about}, "external_references": b.log(last),
		"content": b.text(strings.Join(lines, "\n")),
	})
}

// title is what people call a hypothesis.
func (b *bundle) title(id string) string { return b.Case.Title(attribution.HypothesisID(id)) }

// spoken is the current statement as it is in the bundle.
type spoken struct {
	*attribution.Statement
	generation int      // published withdrawals before it
	first      int      // the first publication of the generation
	named      int      // the first one whose finding is a named hypothesis
	about      []string // ids of the report and of the relationship, if there is one
	refs       []object // where it is on the log
	withdrawn  bool
}

// speak finds out where a statement stands. Revoking is for ever in STIX 2.1
// (section 3.6): what follows a withdrawal gets new identifiers.
func (b *bundle) speak(current *attribution.Statement) *spoken {
	s := &spoken{Statement: current, withdrawn: current.Document.Act == attribution.Withdrawal, refs: b.log(current.Record, current.Published)}
	published := make(map[int]*attribution.Statement)
	for i := range b.Case.Statements {
		if one := &b.Case.Statements[i]; one.Published > 0 {
			published[one.Published] = one
		}
	}
	for n := 1; n <= current.Published; n++ {
		one := published[n]
		if one == nil {
			continue
		}
		if s.first == 0 {
			s.first = n
		}
		if s.named == 0 && !attribution.IsStanding(one.Document.Finding) {
			s.named = n
		}
		if one.Document.Act == attribution.Withdrawal && one != current {
			s.generation, s.first, s.named = s.generation+1, 0, 0
		}
	}
	return s
}

// statement adds the report and, for a named hypothesis, what it is attributed to.
func (b *bundle) statement(current *attribution.Statement) {
	s := b.speak(current)
	b.speaks = s
	target := b.target(current.Document.Finding)
	report := b.uid("report", fmt.Sprintf("report/%d", s.generation))
	refs := []string{b.about}
	if target != "" {
		refs = append(refs, target)
	}
	// Later votes and replies change what the report says.
	b.add("report", report, b.at(s.first), b.at(len(b.Case.History)), object{
		"name": b.Case.Question, "report_types": []string{"campaign"}, "published": b.at(s.Published), "revoked": s.withdrawn,
		"labels": b.Scores.Labels, "object_refs": append(refs, b.notes...), "external_references": s.refs,
		"description": b.text(strings.Join(b.words(s), "\n")),
	})
	s.about = []string{report}
	if target == "" {
		return
	}
	relationship := b.uid("relationship", fmt.Sprintf("attributed-to/%d", s.generation))
	b.add("relationship", relationship, b.at(s.named), b.at(s.Published), object{
		"relationship_type": "attributed-to", "source_ref": b.about, "target_ref": target, "revoked": s.withdrawn,
		"confidence": degree(s.Document.Confidence), "external_references": s.refs,
		"description": b.text(strings.Join(b.finding(s), "\n")),
	})
	s.about = append(s.about, relationship)
}

// degree is confidence on STIX's scale of 0 to 100 (appendix A, Low-Med-High).
func degree(c attribution.Confidence) int {
	switch c {
	case "low":
		return 15
	case "moderate":
		return 50
	}
	return 85
}

// target is the id of what the finding names, "" for one of the standing
// hypotheses. An object that the case only refers to is somebody else's: it is
// not written anew.
func (b *bundle) target(finding attribution.HypothesisID) string {
	if attribution.IsStanding(finding) {
		return ""
	}
	column, named := b.namedBy(finding)
	h := b.Case.Hypotheses[column]
	kind := stix.TypeOfID(h.Ref)
	if (kind == "intrusion-set" || kind == "threat-actor") && hasOldUUID(h.Ref) {
		return h.Ref
	}
	minted := "intrusion-set"
	if kind == "identity" || kind == "threat-actor" {
		minted = "threat-actor"
	}
	description := "Named in the case as " + string(h.ID) + "."
	if h.Ref != "" {
		description += " It stands for " + h.Ref + "."
	}
	id := b.uid(minted, "hypothesis/"+string(h.ID))
	b.add(minted, id, b.at(named), b.at(named), object{
		"name": h.Title, "description": b.text(description), "external_references": b.log(named),
	})
	return id
}

// namedBy is a hypothesis' place in the case and the record that named it: the
// opening, or a proposal, which come in the order of the hypotheses.
func (b *bundle) namedBy(id attribution.HypothesisID) (column, record int) {
	var proposals []int
	for _, step := range b.Case.History {
		if step.Kind == attribution.KindHypothesis {
			proposals = append(proposals, step.Record)
		}
	}
	for j, h := range b.Case.Hypotheses {
		if h.ID == id {
			column = j
		}
	}
	if later := column - (len(b.Case.Hypotheses) - len(proposals)); later >= 0 {
		return column, proposals[later]
	}
	return column, 1
}
