package notice_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/notice"
	"github.com/tocsin-project/tocsin/internal/outbreak"
)

// BenchmarkAlarm is what an alarm costs the hub with 1,000 partners, each with a
// webhook and a ladder: from the entry until the worker has everything that it is to
// send. A notice has to leave within a second of its cause; a twentieth of it is for
// this.
func BenchmarkAlarm(b *testing.B) {
	const partners, limit = 1000, 50 * time.Millisecond
	w := newWorld(b, notice.Config{Cap: 1 << 30}).partners(partners)
	for i := 1; i <= partners; i++ {
		phone := w.channel(i, func(c *notice.Channel) {
			c.Quiet = &notice.Quiet{From: "22:00", Until: "07:00", Zone: "Europe/London"}
		})
		w.do(w.s.SetLadder(person(i, access.Contributor), notice.Ladder{Steps: []notice.Rung{{After: notice.Span(time.Hour), Channels: []string{phone}}}}))
	}
	n := 0
	b.ReportAllocs()
	var took time.Duration
	for b.Loop() {
		n++
		alarm := draft(outbreak.KindRaised, access.Hub, access.ToCommunity(access.Green), outbreak.Outbreak{ID: fmt.Sprint(n), Rule: "scans", Severity: outbreak.Severe})
		begun := time.Now()
		w.fold(alarm)
		w.decide()
		due, _ := w.s.Due(w.now)
		took += time.Since(begun)
		b.StopTimer()
		if len(due) != partners {
			b.Fatalf("%d deliveries", len(due))
		}
		for _, d := range due {
			sent, err := w.s.Sent(d, w.now)
			if err != nil {
				b.Fatal(err)
			}
			w.fold(sent)
		}
		w.entries = w.entries[:0]
		b.StartTimer()
	}
	each := took / time.Duration(b.N)
	b.ReportMetric(float64(each.Microseconds())/1000, "ms/alarm")
	b.ReportMetric(float64(each)/float64(limit), "of-limit")
}

// BenchmarkDue is a worker's look at what is due while a thousand deliveries are,
// which it takes after each outcome.
func BenchmarkDue(b *testing.B) {
	const partners, limit = 1000, 5 * time.Millisecond
	w := newWorld(b, notice.Config{}).partners(partners)
	for i := 2; i <= partners; i++ {
		w.channel(i, nil)
	}
	w.issue(nil, access.Audience{})
	b.ReportAllocs()
	for b.Loop() {
		if due, _ := w.s.Due(w.now); len(due) != partners-1 {
			b.Fatalf("%d deliveries", len(due))
		}
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(limit), "of-limit")
}

// BenchmarkIdle is what the decider costs each time that it is asked and has nothing
// to say, with 1,000 partners whose inboxes are full of what is being escalated.
func BenchmarkIdle(b *testing.B) {
	w := newWorld(b, notice.Config{Cap: 1 << 30}).partners(1000)
	for i := 1; i <= 1000; i++ {
		phone := w.channel(i, nil)
		w.do(w.s.SetLadder(person(i, access.Contributor), notice.Ladder{Steps: []notice.Rung{{After: notice.Span(time.Hour), Channels: []string{phone}}}}))
	}
	for range 20 {
		w.issue(nil, access.Audience{})
	}
	const limit = 10 * time.Microsecond
	for b.Loop() {
		if drafts := w.s.Pending(w.now); len(drafts) > 0 {
			b.Fatalf("it has something to say: %s", drafts[0].Kind)
		}
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(limit), "of-limit")
}

// BenchmarkInbox is a page of a full inbox, from its middle.
func BenchmarkInbox(b *testing.B) {
	const limit = 50 * time.Millisecond
	w := newWorld(b, notice.Config{}).partners(1)
	for i := range 10_000 {
		w.fold(raising(string(rune('a'+i%26))+time.Duration(i).String(), notice.Info, id(1)))
	}
	middle := w.s.Inbox(person(1, access.Viewer), false)[5000].ID
	for b.Loop() {
		if list, more := w.s.InboxPage(person(1, access.Viewer), false, middle, 1000); len(list) != 1000 || !more {
			b.Fatalf("%d notices", len(list))
		}
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(limit), "of-limit")
}
