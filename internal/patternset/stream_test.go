package patternset_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tocsin-project/tocsin/internal/patternset"
	"github.com/tocsin-project/tocsin/stix/pattern"
)

// near changes a value a little, or not at all.
func near(r *rand.Rand, v string) string {
	at := r.IntN(len(v))
	switch r.IntN(9) {
	case 0:
		return strings.ToUpper(v)
	case 1:
		return "not" + v
	case 2:
		return v + ".good.example"
	case 3:
		return v[:at] + string(rune('a'+r.IntN(26))) + v[at+1:]
	case 4:
		return v[:at] + v[at+1:] + "x"
	case 5:
		return strings.ReplaceAll(v, "/", `\/`)
	case 6:
		return "\u00e9" + v
	}
	return v
}

// shownBy is an event that shows, or nearly shows, what a pattern of the mix asks
// for: the constants that stand in its text.
func shownBy(r *rand.Rand, second int, texts ...string) *observation {
	e := event(second)
	for i, text := range texts {
		var constants []string
		for j, part := range strings.Split(text, "'") {
			if j%2 == 1 && part != "SHA-256" {
				constants = append(constants, strings.TrimSuffix(part, ".exe"))
			}
		}
		first := constants[0]
		second := constants[len(constants)-1]
		switch {
		case strings.Contains(text, "file:name"):
			e.Objects = append(e.Objects, pattern.Object{"type": "file", "name": near(r, first+".exe"), "hashes": map[string]any{"SHA-256": near(r, second)}})
		case strings.Contains(text, "url:value"):
			e.Objects = append(e.Objects, pattern.Object{"type": "url", "value": near(r, strings.NewReplacer("http%", "https", "%.php", "/a.php", "%", "a").Replace(first))})
		case strings.Contains(text, "process:"):
			plain := strings.NewReplacer("(?i)", "", `\\.`, ".", `\\s+`, " ", "[a-z]+", "go").Replace(first)
			e.Objects = append(e.Objects, pattern.Object{"type": "process", "command_line": near(r, plain)})
		case strings.Contains(text, "ISSUBSET"):
			net, _, _ := strings.Cut(first, "/")
			_, after, _ := strings.Cut(text, "dst_port = ")
			port, _ := strconv.ParseInt(strings.TrimSuffix(after, "]"), 10, 64)
			address := fmt.Sprint("ipv4-addr--", i)
			e.Objects = append(e.Objects,
				pattern.Object{"type": "ipv4-addr", "id": address, "value": net},
				pattern.Object{"type": "network-traffic", "dst_ref": address, "dst_port": port + r.Int64N(2)})
		case r.IntN(2) == 0:
			e.Objects = append(e.Objects, domain(near(r, first)))
		default:
			e.Objects = append(e.Objects, pattern.Object{"type": "ipv4-addr", "value": near(r, second)})
		}
	}
	return e
}

// TestStream holds the set against the oracle over a long stream of near misses.
func TestStream(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	s, o := patternset.New(patternset.Options{Programs: 64, Now: present}), newOracle()
	texts := make([]string, 400)
	for i := range texts {
		texts[i] = madePattern(r)
		id := fmt.Sprint("indicator--", i)
		mustAdd(t, s, id, texts[i])
		if err := o.add(id, parse(t, texts[i])); err != nil {
			t.Fatal(err)
		}
	}
	hits, events := 0, 10_000
	if testing.Short() {
		events = 2000
	}
	for ref := range events {
		e := shownBy(r, ref/10, texts[r.IntN(len(texts))], texts[r.IntN(len(texts))])
		hits += agree(t, s, o, e.Observed(), uint64(ref))
	}
	if hits < events/10 {
		t.Errorf("%d hits in %d events: too few to say anything", hits, events)
	}
	if st := s.Stats(); st.Asked > 3*uint64(events) {
		t.Errorf("%d patterns were asked of %d events: the covers do not tell", st.Asked, events)
	}
}

// TestWhileOthersMatch: patterns come and go while events are matched; what is
// there all the time is found every time, and what was added is found at once.
func TestWhileOthersMatch(t *testing.T) {
	s := patternset.New(patternset.Options{})
	const kept = 64
	for i := range kept {
		mustAdd(t, s, fmt.Sprint("kept--", i), fmt.Sprintf("[url:value LIKE '%%/kept%04d/%%' OR domain-name:value = 'kept%04d.example']", i, i))
	}
	var done atomic.Bool
	var readers sync.WaitGroup
	for reader := range 3 {
		readers.Go(func() {
			for i := reader; !done.Load(); i++ {
				n := i % kept
				e := event(i, domain(fmt.Sprintf("kept%04d.example", n)), pattern.Object{"type": "url", "value": fmt.Sprintf("http://x.example/kept%04d/", (n+1)%kept)})
				got := 0
				s.Match(e, uint64(i), func(h patternset.Hit) bool {
					if strings.HasPrefix(h.ID, "kept--") {
						got++
					}
					return true
				})
				if got != 2 {
					t.Errorf("%d of 2 patterns found while others come and go", got)
					return
				}
			}
		})
	}
	r := rand.New(rand.NewPCG(5, 5))
	for round := range 12 {
		for i := range 300 {
			text := madePattern(r)
			if i%50 == 0 {
				text = fmt.Sprintf("[domain-name:value != 'x' AND domain-name:value = '%d-%d.example']", round, i)
			}
			mustAdd(t, s, fmt.Sprint("pushed--", i), text)
		}
		mustAdd(t, s, "new", fmt.Sprintf("[domain-name:value LIKE 'new%d.%%']", round))
		if hits := hitsOf(s, event(0, domain(fmt.Sprintf("new%d.example", round))), 0); len(hits) != 1 {
			t.Errorf("round %d: what was added is not found: %v", round, hits)
		}
		for i := range 300 {
			if i%3 != round%3 {
				s.Remove(fmt.Sprint("pushed--", i))
			}
		}
		s.Stats()
		s.Uncovered()
	}
	done.Store(true)
	readers.Wait()
}

// TestChurn: a set whose patterns are replaced over and over does not grow.
func TestChurn(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	s := patternset.New(patternset.Options{})
	const n = 2000
	for i := range n {
		mustAdd(t, s, fmt.Sprint(i), madePattern(r))
	}
	before := s.Stats().Bytes
	texts := make([]string, n)
	for range 20 {
		for i := range n {
			texts[i] = madePattern(r)
			mustAdd(t, s, fmt.Sprint(i), texts[i])
		}
	}
	if after := s.Stats(); after.Bytes > 2*before || after.Patterns != n {
		t.Errorf("%d B before and %d B after each pattern was replaced 20 times, %d patterns", before, after.Bytes, after.Patterns)
	}
	found := 0
	for i, text := range texts {
		o := newOracle()
		if err := o.add(fmt.Sprint(i), parse(t, text)); err != nil {
			t.Fatal(err)
		}
		e := shownBy(r, i, text)
		want := len(o.match(e.Observed(), uint64(i)))
		if found += want; len(hitsOf(s, e, uint64(i))) != want {
			t.Errorf("%s: want %d hits on %v", text, want, e.Objects)
		}
	}
	if found < n/10 {
		t.Errorf("only %d patterns held", found)
	}
	for i := range n {
		s.Remove(fmt.Sprint(i))
	}
	if st := s.Stats(); st.Patterns != 0 || st.Bytes > 2*before {
		t.Errorf("an empty set: %+v", st)
	}
}

var poolForgets bool

func TestMissAllocatesNothing(t *testing.T) {
	if poolForgets {
		t.Skip("the race detector makes sync.Pool allocate")
	}
	r := rand.New(rand.NewPCG(8, 8))
	s := patternset.New(patternset.Options{})
	for i := range 2000 {
		mustAdd(t, s, fmt.Sprint(i), madePattern(r))
	}
	events := madeEvents(64, syllables)
	i := 0
	if n := testing.AllocsPerRun(640, func() {
		s.Match(&events[i%len(events)], 0, func(patternset.Hit) bool { return true })
		i++
	}); n != 0 {
		t.Errorf("%v allocations an event that matches nothing", n)
	}
}
