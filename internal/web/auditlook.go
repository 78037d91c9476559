package web

import (
	"bytes"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Bounds of what one page reads of the ledger, whatever is asked for.
const (
	lookEntries = 2000     // of those read; where kinds are named, only those of them
	lookBytes   = 16 << 20 // of bodies
	firstLook   = 1        // entries that the first step back goes over
	widest      = 256      // entries of any kind that a step goes over
)

// looked is what a look back found, newest first, and how far it went.
type looked struct {
	lines          []auditLine
	newest, oldest ledger.Seq
	entries, bytes int
}

// full says that a look has to end.
func (l *looked) full() bool {
	return len(l.lines) >= auditPageSize || l.entries >= lookEntries || l.bytes >= lookBytes
}

// lookBack reads the ledger backwards from before the filter's place: it goes
// forward only, and therefore in steps, of which each begins further back. By kind
// a step is an index's and costs what it finds, so that steps widen.
func (p *pages) lookBack(r reading, f auditFilter, head ledger.Head) (looked, error) {
	l := looked{newest: f.before - 1, oldest: f.before}
	audit, kinds, width := p.auditor(r, head), kindsOf(f.Area), ledger.Seq(firstLook)
	for l.oldest > 1 && !l.full() {
		after := l.oldest - 1 - min(width, l.oldest-1)
		step, whole, err := p.stepBack(r, &l, after, kinds)
		if err != nil {
			return l, err
		}
		if !whole {
			return l, nil // too much in one step: the next page begins with it
		}
		for _, e := range slices.Backward(step) {
			if len(l.lines) == auditPageSize {
				return l, nil
			}
			l.oldest = e.Seq
			if line, wanted, err := audit.wants(e, f); err != nil {
				return l, err
			} else if wanted {
				l.lines = append(l.lines, line)
			}
		}
		l.oldest = after + 1
		width = l.wider(width, f)
	}
	return l, nil
}

// wider is the width of the next step: four times that of the last; of entries of any
// kind no more than there is room for, if they are as long as those before, and where
// each is shown no more than the page lacks.
func (l *looked) wider(width ledger.Seq, f auditFilter) ledger.Seq {
	width *= 4
	if f.Area != "" {
		return width
	}
	average := l.bytes/max(l.entries, 1) + 1
	width = min(width, widest, ledger.Seq(1+(lookBytes-min(l.bytes, lookBytes))/average))
	if f.Actor == "" && f.Text == "" {
		width = min(width, ledger.Seq(max(1, auditPageSize-len(l.lines))))
	}
	return width
}

// stepBack reads the entries after a place and before the oldest that was looked at;
// whole is false if it had to stop.
func (p *pages) stepBack(r reading, l *looked, after ledger.Seq, kinds []ledger.Kind) (step []ledger.Entry, whole bool, err error) {
	for e, err := range p.Views.Ledger.Read(r.Context(), after, kinds...) {
		if err != nil {
			return nil, false, err
		}
		if e.Seq >= l.oldest {
			break
		}
		l.bytes += len(e.Body)
		if l.entries++; l.entries > lookEntries+widest || l.bytes > 2*lookBytes {
			return nil, false, nil
		}
		step = append(step, e)
	}
	return step, true, nil
}

// wants shows an entry if it was asked for.
func (a *auditor) wants(e ledger.Entry, f auditFilter) (auditLine, bool, error) {
	line, err := a.line(e, briefBody)
	switch {
	case err != nil:
		return line, false, err
	case line.Hidden:
		return line, f.Area == "" && f.Actor == "" && f.Text == "", nil
	case f.Actor != "" && !strings.Contains(strings.ToLower(line.Actor+" "+line.By+" "+e.Actor), strings.ToLower(f.Actor)):
		return line, false, nil
	case f.Text != "" && !bytes.Contains(bytes.ToLower(line.body), bytes.ToLower([]byte(f.Text))):
		return line, false, nil
	}
	return line, true, nil
}

// kindsOf are the kinds of an area, such as token.issued of token; none for all.
func kindsOf(area string) (kinds []ledger.Kind) {
	if area == "" {
		return nil
	}
	for kind := range auditWords {
		if one, _, _ := strings.Cut(string(kind), "."); one == area {
			kinds = append(kinds, kind)
		}
	}
	if len(kinds) == 0 {
		kinds = []ledger.Kind{ledger.Kind(area)} // it may be one kind; or nothing is of it
	}
	return kinds
}

// auditAreas are the first words of all kinds, in order.
func auditAreas() []string {
	var areas []string
	for kind := range auditWords {
		area, _, _ := strings.Cut(string(kind), ".")
		areas = append(areas, area)
	}
	slices.Sort(areas)
	return slices.Compact(areas)
}

// security says whether an entry is an act of security, which administrators are
// shown whatever its audience.
func security(kind ledger.Kind) bool { return slices.Contains(access.SecurityKinds(), kind) }
