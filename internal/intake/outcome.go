package intake

import (
	"errors"
	"fmt"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/stix"
)

// Outcome is what became of a submission.
type Outcome struct {
	ID       string      `json:"id"` // of the contribution; the same for the same content, partner and audience
	Format   Format      `json:"format"`
	Accepted int         `json:"accepted"`
	Repeated int         `json:"repeated,omitzero"` // objects that say what an earlier one said
	Rejected []Rejection `json:"rejected,omitempty"`
	// Warnings are what the specification advises against, and what a
	// conversion could only keep as text: the object was taken all the same.
	// They are the first of WarningCount.
	Warnings     []Rejection    `json:"warnings,omitempty"`
	WarningCount int            `json:"warning_count,omitzero"`
	Taken        []Taken        `json:"-"` // what was accepted, in order
	Drafts       []ledger.Draft `json:"-"` // to be appended together; none if nothing was accepted
}

// Taken is one accepted object.
type Taken struct {
	ID       string
	Version  time.Time // modified, or created; zero for an object that has neither
	Audience access.Audience
}

// Rejection is one object or line that was not taken, or a warning of one that was.
type Rejection struct {
	Pointer string `json:"pointer,omitzero"` // JSON pointer into the text
	Line    int    `json:"line,omitzero"`    // from 1
	ID      string `json:"id,omitzero"`      // of the object
	Rule    string `json:"rule"`
	Reason  string `json:"reason"` // what is wrong, where and what to do
}

// Refused says that nothing of a submission was taken.
type Refused struct {
	Rejected []Rejection
	// Cause is what ended the reading, as a *stix.Error where it is about the
	// text; nil if all could be read.
	Cause error
}

// Error names the first thing that is wrong, and how many more there are.
func (e *Refused) Error() string {
	switch {
	case e.Cause != nil:
		return "contribution refused: " + e.Cause.Error()
	case len(e.Rejected) == 1:
		return "contribution refused: " + e.Rejected[0].Reason
	}
	return fmt.Sprintf("contribution refused: %s; and %d more", e.Rejected[0].Reason, len(e.Rejected)-1)
}

// Unwrap is the cause.
func (e *Refused) Unwrap() error { return e.Cause }

// refuse makes an error about the text a refusal, and leaves any other as it is.
func refuse(rejected []Rejection, err error) error {
	var about *stix.Error
	if !errors.As(err, &about) {
		return fmt.Errorf("read submission: %w", err)
	}
	rejected = append(rejected, rejection("", about))
	return &Refused{Rejected: rejected, Cause: about}
}

// rejection reports an error of an object. A row of a table is named by its
// line, as people count them.
func rejection(id string, e *stix.Error) Rejection {
	r := Rejection{Pointer: e.Pointer, Line: e.Line, ID: id, Rule: string(e.Rule), Reason: e.Error()}
	switch {
	case e.Pointer != "" || e.Line == 0 || e.Section != "":
	case e.Column == 0:
		r.Reason = fmt.Sprintf("line %d: %s", e.Line, e.Message)
	default:
		r.Reason = fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
	}
	return r
}

// What a report holds at most, to bound the memory that it takes.
const (
	maxRejections = 10_000 // what has more is not in the format that it is read as
	maxWarnings   = 100
)

func (in *reading) reject(r Rejection) error {
	if len(in.rejected) >= maxRejections {
		return &stix.Error{
			Pointer: r.Pointer, Line: r.Line, Column: 1, Rule: stix.RuleMalformed,
			Message: fmt.Sprintf("more than %d entries cannot be taken; check the format (%s) and send it again", maxRejections, in.s.Format),
		}
	}
	in.rejected = append(in.rejected, r)
	return nil
}

func (in *reading) warn(id string, about *stix.Error) {
	if in.warned++; len(in.warnings) < maxWarnings {
		in.warnings = append(in.warnings, rejection(id, about))
	}
}
