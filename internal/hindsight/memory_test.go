package hindsight_test

import (
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/hindsight"
	"github.com/tocsin-project/tocsin/internal/observable"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func drawValue(t *rapid.T) observable.Value {
	name := func() string {
		labels := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "evil", "notevil", "good", "x-1", "c2", "_dmarc"}), 0, 3).Draw(t, "labels")
		return strings.Join(append(labels, rapid.SampledFrom([]string{"example", "evil.example", "evil-.example"}).Draw(t, "zone")), ".")
	}
	v4 := func() string {
		return fmt.Sprintf("%s.%d", rapid.SampledFrom([]string{"192.0.2", "192.0.3", "198.51.100", "0.0.0", "255.255.255"}).Draw(t, "net"),
			rapid.SampledFrom([]int{0, 1, 127, 128, 255}).Draw(t, "host"))
	}
	v6 := func() string {
		return rapid.SampledFrom([]string{"2001:db8::1", "2001:db8::ffff", "2001:db8:8000::1", "::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}).Draw(t, "v6")
	}
	switch rapid.IntRange(0, 7).Draw(t, "type") {
	case 0, 1:
		return observable.Value{Type: observable.Domain, Text: name()}
	case 2:
		return observable.Value{Type: observable.IPv4, Text: v4()}
	case 3:
		return observable.Value{Type: observable.IPv6, Text: v6()}
	case 4:
		host := rapid.SampledFrom([]string{name(), v4(), "[" + v6() + "]"}).Draw(t, "urlhost")
		text := rapid.SampledFrom([]string{"http://", "https://", "http://u@", "ftp://u:p@"}).Draw(t, "scheme") + host +
			rapid.SampledFrom([]string{"/", ":8080/", "/a?b=http://evil.example/", "/x@evil.example/"}).Draw(t, "path")
		v, err := observable.New(observable.URL, text)
		if err != nil {
			t.Fatal(err)
		}
		return v
	case 5:
		return observable.Value{Type: observable.SHA256, Text: strings.Repeat(rapid.SampledFrom([]string{"00", "ab", "ff"}).Draw(t, "byte"), 32)}
	case 6: // as a reader might hand over what it did not normalise
		return observable.Value{Type: rapid.SampledFrom([]observable.Type{observable.MD5, observable.IPv4, observable.IPv6, observable.URL, observable.Domain}).Draw(t, "odd"),
			Text: rapid.SampledFrom([]string{"", "AB", "::FFFF:1", "x", "http:/", "..", "a\x00b.example", "x.[://x.[", "://x.[/"}).Draw(t, "oddtext")}
	}
	return observable.Value{Type: rapid.SampledFrom([]observable.Type{observable.FileName, observable.Mutex, observable.JA3, "x-own"}).Draw(t, "other"),
		Text: rapid.StringN(0, 3, -1).Draw(t, "text")}
}

func drawQuestion(t *rapid.T) hindsight.Question {
	if rapid.IntRange(0, 5).Draw(t, "prefix") == 0 {
		p := netip.MustParsePrefix(rapid.SampledFrom([]string{
			"192.0.2.0/24", "192.0.2.128/25", "192.0.2.0/23", "192.0.0.0/16", "0.0.0.0/0", "::/0", "2001:db8::/32", "2001:db8::/33", "255.0.0.0/8", "2001:db8::/127", "fe80::/10",
		}).Draw(t, "range"))
		v, err := observable.New(observable.IPv4, p.String())
		if err != nil {
			t.Fatal(err)
		}
		return hindsight.Question{Value: v}
	}
	return hindsight.Question{Value: drawValue(t), Subdomains: rapid.Bool().Draw(t, "subdomains")}
}

// Whatever is noted, flushed, merged, forgotten and lost in crashes: every
// answer is the oracle's.
func TestAgainstTheOracle(t *testing.T) {
	shared := "/dev/shm" // thousands of syncs are not what is tested
	if _, err := os.Stat(shared); err != nil {
		shared = ""
	}
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp(shared, "hindsight")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		now := start
		stored := uint64(0)
		days := rapid.IntRange(1, 4).Draw(t, "days")
		o := &oracle{days: days}
		open := func() *hindsight.Memory {
			mark := stored
			m, err := hindsight.Open(dir, hindsight.Options{Days: days, Clock: func() time.Time { return now }, Mark: &mark, MaxMemory: 1})
			if err != nil {
				t.Fatal(err)
			}
			return m
		}
		m := open()
		defer func() { m.Close() }()
		flush := func() {
			before := max(m.Mark(), stored)
			if err := m.Flush(); err != nil {
				t.Fatal(err)
			}
			if m.Mark() <= before {
				t.Fatalf("mark %d comes after %d", m.Mark(), before)
			}
			o.flush(now, m.Mark())
		}
		t.Repeat(map[string]func(*rapid.T){
			"note": func(t *rapid.T) {
				for range rapid.IntRange(1, 8).Draw(t, "n") {
					v := drawValue(t)
					host := netip.Addr{}
					if n := rapid.IntRange(0, 3).Draw(t, "host"); n > 0 {
						host = netip.AddrFrom4([4]byte{10, 0, 0, byte(n)})
					}
					at := now.Add(time.Duration(rapid.IntRange(-100_000, 80_000).Draw(t, "skew")) * time.Second)
					switch rapid.IntRange(0, 15).Draw(t, "clock") {
					case 0:
						at = time.Time{}
					case 1:
						at = time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)
					case 2:
						at = time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC)
					}
					m.Note(v, host, at)
					o.note(v, host, at, now)
				}
			},
			"flush": func(_ *rapid.T) { flush() },
			"store": func(_ *rapid.T) {
				flush()
				stored = m.Mark()
				m.Stored(stored)
			},
			"next day": func(t *rapid.T) {
				flush() // what waits is filed under the day on which it is flushed
				now = now.AddDate(0, 0, rapid.SampledFrom([]int{1, 1, 1, 2, 30, -1, -30}).Draw(t, "days"))
			},
			"crash": func(_ *rapid.T) {
				m.Abandon()
				m = open()
				o.crash(stored)
			},
			"close": func(_ *rapid.T) {
				flush()
				stored = m.Mark()
				m.Stored(stored)
				if err := m.Close(); err != nil {
					t.Fatal(err)
				}
				m = open()
				o.crash(stored)
			},
			"": func(t *rapid.T) { check(t, m, o) },
		})
	})
}

func check(t *rapid.T, m *hindsight.Memory, o *oracle) {
	questions := rapid.SliceOfN(rapid.Custom(drawQuestion), 1, 20).Draw(t, "questions")
	answers := map[int]hindsight.Past{}
	i := 0
	for q, past := range m.AskAll(slices.Values(questions)) {
		for questions[i] != q {
			i++
		}
		answers[i] = past
		i++
	}
	for i, q := range questions {
		want, latest, seen := o.ask(q)
		one, ok := m.Ask(q.Value, q.Subdomains)
		all, inAll := answers[i]
		if ok != seen || inAll != seen || one != all {
			t.Fatalf("%+v: Ask %v %+v, AskAll %v %+v, the oracle %v %+v", q, ok, one, inAll, all, seen, want)
		}
		if !seen {
			continue
		}
		if !slices.Contains(latest, one.Value) {
			t.Fatalf("%+v: %q is not what was seen last, which is %q", q, one.Value, latest)
		}
		if one.Hosts < min(want.Hosts, 1) || one.Hosts > want.Hosts {
			t.Fatalf("%+v: %d hosts, want %d or, where two share a bit, fewer", q, one.Hosts, want.Hosts)
		}
		want.Hosts, want.Value = one.Hosts, one.Value
		if one != want {
			t.Fatalf("%+v: %+v, the oracle %+v", q, one, want)
		}
	}
}
