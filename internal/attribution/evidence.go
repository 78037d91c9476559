package attribution

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution/score"
	"github.com/tocsin-project/tocsin/stix"
)

// EvidenceKind is what an item of evidence is drawn from.
type EvidenceKind string

// The kinds of evidence.
const (
	Technical      EvidenceKind = "technical"
	Infrastructure EvidenceKind = "infrastructure"
	Linguistic     EvidenceKind = "linguistic"
	Temporal       EvidenceKind = "temporal"
	Behavioural    EvidenceKind = "behavioural"
	Intelligence   EvidenceKind = "intelligence"
)

// EvidenceKinds lists the kinds of evidence.
func EvidenceKinds() []EvidenceKind {
	return []EvidenceKind{Technical, Infrastructure, Linguistic, Temporal, Behavioural, Intelligence}
}

// Grade is low, medium or high.
type Grade string

// The grades.
const (
	Low    Grade = "L"
	Medium Grade = "M"
	High   Grade = "H"
)

// Grades lists the grades.
func Grades() []Grade { return []Grade{Low, Medium, High} }

// Reliability is the source's grade in the Admiralty code: A (completely
// reliable) to E (unreliable), F where it cannot be judged.
type Reliability string

// Credibility is the information's grade in the Admiralty code: 1 (confirmed)
// to 5 (improbable); 6 says that it cannot be judged and is not a sixth step.
type Credibility int

// Evidence is one item. It has a digest, a seal or a source: what nobody could
// look up again, nor ever be shown, is no evidence.
type Evidence struct {
	ID          EvidenceID   `json:"id,omitempty"` // given by State.File if empty
	Case        CaseID       `json:"case"`
	Party       string       `json:"party,omitempty"`
	Title       string       `json:"title"`
	Kind        EvidenceKind `json:"kind"`
	Digest      string       `json:"digest,omitempty"`   // "sha256:" and 64 hexadecimal digits
	Seal        string       `json:"seal,omitempty"`     // likewise; of what may not become public (Seal)
	Source      string       `json:"source,omitempty"`   // a URL or a citation
	Occurred    string       `json:"occurred,omitempty"` // when it became known, where that is not when it was filed
	Reliability Reliability  `json:"reliability"`
	Credibility Credibility  `json:"credibility"`
	Relevance   Grade        `json:"relevance"`
	// Forgeability is how easily the item could have been planted. Olympic
	// Destroyer's forged rich header is why every item carries it.
	Forgeability Grade      `json:"forgeability"`
	Custody      []Handover `json:"custody,omitempty"`
	Method       *Method    `json:"method,omitempty"`   // how it was drawn from what
	Links        []string   `json:"links,omitempty"`    // STIX ids of what it is about
	Replaces     EvidenceID `json:"replaces,omitempty"` // an item of the same partner
}

// Handover is a step of custody: who had the item, when, and what was done.
type Handover struct {
	At   string `json:"at"`
	By   string `json:"by"`
	Note string `json:"note"`
}

// Method is how an item was made, so that somebody else can make it again.
type Method struct {
	Tool      string   `json:"tool"`
	Version   string   `json:"version"`
	Arguments []string `json:"arguments,omitempty"`
	Inputs    []string `json:"inputs,omitempty"`  // digests
	Outputs   []string `json:"outputs,omitempty"` // digests
}

// Weight is what the item weighs in the scores, 0.5 to 2.
func (e Evidence) Weight() float64 {
	return score.Weight(string(e.Reliability), int(e.Credibility), string(e.Relevance))
}

// Validate says what is wrong with the item; its ID may be empty.
func (e Evidence) Validate() error {
	switch {
	case e.ID != "" && stix.TypeOfID(string(e.ID)) != "evidence":
		return fmt.Errorf("%w: id %.100q is not \"evidence--\" and a UUID", access.ErrInvalid, e.ID)
	case !slices.Contains(EvidenceKinds(), e.Kind):
		return fmt.Errorf("%w: unknown kind %.100q: use one of %v", access.ErrInvalid, e.Kind, EvidenceKinds())
	case e.Digest == "" && e.Seal == "" && e.Source == "":
		return fmt.Errorf("%w: neither digest nor seal nor source is given: say where the item can be looked up again", access.ErrInvalid)
	case len(e.Reliability) != 1 || e.Reliability < "A" || e.Reliability > "F":
		return fmt.Errorf("%w: reliability %.100q is not A to F", access.ErrInvalid, e.Reliability)
	case e.Credibility < 1 || e.Credibility > 6:
		return fmt.Errorf("%w: credibility %d is not 1 to 6", access.ErrInvalid, e.Credibility)
	case !slices.Contains(Grades(), e.Relevance):
		return fmt.Errorf("%w: relevance %.100q is not L, M or H", access.ErrInvalid, e.Relevance)
	case !slices.Contains(Grades(), e.Forgeability):
		return fmt.Errorf("%w: forgeability %.100q is not L, M or H", access.ErrInvalid, e.Forgeability)
	case len(e.Links) > maxLinks:
		return fmt.Errorf("%w: links has %d members, at most %d are allowed", access.ErrInvalid, len(e.Links), maxLinks)
	}
	for i, link := range e.Links {
		if stix.TypeOfID(link) == "" {
			return fmt.Errorf("%w: links/%d: %.100q is not a STIX id", access.ErrInvalid, i, link)
		}
	}
	return cmp.Or(
		checkDigest("digest", e.Digest, false), checkDigest("seal", e.Seal, false),
		access.CheckProse("title", e.Title, maxTitle, true),
		checkGiven("source", e.Source, maxText),
		access.CheckProse("occurred", e.Occurred, maxTitle, false),
		checkCustody(e.Custody), e.Method.validate(),
	)
}

func checkCustody(steps []Handover) error {
	if len(steps) > maxList {
		return fmt.Errorf("%w: custody has %d members, at most %d are allowed", access.ErrInvalid, len(steps), maxList)
	}
	for i, h := range steps {
		if err := cmp.Or(
			access.CheckProse("at", h.At, maxTitle, true),
			access.CheckProse("by", h.By, maxTitle, true),
			access.CheckProse("note", h.Note, maxText, true),
		); err != nil {
			return fmt.Errorf("custody/%d: %w", i, err)
		}
	}
	return nil
}

func (m *Method) validate() error {
	if m == nil {
		return nil
	}
	if n := len(m.Arguments); n > maxList {
		return fmt.Errorf("%w: method/arguments has %d members, at most %d are allowed", access.ErrInvalid, n, maxList)
	}
	for i, argument := range m.Arguments {
		if err := access.CheckProse(fmt.Sprintf("method/arguments/%d", i), argument, maxText, false); err != nil {
			return err
		}
	}
	return cmp.Or(
		access.CheckProse("method/tool", m.Tool, maxTitle, true),
		access.CheckProse("method/version", m.Version, maxTitle, true),
		checkDigests("method/inputs", m.Inputs), checkDigests("method/outputs", m.Outputs),
	)
}

func checkDigests(field string, digests []string) error {
	if len(digests) > maxList {
		return fmt.Errorf("%w: %s has %d members, at most %d are allowed", access.ErrInvalid, field, len(digests), maxList)
	}
	for i, d := range digests {
		if err := checkDigest(fmt.Sprintf("%s/%d", field, i), d, true); err != nil {
			return err
		}
	}
	return nil
}

func checkDigest(field, text string, needed bool) error {
	if text == "" && !needed {
		return nil
	}
	if _, err := ParseNamed(text); err != nil {
		return fmt.Errorf("%w: %s %.100q is not \"sha256:\" and 64 lower-case hexadecimal digits", access.ErrInvalid, field, text)
	}
	return nil
}
