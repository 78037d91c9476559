// Package paged is how engines read: page by page, with the entry named at which
// reading fails.
package paged

import (
	"errors"
	"fmt"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Damage is an error at one entry.
type Damage struct {
	Seq   ledger.Seq
	Cause error
}

func (d *Damage) Error() string { return fmt.Sprintf("entry %d: %s", d.Seq, d.Cause) }
func (d *Damage) Unwrap() error { return d.Cause }

// Page is the next entries of a reading. With an error they are the sound ones
// before it.
type Page struct {
	Entries []ledger.Entry
	After   ledger.Seq // what reading stands behind, for an error that is no entry's
}

// Yield gives the entries of one page after the other, and in the end the error,
// with the entry's number where it is a Damage. Whether there is more is asked once
// the reader has taken the page: meanwhile more may have been appended.
func Yield(yield func(ledger.Entry, error) bool, next func() (Page, error), more func() bool) {
	for {
		page, err := next()
		for _, e := range page.Entries {
			if !yield(e, nil) {
				return
			}
		}
		var d *Damage
		switch {
		case errors.As(err, &d):
			yield(ledger.Entry{Seq: d.Seq}, fmt.Errorf("read ledger: %w", err))
			return
		case err != nil:
			yield(ledger.Entry{}, fmt.Errorf("read ledger after entry %d: %w", page.After, err))
			return
		}
		if !more() {
			return
		}
	}
}
