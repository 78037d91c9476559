package hub_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/dial"
	"github.com/tocsin-project/tocsin/internal/hub"
	"github.com/tocsin-project/tocsin/internal/notice"
	"github.com/tocsin-project/tocsin/internal/notice/deliver"
)

// A notice leaves within a second of its cause.
const noticeLimit = time.Second

// BenchmarkNoticeLeaves takes the time from the ledger's append of an alert until real
// receivers on loopback have the notices of it, the last of as many partners as it
// reaches. Of critical ones a channel is told 30 in an hour; more are collected.
func BenchmarkNoticeLeaves(b *testing.B) {
	for _, kind := range []notice.ChannelKind{notice.Mail, notice.Webhook} {
		for _, partners := range []int{1, 100, 1000} {
			b.Run(fmt.Sprintf("%s/partners=%d", kind, partners), func(b *testing.B) { leaves(b, kind, partners) })
		}
	}
}

func leaves(b *testing.B, kind notice.ChannelKind, partners int) {
	arrived := make(chan time.Time, 10*partners)
	address, inbox := startMailbox(b)
	go func() {
		for range inbox {
			arrived <- time.Now()
		}
	}()
	hooks := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		arrived <- time.Now()
	}))
	defer hooks.Close()
	target := map[notice.ChannelKind]string{notice.Mail: "soc@partner.example", notice.Webhook: hooks.URL}[kind]
	rounds := 3
	if partners == 1 {
		rounds = 25 // more in an hour are collected for digests
	}
	var began, took []time.Duration // until the first and the last notice was there
	for b.Loop() {
		b.StopTimer()
		h, err := hub.Start(b.Context(), hub.Config{
			Data: b.TempDir(), Listen: "127.0.0.1:0", DNSListen: "127.0.0.1:0", Sinkhole: "127.0.0.1:0", AdminToken: adminToken,
			Logger: slog.New(slog.DiscardHandler), Dial: dial.Config{Allow: []string{"127.0.0.1"}},
			Notices: deliver.Config{SMTP: "smtp://" + address, From: "tocsin@hub.example"},
		})
		if err != nil {
			b.Fatal(err)
		}
		issuer := channels(b, h, partners, notice.Channel{Kind: kind, Target: target, Topics: []notice.Topic{notice.TopicAlert}})
		b.StartTimer()
		for range rounds {
			first, last := alerted(b, h, issuer, partners, arrived)
			began, took = append(began, first), append(took, last)
		}
		b.StopTimer()
		if err := h.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	slices.Sort(began)
	slices.Sort(took)
	worst := took[len(took)-1]
	b.ReportMetric(began[len(began)/2].Seconds()*1000, "ms-first")
	b.ReportMetric(took[len(took)/2].Seconds()*1000, "ms-median")
	b.ReportMetric(worst.Seconds()*1000, "ms-worst")
	b.ReportMetric(worst.Seconds()/noticeLimit.Seconds(), "of-limit")
}

// alerted issues an alert, and gives how long after its entry the first and the last
// of so many partners had a notice of it.
func alerted(b *testing.B, h *hub.Hub, issuer access.Principal, partners int, arrived <-chan time.Time) (first, last time.Duration) {
	b.Helper()
	_, draft, err := h.Views.Notices.Issue(issuer, notice.Alert{Title: "Patch", Text: "Patch.", Severity: notice.Critical}, access.ToCommunity(access.Green), time.Now())
	if err != nil {
		b.Fatal(err)
	}
	entries, err := h.Views.Append(b.Context(), draft)
	if err != nil {
		b.Fatal(err)
	}
	first = (<-arrived).Sub(entries[0].Time)
	last = first
	for range partners - 1 {
		last = (<-arrived).Sub(entries[0].Time)
	}
	return first, last
}

// channels lets partners in, each with a channel, and a coordinator who issues alerts.
func channels(b *testing.B, h *hub.Hub, n int, c notice.Channel) access.Principal {
	b.Helper()
	join := func(name string) access.PartnerID {
		p, draft, err := h.Views.Access.Join(name, "healthcare", "GB", "operator")
		if err != nil {
			b.Fatal(err)
		}
		if _, err := h.Views.Append(b.Context(), draft); err != nil {
			b.Fatal(err)
		}
		return p.ID
	}
	for i := range n {
		who, _ := h.Views.Access.Reader(join(fmt.Sprintf("Partner %04d", i)))
		who.Role = access.Contributor
		_, draft, err := h.Views.Notices.AddChannel(who, c, time.Now())
		if err != nil {
			b.Fatal(err)
		}
		if _, err := h.Views.Append(b.Context(), draft); err != nil {
			b.Fatal(err)
		}
	}
	issuer, _ := h.Views.Access.Reader(join("CERT"))
	issuer.Role = access.Coordinator
	return issuer
}
