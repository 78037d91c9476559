package rpz_test

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/feed/rpz"
	"github.com/tocsin-project/tocsin/internal/protect"
)

var (
	labels = []string{"a", "b"}
	names  = rapid.Custom(func(t *rapid.T) string {
		return strings.Join(append(rapid.SliceOfN(rapid.SampledFrom(labels), 0, 4).Draw(t, "labels"), "example"), ".")
	})
	policy = rapid.Custom(func(t *rapid.T) protect.Protection {
		switch name := names.Draw(t, "name"); rapid.IntRange(0, 3).Draw(t, "kind") {
		case 0:
			return mustResolve(name, rapid.SampledFrom([]string{"192.0.2.1", "2001:db8::1", ""}).Draw(t, "answer"))
		case 1:
			return blockAddress(rapid.SampledFrom([]string{"203.0.113.1", "203.0.113.0/25", "2001:db8:bad::/48"}).Draw(t, "address"))
		default:
			return block(name)
		}
	})
)

// universe is every name that the labels make, down to a depth.
func universe(depth int) []string {
	all, last := []string{"example"}, []string{"example"}
	for range depth {
		var next []string
		for _, name := range last {
			for _, l := range labels {
				next = append(next, l+"."+name)
			}
		}
		all, last = append(all, next...), next
	}
	return all
}

// resolver applies a policy zone as RFC 4592 has it: the name itself, else the
// wildcard at the closest name that exists.
type resolver struct {
	records map[string]dns.RR
	exists  map[string]bool
}

func newResolver(records []dns.RR) resolver {
	r := resolver{make(map[string]dns.RR), make(map[string]bool)}
	for _, rr := range records {
		owner := rr.Header().Name
		r.records[owner] = rr
		for up := owner; up != ""; _, up, _ = strings.Cut(up, ".") {
			r.exists[up] = true
		}
	}
	return r
}

func (r resolver) policy(name string) dns.RR {
	owner := name + "." + zone
	if r.exists[owner] {
		return r.records[owner]
	}
	for up := owner; up != ""; {
		if _, up, _ = strings.Cut(up, "."); r.exists[up] {
			return r.records["*."+up]
		}
	}
	return nil
}

// meant is what the protections say about a name: the nearest one at or above
// it, where a must-resolve is for its own name alone.
func meant(name string, ps []protect.Protection) string {
	said := make(map[string]protect.Protection)
	for _, p := range ps {
		if p.Type == "domain-name" && said[p.Text].Polarity != protect.MustResolve {
			said[p.Text] = p
		}
	}
	for up, ok := name, true; ok; _, up, ok = strings.Cut(up, ".") {
		switch p := said[up]; {
		case p.Polarity == protect.Block:
			return "blocked"
		case p.Polarity == protect.MustResolve && up == name && p.Answer != "":
			return latestAnswer(name, ps)
		case p.Polarity == protect.MustResolve:
			return "free"
		}
	}
	return "free"
}

// latestAnswer: of two decisions, the later counts.
func latestAnswer(name string, ps []protect.Protection) string {
	for _, p := range slices.Backward(ps) {
		if p.Text == name && p.Polarity == protect.MustResolve {
			return p.Answer
		}
	}
	return ""
}

func said(rr dns.RR) string {
	switch rr := rr.(type) {
	case nil:
		return "free"
	case *dns.A:
		return rr.A.String()
	case *dns.AAAA:
		return rr.AAAA.String()
	case *dns.CNAME:
		if rr.Target == "." {
			return "blocked"
		}
		if rr.Target == "rpz-passthru." {
			return "free"
		}
	}
	return "? " + rr.String()
}

// A name is blocked if and only if the protections say so; in particular no
// must-resolve name is.
func TestZoneMeansWhatTheProtectionsSay(t *testing.T) {
	all := universe(5)
	rapid.Check(t, func(t *rapid.T) {
		ps := rapid.SliceOfNDistinct(policy, 0, 10, func(p protect.Protection) string { return p.Text + string(p.Polarity) }).Draw(t, "protections")
		var file bytes.Buffer
		left, err := rpz.Zone(&file, zone, time.Minute, 1, feed.Effective(ps, time.Now()))
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range left {
			if !strings.Contains(l.Reason, "must resolve") {
				t.Fatalf("left out: %v", l)
			}
		}
		var records []dns.RR
		for p := dns.NewZoneParser(&file, "", ""); ; {
			rr, ok := p.Next()
			if !ok {
				if p.Err() != nil {
					t.Fatal(p.Err())
				}
				break
			}
			records = append(records, rr)
		}
		r := newResolver(records)
		for _, name := range all {
			if got, want := said(r.policy(name)), meant(name, ps); got != want {
				t.Fatalf("%s: %s, want %s", name, got, want)
			}
		}
	})
}

// Whoever follows by IXFR from any version holds what AXFR gives.
func TestFollowingByDifferencesGivesTheSameZone(t *testing.T) {
	s := open(t)
	serial := uint32(0xfffffff0) // and past the end of the circle
	publish(t, s, serial)
	copies := map[uint32]map[string]bool{serial: {}}
	rapid.Check(t, func(rt *rapid.T) {
		serial += rapid.Uint32Range(1, 3).Draw(rt, "step")
		if _, err := s.Publish(serial, rapid.SliceOfN(policy, 0, 6).Draw(rt, "protections")); err != nil {
			rt.Fatal(err)
		}
		whole, _ := receive(t, s, axfr())
		now := make(map[string]bool)
		for _, rr := range whole {
			if rr.Header().Rrtype != dns.TypeSOA && rr.Header().Rrtype != dns.TypeNS {
				now[rr.String()] = true
			}
		}
		held := rapid.SampledFrom(slices.Sorted(maps.Keys(copies))).Draw(rt, "held")
		changes, _ := receive(t, s, ixfr(held))
		if got := applied(rt, copies[held], changes, serial); !maps.Equal(got, now) {
			rt.Fatalf("from %d: %v\nwant %v", held, got, now)
		}
		copies[serial] = now
		if len(copies) > 8 {
			delete(copies, held)
		}
	})
	if got := s.Stats(); got.Incremental == 0 {
		t.Errorf("no transfer was incremental: %+v", got)
	}
}

// applied follows RFC 1995, section 4; a whole zone replaces what was held.
func applied(t *rapid.T, held map[string]bool, records []dns.RR, serial uint32) map[string]bool {
	result := maps.Clone(held)
	if len(records) < 2 || records[1].Header().Rrtype != dns.TypeSOA {
		result = make(map[string]bool)
	}
	adding := true
	for i, rr := range records {
		apex, isSOA := rr.(*dns.SOA)
		switch {
		case isSOA && (i == 0 || i == len(records)-1):
			if apex.Serial != serial {
				t.Fatalf("record %d is of serial %d, want %d", i, apex.Serial, serial)
			}
			adding = true // until the first change
		case isSOA:
			adding = i > 1 && !adding
		case rr.Header().Rrtype == dns.TypeNS:
		case adding:
			if result[rr.String()] {
				t.Fatalf("added what was there: %s", rr)
			}
			result[rr.String()] = true
		default:
			if !result[rr.String()] {
				t.Fatalf("removed what was not there: %s", rr)
			}
			delete(result, rr.String())
		}
	}
	return result
}
