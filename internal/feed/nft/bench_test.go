package nft_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/nftables"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/feed/nft"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// limit is the goal for a change to be in force, in milliseconds at the 99th
// percentile, with 1,000 in force.
const limit = 100

// BenchmarkChange is one push and one recall with 1,000 in force, each from the
// decision to the kernel's word that packets meet it; after the first of each, a
// packet is sent that shows it. The floor is the same without the outlet: a bare
// addition over netlink, and its removal.
func BenchmarkChange(b *testing.B) {
	w := newWorld(b)
	e := newEdge(w)
	var many []protect.Protection
	for i := range 1000 {
		many = append(many, e.block(fmt.Sprintf("10.1.%d.%d", i>>8, i&255)))
	}
	e.decide(many...)
	one := e.block("203.0.113.7")
	e.decide(one)
	w.expect(false, "203.0.113.7")
	e.decide(revoked(one))
	w.expect(true, "203.0.113.7")

	var push, recall, floor []time.Duration
	conn, err := nftables.New(nftables.AsLasting(), nftables.WithNetNSFd(w.filter.fd))
	if err != nil {
		b.Fatal(err)
	}
	defer conn.CloseLasting()
	table := &nftables.Table{Name: "tocsin", Family: nftables.TableFamilyINet}
	bare := &nftables.Set{Table: table, Name: "bare", KeyType: nftables.TypeIPAddr, HasTimeout: true}
	if err := conn.AddSet(bare, nil); err != nil {
		b.Fatal(err)
	}
	element := []nftables.SetElement{{Key: []byte{203, 0, 113, 9}, Timeout: time.Hour}}
	for b.Loop() {
		push = append(push, took(func() { e.decide(one) }))
		recall = append(recall, took(func() { e.decide(revoked(one)) }))
		floor = append(floor, took(func() {
			if err := conn.SetAddElements(bare, element); err != nil {
				b.Fatal(err)
			}
			if err := conn.Flush(); err != nil {
				b.Fatal(err)
			}
		}))
		if err := conn.SetDeleteElements(bare, element); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(percentile(push, 99), "push-p99-ms")
	b.ReportMetric(percentile(recall, 99), "recall-p99-ms")
	b.ReportMetric(percentile(floor, 99), "floor-p99-ms")
	b.ReportMetric(limit, "limit-ms")
}

// BenchmarkThousandAtOnce is 1,000 pushed in one update, and recalled in another.
func BenchmarkThousandAtOnce(b *testing.B) {
	w := newWorld(b)
	e := newEdge(w)
	e.decide()
	var come, gone []protect.Protection
	for i := range 1000 {
		p := e.block(fmt.Sprintf("10.1.%d.%d", i>>8, i&255))
		come, gone = append(come, p), append(gone, revoked(p))
	}
	var push, recall []time.Duration
	for b.Loop() {
		push = append(push, took(func() { e.decide(come...) }))
		recall = append(recall, took(func() { e.decide(gone...) }))
	}
	b.ReportMetric(percentile(push, 99), "push-p99-ms")
	b.ReportMetric(percentile(recall, 99), "recall-p99-ms")
	b.ReportMetric(1000, "limit-ms")
}

// BenchmarkMillionFromNothing is an edge that starts with a million addresses,
// beside nft(8) with the same in a file: its parser takes most of that time.
func BenchmarkMillionFromNothing(b *testing.B) {
	const n = 1_000_000
	w := newWorld(b)
	e := newEdge(w)
	file := filepath.Join(b.TempDir(), "million.nft")
	var text strings.Builder
	text.WriteString("table inet peer {\nset block4 {\ntype ipv4_addr; flags timeout;\nelements = {\n")
	for i := range n {
		a := fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255)
		e.take(e.block(a))
		text.WriteString(a + " timeout 1h,\n")
	}
	text.WriteString("}\n}\n}\n")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	e.live.Advance(e.now)
	set := e.live.Set()
	var ours, peer time.Duration
	before := memory(b)
	for b.Loop() {
		peer += took(func() { w.nft("-f", file) })
		w.nft("delete", "table", "inet", "peer")
		out := nft.New(nft.Config{NetNS: w.filter.fd})
		ours += took(func() {
			if err := out.Apply(context.Background(), feed.Update{Anew: true, Set: func() feed.Set { return set }}); err != nil {
				b.Fatal(err)
			}
		})
		out.Close()
		w.nft("delete", "table", "inet", "tocsin")
	}
	b.ReportMetric(ours.Seconds()/float64(b.N), "s")
	b.ReportMetric(peer.Seconds()/float64(b.N), "nft-file-s")
	b.ReportMetric(1.2*peer.Seconds()/float64(b.N), "limit-s")
	b.ReportMetric(memory(b)-before, "more-RSS-MB")
}

// BenchmarkChangeAmongAMillion is a push and a recall with a million in force.
func BenchmarkChangeAmongAMillion(b *testing.B) {
	const n = 1_000_000
	w := newWorld(b)
	e := newEdge(w)
	for i := range n {
		e.take(e.block(fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255)))
	}
	e.decide()
	one := e.block("203.0.113.7")
	var push, recall []time.Duration
	for b.Loop() {
		push = append(push, took(func() { e.decide(one) }))
		recall = append(recall, took(func() { e.decide(revoked(one)) }))
	}
	b.ReportMetric(percentile(push, 99), "push-p99-ms")
	b.ReportMetric(percentile(recall, 99), "recall-p99-ms")
	b.ReportMetric(250, "limit-ms")
}

func took(do func()) time.Duration {
	begun := time.Now()
	do()
	return time.Since(begun)
}

// percentile is in milliseconds.
func percentile(times []time.Duration, p int) float64 {
	slices.Sort(times)
	return float64(times[(len(times)-1)*p/100].Microseconds()) / 1000
}

// memory is this process's resident set, in MB, after what is not needed has gone.
func memory(b *testing.B) float64 {
	b.Helper()
	runtime.GC()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		b.Fatal(err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(text))[1])
	if err != nil {
		b.Fatal(err)
	}
	return float64(pages) * float64(os.Getpagesize()) / 1e6
}
