package notice_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/notice"
)

func TestDownForAWhile(t *testing.T) {
	w := newWorld(t, notice.Config{}).partners(1)
	hook := w.channel(1, nil)
	told := map[string]int{}
	keys := map[string]string{} // by notice
	attempts := 0
	for minute := range 180 {
		if minute < 100 && minute%10 == 0 {
			w.add(raising(fmt.Sprint(minute), notice.Warning, id(1)))
		}
		due, _ := w.s.Due(w.now)
		if len(due) > 1 {
			t.Fatalf("%d deliveries of one channel at a time", len(due))
		}
		for _, d := range due {
			first := d.Notices[0].ID
			if before := keys[first]; before != "" && before != d.Key {
				t.Errorf("the key of %s changed from %s to %s", first, before, d.Key)
			}
			keys[first] = d.Key
			if minute < 90 {
				attempts++
				w.do(w.s.Failed(d, notice.Failure{Why: "connection refused"}, w.now))
				continue
			}
			for _, n := range d.Notices {
				told[n.ID]++
			}
			w.do(w.s.Sent(d, w.now))
		}
		if minute == 60 {
			state, err := w.s.ChannelOf(person(1, access.Contributor), hook)
			if err != nil || state.State != notice.Failing || state.Error != "connection refused" || !state.Since.Equal(start) || state.Waiting == 0 || !state.Verified.IsZero() {
				t.Errorf("while it is down: %+v, %v", state, err)
			}
			w.same(1)
		}
		w.pass(time.Minute)
	}
	wants(t, "told", 10, len(told))
	for n, times := range told {
		if times != 1 {
			t.Errorf("%s was told %d times", n, times)
		}
	}
	if attempts > 10 {
		t.Errorf("%d attempts in 90 minutes at a receiver that is down", attempts)
	}
	state, err := w.s.ChannelOf(person(1, access.Contributor), hook)
	if err != nil || state.State != notice.Works || state.Waiting != 0 || state.Verified.IsZero() {
		t.Errorf("afterwards: %+v, %v", state, err)
	}
}

// TestGivenUp: after three days, on the ledger and shown, and told by another channel.
func TestGivenUp(t *testing.T) {
	w := newWorld(t, notice.Config{}).partners(1)
	dead := w.channel(1, func(c *notice.Channel) { c.Name = "the old one" })
	w.add(raising("news", notice.Warning, id(1)))
	attempts := 0
	begun := w.now
	for w.now.Sub(begun) < 100*time.Hour {
		due, _ := w.s.Due(w.now)
		for _, d := range due {
			if attempts++; d.Attempt != attempts {
				t.Errorf("attempt %d is called %d", attempts, d.Attempt)
			}
		}
		w.fails(notice.Failure{Why: "connection refused"})
		_, next := w.s.Due(w.now)
		if next.IsZero() {
			break
		}
		w.now = next
	}
	if after := w.now.Sub(begun); after < 72*time.Hour || after > 84*time.Hour || attempts > 20 {
		t.Errorf("given up after %s and %d attempts", after, attempts)
	}
	state, err := w.s.ChannelOf(person(1, access.Contributor), dead)
	if err != nil || state.GivenUp != 1 || state.Waiting != 0 {
		t.Errorf("%+v, %v", state, err)
	}
	told := w.s.Inbox(person(1, access.Viewer), false)[0]
	if !strings.Contains(told.Title, "the old one") || !strings.Contains(told.Text, "connection refused") || told.Topic != notice.TopicChannel {
		t.Errorf("its partner is told: %+v", told)
	}
	w.same(1)
}

func TestReceiversWords(t *testing.T) {
	w := newWorld(t, notice.Config{}).partners(3)
	w.channel(1, nil)
	w.channel(2, nil)
	gone := w.channel(3, nil)
	w.add(raising("news", notice.Warning, id(1), id(2), id(3)))
	due, _ := w.s.Due(w.now)
	for _, d := range due {
		f := map[access.PartnerID]notice.Failure{
			id(1): {Why: "later", After: time.Hour}, id(2): {Why: "too large", Final: true}, id(3): {Why: "gone", Gone: true},
		}[d.Channel.Partner]
		w.do(w.s.Failed(d, f, w.now))
	}
	w.pass(59 * time.Minute)
	wants(t, "before the receiver is ready", 0, len(w.sends()))
	w.pass(time.Minute)
	sent := w.sends()
	wants(t, "after", []access.PartnerID{id(1)}, partnersOf(sent))
	wants(t, "attempt", 2, sent[0].Attempt)
	state, err := w.s.ChannelOf(person(3, access.Contributor), gone)
	if err != nil || state.State != notice.Ended || state.GivenUp != 1 {
		t.Errorf("a receiver that is gone: %+v, %v", state, err)
	}
	w.add(raising("more", notice.Critical, id(2), id(3)))
	wants(t, "who is told more", []access.PartnerID{id(2)}, partnersOf(w.sends()))
	w.same(3)
}

func TestPoisonedDelivery(t *testing.T) {
	w := newWorld(t, notice.Config{}).partners(1)
	w.channel(1, nil)
	w.add(raising("poison", notice.Critical, id(1)))
	sent := 0
	for i := range 12 {
		w.add(raising(fmt.Sprint(i), notice.Warning, id(1)))
		for range 5 {
			due, _ := w.s.Due(w.now)
			for _, d := range due {
				if strings.HasSuffix(d.Notices[0].Title, "poison") {
					w.do(w.s.Failed(d, notice.Failure{Why: "not understood"}, w.now))
					continue
				}
				sent += len(d.Notices)
				w.do(w.s.Sent(d, w.now))
			}
			w.pass(time.Minute)
		}
	}
	wants(t, "what came after it", 12, sent)
}

func TestPagesOfTheInbox(t *testing.T) {
	w := newWorld(t, notice.Config{}).partners(2)
	for i := range 5 {
		w.numbered(fmt.Sprint(i), notice.Info)
	}
	who := person(2, access.Contributor)
	whole := w.s.Inbox(who, true)
	var read []notice.Notice
	for after, more := "", true; more; {
		var page []notice.Notice
		page, more = w.s.InboxPage(who, true, after, 2)
		after = page[len(page)-1].ID
		read = append(read, page...)
		w.do(w.s.Acknowledge(who, notice.Reading{Notices: []string{after}})) // it leaves the list, and hides none
		w.numbered("another", notice.Info)
	}
	wants(t, "page by page", whole, read)
}

func TestWaiting(t *testing.T) {
	w := newWorld(t, notice.Config{}).partners(2)
	w.channel(1, nil)
	w.channel(2, nil)
	want := func(when string, deliveries, failing int) {
		t.Helper()
		if d, f := w.s.Waiting(); d != deliveries || f != failing {
			t.Errorf("%s: %d deliveries wait and %d channels fail, want %d and %d", when, d, f, deliveries, failing)
		}
	}
	want("at first", 0, 0)
	w.add(raising("news", notice.Warning, id(1)), raising("news", notice.Warning, id(2)))
	want("told two", 2, 0)
	w.fails(notice.Failure{Why: "connection refused"})
	want("both are down", 2, 2)
	w.pass(time.Hour)
	w.sends()
	want("both are up", 0, 0)
}
