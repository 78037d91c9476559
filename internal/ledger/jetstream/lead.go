package jetstream

import (
	"context"
	"fmt"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/queue"
)

// takesLead is the term of an append that begins one.
const takesLead = ^ledger.Seq(0)

// Lead appends the draft, by which this node says that it leads, behind the last
// entry of the stream, whoever appended that. The entry's Seq is the term of the
// lead, which lasts as long as nobody else appends: see [Ledger.AppendUnder]. It
// fails with [ledger.ErrConflict] if another node was faster.
func (l *Ledger) Lead(ctx context.Context, d ledger.Draft) (ledger.Entry, error) {
	var last place
	err := l.patiently(ctx, func() (err error) {
		last, err = l.lastOfLeader(ctx)
		return err
	})
	if err != nil {
		return ledger.Entry{}, fmt.Errorf("lead: %w", err)
	}
	es, err := l.append(ctx, takesLead, last.head.Seq, []ledger.Draft{d})
	if err != nil {
		return ledger.Entry{}, fmt.Errorf("lead: %w", err)
	}
	return es[0], nil
}

// AppendUnder appends as [Ledger.Append] does what was decided under a lead of
// this node. It fails with [ledger.ErrFenced] if anybody else has appended since the lead
// began, so that nothing decided on an older state comes behind what the next
// leader appends, whatever the clocks say.
func (l *Ledger) AppendUnder(ctx context.Context, term, expected ledger.Seq, drafts ...ledger.Draft) ([]ledger.Entry, error) {
	return l.append(ctx, term, expected, drafts)
}

// led begins the term of an append that takes the lead.
func (l *Ledger) led(group []*queue.Append) {
	for _, a := range group {
		if a.Term == takesLead && a.Err == nil {
			l.term = a.Entries[0].Seq
		}
	}
}
