package rules_test

import (
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/feed/rules"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// Few labels, so that names often lie beneath each other.
var (
	names = rapid.Custom(func(t *rapid.T) string {
		labels := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b_", "kill"}), 0, 3).Draw(t, "labels")
		return strings.Join(append(labels, "example"), ".")
	})
	addresses   = rapid.SampledFrom([]string{"192.0.2.1", "192.0.2.2", "192.0.2.0/30", "2001:db8::1", "2001:db8::/32"})
	protections = rapid.Custom(func(t *rapid.T) protect.Protection {
		polarity := rapid.SampledFrom([]protect.Polarity{protect.Block, protect.Block, protect.MustResolve, protect.Observe}).Draw(t, "polarity")
		p := decided(polarity, observable.Domain, "", rapid.IntRange(0, 5).Draw(t, "minutes ago"))
		p.Answer = rapid.SampledFrom([]string{"192.0.2.1", "2001:db8::1", ""}).Draw(t, "answer")
		p.Exact = rapid.Bool().Draw(t, "exact")
		switch p.Type = rapid.SampledFrom([]observable.Type{observable.Domain, observable.Domain, observable.Domain, observable.IPv4, observable.URL}).Draw(t, "type"); p.Type {
		case observable.Domain:
			p.Text = names.Draw(t, "name")
		case observable.IPv4:
			p.Text = addresses.Draw(t, "address")
		case observable.URL:
			p.Text = "http://" + rapid.OneOf(names, rapid.Just("192.0.2.1"), rapid.Just("[2001:db8::1]")).Draw(t, "host") + "/x"
		}
		p.ID = "protection--" + p.Text
		return p
	})
)

// universe is every name that can be drawn, one label below, and one that ends
// as a drawn one does without being beneath it.
var universe = func() (all []string) {
	level := []string{"example"}
	for range 5 {
		all = append(all, level...)
		var next []string
		for _, name := range level {
			for _, label := range []string{"a", "b_", "bx", "kill", "nota"} {
				next = append(next, label+"."+name)
			}
		}
		level = next
	}
	return all
}()

// meaning is what a set says, worked out without the code under test.
type meaning struct {
	musts   map[string]bool // names, and hosts of URLs, that must resolve
	answers []netip.Addr
	blocks  []*protect.Protection // without those that the compiler left
}

func meaningOf(s feed.Set, left []feed.Left) meaning {
	m := meaning{musts: map[string]bool{}}
	for _, p := range s.MustResolve() {
		host := p.Text
		if u, err := url.Parse(p.Text); err == nil && u.Host != "" {
			host = u.Hostname()
		}
		m.musts[host] = true
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

// hit walks up from a name: the nearest word about it counts.
func (m meaning) hit(name string) bool {
	for at := name; ; {
		if m.musts[at] {
			return false
		}
		if p := m.block(at); p != nil && (at == name || !p.Exact) {
			return true
		}
		var ok bool
		if _, at, ok = strings.Cut(at, "."); !ok {
			return false
		}
	}
}

func (m meaning) block(name string) *protect.Protection {
	for _, p := range m.blocks {
		if p.Type == observable.Domain && p.Text == name {
			return p
		}
	}
	return nil
}

func TestNoMustResolveNameIsHit(t *testing.T) {
	for file, compile := range rules.All {
		read, known := readers[file]
		if !known {
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
				meaningOf(s, left).check(t, read, out.String())
			})
		})
	}
}

func (m meaning) check(t *rapid.T, read reader, text string) {
	v := read(text)
	for _, name := range universe {
		if v.name == nil {
			break
		}
		got := v.name(name)
		if got && m.musts[name] {
			t.Fatalf("%s must resolve and is hit by\n%s", name, text)
		}
		want := m.hit(name)
		switch {
		case v.whole && m.block(name) == nil: // the engine compares whole names, or other rules match those beneath
		case v.beneath && m.block(name) != nil && m.block(name).Exact: // other rules match it
		case got != want:
			t.Fatalf("%s: hit %v, want %v, by\n%s", name, got, want, text)
		}
	}
	for _, a := range m.answers {
		for _, p := range v.addresses {
			if p.Contains(a) {
				t.Fatalf("%s is hit, in which %s answers for a name that must resolve", p, a)
			}
		}
	}
	for _, link := range v.urls {
		u, err := url.Parse(link)
		if err != nil {
			t.Fatal(err)
		}
		host, err := netip.ParseAddr(u.Hostname())
		for _, a := range m.answers {
			if err == nil && a == host {
				t.Fatalf("%s is hit, where %s answers for a name that must resolve", link, a)
			}
		}
		if m.musts[u.Hostname()] {
			t.Fatalf("%s must resolve, and %s is hit", u.Hostname(), link)
		}
	}
}
