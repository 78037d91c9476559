package pattern_test

import (
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/stix/pattern"
)

func BenchmarkAtomTest(b *testing.B) {
	o := objects(b, seen)
	for _, c := range []struct{ name, text string }{
		{"equal", "file:name = 'inner.dll'"},
		{"other type", "process:command_line LIKE '%x%'"},
		{"hash", "file:hashes.'SHA-256' = 'e3b0'"},
		{"in 20", "file:name IN ('1','2','3','4','5','6','7','8','9','10','11','12','13','14','15','16','17','18','19','inner.dll')"},
		{"like", "file:name LIKE '%ner.%'"},
		{"matches", "file:name MATCHES '^in+er\\\\.(dll|exe)$'"},
		{"subset", "ipv4-addr:value ISSUBSET '203.0.113.0/24'"},
		{"reference", "network-traffic:dst_ref.value = '2001:db8::7'"},
		{"list", "file:sizes[*] > 299"},
		{"references in a list", "file:contains_refs[*].size = 7"},
		{"and", "file:size > 1000 AND file:name LIKE 'c%' AND file:hashes.MD5 = 'd41d8cd98f00b204e9800998ecf8427e'"},
		{"timestamp", "file:created > t'2017-05-12T07:43:00Z'"},
	} {
		_, program := compiled(b, "["+c.text+"]")
		atom := program.Atoms()[0]
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				atom.Test(o)
			}
		})
	}
}

// BenchmarkWindow adds one observation and asks for a match, the window being
// as full as such a stream makes it: 10 observations a second of each atom.
func BenchmarkWindow(b *testing.B) {
	for _, c := range []struct{ name, text string }{
		{"followed by", "([x:a = 1] FOLLOWEDBY [x:b = 1]) WITHIN 60 SECONDS"},
		{"never followed", "([x:a = 1] FOLLOWEDBY [x:b = 1] FOLLOWEDBY [x:never = 1]) WITHIN 60 SECONDS"},
		{"and", "([x:a = 1] AND [x:b = 1]) WITHIN 60 SECONDS"},
		{"repeats", "[x:a = 1] REPEATS 100 TIMES WITHIN 60 SECONDS"},
		{"repeats that never come", "[x:a = 1] REPEATS 700 TIMES WITHIN 60 SECONDS"},
		{"pairs", "([x:a = 1] FOLLOWEDBY [x:b = 1]) REPEATS 5 TIMES WITHIN 60 SECONDS"},
		{"unbounded", "[x:a = 1] FOLLOWEDBY [x:b = 1] FOLLOWEDBY [x:never = 1]"},
	} {
		_, program := compiled(b, c.text)
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			w := program.NewWindow(pattern.WindowLimits{})
			n := min(2, len(program.Atoms()))
			now, ref, matches := epoch, uint64(0), 0
			for b.Loop() {
				now = now.Add(100 * time.Millisecond / time.Duration(n))
				ref++
				w.Add(int(ref)%n, pattern.Seen{First: now, Last: now, Ref: ref})
				if _, ok := w.Match(); ok {
					matches++
				}
				if ref%64 == 0 {
					w.Expire(now)
				}
			}
			b.ReportMetric(float64(matches)/float64(b.N), "matches/op")
			b.ReportMetric(float64(w.GaveUp())/float64(b.N), "gaveup/op")
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	p, _ := compiled(b, "[file:hashes.'SHA-256' = 'e3b0' AND file:size > 5] FOLLOWEDBY [domain-name:value LIKE '%.example']")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := pattern.Compile(p); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEquivalent(b *testing.B) {
	one := parsed(b, "([x:a = 1] OR [x:b = 1]) AND ([x:c = 1] OR [x:d = 1])")
	other := parsed(b, "([x:d = 1] AND [x:a = 1]) OR ([x:c = 1] AND [x:a = 1]) OR ([x:b = 1] AND [x:d = 1]) OR ([x:c = 1] AND [x:b = 1])")
	for b.Loop() {
		pattern.Equivalent(one, other)
	}
}
