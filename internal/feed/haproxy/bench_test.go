package haproxy_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/feed/haproxy"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// limit is the goal for a change to be in force, in milliseconds at the 99th
// percentile, with 1,000 in force.
const limit = 100

// BenchmarkChange is one push and one recall with 1,000 names in force, each from
// the decision to a request that is answered so. The floor is what the socket and a
// request take by themselves: an entry added by hand, and the request.
func BenchmarkChange(b *testing.B) {
	p, e := running(b)
	e.decide(names(e, 1000)...)
	one := e.name("evil.example")
	var push, recall, floor []time.Duration
	for b.Loop() {
		push = append(push, took(func() { e.decide(one); p.expect(denied, "http://a.evil.example/") }))
		recall = append(recall, took(func() { e.decide(revoked(one)); p.expect(ok, "http://a.evil.example/") }))
		path := filepath.Join(p.dir, feed.HAProxyNames)
		floor = append(floor, took(func() {
			raw(b, p, "add map "+path+" bare.example 9999999999")
			p.expect(denied, "http://bare.example/")
		}))
		raw(b, p, "del map "+path+" bare.example")
	}
	b.ReportMetric(percentile(push, 99), "push-p99-ms")
	b.ReportMetric(percentile(recall, 99), "recall-p99-ms")
	b.ReportMetric(percentile(floor, 99), "floor-p99-ms")
	b.ReportMetric(limit, "limit-ms")
}

// BenchmarkThousandAtOnce is 1,000 names pushed in one update, and recalled in
// another.
func BenchmarkThousandAtOnce(b *testing.B) {
	p, e := running(b)
	come := names(e, 1000)
	gone := slices.Clone(come)
	for i := range gone {
		gone[i] = revoked(gone[i])
	}
	var push, recall []time.Duration
	for b.Loop() {
		push = append(push, took(func() { e.decide(come...); p.expect(denied, "http://n999.example/") }))
		recall = append(recall, took(func() { e.decide(gone...); p.expect(ok, "http://n999.example/") }))
	}
	b.ReportMetric(percentile(push, 99), "push-p99-ms")
	b.ReportMetric(percentile(recall, 99), "recall-p99-ms")
	b.ReportMetric(1000, "limit-ms")
}

// BenchmarkMillionFromNothing is an edge that begins anew with a million names,
// beside HAProxy's own start with the maps that it wrote; then a push, a recall, and
// 1,000 at once among them.
func BenchmarkMillionFromNothing(b *testing.B) {
	p, e := running(b)
	for _, one := range names(e, 1_000_000) {
		e.take(one)
	}
	u := e.live.Advance(e.now)
	one := e.name("evil.example")
	thousand := make([]protect.Protection, 1000)
	for i := range thousand {
		thousand[i] = e.exact(fmt.Sprintf("t%d.example", i))
	}
	var fresh, own, files, many time.Duration
	var push, recall []time.Duration
	for b.Loop() {
		out := haproxy.New(haproxy.Config{Dir: p.dir, Socket: filepath.Join(p.dir, "nobody.sock")})
		files += took(func() { _ = out.Apply(context.Background(), u) }) // gets no further than the files
		own += took(func() { p.kill(); p.start() })
		fresh += took(func() {
			u.Anew = true
			if err := e.out.Apply(context.Background(), u); err != nil {
				b.Fatal(err)
			}
		})
		p.expect(denied, "http://n999999.example/")
		for range 20 {
			push = append(push, took(func() { e.decide(one); p.expect(denied, "http://a.evil.example/") }))
			recall = append(recall, took(func() { e.decide(revoked(one)); p.expect(ok, "http://a.evil.example/") }))
		}
		many += took(func() { e.decide(thousand...); p.expect(denied, "http://t999.example/") })
		for i := range thousand {
			e.take(revoked(thousand[i]))
		}
		e.decide()
	}
	n := float64(b.N)
	b.ReportMetric(fresh.Seconds()/n, "s")
	b.ReportMetric(files.Seconds()/n, "of-it-files-s")
	b.ReportMetric(own.Seconds()/n, "own-start-s")
	b.ReportMetric(percentile(push, 99), "push-p99-ms")
	b.ReportMetric(percentile(recall, 99), "recall-p99-ms")
	b.ReportMetric(many.Seconds()/n*1000, "thousand-ms")
	b.ReportMetric(resident(b, p), "haproxy-RSS-MB")
}

func running(b *testing.B) (*proxy, *edge) {
	b.Helper()
	p := newProxy(b)
	p.start()
	e := newEdge(b, p.dir)
	e.out = haproxy.New(haproxy.Config{Dir: p.dir}) // by the real clock, which files wait for
	b.Cleanup(func() { e.out.Close() })
	e.decide()
	return p, e
}

func names(e *edge, n int) []protect.Protection {
	list := make([]protect.Protection, n)
	for i := range list {
		list[i] = e.exact(fmt.Sprintf("n%d.example", i))
	}
	return list
}

// raw gives one command to the socket, on a connection of its own, by hand.
func raw(b *testing.B, p *proxy, command string) {
	b.Helper()
	conn, err := net.Dial("unix", filepath.Join(p.dir, feed.HAProxySocket))
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	answer := make([]byte, 100)
	if _, err := conn.Write([]byte(command + "\n")); err != nil {
		b.Fatal(err)
	}
	if n, err := conn.Read(answer); err != nil || strings.TrimSpace(string(answer[:n])) != "" {
		b.Fatalf("%s: %q %v", command, answer[:n], err)
	}
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

// resident is HAProxy's resident set, in MB.
func resident(b *testing.B, p *proxy) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p.cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	var size, pages int
	if _, err := fmt.Sscan(string(text), &size, &pages); err != nil {
		b.Fatal(err)
	}
	return float64(pages) * float64(os.Getpagesize()) / 1e6
}
