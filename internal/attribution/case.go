// Package attribution is the case file of a question "who did this?": the
// decision policy fixed at opening, competing hypotheses, evidence with its
// grades, and each partner's ratings with reasons. Scores are recomputed from
// the ratings whenever somebody asks and are never stored, so that anyone who
// holds the ratings can check them. The scores are the audit trail of a
// judgement, not the judgement: Analysis of Competing Hypotheses is weakly
// validated (Mandel, Karvetski and Dhami, 2018).
//
// Constructors check who may do what and return ledger.Drafts; State folds the
// entries.
package attribution

import (
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Entries of the ledger that this package folds, each with the type of its
// body. The partner that acted is the entry's actor. All entries of a case
// carry the audience of its opening.
const (
	KindOpened     ledger.Kind = "case.opened"     // Opening
	KindHypothesis ledger.Kind = "case.hypothesis" // Proposal
	KindEvidence   ledger.Kind = "case.evidence"   // Evidence
	KindRating     ledger.Kind = "case.rating"     // Rating
)

// CaseID is "case--" and a UUID.
type CaseID string

// EvidenceID is "evidence--" and a UUID.
type EvidenceID string

// HypothesisID is a short name within its case: "lazarus", "unknown".
type HypothesisID string

// Hypothesis is one possible answer to a case's question.
type Hypothesis struct {
	ID    HypothesisID `json:"id"`
	Title string       `json:"title"`
	Ref   string       `json:"ref,omitempty"` // STIX id of the cluster, person or state that it names
}

// The hypotheses that every case has beside those that it names: without them
// the least bad of the named ones would win by default.
const (
	Unknown   HypothesisID = "unknown"
	Other     HypothesisID = "other"
	FalseFlag HypothesisID = "false-flag"
)

// Standing lists the hypotheses that every case has.
func Standing() []Hypothesis {
	return []Hypothesis{
		{ID: Unknown, Title: "Cannot be known from this evidence"},
		{ID: Other, Title: "Somebody not named here"},
		{ID: FalseFlag, Title: "Made to look like somebody else"},
	}
}

// Opening is a case as it was opened.
type Opening struct {
	ID         CaseID       `json:"id,omitempty"` // given by State.Open if empty
	Question   string       `json:"question"`
	Policy     Policy       `json:"policy"` // who has to agree; fixed before the evidence
	Outbreak   string       `json:"outbreak,omitempty"`
	Hypotheses []Hypothesis `json:"hypotheses"` // the named ones; the standing ones are added
}

// Proposal adds a hypothesis to an open case.
type Proposal struct {
	Case CaseID `json:"case"`
	Hypothesis
}

// Rating is how well one item of evidence fits one hypothesis in the eyes of
// one partner. A later rating of the same by the same partner replaces it.
type Rating struct {
	Case       CaseID       `json:"case"`
	Evidence   EvidenceID   `json:"evidence"`
	Hypothesis HypothesisID `json:"hypothesis"`
	Value      Value        `json:"value"`
	Reason     string       `json:"reason"`
	// Likelihood is the probability of seeing the item if the hypothesis holds,
	// above 0 and at most 1; 0 says that the partner gives none.
	Likelihood float64 `json:"likelihood,omitzero"`
}

// Filed is an item of evidence with who filed it and when.
type Filed struct {
	Evidence
	By access.PartnerID `json:"by"`
	At time.Time        `json:"at"`
}

// Rated is a rating with who gave it and when.
type Rated struct {
	Rating
	By access.PartnerID `json:"by"`
	At time.Time        `json:"at"`
}

// Case is a case as it stands.
type Case struct {
	Opening                     // its Hypotheses include the standing and later ones
	By         access.PartnerID `json:"by"`
	Opened     time.Time        `json:"opened"`
	Evidence   []Filed          `json:"evidence"` // as it was filed
	Ratings    []Rated          `json:"ratings"`  // those in force, in the order of the ledger
	Superseded int              `json:"superseded"`
}
