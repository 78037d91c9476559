package federation

import (
	"context"
	"fmt"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/intake"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/sighting"
	"github.com/tocsin-project/tocsin/internal/stream"
)

// batch is what is appended together: what there is by the time that the one
// before is on disk.
type batch struct {
	drafts []ledger.Draft
	held   []Held // Back is the place in drafts, until they are appended
	counts
	mark  stream.Mark
	lines int
	bytes int
	// values are those of which the drafts decide something: what is drafted next
	// about one of them rests on that.
	values map[observable.Value]bool
}

const (
	mostLines = 1000    // of a batch
	mostBytes = 4 << 20 // of its drafts, about
	// mostUnsaid is how many lines of which nothing was taken are read again at most
	// after a stop: they are not worth an entry each.
	mostUnsaid    = 1000
	maxRejections = 50  // in one entry
	maxReason     = 500 // bytes of one of them
)

func (b *batch) full() bool { return b.lines >= mostLines || b.bytes >= mostBytes }

func (b *batch) add(drafts ...ledger.Draft) {
	b.drafts = append(b.drafts, drafts...)
	for _, d := range drafts {
		b.bytes += len(d.Body)
	}
}

// reject counts what is not valid here.
func (b *batch) reject(rejected ...intake.Rejection) {
	b.rejected += len(rejected)
	for _, r := range rejected {
		if len(b.rejections) >= maxRejections {
			return
		}
		for _, text := range []*string{&r.Pointer, &r.ID, &r.Rule, &r.Reason} {
			*text = string([]rune(*text)[:min(len([]rune(*text)), maxReason)])
		}
		b.rejections = append(b.rejections, r)
	}
}

// gather takes a line and all that have come meanwhile, and appends what they are.
func (f *Follower) gather(ctx context.Context, line stream.Line, lines <-chan stream.Line) error {
	b := &batch{}
	for more := true; more; {
		if err := f.line(ctx, b, line); err != nil {
			return err
		}
		b.mark = stream.Mark{Cursor: line.Cursor, N: line.N, Chain: line.Chain}
		if b.lines++; b.full() {
			break
		}
		select {
		case line, more = <-lines:
		default:
			more = false
		}
	}
	return f.commit(ctx, b)
}

// line adds what a line is to the batch.
func (f *Follower) line(ctx context.Context, b *batch, line stream.Line) error {
	switch line.Kind {
	case contribution.KindAccepted:
		return f.take(ctx, b, line)
	case contribution.KindTightened:
		if len(b.held) > 0 { // what is taken back may be among it
			if err := f.commit(ctx, b); err != nil {
				return err
			}
		}
		return f.takeBack(ctx, b, line)
	case protect.KindDecided:
		return f.decided(ctx, b, line)
	case sighting.KindReported:
		return f.seen(b, line)
	}
	return nil // nothing that was asked for
}

// commit appends the batch with how far was read, and empties it.
func (f *Follower) commit(ctx context.Context, b *batch) error {
	mark := b.mark
	if f.found != nil { // the stream is read again: until its end nothing is lost by beginning anew
		f.last, mark = b.mark, stream.Mark{}
	}
	said, lines := f.state.unsaid, f.state.unsaidLines+b.lines
	said.add(b.counts)
	if len(b.drafts) > 0 || said.rejected > 0 || lines >= mostUnsaid && f.found == nil {
		return f.record(ctx, b, mark, said)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.state.mark, f.state.unsaid, f.state.unsaidLines = mark, said, lines
	*b = batch{}
	return nil
}

// record appends the batch's drafts and the entry that says what they are.
func (f *Follower) record(ctx context.Context, b *batch, mark stream.Mark, said counts) error {
	for i := range b.held {
		b.held[i].Back = ledger.Seq(len(b.drafts)) - b.held[i].Back
	}
	f.mu.Lock()
	checkpoint, contrary := f.checkpoint, f.contrary
	f.mu.Unlock()
	if checkpoint == f.state.checkpoint {
		checkpoint = "" // it is on the ledger
	}
	d, err := ledger.NewDraft(KindFollowed, access.Hub, "", Followed{
		Source: f.cfg.Name, From: f.from(), Hub: f.state.hub, Mark: mark, Held: b.held,
		Taken: said.taken, Left: said.left, Cut: said.cut, Rejected: said.rejected, Rejections: b.rejections,
		Checkpoint: checkpoint, Contrary: contrary,
	})
	if err != nil {
		return &own{err}
	}
	entries, err := f.deps.Take(ctx, append(b.drafts, d)...)
	if err != nil {
		return &own{fmt.Errorf("append what another hub told: %w", err)}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	*b = batch{}
	return ledger.Fold(entries[len(entries)-1], f.state.apply(f.cfg.Name))
}
