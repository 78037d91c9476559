package views

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/intake"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Taken is what became of a contribution.
type Taken struct {
	Known   bool       // it was there before; nothing changed
	Visible bool       // it can be found; otherwise it will be, once Seq is folded
	Seq     ledger.Seq // its last entry; 0 where it is known and visible
	At      time.Time  // when the ledger took it; zero where it is known
	// Kept is what is there with the same version and other content, and stays
	// as it is; known only of what is visible.
	Kept []catalog.Note
}

// showAlways is how many bytes of others may wait for the catalog so that who
// contributes still waits to see its own: among few and small ones everybody
// does. Where more comes in, it is acknowledged once it is on disk.
const showAlways = 1 << 20

// showPatience is how long a contributor waits to see what it sent. After
// that it is told that it is on disk.
const showPatience = 30 * time.Second

// Read reads a submission as intake.Read does, within the memory that there is
// for all of them, and gives its contribution this hub's id. done has to be
// called when the outcome is no longer needed.
func (v *Views) Read(ctx context.Context, text io.Reader, s intake.Submission) (o intake.Outcome, done func(), err error) {
	r := &reading{room: v.reading}
	s.Key, s.Reserve = v.key, r.reserve
	if o, err = intake.Read(ctx, text, s); err != nil {
		r.done()
	}
	return o, r.done, err
}

// Contribute appends a contribution unless it is there already, and waits for a
// while until it can be found. Of equal ones that come at the same time one is
// appended. Contributions that come in faster than the catalog folds them are
// refused with *Backlogged.
//
// What its owner shared more widely before is taken back from the others, by
// entries of their own before the contribution's.
func (v *Views) Contribute(ctx context.Context, owner access.PartnerID, o intake.Outcome) (Taken, error) {
	seq, err := v.backlog.enter(ctx, o.ID)
	if err != nil {
		return Taken{}, err
	}
	if seq > 0 {
		visible, err := v.show(ctx, seq)
		return Taken{Known: true, Visible: visible, Seq: seq}, err
	}
	taken, err := v.append(ctx, owner, o)
	if err != nil {
		v.settle(ctx)
	}
	v.backlog.leave(o.ID)
	if err != nil || taken.Known {
		return taken, err
	}
	if v.backlog.others(o.ID) < showAlways {
		taken.Visible, err = v.show(ctx, taken.Seq)
	}
	if err == nil && taken.Visible && taken.Seq > 0 {
		taken.Kept, err = v.Catalog.Kept(ctx, taken.Seq+1-ledger.Seq(len(o.Drafts)), taken.Seq)
	}
	return taken, err
}

func (v *Views) append(ctx context.Context, owner access.PartnerID, o intake.Outcome) (Taken, error) {
	if err := v.rebuilt(ctx); err != nil {
		return Taken{}, err
	}
	known, err := v.Catalog.HasContribution(ctx, o.ID)
	if err != nil || known || len(o.Drafts) == 0 {
		return Taken{Known: known, Visible: true}, err
	}
	if err := v.backlog.room(); err != nil {
		return Taken{}, err
	}
	if err := v.narrow(ctx, owner, o); err != nil {
		return Taken{}, err
	}
	entries, err := v.Append(ctx, o.Drafts...)
	if err != nil {
		return Taken{}, err
	}
	return Taken{Seq: entries[len(entries)-1].Seq, At: entries[0].Time}, nil
}

// arrived notes that a contribution's entry is on the ledger: whoever appended it,
// and when, it is known from here on, although the catalog does not have it yet.
func (v *Views) arrived(e ledger.Entry) {
	if e.Kind != contribution.KindAccepted {
		return
	}
	v.backlog.add(waiting{contribution: contribution.IDOf(e.Body), by: e.Actor, first: e.Seq, seq: e.Seq, bytes: int64(len(e.Body))})
	v.backlog.folded(v.catalog.Get()) // it may have been faster
}

// settlePatience is how long it may take to find out what became of an append.
const settlePatience = 5 * time.Second

// settle waits until what is on the ledger is folded, although its contributor may
// have gone: an append of which it did not hear may have been made, and who sends it
// again must find it.
func (v *Views) settle(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settlePatience)
	defer cancel()
	if err := v.WaitFolded(ctx); err != nil {
		v.log.Warn("a contribution failed, and whether it was appended is not known yet", "error", err)
	}
}

// Contribution is the entries of a contribution that a partner made; visible
// says whether the catalog has folded them. Of one that is not that partner's
// there are none.
func (v *Views) Contribution(ctx context.Context, by, id string) (entries []ledger.Seq, visible bool, err error) {
	if w, ok := v.backlog.find(id); ok && w.by == by {
		for seq := w.first; seq <= w.seq; seq++ {
			entries = append(entries, seq)
		}
		return entries, v.catalog.Get() >= w.seq, nil
	}
	entries, err = v.Catalog.Entries(ctx, access.PartnerID(by), id)
	return entries, true, err
}

// show waits for the catalog, not for ever.
func (v *Views) show(ctx context.Context, seq ledger.Seq) (visible bool, err error) {
	wait, cancel := context.WithTimeout(ctx, showPatience)
	defer cancel()
	if err := v.catalog.Wait(wait, seq); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return false, err
	}
	return v.catalog.Get() >= seq, ctx.Err()
}
