package patternset_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tocsin-project/tocsin/internal/patternset"
	"github.com/tocsin-project/tocsin/stix/pattern"
)

const million = 1_000_000

// madePattern is one of the mix: two equalities, LIKE, MATCHES, ISSUBSET with a
// port, FOLLOWEDBY WITHIN, REPEATS.
func madePattern(r *rand.Rand) string {
	word := random
	name := func() string { return fmt.Sprintf("%s-%s.example", word(r), word(r)) }
	address := func() string { return fmt.Sprintf("198.%d.%d.%d", r.IntN(256), r.IntN(256), r.IntN(256)) }
	switch n := r.IntN(100); {
	case n < 40:
		return fmt.Sprintf("[file:name = '%s.exe' AND file:hashes.'SHA-256' = '%016x%016x%016x%016x']", word(r), r.Uint64(), r.Uint64(), r.Uint64(), r.Uint64())
	case n < 55:
		return fmt.Sprintf("[url:value LIKE 'http%%://%%/%s/%s%%.php']", word(r), word(r))
	case n < 65:
		return fmt.Sprintf(`[process:command_line MATCHES '(?i)%s\\.exe\\s+-%s\\s+[a-z]+']`, word(r), word(r))
	case n < 80:
		return fmt.Sprintf("[network-traffic:dst_ref.value ISSUBSET '%s/%d' AND network-traffic:dst_port = %d]", address(), 24+r.IntN(9), r.IntN(65536))
	case n < 92:
		return fmt.Sprintf("([domain-name:value = '%s'] FOLLOWEDBY [ipv4-addr:value = '%s']) WITHIN 300 SECONDS", name(), address())
	}
	return fmt.Sprintf("[domain-name:value = '%s'] REPEATS 5 TIMES WITHIN 60 SECONDS", name())
}

// random is a word as malware has them: of eight letters and digits.
func random(r *rand.Rand) string {
	b := make([]byte, 8)
	for i := range b {
		b[i] = "abcdefghijklmnopqrstuvwxyz0123456789"[r.IntN(36)]
	}
	return string(b)
}

// syllables is a word as people have them. Three of four syllables are six
// bytes, and there are half a million of these: every other word has one that
// some pattern asks for too, if patterns are made of such words.
func syllables(r *rand.Rand) string {
	b := make([]byte, 0, 8)
	for range 4 {
		b = append(b, "bdfghjklmnprstvz"[r.IntN(16)], "aeiou"[r.IntN(5)])
	}
	return string(b)
}

// flat is an event whose terms are at hand.
type flat struct{ paths, texts []string }

func (f *flat) Terms(yield func(path, text string) bool) {
	for i, path := range f.paths {
		if !yield(path, f.texts[i]) {
			return
		}
	}
}

func (f *flat) Observed() *pattern.Observed {
	o := &pattern.Observed{First: time.Unix(0, 0), Last: time.Unix(0, 0), Number: 1}
	for i, path := range f.paths {
		kind, key, _ := strings.Cut(path, ":")
		o.Objects = append(o.Objects, pattern.Object{"type": kind, key: f.texts[i]})
	}
	return o
}

// madeEvents name what no pattern names: about five observables each.
func madeEvents(n int, word func(*rand.Rand) string) []flat {
	r := rand.New(rand.NewPCG(7, 7))
	events := make([]flat, n)
	for i := range events {
		address := func() string { return fmt.Sprintf("203.0.%d.%d", r.IntN(256), r.IntN(256)) }
		name := fmt.Sprintf("www.%s.%s.test", word(r), word(r))
		f := &events[i]
		put := func(path, text string) { f.paths, f.texts = append(f.paths, path), append(f.texts, text) }
		source, target := address(), address()
		put("ipv4-addr:value", source)
		put("ipv4-addr:value", target)
		put("network-traffic:src_ref.value", source)
		put("network-traffic:dst_ref.value", target)
		put("network-traffic:dst_port", fmt.Sprint(r.IntN(65536)))
		switch i % 4 {
		case 0, 1:
			put("domain-name:value", name)
		case 2:
			put("domain-name:value", name)
			put("url:value", fmt.Sprintf("http://%s/%s/%s/index.html?id=%d", name, word(r), word(r), r.IntN(1000)))
		case 3:
			put("file:name", word(r)+".docx")
			put("file:hashes.'SHA-256'", fmt.Sprintf("%016x%016x%016x%016x", r.Uint64(), r.Uint64(), r.Uint64(), r.Uint64()))
			if i%8 == 3 {
				put("process:command_line", `"C:\Program Files\`+word(r)+`\`+word(r)+`.exe" --type=renderer --lang=en-US --`+word(r)+"="+word(r))
			}
		}
	}
	return events
}

var large = sync.OnceValue(func() *patternset.Set {
	r := rand.New(rand.NewPCG(1, 1))
	s := patternset.New(patternset.Options{})
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := time.Now()
	for i := range million {
		add(s, i, madePattern(r))
	}
	took := time.Since(start)
	runtime.GC()
	runtime.ReadMemStats(&after)
	fmt.Printf("# %d patterns: %.2f us each to parse and index, %d B each in memory, %d B by Stats\n", s.Len(),
		took.Seconds()*1e6/million, (after.HeapAlloc-before.HeapAlloc)/million, s.Stats().Bytes/million)
	return s
})

func add(s *patternset.Set, i int, text string) {
	p, err := pattern.Parse(text)
	if err == nil {
		err = s.Add(fmt.Sprintf("indicator--%08d-0000-4000-8000-000000000000", i), p)
	}
	if err != nil {
		panic(err)
	}
}

// onThread keeps the benchmark on its thread and returns what tells the
// nanoseconds of CPU time that the thread has taken since: others may be using
// the machine.
func onThread(b *testing.B) (cpu func() int64) {
	runtime.LockOSThread()
	b.Cleanup(runtime.UnlockOSThread)
	now := func() int64 {
		var u unix.Rusage
		if err := unix.Getrusage(unix.RUSAGE_THREAD, &u); err != nil {
			b.Fatal(err)
		}
		return u.Utime.Nano() + u.Stime.Nano()
	}
	start := now()
	return func() int64 { return now() - start }
}

// BenchmarkPatternsMiss asks a million patterns about events that match nothing,
// made of other words than the patterns, or of words like theirs.
func BenchmarkPatternsMiss(b *testing.B) {
	s := large()
	for _, of := range []struct {
		name string
		word func(*rand.Rand) string
	}{{"others", syllables}, {"alike", random}} {
		b.Run(of.name, func(b *testing.B) {
			events := madeEvents(1<<14, of.word)
			before, cpu := s.Stats(), onThread(b)
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				s.Match(&events[i&(len(events)-1)], uint64(i), func(patternset.Hit) bool { return true })
				i++
			}
			b.ReportMetric(float64(cpu())/float64(i), "cpu-ns/event")
			b.ReportMetric(float64(s.Stats().Asked-before.Asked)/float64(i), "asked/event")
		})
	}
}

// BenchmarkPatternsAdd parses and indexes one pattern, beside a million.
func BenchmarkPatternsAdd(b *testing.B) {
	s, r := large(), rand.New(rand.NewPCG(2, 2))
	made := make([]string, 1<<14)
	for i := range made {
		made[i] = madePattern(r)
	}
	i, cpu := 0, onThread(b)
	for b.Loop() {
		add(s, million+i%len(made), made[i%len(made)])
		i++
	}
	b.ReportMetric(float64(cpu())/float64(i), "cpu-ns/pattern")
	b.StopTimer()
	for i := range made {
		s.Remove(fmt.Sprintf("indicator--%08d-0000-4000-8000-000000000000", million+i))
	}
}

// BenchmarkPatternsPush adds a thousand patterns to a million until the last of
// them is found; the time of an operation is what the push takes.
func BenchmarkPatternsPush(b *testing.B) {
	s, r := large(), rand.New(rand.NewPCG(3, 3))
	var worst time.Duration
	var taken int64 // of CPU time
	cpu := onThread(b)
	for b.Loop() {
		b.StopTimer()
		made := make([]pattern.Pattern, 1000)
		for i := range made {
			p, err := pattern.Parse(madePattern(r))
			if err != nil {
				b.Fatal(err)
			}
			made[i] = p
		}
		b.StartTimer()
		start, before := time.Now(), cpu()
		for i, p := range made {
			if err := s.Add(fmt.Sprint("pushed--", i), p); err != nil {
				b.Fatal(err)
			}
		}
		worst = max(worst, time.Since(start))
		taken += cpu() - before
		b.StopTimer()
		for i := range made {
			s.Remove(fmt.Sprint("pushed--", i))
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(worst.Microseconds()), "worst-us")
	b.ReportMetric(float64(taken)/float64(b.N)/1000, "cpu-us/op")
}
