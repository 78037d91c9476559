package patternset_test

import (
	"testing"

	"github.com/tocsin-project/tocsin/internal/patternset"
	"github.com/tocsin-project/tocsin/stix/pattern"
)

// FuzzSet holds a set of two patterns against each of them alone, over two
// events that show the given texts wherever the patterns may look for them.
func FuzzSet(f *testing.F) {
	f.Add("[domain-name:value = 'evil.example']", "[domain-name:value LIKE 'e%l.example']", "evil.example", "EVIL.example")
	f.Add("[process:name MATCHES '(?i)k(elvin|ing)s?']", "[process:name NOT IN ('a', 'b')]", "\u212aelvin", "kings")
	f.Add("[ipv4-addr:value ISSUBSET '198.51.100.0/24'] FOLLOWEDBY [process:pid = 5]", "[ipv4-addr:value ISSUPERSET '::/0']", "198.51.100.7", "5")
	f.Add("[process:name LIKE '%\u0301_x%'] REPEATS 2 TIMES", "[process:name_hex < 'evil' OR process:pid > 4.5]", "e\u0301vx", "5e0")
	f.Add("[file:hashes.'SHA-256' = 'aa' AND (file:name = '5' OR file:size = 5.0)]", "[file:name MATCHES 'a.?b+c{2}']", "5", "abcc")
	f.Fuzz(func(t *testing.T, first, second, a, b string) {
		s, o := patternset.New(patternset.Options{}), newOracle()
		for id, text := range map[string]string{"1": first, "2": second} {
			p, err := pattern.Parse(text)
			if err != nil {
				continue
			}
			want, got := o.add(id, p), s.Add(id, p)
			if (want == nil) != (got == nil) {
				t.Fatalf("add %q: %v, alone: %v", text, got, want)
			}
		}
		for ref, text := range []string{a, b} {
			e := event(ref)
			for _, kind := range []string{"domain-name", "ipv4-addr", "process", "file"} {
				e.Objects = append(e.Objects, pattern.Object{
					"type": kind, "id": kind, "value": text, "name": text, "name_hex": text, "pid": int64(len(text)), "size": float64(len(text)),
					"hashes": map[string]any{"SHA-256": text}, "list": []any{text, a, b}, "parent_ref": "process",
				})
			}
			agree(t, s, o, e.Observed(), uint64(ref))
		}
	})
}
