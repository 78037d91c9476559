package lists_test

import (
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/feed/lists"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// Few labels, so that names often lie beneath each other, in every spelling.
var (
	names = rapid.Custom(func(t *rapid.T) string {
		labels := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "kill"}), 0, 3).Draw(t, "labels")
		name := strings.Join(append(labels, "example"), ".")
		if rapid.Bool().Draw(t, "upper") {
			name = strings.ToUpper(name)
		}
		return name + rapid.SampledFrom([]string{"", "."}).Draw(t, "dot")
	})
	addresses   = rapid.SampledFrom([]string{"192.0.2.1", "192.0.2.2", "192.0.2.0/30", "::ffff:192.0.2.1", "2001:db8::1", "2001:db8::/32"})
	protections = rapid.Custom(func(t *rapid.T) protect.Protection {
		polarity := rapid.SampledFrom([]protect.Polarity{protect.Block, protect.Block, protect.MustResolve, protect.Observe}).Draw(t, "polarity")
		p := decided(polarity, observable.Domain, "", rapid.IntRange(0, 5).Draw(t, "minutes ago"))
		p.Answer = rapid.SampledFrom([]string{"192.0.2.1", "2001:db8::1", ""}).Draw(t, "answer")
		p.Confidence = rapid.IntRange(0, 100).Draw(t, "confidence")
		p.Exact = rapid.Bool().Draw(t, "exact")
		switch p.Type = rapid.SampledFrom([]observable.Type{observable.Domain, observable.Domain, observable.Domain, observable.IPv4, observable.URL}).Draw(t, "type"); p.Type {
		case observable.Domain:
			p.Text = names.Draw(t, "name")
		case observable.IPv4:
			p.Text = addresses.Draw(t, "address")
		case observable.URL:
			p.Text = "http://" + rapid.OneOf(names, rapid.Just("192.0.2.1"), rapid.Just("[2001:db8::1]")).Draw(t, "host") + "/x"
		}
		return p
	})
)

// meaning is what a set says, worked out without the code under test.
type meaning struct {
	musts   map[string]bool // names, and hosts of URLs, that must resolve
	answers []netip.Addr
	blocks  []*protect.Protection // without those that the compiler left
}

func meaningOf(s feed.Set, left []feed.Left) meaning {
	m := meaning{musts: map[string]bool{}}
	for _, p := range s.MustResolve() {
		switch p.Type {
		case observable.Domain:
			m.musts[p.Text] = true
		case observable.URL:
			u, err := url.Parse(p.Text)
			if err == nil {
				m.musts[u.Hostname()] = true
			}
		}
		if a, err := netip.ParseAddr(p.Answer); err == nil {
			m.answers = append(m.answers, a)
		}
	}
	gone := map[observable.Value]bool{}
	for _, l := range left {
		gone[l.Value] = true
	}
	for _, p := range s.Blocks() {
		if !gone[p.Value] {
			m.blocks = append(m.blocks, p)
		}
	}
	return m
}

// blocked walks up from a name: the nearest word about it counts.
func (m meaning) blocked(name string) bool {
	for at := name; ; {
		if m.musts[at] {
			return false
		}
		for _, p := range m.blocks {
			if p.Type == observable.Domain && p.Text == at && (at == name || !p.Exact) {
				return true
			}
		}
		var ok bool
		if _, at, ok = strings.Cut(at, "."); !ok {
			return false
		}
	}
}

// universe is every name that can be drawn, and one label below.
var universe = func() (all []string) {
	level := []string{"example"}
	for range 5 {
		all = append(all, level...)
		var next []string
		for _, name := range level {
			for _, label := range []string{"a", "b", "kill"} {
				next = append(next, label+"."+name)
			}
		}
		level = next
	}
	return all
}()

func TestEveryFileSaysWhatTheSetMeans(t *testing.T) {
	for file, compile := range lists.All {
		read := readers[file]
		if read.names == nil && read.addresses == nil && read.lines == nil {
			t.Errorf("%s has no reader here", file)
			continue
		}
		t.Run(file, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				s := effective(rapid.SliceOfN(protections, 0, 12).Draw(t, "protections")...)
				var out strings.Builder
				left, err := compile(&out, s)
				if err != nil {
					t.Fatal(err)
				}
				m := meaningOf(s, left)
				if read.names != nil {
					m.checkNames(t, read, out.String())
				}
				if read.addresses != nil {
					m.checkAddresses(t, read.addresses(out.String()))
				}
				if read.lines != nil {
					m.checkLines(t, read.lines(out.String()))
				}
			})
		})
	}
}

func (m meaning) checkNames(t *rapid.T, read reader, text string) {
	blocks := read.names(text)
	for _, name := range universe {
		got := blocks(name)
		if got && m.musts[name] {
			t.Fatalf("%s must resolve and is blocked by\n%s", name, text)
		}
		switch want := m.blocked(name); {
		case read.wholeOnly && !m.named(name):
			// the engine matches only what is listed, or more than is meant
		case got != want:
			t.Fatalf("%s: blocked %v, want %v, by\n%s", name, got, want, text)
		}
	}
}

func (m meaning) named(name string) bool {
	for _, p := range m.blocks {
		if p.Type == observable.Domain && p.Text == name {
			return true
		}
	}
	return false
}

func (m meaning) checkAddresses(t *rapid.T, listed []netip.Prefix) {
	for _, a := range m.answers {
		for _, p := range listed {
			if p.Contains(a) {
				t.Fatalf("%s is blocked, in which %s answers for a name that must resolve", p, a)
			}
		}
	}
	for _, p := range m.blocks {
		want, ok := p.Prefix()
		if !ok {
			continue
		}
		found := false
		for _, one := range listed {
			found = found || one == want
		}
		if !found {
			t.Fatalf("%s is not in %v", want, listed)
		}
	}
}

func (m meaning) checkLines(t *rapid.T, lines []string) {
	for _, line := range lines {
		u, err := url.Parse(line)
		if err != nil {
			t.Fatal(err)
		}
		if m.musts[u.Hostname()] {
			t.Fatalf("%s must resolve, and %s is blocked", u.Hostname(), line)
		}
		for _, a := range m.answers {
			if u.Hostname() == a.String() {
				t.Fatalf("%s answers for a name that must resolve, and %s is blocked", a, line)
			}
		}
	}
}
