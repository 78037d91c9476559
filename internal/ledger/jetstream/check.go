package jetstream

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/anchor"
	"github.com/tocsin-project/tocsin/internal/ledger/paged"
	"github.com/tocsin-project/tocsin/internal/ledger/tally"
)

// Check reads every entry of the nearest copy, up to the head as it was at the
// beginning, and reports what is damaged: see [ledger.Ledger]. It verifies
//
//   - that the stream is configured as a ledger has to be,
//   - each entry's hash, its place, its time, and its link to the entry before,
//   - that nothing is missing, least of all what was acknowledged here.
func (l *Ledger) Check(ctx context.Context) (ledger.Report, error) {
	head, err := l.Head(ctx)
	if err != nil {
		return ledger.Report{}, fmt.Errorf("check ledger: %w", err)
	}
	c := checking{}
	if err := c.run(ctx, l, head); err != nil {
		return ledger.Report{}, fmt.Errorf("check ledger: %w", err)
	}
	return c.Report(), nil
}

// checking is the pass over the entries. Each is judged by its own record and
// hash first, so that damage to one leaves its neighbours sound.
type checking struct {
	tally.Tally

	before *ledger.Hash // of the entry before; nil if that is damaged or missing
	time   time.Time    // of the last sound entry
}

func (c *checking) run(ctx context.Context, l *Ledger, head ledger.Head) error {
	acknowledged, _, err := anchor.Read(l.anchorPath())
	if err != nil {
		c.Store("%s cannot tell which entry was acknowledged last: %s", anchor.Path(l.anchorPath()), err)
	}
	info, err := l.streamInfo(ctx, l.names.stream, false)
	if err != nil {
		return err
	}
	if err := errors.Join(info.verify(l.names.config(l.node.copies)), info.whole()); err != nil {
		c.Store("%s", err)
	}
	c.before = new(ledger.Hash)
	for c.At < head.Seq {
		n := int(min(pageEntries, head.Seq-c.At))
		page, err := l.fetchKnown(ctx, c.At+1, n, true)
		var lost *paged.Damage
		switch {
		case errors.As(err, &lost):
			c.Lost(c.At+1, "it is missing")
			c.before = nil
		case err != nil:
			return err
		}
		for _, m := range page {
			c.judge(m, acknowledged)
		}
	}
	return nil
}

// judge decides whether the message is the entry that its number says.
func (c *checking) judge(m message, acknowledged ledger.Head) {
	if m.Seq > c.At+1 {
		c.Lost(m.Seq-1, "it is missing")
		c.before = nil
	}
	e, err := openMessage(m.Seq, m.Data)
	if err != nil {
		c.Bad(strings.TrimPrefix(err.Error(), ledger.ErrCorrupt.Error()+": "))
		c.before = nil
		return
	}
	fault := c.fault(e, acknowledged)
	c.before, c.Head = &e.Hash, ledger.Head{Seq: e.Seq, Hash: e.Hash}
	if fault != "" {
		c.Bad(fault)
		return
	}
	c.Good()
	c.time = e.Time
}

// fault says what is wrong with an entry whose hash holds.
func (c *checking) fault(e ledger.Entry, acknowledged ledger.Head) string {
	switch {
	case c.before != nil && *c.before != e.Prev:
		return fmt.Sprintf("it names %s as the hash of the entry before, which has %s", e.Prev, *c.before)
	case e.Time.Before(c.time):
		return fmt.Sprintf("its time %s is before %s, that of an earlier entry", e.Time.Format(time.RFC3339Nano), c.time.Format(time.RFC3339Nano))
	case e.Seq == acknowledged.Seq && e.Hash != acknowledged.Hash:
		return fmt.Sprintf("its hash is %s, but %s was acknowledged", e.Hash, acknowledged.Hash)
	}
	return ""
}
