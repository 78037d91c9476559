package deliver

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/notice"
)

// A receiver that is away, fails, hangs and comes back gets everything once and in
// order, and so does a worker that is stopped meanwhile; others are not held up.
func TestNothingIsLostAndNothingDoubled(t *testing.T) {
	away, fine := &receiver{took: map[string]int{}}, &receiver{took: map[string]int{}, mode: 200}
	away.up(t)
	away.srv.Close() // the port is closed
	fine.up(t)
	defer fine.srv.Close()
	toAway := notice.Channel{ID: "away", Kind: notice.Webhook, Target: "http://" + away.addr + "/hook", Secret: secret}
	toFine := notice.Channel{ID: "fine", Kind: notice.Webhook, Target: "http://" + fine.addr + "/hook", Secret: secret}
	const n = 20
	b, l := newBook(), openLedger(t, t.TempDir())
	defer func() { _ = l.Close() }()
	for i := range n {
		b.add(due(toAway, i))
		b.add(due(toFine, i))
	}
	attempts := func() int {
		failed := 0
		for e, err := range l.Read(context.Background(), 0) {
			if err == nil && e.Kind == notice.KindFailed {
				failed++
			}
		}
		return failed
	}
	d := startDesk(t, b, l)
	until(t, "the other receiver has all", func() bool { fine.mu.Lock(); defer fine.mu.Unlock(); return len(fine.ids) == n })
	until(t, "failures at a closed port", func() bool { return attempts() >= 2 })
	before := attempts()
	away.set(500)
	away.up(t)
	defer func() { away.srv.Close() }()
	until(t, "failures of an ill server", func() bool { return attempts() >= before+2 })
	d.stop()

	away.set(0) // it hangs
	hasty := startDesk(t, b, l, func(w *Worker) { w.senders[notice.Webhook].(webhook).client.Timeout = 30 * time.Millisecond })
	before = attempts()
	until(t, "failures of one that hangs", func() bool { return attempts() >= before+2 })
	hasty.stop() // in the middle of an attempt
	away.set(200)
	startDesk(t, b, l)
	until(t, "all have arrived", func() bool { return b.left() == 0 })
	for i := range n {
		if key := due(toAway, i).Key; away.took[key] != 1 || b.given[key] == 0 || away.ids[i] != key {
			t.Errorf("%s arrived %d times, as number %d came %s", key, away.took[key], i, away.ids[i])
		}
	}
}

// What the receiver took and the ledger did not hear of is sent again under the same id.
func TestARepeatedDeliveryHasTheSameID(t *testing.T) {
	r := &receiver{took: map[string]int{}, mode: 200}
	r.up(t)
	defer r.srv.Close()
	b, l := newBook(), &deaf{Ledger: openLedger(t, t.TempDir())}
	defer func() { _ = l.Close() }()
	to := notice.Channel{ID: "hook", Kind: notice.Webhook, Target: "http://" + r.addr, Secret: secret}
	b.add(due(to, 1))
	d := startDesk(t, b, l)
	until(t, "the receiver has it", func() bool { r.mu.Lock(); defer r.mu.Unlock(); return len(r.ids) == 1 })
	d.stop() // as if it had been killed: the ledger knows nothing
	l.hears()
	startDesk(t, b, l)
	until(t, "it is on the ledger", func() bool { return b.left() == 0 })
	if key := due(to, 1).Key; r.took[key] != 2 || len(r.took) != 1 {
		t.Errorf("it arrived as %v", r.took)
	}
}

// deaf is a ledger that takes nothing for a while.
type deaf struct {
	ledger.Ledger
	mu sync.Mutex
	ok bool
}

func (d *deaf) hears() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ok = true
}

func (d *deaf) Append(ctx context.Context, at ledger.Seq, drafts ...ledger.Draft) ([]ledger.Entry, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.ok {
		return nil, fmt.Errorf("append: %w", ledger.ErrUnavailable)
	}
	return d.Ledger.Append(ctx, at, drafts...)
}

// A ledger that takes nothing for a while has nothing sent twice.
func TestAFullDiskSendsNothingAgain(t *testing.T) {
	r := &receiver{took: map[string]int{}, mode: 200}
	r.up(t)
	defer r.srv.Close()
	b, l := newBook(), &deaf{Ledger: openLedger(t, t.TempDir())}
	defer func() { _ = l.Close() }()
	to := notice.Channel{ID: "hook", Kind: notice.Webhook, Target: "http://" + r.addr, Secret: secret}
	b.add(due(to, 1))
	d := startDesk(t, b, l)
	until(t, "the receiver has it", func() bool { r.mu.Lock(); defer r.mu.Unlock(); return len(r.ids) == 1 })
	for range 20 {
		d.wake() // nothing of this has it sent again
	}
	l.hears()
	until(t, "it is on the ledger", func() bool { return b.left() == 0 })
	if r.took[due(to, 1).Key] != 1 {
		t.Errorf("it arrived as %v", r.took)
	}
}

func TestGoneForGood(t *testing.T) {
	r := &receiver{took: map[string]int{}, mode: http.StatusGone}
	r.up(t)
	defer r.srv.Close()
	b, l := newBook(), openLedger(t, t.TempDir())
	defer func() { _ = l.Close() }()
	to := notice.Channel{ID: "hook", Kind: notice.Webhook, Target: "http://" + r.addr, Secret: secret}
	b.add(due(to, 1))
	b.add(due(to, 2))
	startDesk(t, b, l)
	until(t, "the channel has ended", func() bool { b.mu.Lock(); defer b.mu.Unlock(); return b.gone["hook"] })
}

// However many of one partner's receivers hang, there is a place for another's.
func TestNobodyTakesAllPlaces(t *testing.T) {
	w, err := New(Config{}, Deps{Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	for i := range maxWeb {
		w.take(&notice.Due{Channel: notice.Channel{ID: fmt.Sprint(i), Partner: "one", Kind: notice.Slack}})
	}
	other := notice.Due{Channel: notice.Channel{ID: "other", Partner: "two", Kind: notice.Webhook}}
	mail := notice.Due{Channel: notice.Channel{ID: "mail", Partner: "one", Kind: notice.Mail}}
	for _, d := range []notice.Due{other, mail} {
		if a, busy := w.take(&d); a == nil || busy {
			t.Errorf("no place for %+v", d.Channel)
		}
		if a, busy := w.take(&d); a != nil || !busy {
			t.Errorf("two attempts at once on %+v", d.Channel)
		}
		w.leave(d)
	}
	if w.web != maxPartnerWeb || w.mails != 0 {
		t.Errorf("%d web, %d mails under way", w.web, w.mails)
	}
}

// What the hub no longer has the settings for fails, and is tried again.
func TestAChannelThatTheHubCannotServe(t *testing.T) {
	w, err := New(Config{}, Deps{Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	err = w.send(t.Context(), due(notice.Channel{ID: "m", Kind: notice.Mail}, 1))
	if f := failure(err); f.Final || f.Why == "" {
		t.Errorf("%+v", f)
	}
	if err := w.send(t.Context(), notice.Due{Channel: notice.Channel{Kind: notice.Slack}}); !failure(err).Final {
		t.Errorf("a delivery of nothing: %v", err)
	}
	if _, err := New(Config{SMTP: "smtps://mail.example"}, Deps{}); err == nil || errors.Is(err, access.ErrInvalid) {
		t.Errorf("mail without a sender: %v", err)
	}
}
