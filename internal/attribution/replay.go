package attribution

import (
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

// Opened is a record with the salt that opens its commitment: a line of a
// dossier's records.jsonl.
type Opened struct {
	Record Record `json:"record"`
	Salt   Salt   `json:"salt"`
}

// Replay folds the records of a dossier by the rules that State folds the
// ledger by, and fails at the first that would be void, naming it and the rule.
// Signatures are checked; whether a key may vote for its partner is for the
// verifier to say. The case's Head is the commitment to the last record.
func Replay(records []Opened) (*Case, error) {
	var f *file
	head, last := Digest{}, time.Time{}
	for i, o := range records {
		r := o.Record
		err := checkChain(r, i+1, head, records[0].Record.Case)
		if err == nil && r.At.Before(last) {
			err = fmt.Errorf("%w: at %s is before that of the record before, %s", access.ErrInvalid, r.At.Format(timeLayout), last.Format(timeLayout))
		}
		if err == nil {
			if i == 0 {
				if f, err = begin(r); err == nil {
					f.done(r, f.Party)
				}
			} else {
				err = f.follow(r)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("record %d (%.64s): %w", i+1, r.Kind, err)
		}
		text, err := r.Bytes()
		if err != nil {
			return nil, fmt.Errorf("record %d (%.64s): %w", i+1, r.Kind, err)
		}
		head, last = f.commit(o.Salt, text), r.At.Time
	}
	if f == nil {
		return nil, fmt.Errorf("%w: there is no record", access.ErrInvalid)
	}
	c := f.view()
	return &c, nil
}

// checkChain says whether a record is the next one of its case.
func checkChain(r Record, n int, prev Digest, id CaseID) error {
	switch {
	case r.N != n:
		return fmt.Errorf("%w: n is %d: records are counted from 1 without a gap", access.ErrInvalid, r.N)
	case r.Prev != prev.String():
		return fmt.Errorf("%w: prev is %.100q, the commitment to the record before is %s", access.ErrInvalid, r.Prev, prev)
	case r.Case != id:
		return fmt.Errorf("%w: case is %.100q, not %.100q", access.ErrInvalid, r.Case, id)
	}
	if body := slices.Clone(r.Body); body.Canonicalize() != nil || string(body) != string(r.Body) {
		return fmt.Errorf("%w: the body is not canonical JSON", access.ErrInvalid)
	}
	return nil
}
