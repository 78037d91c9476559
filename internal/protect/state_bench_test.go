package protect_test

import (
	"fmt"
	"runtime"
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
func decided(b *testing.B, i int) ledger.Draft {
	body, err := json.Marshal(protect.Protection{
		ID: fmt.Sprintf("protection--%d", i), Value: value(b, fmt.Sprintf("c%d.example", i)), Polarity: protect.Block,
		Status: protect.Active, By: "identity--cert", Reason: "listed by the national CERT", Rule: "a coordinator decided",
		Decided: now, Expires: now.Add(24 * time.Hour),
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

// BenchmarkMillionInForce takes decisions and reports beside 1,000,000 protections
// in force, and asks the rule after each.
func BenchmarkMillionInForce(b *testing.B) {
	const inForce = 1_000_000
	before := heap()
	h := newHub(b, protect.Config{})
	began := time.Now()
	for i := range inForce {
		h.append(decided(b, i))
		h.entries = h.entries[:0]
	}
	each := float64(time.Since(began).Nanoseconds()) / inForce
	bytes := (heap() - before) / inForce
	i := 0
	b.Run("report", func(b *testing.B) {
		for b.Loop() {
			i++
			h.report("identity--a", seen(b, fmt.Sprintf("n%d.example", i), 0, 1))
			h.Pending(h.now)
		}
		b.ReportMetric(each, "ns/decision")
		b.ReportMetric(bytes, "B/protection")
	})
	b.Run("decision", func(b *testing.B) {
		for b.Loop() {
			i++
			h.append(decided(b, inForce+i))
			h.Pending(h.now)
		}
	})
	b.Run("must-resolve", func(b *testing.B) {
		for b.Loop() {
			i++
			h.must(h.ask(coordinator, fmt.Sprintf("k%d.test-%d.com", i, i), protect.MustResolve))
			h.Pending(h.now)
		}
	})
	b.Run("all-run-out", func(b *testing.B) { // 1,000 drafts of what a million ask for
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
