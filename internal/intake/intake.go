package intake

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/misp"
	"github.com/tocsin-project/tocsin/internal/tabular"
	"github.com/tocsin-project/tocsin/stix"
)

// maxSource is the most bytes of a submission's source; it has to fit into
// what parts keep free.
const maxSource = 64

// Read reads a submission, gzip-compressed or not, to its end and drafts its
// entries. The error is *Refused if the text cannot be read, or if anything
// in it is rejected and the submission is not PerObject; then there is no
// draft. Any other error is that of the reader, the context, or a wrong Submission.
func Read(ctx context.Context, r io.Reader, s Submission) (Outcome, error) {
	in, err := read(ctx, r, s, nil)
	if err != nil {
		return Outcome{}, err
	}
	if len(in.rejected) > 0 && !s.PerObject {
		return Outcome{}, &Refused{Rejected: in.rejected}
	}
	out := Outcome{
		Format: in.s.Format, Accepted: in.accepted, Repeated: in.repeated, Rejected: in.rejected,
		Warnings: in.warnings, WarningCount: in.warned, Taken: in.taken,
	}
	out.ID, out.Drafts = in.parts.finish()
	return out, nil
}

// reading is one reading of a submission.
type reading struct {
	ctx      context.Context
	s        Submission
	parts    *parts
	accepted int
	repeated int
	taken    []Taken
	rejected []Rejection
	warnings []Rejection
	warned   int // warnings in all
	tally    func(stix.Header, access.Audience)
}

// read reads a submission to its end; tally is told of each object taken.
func read(ctx context.Context, r io.Reader, s Submission, tally func(stix.Header, access.Audience)) (*reading, error) {
	if s.Partner == "" {
		return nil, errors.New("read submission: no partner is named")
	}
	if len(s.Source) > maxSource {
		return nil, fmt.Errorf("read submission: the source has %d bytes, at most %d are allowed", len(s.Source), maxSource)
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
		return nil, refuse(nil, err)
	}
	if s.Reserve != nil {
		text = bufio.NewReaderSize(&reserving{r: text, ctx: ctx, reserve: s.Reserve}, 64<<10)
	}
	if s.Format == Auto {
		s.Format = guess(text, s.Mapping != nil)
	}
	if s.Source == "" {
		s.Source = string(s.Format)
	}
	in := &reading{ctx: ctx, s: s, parts: newParts(s), tally: tally}
	read, err := in.reader()
	if err != nil {
		return nil, fmt.Errorf("read submission: %w", err)
	}
	if err := read(text); err != nil {
		return nil, refuse(in.rejected, err)
	}
	return in, nil
}

// reader is how the submission's format is read.
func (in *reading) reader() (func(*bufio.Reader) error, error) {
	partner := string(in.s.Partner)
	switch f := in.s.Format; f {
	case STIX:
		return in.bundle, nil
	case List:
		return func(text *bufio.Reader) error { return tabular.ReadList(in.ctx, text, partner, in.made) }, nil
	case CSV:
		if in.s.Mapping == nil {
			return nil, errors.New("CSV needs a declaration of its columns: columns=host:domain,seen:timestamp")
		}
		return func(text *bufio.Reader) error { return tabular.ReadCSV(in.ctx, text, *in.s.Mapping, partner, in.made) }, nil
	case URLhaus, ThreatFox, Feodo:
		return func(text *bufio.Reader) error {
			return tabular.ReadAbuseCH(in.ctx, text, tabular.Form(f), partner, in.made)
		}, nil
	case KEV:
		return func(text *bufio.Reader) error { return tabular.ReadKEV(in.ctx, text, in.made) }, nil
	case MISP:
		return func(text *bufio.Reader) error {
			return misp.Read(in.ctx, text, misp.Options{TLP: in.s.Audience.TLP, SharingGroups: in.s.SharingGroups}, in.event)
		}, nil
	}
	return nil, fmt.Errorf("unknown format %q, use one of %q", in.s.Format, Formats)
}
