package doctor

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/tocsin-project/tocsin/internal/hub"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/ledger/sqlite"
)

// clockSlack is how far a ledger's last entry may lie ahead of the clock: NTP steps.
const clockSlack = 2 * time.Second

// ledger looks at the end of the ledger, and whether a hub has it open.
func (e *examination) ledger(ctx context.Context) {
	path := filepath.Join(e.cfg.Data, hub.LedgerFile)
	l, err := sqlite.Open(path, sqlite.Options{ReadOnly: true})
	if err != nil {
		e.wrong("ledger", "run tocsin check --data "+e.cfg.Data, "%v", err)
		return
	}
	defer l.Close() //nolint:errcheck // it was only read
	last, err := lastEntry(ctx, l)
	switch ahead := last.Time.Sub(e.Now()); {
	case err != nil:
		e.wrong("ledger", "run tocsin check --data "+e.cfg.Data+": it names what is damaged", "its end cannot be read: %v", err)
	case ahead > clockSlack:
		e.wrong("clock", "set the clock right; until it has passed that time all new entries carry it", "the last entry is of %s, %s from now", last.Time.Format(time.RFC3339), ahead.Round(time.Second))
	default:
		e.sound("ledger", "%d entries, the last can be read", last.Seq)
	}
	e.channels(ctx)
}

func lastEntry(ctx context.Context, l ledger.Ledger) (last ledger.Entry, err error) {
	head, err := l.Head(ctx)
	if err != nil || head.Seq == 0 {
		return last, err
	}
	for entry, err := range l.Read(ctx, head.Seq-1) {
		return entry, err
	}
	return last, errors.New("the last entry is missing")
}
