// Package tally gathers what the check of a ledger finds, entry by entry, into
// its report.
package tally

import (
	"fmt"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// namedDamage is how many damages are named one by one; a ledger that has
// Lost more is described well enough by the spans that are sound.
const namedDamage = 10_000

// Tally gathers a report in the order of the entries; its zero value begins
// with the first.
type Tally struct {
	Head   ledger.Head
	At     ledger.Seq      // the last entry judged
	Around []ledger.Damage // no entry's own
	Damage []ledger.Damage

	entries uint64
	unnamed uint64
	spans   []ledger.Span
}

// Store notes damage that is no entry's own.
func (t *Tally) Store(format string, args ...any) {
	t.Around = append(t.Around, ledger.Damage{Reason: fmt.Sprintf(format, args...)})
}

// Bad notes that the next entry is damaged.
func (t *Tally) Bad(reason string) {
	t.At++
	if len(t.Damage) == namedDamage {
		t.unnamed++
		return
	}
	t.Damage = append(t.Damage, ledger.Damage{Seq: t.At, Reason: reason})
}

// Lost notes damage of every entry up to and including seq.
func (t *Tally) Lost(seq ledger.Seq, reason string) {
	for t.At < seq {
		t.Bad(reason)
	}
}

// Good notes that the next entry is sound.
func (t *Tally) Good() {
	t.At++
	t.entries++
	if n := len(t.spans); n > 0 && t.spans[n-1].Last == t.At-1 {
		t.spans[n-1].Last = t.At
		return
	}
	t.spans = append(t.spans, ledger.Span{First: t.At, Last: t.At})
}

// Report is what was found.
func (t *Tally) Report() ledger.Report {
	r := ledger.Report{Head: t.Head, Entries: t.entries, Damage: append(t.Damage, t.Around...), Sound: t.spans}
	if t.unnamed > 0 {
		r.Damage = append(r.Damage, ledger.Damage{Reason: fmt.Sprintf("%d more entries are damaged or missing: those outside the sound spans", t.unnamed)})
	}
	return r
}
