package attribution

import (
	"fmt"
	"math"
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
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

var grades = []Grade{Low, Medium, High}

// Weight is the grade's factor in weighted inconsistency: L = 1/sqrt 2, M = 1,
// H = sqrt 2 (Xerox PARC's ACH, Pherson), so that L x L = 0.5 and H x H = 2.
// Anything but a grade weighs nothing.
func (g Grade) Weight() float64 {
	switch g {
	case Low:
		return math.Sqrt2 / 2
	case Medium:
		return 1
	case High:
		return math.Sqrt2
	}
	return 0
}

// Reliability is the source's grade in the Admiralty code: A (completely
// reliable) to E (unreliable), F where it cannot be judged.
type Reliability string

// Credibility is the information's grade in the Admiralty code: 1 (confirmed)
// to 5 (improbable); 6 says that it cannot be judged and is not a sixth step.
type Credibility int

// Credence turns the two Admiralty grades into the one grade that weighted
// inconsistency multiplies: the lower of the two, where A, B and 1, 2 are high,
// C and 3 medium, and the rest low. What cannot be judged counts as low: it must
// not weigh like something judged well, nor vanish from the sensitivity test.
// The mapping is this project's own; no source prescribes one.
func Credence(r Reliability, c Credibility) Grade {
	source, information := Low, Low
	switch r {
	case "A", "B":
		source = High
	case "C":
		source = Medium
	}
	switch c {
	case 1, 2:
		information = High
	case 3:
		information = Medium
	}
	return grades[min(slices.Index(grades, source), slices.Index(grades, information))]
}

// Evidence is one item. It has a digest, a source or both: what nobody could
// look up again is no evidence.
type Evidence struct {
	ID          EvidenceID   `json:"id,omitempty"` // given by State.File if empty
	Case        CaseID       `json:"case"`
	Title       string       `json:"title"`
	Kind        EvidenceKind `json:"kind"`
	Digest      string       `json:"digest,omitempty"` // "sha256:" and 64 hexadecimal digits
	Source      string       `json:"source,omitempty"` // a URL or a citation
	Reliability Reliability  `json:"reliability"`
	Credibility Credibility  `json:"credibility"`
	Relevance   Grade        `json:"relevance"`
	// Forgeability is how easily the item could have been planted. Olympic
	// Destroyer's forged rich header is why every item carries it.
	Forgeability Grade    `json:"forgeability"`
	Links        []string `json:"links,omitempty"` // STIX ids of what it is about
}

// Weight is credence times relevance, 0.5 to 2.
func (e Evidence) Weight() float64 {
	return Credence(e.Reliability, e.Credibility).Weight() * e.Relevance.Weight()
}

// Validate says what is wrong with the item; its ID may be empty.
func (e Evidence) Validate() error {
	switch {
	case e.ID != "" && stix.TypeOfID(string(e.ID)) != "evidence":
		return fmt.Errorf("%w: id %q is not \"evidence--\" and a UUID", access.ErrInvalid, e.ID)
	case !slices.Contains(EvidenceKinds(), e.Kind):
		return fmt.Errorf("%w: unknown kind %q: use one of %v", access.ErrInvalid, e.Kind, EvidenceKinds())
	case e.Digest == "" && e.Source == "":
		return fmt.Errorf("%w: neither digest nor source is given: say where the item can be looked up again", access.ErrInvalid)
	case e.Digest != "" && !isDigest(e.Digest):
		return fmt.Errorf("%w: digest %q is not \"sha256:\" and 64 hexadecimal digits", access.ErrInvalid, e.Digest)
	case len(e.Reliability) != 1 || e.Reliability < "A" || e.Reliability > "F":
		return fmt.Errorf("%w: reliability %q is not A to F", access.ErrInvalid, e.Reliability)
	case e.Credibility < 1 || e.Credibility > 6:
		return fmt.Errorf("%w: credibility %d is not 1 to 6", access.ErrInvalid, e.Credibility)
	case e.Relevance.Weight() == 0:
		return fmt.Errorf("%w: relevance %q is not L, M or H", access.ErrInvalid, e.Relevance)
	case e.Forgeability.Weight() == 0:
		return fmt.Errorf("%w: forgeability %q is not L, M or H", access.ErrInvalid, e.Forgeability)
	case len(e.Links) > maxLinks:
		return fmt.Errorf("%w: links has %d members, at most %d are allowed", access.ErrInvalid, len(e.Links), maxLinks)
	}
	for i, link := range e.Links {
		if stix.TypeOfID(link) == "" {
			return fmt.Errorf("%w: links/%d: %q is not a STIX id", access.ErrInvalid, i, link)
		}
	}
	if err := access.CheckProse("title", e.Title, maxTitle, true); err != nil {
		return err
	}
	return access.CheckProse("source", e.Source, maxText, false)
}
