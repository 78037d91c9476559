package deliver

import (
	"context"
	"errors"
	"time"

	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/notice"
)

// take finds a delivery a place, unless its channel is busy or all places are taken.
// The caller holds the lock.
func (w *Worker) take(d *notice.Due) (a *attempt, busy bool) {
	if w.busy[d.Channel.ID] != nil {
		return nil, true
	}
	if d.Channel.Kind == notice.Mail {
		if w.mails >= maxMail {
			return nil, false
		}
		w.mails++
	} else {
		if w.web >= maxWeb || w.perWeb[d.Channel.Partner] >= maxPartnerWeb {
			return nil, false
		}
		w.web++
		w.perWeb[d.Channel.Partner]++
	}
	a = &attempt{}
	w.busy[d.Channel.ID] = a
	return a, false
}

func (w *Worker) attempt(ctx context.Context, d notice.Due, a *attempt) {
	err := w.send(ctx, d)
	w.leave(d)
	seq, known := ledger.Seq(0), false
	if err == nil || ctx.Err() == nil { // else it was broken off, and nothing is known of it
		seq, known = w.record(ctx, d, err)
	}
	if !known {
		return // the channel stays busy: only a stopping worker is here
	}
	w.mu.Lock()
	a.ended, a.seq = true, seq
	w.mu.Unlock()
	w.wake()
}

// leave gives the place back.
func (w *Worker) leave(d notice.Due) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if d.Channel.Kind == notice.Mail {
		w.mails--
	} else {
		w.web--
		if w.perWeb[d.Channel.Partner]--; w.perWeb[d.Channel.Partner] == 0 {
			delete(w.perWeb, d.Channel.Partner)
		}
	}
	w.wake()
}

func (w *Worker) send(ctx context.Context, d notice.Due) error {
	s := w.senders[d.Channel.Kind]
	if s == nil {
		return failed(nil, "this hub does not send by %s now: see its [notices]", d.Channel.Kind)
	}
	p, err := pack(d, w.Hub)
	if err != nil {
		return unsendable(err, "it cannot be written")
	}
	return s.send(ctx, p)
}

// record appends the outcome. What was sent must not be sent again because a disk was
// full for a while: it is tried until the ledger takes it.
func (w *Worker) record(ctx context.Context, d notice.Due, sent error) (ledger.Seq, bool) {
	now := w.Clock()
	draft, err := w.State.Sent(d, now)
	if sent != nil {
		w.Logger.Info("a notice was not taken", "channel", d.Channel.ID, "kind", d.Channel.Kind, "attempt", d.Attempt, "error", sent, "cause", errors.Unwrap(sent))
		draft, err = w.State.Failed(d, failure(sent), now)
	}
	for err == nil {
		// The hub's end must not part the sending from its entry.
		entries, appended := w.Ledger.Append(context.WithoutCancel(ctx), ledger.Any, draft)
		if appended == nil {
			return entries[0].Seq, true
		}
		if errors.Is(appended, ledger.ErrInvalid) || errors.Is(appended, ledger.ErrClosed) {
			err = appended
			break
		}
		select {
		case <-time.After(recordEvery):
		case <-ctx.Done():
			err = appended
		}
	}
	w.Logger.Error("the outcome of a delivery is not on the ledger, and it may be repeated", "channel", d.Channel.ID, "error", err)
	return 0, false
}
