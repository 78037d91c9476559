package attribution

import (
	"github.com/tocsin-project/tocsin/internal/access"
)

// Act is what a statement does.
type Act string

// The acts: a finding comes first, updates and withdrawals follow it.
const (
	Finding    Act = "finding"
	Update     Act = "update"
	Withdrawal Act = "withdrawal"
)

// Likelihood is a word of ICD 203 for how probable a finding is; it is never
// mixed with Confidence, which is about the grounds for saying so.
type Likelihood string

// Confidence is low, moderate or high.
type Confidence string

// Document is a statement as partners vote on it and everybody reads it.
type Document struct {
	Act         Act          `json:"act"`
	Case        CaseID       `json:"case"`
	Question    string       `json:"question"`
	Policy      string       `json:"policy"`
	Version     int          `json:"version"`
	Previous    string       `json:"previous"` // digest of the last published one; "" for the first
	Basis       Basis        `json:"basis"`
	Finding     HypothesisID `json:"finding"`
	Text        string       `json:"text"`
	Likelihood  Likelihood   `json:"likelihood"`
	Confidence  Confidence   `json:"confidence"`
	Cites       []EvidenceID `json:"cites"`
	Gaps        []string     `json:"gaps"`
	WouldChange []string     `json:"would_change"` // what would change the partners' mind
	Occurred    string       `json:"occurred,omitempty"`
}

// Basis is the state of the case that a statement speaks of: a record and the
// commitment to it, which commits to every record before.
type Basis struct {
	N          int    `json:"n"`
	Commitment string `json:"commitment"` // hexadecimal
}

// Bytes is the statement's canonical JSON, which its digest is over.
func (d Document) Bytes() ([]byte, error) { return written(d) }

// Digest is what votes are on.
func (d Document) Digest() (Digest, error) {
	text, err := d.Bytes()
	if err != nil {
		return Digest{}, err
	}
	return tagged("tocsin-statement/v1\n", text), nil
}

// Choice is a partner's vote.
type Choice string

// The choices. Only an endorsement counts towards a policy.
const (
	Endorse Choice = "endorse"
	Dissent Choice = "dissent"
	Abstain Choice = "abstain"
)

// Ballot is what a partner signs: its vote on the exact statement, in its own
// words and with its own confidence.
type Ballot struct {
	Case       CaseID           `json:"case"`
	Statement  string           `json:"statement"` // the statement's digest, hexadecimal
	Partner    access.PartnerID `json:"partner"`
	Vote       Choice           `json:"vote"`
	Words      string           `json:"words"`
	Confidence Confidence       `json:"confidence"`
	Occurred   string           `json:"occurred,omitempty"`
}

// Message is what is signed.
func (b Ballot) Message() ([]byte, error) { return message("tocsin-vote/v1\n", b) }

// Answer is a reply of whom a statement is about.
type Answer struct {
	Case      CaseID   `json:"case"`
	Statement string   `json:"statement"` // digest, hexadecimal
	From      string   `json:"from"`
	Relation  Relation `json:"relation"`
	Text      string   `json:"text"`
	Occurred  string   `json:"occurred,omitempty"`
}

// Relation is how a reply stands to its statement.
type Relation string

// The relations of a reply.
const (
	Denial  Relation = "denial"
	Comment Relation = "comment"
)

// Message is what is signed, if the reply is signed.
func (a Answer) Message() ([]byte, error) { return message("tocsin-reply/v1\n", a) }

func message(tag string, document any) ([]byte, error) {
	text, err := written(document)
	if err != nil {
		return nil, err
	}
	return append([]byte(tag), text...), nil
}
