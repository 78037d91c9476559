package protect_test

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// decided is the draft of a coordinator's block.
func decided(b *testing.B, i int, lasts time.Duration) ledger.Draft {
	body, err := json.Marshal(protect.Protection{
		ID: fmt.Sprintf("protection--%d", i), Value: value(b, fmt.Sprintf("c%d.example", i)), Polarity: protect.Block,
		Status: protect.Active, By: "identity--cert", Reason: "listed by the national CERT", Rule: "a coordinator decided",
		Decided: now, Expires: now.Add(lasts),
	})
	if err != nil {
		b.Fatal(err)
	}
	return ledger.Draft{Kind: protect.KindDecided, Actor: "identity--cert", Audience: access.ToCommunity(access.Green).String(), Body: body}
}

func heap() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

// inForceBeside is beside how many protections in force the figures are taken:
// 100,000, which are loaded within seconds, or what TOCSIN_BENCH_PROTECTIONS says.
func inForceBeside(b *testing.B) int {
	text := os.Getenv("TOCSIN_BENCH_PROTECTIONS")
	if text == "" {
		return 100_000
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		b.Fatalf("TOCSIN_BENCH_PROTECTIONS is %q: use a number", text)
	}
	return n
}

// BenchmarkInForce takes decisions, ends and reports beside many protections in
// force, and asks the rule after each.
func BenchmarkInForce(b *testing.B) {
	inForce := inForceBeside(b)
	before := heap()
	h := newHub(b, protect.Config{})
	began := time.Now()
	for i := range inForce {
		h.append(decided(b, i, 24*time.Hour))
		h.entries = h.entries[:0]
	}
	each := float64(time.Since(began).Nanoseconds()) / float64(inForce)
	bytes := (heap() - before) / float64(inForce)
	i := inForce
	run := func(what string, do func(b *testing.B)) { b.Run(fmt.Sprintf("beside=%d/%s", inForce, what), do) }
	run("report", func(b *testing.B) {
		for b.Loop() {
			i++
			h.report("identity--a", seen(b, fmt.Sprintf("n%d.example", i), 0, 1))
			h.Pending(h.now)
		}
		b.ReportMetric(each, "ns/decision")
		b.ReportMetric(bytes, "B/protection")
	})
	run("decision", func(b *testing.B) {
		for b.Loop() {
			i++
			h.append(decided(b, i, 24*time.Hour))
			h.Pending(h.now)
		}
	})
	run("1000-end", func(b *testing.B) { // Pending, sealed and folded
		var asked time.Duration
		for n := 1; b.Loop(); n++ {
			b.StopTimer()
			lasts := time.Duration(n) * time.Second
			for range 1000 {
				i++
				h.append(decided(b, i, lasts))
			}
			h.entries, h.now = h.entries[:0], now.Add(lasts)
			b.StartTimer()
			began := time.Now()
			drafts := h.Pending(h.now)
			asked += time.Since(began)
			if len(drafts) != 1000 {
				b.Fatalf("%d end", len(drafts))
			}
			h.append(drafts...)
		}
		b.ReportMetric(float64(asked.Nanoseconds())/float64(b.N), "ns/Pending")
	})
	run("must-resolve", func(b *testing.B) {
		for b.Loop() {
			i++
			h.must(h.ask(coordinator, fmt.Sprintf("k%d.test-%d.com", i, i), protect.MustResolve))
			h.Pending(h.now)
		}
	})
	run("reconsider", func(b *testing.B) {
		for b.Loop() {
			h.Reconsider()
		}
	})
	run("all-run-out", func(b *testing.B) { // 1,000 drafts of what all ask for
		for b.Loop() {
			if len(h.Pending(now.Add(25*time.Hour))) != 1000 {
				b.Fatal("not a thousand")
			}
		}
	})
}

// BenchmarkContribution folds lists of 100,000 names in entries of 1,000, of which
// one in ten is known from another partner.
func BenchmarkContribution(b *testing.B) {
	const lines, each = 100_000, 1000
	list := func(partner string, from int) (entries []ledger.Draft) {
		for at := 0; at < lines; at += each {
			objects := make([]jsontext.Value, 0, each)
			for i := range each {
				n := from + at + i
				objects = append(objects, name(fmt.Sprintf("n%d.example", n)).with("name", "a name on a list").
					with("created_by_ref", partner).with("indicator_types", []string{"malicious-activity"}).
					with("labels", []string{"includes-subdomains"}).object(nth(1_000_000*len(partner)+n)))
			}
			d, err := ledger.NewDraft(contribution.KindAccepted, partner, access.ToCommunity(access.Green).String(),
				contribution.Part{ID: "contribution--" + partner, Source: "list", Objects: objects})
			if err != nil {
				b.Fatal(err)
			}
			entries = append(entries, d)
		}
		return entries
	}
	first, second := list("identity--a", 0), list("identity--bb", lines*9/10)
	b.ResetTimer()
	for b.Loop() {
		b.StopTimer()
		before := heap()
		h := newHub(b, protect.Config{MaxContributed: lines})
		b.StartTimer()
		h.append(first...)
		h.append(second...)
		b.StopTimer()
		h.entries = nil
		b.ReportMetric((heap()-before)/(2*lines), "B/indicator")
		runtime.KeepAlive(h)
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(2*lines), "ns/indicator")
}
