package intake

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/stix"
)

// Format is how a submission is written.
type Format string

// The formats that Read takes.
const (
	Auto Format = ""     // found out from the first bytes
	STIX Format = "stix" // a bundle, a TAXII envelope or one object
	List Format = "list" // one value a line
)

// Submission says who sends something and how it is to be taken. The zero
// value of each field but Partner works.
type Submission struct {
	Partner access.PartnerID
	// Audience is that of objects without a TLP marking: the default
	// community at GREEN unless it says otherwise. Its recipients are told of
	// every object marked TLP:RED, and its community stands for "the
	// community" of every other level.
	Audience access.Audience
	Source   string // how it came: "stix", "list", "taxii"; the format by default
	// PerObject takes what can be taken and reports the rest; otherwise one
	// bad object refuses the whole.
	PerObject bool
	Format    Format
	MaxBytes  int64 // of the unpacked text; 64 MiB by default
}

// Outcome is what became of a submission.
type Outcome struct {
	ID       string         `json:"id"` // of the contribution; the same for the same content, partner and audience
	Accepted int            `json:"accepted"`
	Repeated int            `json:"repeated,omitzero"` // lines of a list that say what an earlier one said
	Rejected []Rejection    `json:"rejected,omitempty"`
	Drafts   []ledger.Draft `json:"-"` // to be appended together; none if nothing was accepted
}

// Rejection is one object or line that was not taken.
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

// maxRejections bounds the memory that a report takes: what has more is not
// in the format that it is read as.
const maxRejections = 10_000

// maxSource is the most bytes of a submission's source; it has to fit into
// what parts keep free.
const maxSource = 64

// Read reads a submission, gzip-compressed or not, to its end and drafts its
// entries. The error is *Refused if the text cannot be read, or if anything
// in it is rejected and the submission is not PerObject; then there is no
// draft. Any other error is that of the reader or the context.
func Read(ctx context.Context, r io.Reader, s Submission) (Outcome, error) {
	if s.Partner == "" {
		return Outcome{}, errors.New("read submission: no partner is named")
	}
	if len(s.Source) > maxSource {
		return Outcome{}, fmt.Errorf("read submission: the source has %d bytes, at most %d are allowed", len(s.Source), maxSource)
	}
	if s.MaxBytes <= 0 {
		s.MaxBytes = stix.DefaultBytes
	}
	if s.Audience.TLP == "" {
		s.Audience.TLP = access.Green
	}
	if s.Audience.Community == "" {
		s.Audience.Community = access.DefaultCommunity
	}
	text, err := unpack(r, s.MaxBytes)
	if err != nil {
		return Outcome{}, refuse(nil, err)
	}
	if s.Format == Auto {
		s.Format = guess(text)
	}
	if s.Source == "" {
		s.Source = string(s.Format)
	}
	in := &intake{ctx: ctx, s: s, parts: newParts(s)}
	switch s.Format {
	case STIX:
		err = in.bundle(text)
	case List:
		err = in.list(text)
	default:
		return Outcome{}, fmt.Errorf("read submission: unknown format %q, use stix or list", s.Format)
	}
	if err != nil {
		return Outcome{}, refuse(in.rejected, err)
	}
	if len(in.rejected) > 0 && !s.PerObject {
		return Outcome{}, &Refused{Rejected: in.rejected}
	}
	out := Outcome{Accepted: in.accepted, Repeated: in.repeated, Rejected: in.rejected}
	out.ID, out.Drafts = in.parts.finish()
	return out, nil
}

// refuse makes an error about the text a refusal, and leaves any other as it is.
func refuse(rejected []Rejection, err error) error {
	var about *stix.Error
	if !errors.As(err, &about) {
		return fmt.Errorf("read submission: %w", err)
	}
	rejected = append(rejected, Rejection{Pointer: about.Pointer, Line: about.Line, Rule: string(about.Rule), Reason: about.Error()})
	return &Refused{Rejected: rejected, Cause: about}
}

// intake is one reading.
type intake struct {
	ctx      context.Context
	s        Submission
	parts    *parts
	accepted int
	repeated int
	rejected []Rejection
}

func (in *intake) reject(r Rejection) error {
	if len(in.rejected) >= maxRejections {
		return &stix.Error{
			Pointer: r.Pointer, Line: r.Line, Column: 1, Rule: stix.RuleMalformed,
			Message: fmt.Sprintf("more than %d entries cannot be taken; check the format (%s) and send it again", maxRejections, in.s.Format),
		}
	}
	in.rejected = append(in.rejected, r)
	return nil
}
