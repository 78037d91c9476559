package match_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/match"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// names is the slow and obvious judge of whether an indicator names a value.
func names(ind match.Indicator, v observable.Value) bool {
	switch {
	case ind.Type != v.Type:
		return false
	case ind.Text == v.Text:
		return true
	case v.Type == observable.Domain:
		return ind.Subdomains && strings.HasSuffix(v.Text, "."+ind.Text)
	case strings.Contains(ind.Text, "/") && (v.Type == observable.IPv4 || v.Type == observable.IPv6):
		outer, inner := netip.MustParsePrefix(ind.Text), v.Text
		if a, bits, isRange := strings.Cut(inner, "/"); isRange {
			return outer.Contains(netip.MustParseAddr(a)) && fmt.Sprintf("%03d", outer.Bits()) <= fmt.Sprintf("%03s", bits)
		}
		return outer.Contains(netip.MustParseAddr(inner))
	}
	return false
}

func want(held []match.Indicator, v observable.Value) []match.Indicator {
	var all []match.Indicator
	for _, ind := range held {
		if names(ind, v) {
			all = append(all, ind)
		}
	}
	return sorted(all)
}

func got(x *match.Index, v observable.Value) []match.Indicator {
	var all []match.Indicator
	x.All(v, func(ind match.Indicator) bool { all = append(all, ind); return true })
	return sorted(all)
}

func sorted(all []match.Indicator) []match.Indicator {
	if len(all) < 2 {
		return all
	}
	key := func(ind match.Indicator) string { return fmt.Sprint(ind.Text, " ", ind.ID, ind.Subdomains) }
	slices.SortFunc(all, func(a, b match.Indicator) int { return strings.Compare(key(a), key(b)) })
	return all
}

// few draws values from so few that they are related: names above, below and
// beside each other, addresses and prefixes around each other.
func few(pick func(n int) int) observable.Value {
	var text string
	switch pick(5) {
	case 0, 1:
		text = []string{"evil", "notevil", "ev", "a.evil", "evil.example.good"}[pick(5)] + "." + []string{"example", "examples", "an.example"}[pick(3)]
		for range pick(3) {
			text = []string{"a", "www", "evil", "evil.example"}[pick(4)] + "." + text
		}
	case 2:
		text = fmt.Sprintf("192.0.%d.%d/%d", pick(3), pick(4)*64, 14+pick(19))
	case 3:
		text = fmt.Sprintf("2001:db8:%x::%x/%d", pick(3), pick(3), 30+pick(99))
	default:
		text = "http://" + []string{"evil.example", "EVIL.example:80", "evil.example:81"}[pick(3)] + []string{"", "/", "/a", "/A", "/a/", "/%61"}[pick(6)]
	}
	v, err := observable.Infer(text)
	if err != nil {
		panic(err)
	}
	return v
}

// After any additions and removals the index says what the judge says.
func TestIndexAgainstJudge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pick := func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "pick") }
		x := match.New()
		var held []match.Indicator
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			v := few(pick)
			ind := match.Indicator{ID: []string{"", "one", v.Text}[pick(3)], Value: v, Subdomains: v.Type == observable.Domain && pick(2) == 0}
			at := slices.Index(held, ind)
			switch {
			case pick(3) > 0:
				x.Add(ind)
				if at < 0 {
					held = append(held, ind)
				}
			default:
				x.Remove(ind)
				if at >= 0 {
					held = slices.Delete(held, at, at+1)
				}
			}
			asked := few(pick)
			if want, got := want(held, asked), got(x, asked); !slices.Equal(want, got) || x.Len() != len(held) {
				t.Fatalf("%v of %v, Len %d: %s", asked, held, x.Len(), cmp.Diff(want, got))
			}
		}
	})
}

// generated is an indicator, or a near miss of one.
func generated(rng *rand.Rand) string {
	n := rng.IntN(3000)
	switch rng.IntN(12) {
	case 0, 1, 2:
		return fmt.Sprintf("evil%d.example", n)
	case 3:
		return fmt.Sprintf("www.evil%d.example", n)
	case 4:
		return fmt.Sprintf("198.51.%d.%d", n&3, n>>4)
	case 5:
		return fmt.Sprintf("198.51.%d.%d/%d", n&3, n>>4, 24+rng.IntN(9))
	case 6:
		return fmt.Sprintf("2001:db8:%x::%x/%d", n&7, n>>4, 32+16*rng.IntN(7))
	case 7:
		return fmt.Sprintf("http://evil%d.example/%d", n, rng.IntN(3))
	case 8:
		return fmt.Sprintf("%064x", n)
	case 9:
		return fmt.Sprintf("::ffff:198.51.%d.%d", n&3, n>>4)
	case 10:
		// Punycode, as people and as the DNS write it, and a public suffix.
		return strings.ReplaceAll([]string{"evilN.bücher.example", "evilN.xn--bcher-kva.example", "evilN.co.uk", "co.uk"}[n&3], "N", fmt.Sprint(n>>5))
	}
	return fmt.Sprintf("%032x", n)
}

// nearMiss changes a value a little, as those do who want to slip past, or as
// the innocent happen to be called.
func nearMiss(rng *rand.Rand, text string) string {
	if !strings.Contains(text, "evil") || strings.Contains(text, "/") {
		return strings.ToUpper(text)
	}
	switch rng.IntN(8) {
	case 0:
		return "not" + text
	case 1:
		return text + ".good.example"
	case 2:
		return "a.b." + text
	case 3:
		return strings.ToUpper(text) + "."
	case 4:
		return text + "s"
	case 5:
		return strings.Replace(text, "evil", "evi1", 1)
	case 6:
		return "-" + text
	}
	return text[1:]
}

// 300,000 values against some thousand indicators that are added, removed and
// forgotten on the way, in a snapshot and above it: no false hit and no miss.
// The judge keeps a map from value to indicators for the equal ones, and
// compares with each range.
func TestManyAgainstJudge(t *testing.T) {
	events := 300_000
	if testing.Short() {
		events = 20_000
	}
	rng := rand.New(rand.NewPCG(12, 5))
	x := match.New()
	path := filepath.Join(t.TempDir(), "snapshot")
	held := map[observable.Value][]match.Indicator{}
	hits, misses := 0, 0
	for n := range events {
		if n%20 == 0 {
			v := value(t, generated(rng))
			ind := match.Indicator{ID: fmt.Sprint("i", rng.IntN(200)), Value: v, Subdomains: v.Type == observable.Domain && rng.IntN(2) == 0}
			at := slices.Index(held[v], ind)
			switch {
			case rng.IntN(50) == 0:
				x.Forget(ind.ID)
				for v := range held {
					held[v] = slices.DeleteFunc(held[v], func(other match.Indicator) bool { return other.ID == ind.ID })
				}
			case rng.IntN(3) > 0:
				x.Add(ind)
				if at < 0 {
					held[v] = append(held[v], ind)
				}
			default:
				x.Remove(ind)
				if at >= 0 {
					held[v] = slices.Delete(held[v], at, at+1)
				}
			}
		}
		if n%(events/7) == events/8 {
			if err := x.Compact(path); err != nil {
				t.Fatal(err)
			}
		}
		v := value(t, nearMiss(rng, generated(rng)))
		var all []match.Indicator
		for _, at := range containing(v) {
			for _, ind := range held[at] {
				if names(ind, v) {
					all = append(all, ind)
				}
			}
		}
		found := got(x, v)
		if !slices.Equal(sorted(all), found) {
			t.Fatalf("%v: %s", v, cmp.Diff(all, found))
		}
		if len(found) > 0 {
			hits++
		} else {
			misses++
		}
	}
	if hits < events/20 || misses < events/20 {
		t.Errorf("%d hits and %d misses prove little", hits, misses)
	}
	t.Logf("%d hits, %d misses, %d indicators", hits, misses, x.Len())
}
