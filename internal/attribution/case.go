// Package attribution is the case file of a question "who did this?": the
// decision policy fixed at opening, competing hypotheses, evidence with its
// grades, each partner's ratings with reasons, statements with the partners'
// signed votes, and the replies of whom they are about. Every act is a record
// (docs/dossier.md): it commits to the one before it, and outsiders can be shown
// all of them. Scores are recomputed from the ratings whenever somebody asks and
// are never stored, so that anyone who holds the ratings can check them. They
// are the audit trail of a judgement, not the judgement: Analysis of Competing
// Hypotheses is weakly validated (Mandel, Karvetski and Dhami, 2018).
//
// State folds the ledger's entries into cases and drafts new ones; Replay folds
// the records of a dossier by the very same rules. An entry that breaks one when
// its turn comes, because another overtook it, is void: it is no record.
package attribution

import (
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Entries of the ledger that are records of a case, each with the type of its
// body. The partner that acted is the entry's actor. All records of a case carry
// the audience of its opening.
const (
	KindOpened     ledger.Kind = "case.opened"     // Opening
	KindHypothesis ledger.Kind = "case.hypothesis" // Proposal
	KindEvidence   ledger.Kind = "case.evidence"   // Evidence
	KindMark       ledger.Kind = "case.mark"       // Mark
	KindRating     ledger.Kind = "case.rating"     // Rating
	KindCommitted  ledger.Kind = "case.committed"  // Commitment
	KindRound      ledger.Kind = "case.round"      // Closing
	KindRevealed   ledger.Kind = "case.revealed"   // Revelation
	KindStatement  ledger.Kind = "case.statement"  // Motion
	KindVote       ledger.Kind = "case.vote"       // Vote
	KindPublished  ledger.Kind = "case.published"  // Publication
	KindReply      ledger.Kind = "case.reply"      // Reply
	KindUnsealed   ledger.Kind = "case.unsealed"   // Unsealing
)

// KindSealed is the kind of an entry that is no record: the ciphertext of sealed
// evidence, under an audience of its own (Deposit).
const KindSealed ledger.Kind = "case.sealed"

// CaseID is "case--" and a UUID.
type CaseID string

// EvidenceID is "evidence--" and a UUID.
type EvidenceID string

// HypothesisID is a short name within its case: "lazarus", "unknown".
type HypothesisID string

// Status is where a case stands.
type Status string

// The states of a case. That somebody denies or dissents is Case.Contested.
const (
	Open      Status = "open"      // no statement yet
	Proposed  Status = "proposed"  // a statement, none published
	Published Status = "published" // the last published one finds something
	Withdrawn Status = "withdrawn" // the last published one takes the finding back
)

// Where tells the record that something in a case comes from.
type Where struct {
	Record int              `json:"record"` // its number
	By     access.PartnerID `json:"by"`
	At     time.Time        `json:"at"`
}

// Case is a case as it stands, to be read only.
type Case struct {
	Opening                     // its Hypotheses include the standing and later ones
	By         access.PartnerID `json:"by"`
	Opened     time.Time        `json:"opened"`
	Status     Status           `json:"status"`
	Contested  bool             `json:"contested"`
	Records    int              `json:"records"`
	Head       Digest           `json:"head"`     // the commitment to the last record
	Evidence   []Filed          `json:"evidence"` // as it was filed
	Ratings    []Rated          `json:"ratings"`  // those in force, in the order in which they were first given
	Superseded int              `json:"superseded"`
	Marks      []Marked         `json:"marks"`
	Rounds     []Round          `json:"rounds"`     // the last one is open unless Closed says otherwise
	Statements []Statement      `json:"statements"` // as they were proposed
	Replies    []Replied        `json:"replies"`
	Openings   []Unsealed       `json:"openings"` // of seals
	History    []Step           `json:"-"`        // every record, in order
	Names      *Names           `json:"-"`        // of those who acted, an index of History
}

// Step is that a record was made.
type Step struct {
	Where
	Kind  ledger.Kind
	Party string // the acting partner's name as of then
}

// Filed is an item of evidence as it stands.
type Filed struct {
	Evidence
	Where
	Status    ItemStatus `json:"status"`
	Withdrawn int        `json:"withdrawn,omitzero"` // the record that took it back
	Unsealed  int        `json:"unsealed,omitzero"`  // the record that opened its seal
}

// Rated is a rating in force.
type Rated struct {
	Rating
	Where
	Row    int `json:"-"` // index into Case.Evidence
	Column int `json:"-"` // index into Case.Hypotheses
}

// Marked is a mark with who set it and when.
type Marked struct {
	Mark
	Where
}

// Round is one collection of probability vectors: committed to by everybody
// before anybody shows one.
type Round struct {
	Number    int         `json:"number"`
	Closed    int         `json:"closed,omitzero"` // the record that ended commitments, 0 while they go on
	Committed []Committed `json:"committed"`       // a partner's last one counts
	Revealed  []Revealed  `json:"revealed"`
}

// Committed is a commitment to a vector that nobody can read yet.
type Committed struct {
	Commitment
	Where
}

// Revealed is a vector that is what its partner had committed to.
type Revealed struct {
	Revelation
	Where
}

// Statement is a statement that was put to the vote.
type Statement struct {
	Motion
	Where
	Digest    Digest  `json:"digest"`             // what votes are on
	Published int     `json:"published,omitzero"` // the record that published it
	Votes     []Voted `json:"votes"`              // in order
}

// Voted is a vote with who cast it and when.
type Voted struct {
	Vote
	Where
	Last bool `json:"last"` // this partner's last on this statement: the one that counts
}

// Replied is a reply with who recorded it and when.
type Replied struct {
	Reply
	Where
}

// Unsealed is the opening of a seal.
type Unsealed struct {
	Unsealing
	Where
}
