package contribution

import (
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Entries by which what was shared is taken back. Like every entry they are
// for good: nobody is told anew what one of them took back.
const (
	KindTightened ledger.Kind = "contribution.tightened" // Tightening
	KindErased    ledger.Kind = "contribution.erased"    // Erasure
)

// Tightening narrows who may see objects that a partner shared before. It
// names either an object, of which it means every version that its owner
// shared (or those of Versions), or a whole contribution. The entry's own
// audience is nobody: whether a reader is told of it depends on what it has
// been told before.
type Tightening struct {
	Owner        string      `json:"owner"` // the partner whose objects they are; "hub" for the hub's
	Object       string      `json:"object,omitzero"`
	Versions     []time.Time `json:"versions,omitempty"` // of Object: modified, or created; all versions if there are none
	Contribution string      `json:"contribution,omitzero"`
	// Audience is who may see them from now on (access.Audience as a string);
	// empty: nobody, they are withdrawn.
	Audience string `json:"audience"`
	Reason   string `json:"reason"`
	By       string `json:"by"` // the token's or person's id that asked for it
	// Entries are the entries that hold the objects, Before the audience that
	// each of them was appended with.
	Entries []ledger.Seq `json:"entries"`
	Before  []string     `json:"before"`
	// Only says of Object that the versions in Entries alone are meant: what the
	// owner shared of it in other contributions stays.
	Only bool `json:"only,omitzero"`
}

// Erasure says that a contribution's content is destroyed: the keys of its
// entries are gone, and the entries stay as what nobody can read. A Tightening
// to nobody comes before it.
type Erasure struct {
	Owner        string       `json:"owner"`
	Contribution string       `json:"contribution"`
	Reason       string       `json:"reason"`
	By           string       `json:"by"`
	Entries      []ledger.Seq `json:"entries"`
}

// KindReported says what of a submission was not taken; its audience is the
// partner that sent it. A submission of which all was taken has none.
const KindReported ledger.Kind = "contribution.reported" // Report

// Report is what a sender can look up about its submission.
type Report struct {
	ID           string    `json:"id"` // a UUID
	Requested    time.Time `json:"requested"`
	Contribution string    `json:"contribution,omitzero"` // of what was taken; empty: nothing was
	Failures     []Failure `json:"failures"`
	Omitted      int       `json:"omitted,omitzero"` // failures beyond those listed
}

// Failure is one object that was not taken.
type Failure struct {
	ID     string `json:"id,omitzero"`
	Reason string `json:"reason"`
}
