package sqlite

import (
	"fmt"

	"github.com/tocsin-project/tocsin/internal/ledger"
)

// namedDamage is how many damages are named one by one; a ledger that has
// lost more is described well enough by the spans that are sound.
const namedDamage = 10_000

// tally gathers a report in the order of the entries.
type tally struct {
	head    ledger.Head
	entries uint64
	around  []ledger.Damage // no entry's own
	damage  []ledger.Damage
	unnamed uint64
	spans   []ledger.Span
	at      ledger.Seq // the last entry judged

	unreadable bool // SQLite cannot read anything of the file
}

// store notes damage that is no entry's own.
func (t *tally) store(format string, args ...any) {
	t.around = append(t.around, ledger.Damage{Reason: fmt.Sprintf(format, args...)})
}

// bad notes that the next entry is damaged.
func (t *tally) bad(reason string) {
	t.at++
	if len(t.damage) == namedDamage {
		t.unnamed++
		return
	}
	t.damage = append(t.damage, ledger.Damage{Seq: t.at, Reason: reason})
}

// lost notes damage of every entry up to and including seq.
func (t *tally) lost(seq ledger.Seq, reason string) {
	for t.at < seq {
		t.bad(reason)
	}
}

// good notes that the next entry is sound.
func (t *tally) good() {
	t.at++
	t.entries++
	if n := len(t.spans); n > 0 && t.spans[n-1].Last == t.at-1 {
		t.spans[n-1].Last = t.at
		return
	}
	t.spans = append(t.spans, ledger.Span{First: t.at, Last: t.at})
}

func (t *tally) report() ledger.Report {
	r := ledger.Report{Head: t.head, Entries: t.entries, Damage: append(t.damage, t.around...), Sound: t.spans}
	if t.unnamed > 0 {
		r.Damage = append(r.Damage, ledger.Damage{Reason: fmt.Sprintf("%d more entries are damaged or missing: those outside the sound spans", t.unnamed)})
	}
	return r
}
