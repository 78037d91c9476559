package duty

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/stix"
)

// The steps of a duty: each changes the record, or says why it does not. They are
// asked twice: on a copy before the append, to refuse, and when folding, since
// another entry may have come first.

const (
	maxText  = 32 << 10  // bytes of one field
	maxForm  = 256 << 10 // of all of a form's
	maxBrief = 4096      // bytes of a reason
	maxWith  = 1000      // partners
)

// check says what is wrong with an opening; an unfit template is another matter.
func (o Opening) check(now time.Time) error {
	switch {
	case stix.TypeOfID(string(o.ID)) != "duty":
		return fmt.Errorf("%w: id %q is not \"duty--\" and a UUID", access.ErrInvalid, o.ID)
	case o.Outbreak == "":
		return fmt.Errorf("%w: outbreak is empty: give the id of the incident", access.ErrInvalid)
	case o.Aware.IsZero():
		return fmt.Errorf("%w: aware_at is missing: say when you became aware of the incident", access.ErrInvalid)
	case o.Aware.After(now):
		return fmt.Errorf("%w: aware_at %s is in the future: it is %s by the hub's clock", access.ErrInvalid, stamp(o.Aware), stamp(now))
	case now.Sub(o.Aware) > maxTime:
		return fmt.Errorf("%w: aware_at %s is more than ten years ago", access.ErrInvalid, stamp(o.Aware))
	}
	return checkLine("authority", o.Authority)
}

func (r *record) open() error {
	if !r.closed.IsZero() {
		return fmt.Errorf("%w: it was closed at %s: open another", access.ErrConflict, stamp(r.closed))
	}
	return nil
}

// at is the place of a stage of an open duty.
func (r *record) at(stage string) (int, error) {
	if err := r.open(); err != nil {
		return 0, err
	}
	at := r.place(stage)
	if at < 0 {
		return 0, fmt.Errorf("%w: stage %q: it has %s", access.ErrNotFound, stage, r.Template.keys())
	}
	return at, nil
}

func (t Template) keys() string {
	text := ""
	for i, s := range t.Stages {
		if i > 0 {
			text += ", "
		}
		text += s.Key
	}
	return text
}

func (r *record) submitted(e ledger.Entry, b Submission) error {
	at, err := r.at(b.Stage)
	if err != nil {
		return err
	}
	state := &r.stages[at]
	if len(state.sent) >= maxSubmissions {
		return fmt.Errorf("%w: it was submitted %d times, which is the most", access.ErrConflict, maxSubmissions)
	}
	if err := r.Template.Stages[at].checkForm(b.Fields); err != nil {
		return err
	}
	due := r.deadline(at).end
	state.sent = slices.Clone(state.sent)
	for i := range state.sent {
		state.sent[i].fields = nil // on the ledger it stays
	}
	state.sent = append(state.sent, sent{at: e.Time, due: due, fields: maps.Clone(b.Fields), digest: sha256.Sum256(e.Body), seq: e.Seq})
	state.waived = nil
	return nil
}

// checkForm wants every field that is required and none that is not of the form.
func (s Stage) checkForm(fields map[string]string) error {
	size := 0
	for _, f := range s.Fields {
		if err := access.CheckProse("fields/"+f.Key+" ("+f.Label+")", fields[f.Key], maxText, f.Required); err != nil {
			return err
		}
		if strings.ContainsFunc(fields[f.Key], unprintable) {
			return fmt.Errorf("%w: fields/%s (%s) has control characters: use text with line breaks", access.ErrInvalid, f.Key, f.Label)
		}
		size += len(fields[f.Key])
	}
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if !slices.ContainsFunc(s.Fields, func(f Field) bool { return f.Key == key }) {
			return fmt.Errorf("%w: fields/%s: the form of stage %s has no such field", access.ErrInvalid, key, s.Key)
		}
	}
	if size > maxForm {
		return fmt.Errorf("%w: fields have %d bytes together, at most %d are allowed", access.ErrInvalid, size, maxForm)
	}
	return nil
}

// unprintable: what is submitted ends up on terminals of others.
func unprintable(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune("\n\r\t", r) }

func (r *record) waive(e ledger.Entry, b Waiver) error {
	at, err := r.at(b.Stage)
	if err != nil {
		return err
	}
	if len(r.stages[at].sent) > 0 {
		return fmt.Errorf("%w: stage %s was submitted already", access.ErrConflict, b.Stage)
	}
	if err := access.CheckProse("reason", b.Reason, maxBrief, true); err != nil {
		return err
	}
	r.stages[at].waived = &waived{at: e.Time, reason: b.Reason}
	return nil
}

func (r *record) handle(e ledger.Entry, b Handled) error {
	switch err := r.open(); {
	case err != nil:
		return err
	case b.At.IsZero() || b.At.Before(r.Aware):
		return fmt.Errorf("%w: at %s is before you became aware of it, %s", access.ErrInvalid, stamp(b.At), stamp(r.Aware))
	case b.At.After(e.Time):
		return fmt.Errorf("%w: at %s is in the future: it is %s by the hub's clock", access.ErrInvalid, stamp(b.At), stamp(e.Time))
	}
	r.handled = b.At
	return nil
}

func (r *record) share(_ ledger.Entry, b Sharing) error {
	if n := len(b.With); n > maxWith {
		return fmt.Errorf("%w: with has %d partners, at most %d are allowed", access.ErrInvalid, n, maxWith)
	}
	r.with = slices.Clone(b.With)
	return nil
}

func (r *record) close(e ledger.Entry, b Closing) error {
	if err := r.open(); err != nil {
		return err
	}
	if err := access.CheckProse("reason", b.Reason, maxBrief, true); err != nil {
		return err
	}
	r.closed, r.because = e.Time, b.Reason
	return nil
}

// copy is a record on which a step can be tried.
func (r *record) copy() *record {
	tried := *r
	tried.stages = slices.Clone(r.stages)
	return &tried
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
