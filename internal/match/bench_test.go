package match_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/match"
	"github.com/tocsin-project/tocsin/internal/observable"
)

func openLarge(b *testing.B) *match.Index {
	b.Helper()
	x, err := match.Open(largeSnapshot(b))
	if err != nil {
		b.Fatal(err)
	}
	return x
}

// resident is the process's RSS in bytes (proc_pid_statm(5)).
func resident(b *testing.B) float64 {
	b.Helper()
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		b.Skip("no /proc: ", err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(text))[1])
	if err != nil {
		b.Fatal(err)
	}
	return float64(pages * os.Getpagesize())
}

// cpu is the processor time of this process.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkLookup10M looks values up by how many of them hit; values that do
// not are made as the indicators are.
func BenchmarkLookup10M(b *testing.B) {
	n := indicators(b)
	path := largeSnapshot(b)
	before := resident(b)
	x, err := match.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	perIndicator := (resident(b) - before) / float64(n)
	const asked = 1 << 18
	for _, c := range []struct {
		name  string
		every int // value that hits, or 0
		only  func(observable.Type) bool
	}{
		{"0 percent", 0, nil},
		{"0.1 percent", 1000, nil},
		{"10 percent", 10, nil},
		{"0.1 percent without domains", 1000, func(t observable.Type) bool { return t != observable.Domain }},
	} {
		b.Run(c.name, func(b *testing.B) {
			rng := rand.New(rand.NewPCG(5, 6))
			values := make([]observable.Value, 0, asked)
			for len(values) < asked {
				salt := uint64(1)
				if c.every > 0 && len(values)%c.every == 0 {
					salt = 0
				}
				if v := made(rng.IntN(n), salt).Value; c.only == nil || c.only(v.Type) {
					values = append(values, v)
				}
			}
			// Texts that lie in a row, as a reader has them in its buffer.
			var text strings.Builder
			for _, v := range values {
				text.WriteString(v.Text)
			}
			at := 0
			for i := range values {
				n := len(values[i].Text)
				values[i].Text = text.String()[at : at+n]
				at += n
			}
			for _, together := range []int{1, 8} {
				b.Run(fmt.Sprint(together, " at once"), func(b *testing.B) {
					hits, i := 0, 0
					hit := func(int, match.Indicator) bool { hits++; return true }
					b.ReportAllocs()
					began := cpu(b)
					for b.Loop() {
						if together == 1 {
							if _, ok := x.Match(values[i&(asked-1)]); ok {
								hits++
							}
						} else {
							x.Each(values[i&(asked-1):][:together], hit)
						}
						i += together
					}
					// Not the time on the clock: others may be using the processor.
					b.ReportMetric(float64((cpu(b)-began).Nanoseconds())/float64(i), "cpu-ns/lookup")
					b.ReportMetric(100*float64(hits)/float64(i), "%hits")
					b.ReportMetric(perIndicator, "B/indicator")
					b.ReportMetric(resident(b)/(1<<20), "MiB-RSS")
				})
			}
		})
	}
	runtime.KeepAlive(x)
}

// BenchmarkPush1000 adds 1,000 indicators to ten million and looks each up.
func BenchmarkPush1000(b *testing.B) {
	for _, delta := range []int{0, 200_000} {
		b.Run(fmt.Sprint(delta, " pushed before"), func(b *testing.B) {
			x := openLarge(b)
			n := 0
			batch := func() []match.Indicator {
				all := make([]match.Indicator, 1000)
				for i := range all {
					all[i] = made(n, 2)
					n++
				}
				return all
			}
			for n < delta {
				x.Add(batch()...)
			}
			var times []time.Duration
			for b.Loop() {
				b.StopTimer()
				all := batch()
				b.StartTimer()
				began := time.Now()
				x.Add(all...)
				for i := range all {
					if _, ok := x.Match(all[i].Value); !ok {
						b.Fatalf("%v is not visible", all[i])
					}
				}
				times = append(times, time.Since(began))
			}
			slices.Sort(times)
			b.ReportMetric(float64(times[len(times)*99/100].Microseconds()), "p99-us")
			b.ReportMetric(float64(times[len(times)-1].Microseconds()), "max-us")
		})
	}
}

func BenchmarkAddOne(b *testing.B) {
	x := match.New()
	i := 0
	for b.Loop() {
		x.Add(match.Indicator{ID: "x", Value: observable.Value{Type: observable.Domain, Text: fmt.Sprintf("evil%d.example", i)}})
		i++
	}
}
