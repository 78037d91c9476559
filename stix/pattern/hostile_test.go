package pattern_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/stix/pattern"
)

// circle is objects each of which refers to all of them.
func circle(n int) *pattern.Observed {
	o := &pattern.Observed{First: epoch, Last: epoch, Number: 1}
	var all []any
	for i := range n {
		all = append(all, fmt.Sprintf("x--%d", i))
	}
	for i := range n {
		o.Objects = append(o.Objects, pattern.Object{"type": "x", "id": all[i], "all_refs": all, "n": int64(i)})
	}
	return o
}

// Followed one by one, the ways through such references number 50 to the 20th.
func TestReferencesInCircles(t *testing.T) {
	for _, n := range []int{3, 50} {
		for _, c := range []struct {
			end  string
			want bool
		}{{"n = 2", true}, {"n = 1000", false}, {"n != 0", true}} {
			_, program := compiled(t, "[x:"+strings.Repeat("all_refs[*].", 20)+c.end+"]")
			if _, got := program.Atoms()[0].Test(circle(n)); got != c.want {
				t.Errorf("%d objects, %s: %v", n, c.end, got)
			}
		}
	}
}

func TestDeepAndLongValues(t *testing.T) {
	var deep any = "x"
	for range 100_000 {
		deep = []any{deep}
	}
	long := make([]any, 100_000)
	for i := range long {
		long[i] = int64(i)
	}
	wide := make([]any, 1000)
	for i := range wide {
		wide[i] = long
	}
	o := &pattern.Observed{Objects: []pattern.Object{{"type": "x", "deep": deep, "long": long, "wide": wide}}}
	for _, c := range []struct {
		text string
		want bool
	}{
		{"x:deep[0][0][0] = 'x'", false}, {"x:deep != 'x'", true},
		{"x:long[*] = 60000", true}, {"x:long[99999] = 99999", true},
		{"x:long[*] = 99999", false}, // beyond what a test looks at
		{"x:wide[*][*] = -1", false},
		{"x:wide[*][*] = -1 OR x:long[0] = 0", false}, // the bound is for all of the expression
	} {
		_, program := compiled(t, "["+c.text+"]")
		if _, got := program.Atoms()[0].Test(o); got != c.want {
			t.Errorf("%s: %v", c.text, got)
		}
	}
}

func TestTimesAtTheEndsOfTime(t *testing.T) {
	far := []time.Time{{}, time.Unix(-1<<60, 0), time.Unix(1<<60, 0), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)}
	for _, text := range []string{
		"([x:a = 1] AND [x:a = 1]) WITHIN 100000000000000000000.0 SECONDS",
		"[x:a = 1] FOLLOWEDBY [x:a = 1]",
	} {
		_, program := compiled(t, text)
		w := program.NewWindow(pattern.WindowLimits{})
		for i, when := range far {
			w.Expire(when)
			for atom := range program.Atoms() {
				w.Add(atom, pattern.Seen{First: when, Ref: uint64(i)})
			}
		}
		if refs, ok := w.Match(); !ok || len(refs) != 2 {
			t.Errorf("%s: %v, %v", text, refs, ok)
		}
	}
}

func FuzzMatch(f *testing.F) {
	for _, s := range [][2]string{
		{"[file:name = 'inner.dll' AND file:size < 8]", seen},
		{"[x:a_refs[*].b_ref.c[*] NOT MATCHES '^a(b|c)*$'] FOLLOWEDBY [x:d LIKE '%_x']", `[{"type":"x","id":"1","a_refs":["1"],"b_ref":"1","c":["abc"],"d":"xx"}]`},
		{"([x:a_hex > 'a'] AND [x:b_bin IN (h'00', b'AA==')]) WITHIN 2 SECONDS REPEATS 2 TIMES", `[{"type":"x","a_hex":"ff","b_bin":"AA=="}]`},
		{"[EXISTS x:a.'b-c'[3]] OR [x:t >= t'2017-05-12T07:43:00Z'] START t'2024-05-12T07:00:00Z' STOP t'2024-05-12T07:00:02Z'", `[{"type":"x","t":"2017-05-12T07:43:01Z"}]`},
		{"[ipv4-addr:value ISSUBSET '198.51.100.0/24' OR ipv4-addr:value ISSUPERSET '203.0.113.7']", seen},
	} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, text, objects string) {
		p, err := pattern.Parse(text)
		if err != nil {
			return
		}
		program, err := pattern.Compile(p)
		if err != nil {
			return
		}
		var all []map[string]any
		if json.Unmarshal([]byte(objects), &all) != nil {
			return
		}
		var observations []pattern.Observed
		for i := range 4 {
			o := pattern.Observed{First: epoch.Add(time.Duration(i) * time.Second), Number: i}
			for n, properties := range all {
				if n%(i+1) == 0 {
					o.Objects = append(o.Objects, whole(properties).(map[string]any))
				}
			}
			observations = append(observations, o)
		}
		matched, ok := program.Match(observations)
		w := program.NewWindow(pattern.WindowLimits{})
		some := false
		for i, o := range observations {
			for n, atom := range program.Atoms() {
				if _, ok := atom.Test(&observations[i]); ok {
					some = true
					w.Add(n, pattern.Seen{First: o.First, Last: o.Last, Number: o.Number, Ref: uint64(i)})
				}
			}
		}
		refs, again := w.Match()
		if ok != again && w.GaveUp() == 0 || ok && !some || ok != (len(matched) > 0) || again != (len(refs) > 0) {
			t.Fatalf("%q: matched %v, in a window %v", text, matched, refs)
		}
	})
}

// An expression nested as deeply as one may be, whose $ stands for more than it
// shows, is refused or can be asked.
func TestNestedExpressions(t *testing.T) {
	refused := 0
	for depth := 980; depth <= 1005; depth++ {
		text := strings.Repeat("(", depth) + "a$" + strings.Repeat(")", depth)
		p := parsed(t, "[x:a MATCHES '"+text+"']")
		program, err := pattern.Compile(p)
		if err != nil {
			refused++
			continue
		}
		o := pattern.Observed{Objects: []pattern.Object{{"type": "x", "a": "ba\n"}}}
		if _, ok := program.Atoms()[0].Test(&o); !ok {
			t.Errorf("%d deep: it does not hold", depth)
		}
	}
	if refused == 0 || refused > 20 {
		t.Errorf("%d of 26 refused", refused)
	}
}
