package hindsight_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/hindsight"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// benchValue is the n-th of a day's distinct values: of ten, five names (most
// below few zones, as of services and trackers), three addresses, a URL and a
// SHA-256.
func benchValue(n int) observable.Value {
	r := rand.New(rand.NewPCG(uint64(n), 7))
	switch n % 10 {
	case 0, 1, 2:
		return observable.Addr(netip.AddrFrom4([4]byte{byte(r.IntN(220) + 1), byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32())}), "")
	case 3:
		return observable.Value{Type: observable.URL, Text: fmt.Sprintf("http://cdn%d.service%d.example/assets/%x/img-%d.png", r.IntN(40), r.IntN(3000), r.Uint32(), r.IntN(1000))}
	case 4:
		return observable.Value{Type: observable.SHA256, Text: fmt.Sprintf("%016x%016x%016x%016x", r.Uint64(), r.Uint64(), r.Uint64(), r.Uint64())}
	case 5, 6:
		return observable.Value{Type: observable.Domain, Text: fmt.Sprintf("%s.edge%d.service%d.example", strconv.FormatUint(uint64(r.Uint32()), 36), r.IntN(20), r.IntN(3000))}
	}
	return observable.Value{Type: observable.Domain, Text: fmt.Sprintf("www.shop-%s%d.example", strconv.FormatUint(uint64(r.Uint32()), 36), r.IntN(1000))}
}

func benchValues(n int) []observable.Value {
	values := make([]observable.Value, n)
	for i := range values {
		values[i] = benchValue(i)
	}
	return values
}

// BenchmarkNote is the hot path: values drawn as telemetry repeats them (Zipf,
// s = 1.1, over 200,000); the same with all that happens behind it, a flush each
// 5,000,000 notes, which is a second at full rate; and the ends of the scale:
// one value, and each drawn alike.
func BenchmarkNote(b *testing.B) {
	values := benchValues(200_000)
	zipf := rand.NewZipf(rand.New(rand.NewPCG(1, 2)), 1.1, 1, uint64(len(values)-1))
	r := rand.New(rand.NewPCG(3, 4))
	shuffled := r.Perm(len(values))
	for _, c := range []struct {
		name string
		draw func() int
		each int // notes from flush to flush
	}{
		{"zipf", func() int { return shuffled[zipf.Uint64()] }, 0},
		{"zipf-flushed", func() int { return shuffled[zipf.Uint64()] }, 5_000_000},
		{"one", func() int { return 5 }, 0},
		{"alike", func() int { return r.IntN(len(values)) }, 0},
	} {
		order := make([]observable.Value, 1<<20)
		var text []byte // in one row, as a reader has it at hand
		for i := range order {
			order[i] = values[c.draw()]
			text = append(text, order[i].Text...)
		}
		rest := string(text)
		for i := range order {
			order[i].Text, rest = rest[:len(order[i].Text)], rest[len(order[i].Text):]
		}
		b.Run(c.name, func(b *testing.B) {
			m, err := hindsight.Open(b.TempDir(), hindsight.Options{MaxMemory: 96 << 20})
			if err != nil {
				b.Fatal(err)
			}
			host, at := netip.MustParseAddr("192.0.2.7"), time.Now()
			for _, v := range order {
				m.Note(v, host, at)
			}
			b.ReportAllocs()
			i, before := 0, cpuTime(b)
			for b.Loop() {
				m.Note(order[i&(len(order)-1)], host, at)
				if i++; c.each > 0 && i%c.each == 0 {
					if err := m.Flush(); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(cpuTime(b)-before)/float64(b.N), "cpu-ns/op")
			if err := m.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// cpuTime is what the process has used: on a machine with other work it says
// more than the clock.
func cpuTime(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// filled is a memory of so many days with a million distinct values each, and
// how many bytes each of them takes. Half of a day's values are the day
// before's.
func filled(b *testing.B, days, distinct int) *hindsight.Memory {
	b.Helper()
	now := time.Now().AddDate(0, 0, -days)
	m, err := hindsight.Open(b.TempDir(), hindsight.Options{MaxBytes: 4 << 30, Clock: func() time.Time { return now }})
	if err != nil {
		b.Fatal(err)
	}
	r := rand.New(rand.NewPCG(9, 9))
	for day := range days {
		for i := range distinct {
			host := netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})
			at := now.Add(time.Duration(r.IntN(86400)) * time.Second)
			m.Note(benchValue(day*distinct/2+i), host, at)
			if i%4 == 0 { // a quarter of them more than once
				m.Note(benchValue(day*distinct/2+i), host, at.Add(time.Duration(r.IntN(86400))*time.Second))
			}
		}
		if err := m.Flush(); err != nil {
			b.Fatal(err)
		}
		now = now.AddDate(0, 0, 1)
	}
	if err := m.Flush(); err != nil {
		b.Fatal(err)
	}
	m.Settle()
	return m
}

func BenchmarkAsk(b *testing.B) {
	m := filled(b, 30, 1_000_000)
	defer m.Close()
	st := m.Stats()
	perRecord := float64(st.Bytes) / float64(st.Records)
	b.Logf("%+v", st)
	report := func(b *testing.B) {
		b.ReportMetric(perRecord, "bytes/record")
		b.ReportMetric(float64(st.Segments), "segments")
	}
	for name, question := range map[string]func(i int) hindsight.Question{
		"seen":   func(i int) hindsight.Question { return hindsight.Question{Value: benchValue(i * 7919 % 15_000_000)} },
		"unseen": func(i int) hindsight.Question { return hindsight.Question{Value: benchValue(1<<40 + i)} },
		"below": func(i int) hindsight.Question {
			return hindsight.Question{Value: benchValue(i%1_000_000*10 + 5), Subdomains: true}
		},
		"slash24": func(i int) hindsight.Question {
			return hindsight.Question{Value: observable.Value{Type: observable.IPv4, Text: fmt.Sprintf("%d.%d.%d.0/24", i%220+1, i>>8&255, i&255)}}
		},
	} {
		b.Run(name, func(b *testing.B) {
			i, before := 0, cpuTime(b)
			for b.Loop() {
				q := question(i)
				m.Ask(q.Value, q.Subdomains)
				i++
			}
			b.ReportMetric(float64(cpuTime(b)-before)/float64(b.N), "cpu-ns/op")
			report(b)
		})
	}
	for _, n := range []int{1000, 1_000_000} {
		b.Run(fmt.Sprintf("all-%d", n), func(b *testing.B) {
			questions := make([]hindsight.Question, n)
			for i := range questions {
				questions[i] = hindsight.Question{Value: benchValue(20_000_000 + i*7), Subdomains: i%2 == 0}
			}
			before := cpuTime(b)
			for b.Loop() {
				found := 0
				for range m.AskAll(slices.Values(questions)) {
					found++
				}
				b.ReportMetric(float64(found), "found")
			}
			b.ReportMetric(float64(cpuTime(b)-before)/float64(b.N), "cpu-ns/op")
			report(b)
		})
	}
}
