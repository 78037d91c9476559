package notice_test

import (
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/notice"
)

func (w *world) tellsTwo(n int) {
	w.t.Helper()
	for range n {
		w.issue(func(a *notice.Alert) { a.To.Partners = []access.PartnerID{id(2)} }, access.Audience{})
	}
}

// A hub that is started with another measure of a storm sends nothing twice, and
// nothing of what it has not sent is lost.
func TestAnotherMeasureOfAStorm(t *testing.T) {
	for _, c := range []struct{ before, after int }{{1, 30}, {30, 1}, {2, 4}} {
		w := newWorld(t, notice.Config{Cap: c.before}).partners(2)
		w.channel(2, nil)
		w.tellsTwo(6)
		w.pass(20 * time.Minute)
		w.sends()
		w.tellsTwo(1) // is not sent before the hub is started anew
		again := newWorld(t, notice.Config{Cap: c.after})
		for _, e := range w.entries {
			if err := again.s.Apply(e); err != nil {
				t.Fatal(err)
			}
			again.entries = append(again.entries, e)
		}
		again.now = w.now
		again.pass(20 * time.Minute)
		if got := again.sends(); len(got) != 1 || len(got[0].Notices) != 1 {
			t.Errorf("from %d to %d: sent anew %v, want the last one alone", c.before, c.after, titles(got))
		}
	}
}

// What could not be sent for three days, as when the hub was away, is not sent later.
func TestWhatIsThreeDaysOldIsNotSent(t *testing.T) {
	w := newWorld(t, notice.Config{}).partners(2)
	channel := w.channel(2, nil)
	w.tellsTwo(2)
	w.now = w.now.Add(72 * time.Hour)
	w.decide()
	if sent := w.sends(); len(sent) != 0 {
		t.Errorf("sent: %v", titles(sent))
	}
	status, err := w.s.ChannelOf(person(2, access.Contributor), channel)
	if err != nil || status.GivenUp != 2 || status.Waiting != 0 || status.State == notice.Failing {
		t.Errorf("the channel: %+v, %v", status, err)
	}
	if w.count(notice.KindSent) != 0 || len(w.s.Inbox(person(2, access.Viewer), true)) != 2 {
		t.Error("it was sent, or is not in the inbox")
	}
}
