package feed_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// seen is all that a Set says.
type seen struct {
	Blocks, Observed, Musts []protect.Protection
	Left                    []feed.Left
	Except                  map[string][]string
	Until                   time.Time
}

var places = []string{"example", "a.example", "b.example", "kill.example", "a.a.example", "b.kill.example", "a.b.kill.example", "other.example"}

func look(s feed.Set) seen {
	values := func(list []*protect.Protection) (all []protect.Protection) {
		for _, p := range list {
			all = append(all, *p)
		}
		return all
	}
	out := seen{Blocks: values(s.Blocks()), Observed: values(s.Observed()), Musts: values(s.MustResolve()), Left: s.Left(), Except: map[string][]string{}, Until: s.Until()}
	for _, name := range places {
		if except := s.Except(name); len(except) > 0 {
			out.Except[name] = except
		}
	}
	return out
}

// stop is a reader's guard that can change its mind, as an emergency stop does.
type stop struct{ on bool }

func (s *stop) refuse(p protect.Protection) string {
	if s.on && p.By == access.Hub {
		return "automation is stopped"
	}
	return ""
}

var history = rapid.Custom(func(t *rapid.T) protect.Protection {
	p := protections.Draw(t, "protection")
	p.By = rapid.SampledFrom([]string{"hub", "identity--a", "identity--a"}).Draw(t, "by")
	p.Status = rapid.SampledFrom([]protect.Status{protect.Active, protect.Active, protect.Canary, protect.Proposed, protect.Revoked, protect.Expired}).Draw(t, "status now")
	p.Exact = rapid.Bool().Draw(t, "exact")
	p.Confidence = rapid.SampledFrom([]int{0, 50, 90}).Draw(t, "confidence")
	if p.Expires = noon.Add(time.Duration(rapid.IntRange(-2, 40).Draw(t, "lives")) * time.Minute); p.Expires.Minute() == 30 {
		p.Expires = time.Time{}
	}
	return p
})

// However a history is cut into steps, what is in force after each is what it is
// from scratch, and the updates lead from one to the next.
func TestLiveIsWhatItIsFromScratch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		guard := &stop{}
		live := feed.NewLive(guard.refuse)
		var taken []protect.Protection
		now, inForce := noon, map[observable.Value]protect.Protection{}
		t.Repeat(map[string]func(*rapid.T){
			"decide": func(t *rapid.T) {
				for _, p := range rapid.SliceOfN(history, 1, 4).Draw(t, "decisions") {
					taken = append(taken, p)
					live.Take(p)
				}
			},
			"wait": func(t *rapid.T) { now = now.Add(time.Duration(rapid.IntRange(1, 10).Draw(t, "minutes")) * time.Minute) },
			"stop": func(t *rapid.T) {
				guard.on = !guard.on
				live.Reconsider()
			},
			"advance": func(t *rapid.T) {
				u := live.Advance(now)
				scratch := feed.NewLive(guard.refuse)
				for _, p := range taken {
					scratch.Take(p)
				}
				want := look(scratch.Advance(now).Set())
				follow(t, inForce, u, want)
				if rapid.Bool().Draw(t, "look") {
					if diff := cmp.Diff(want, look(u.Set())); diff != "" {
						t.Fatalf("live is not what it is from scratch (-scratch +live):\n%s", diff)
					}
				}
				ask(t, live, want)
			},
		})
	})
}

// follow applies an update to what was in force, as an outlet does.
func follow(t *rapid.T, inForce map[observable.Value]protect.Protection, u feed.Update, want seen) {
	whole := map[observable.Value]protect.Protection{}
	for _, p := range slices.Concat(want.Blocks, want.Observed, want.Musts) {
		whole[p.Value] = p
	}
	if u.Anew {
		clear(inForce)
		maps.Copy(inForce, whole)
		return
	}
	for _, p := range u.Gone {
		if _, was := inForce[p.Value]; !was {
			t.Fatalf("%v goes, but was not there", p.Value)
		}
		delete(inForce, p.Value)
	}
	for _, p := range u.Come {
		if slices.ContainsFunc(u.Gone, func(g protect.Protection) bool { return g.Value == p.Value }) {
			t.Fatalf("%v comes and goes in one update", p.Value)
		}
		inForce[p.Value] = p
	}
	if diff := cmp.Diff(whole, inForce); diff != "" {
		t.Fatalf("the updates lead elsewhere (-scratch +followed):\n%s", diff)
	}
}

// ask compares the answers of Live with what can be read off the whole set.
func ask(t *rapid.T, live *feed.Live, want seen) {
	if live.Len() != len(want.Blocks)+len(want.Observed)+len(want.Musts) {
		t.Fatalf("%d are in force, want %+v", live.Len(), want)
	}
	if diff := cmp.Diff(want.Left, live.Left()); diff != "" {
		t.Fatal(diff)
	}
	for _, name := range places {
		answer, must := live.Answer(name)
		by, blocked := live.Blocker(name)
		wantAnswer, wantMust, wantBlock := naive(name, want)
		if must != wantMust || answer != wantAnswer || blocked != (wantBlock != "") || blocked && by.Text != wantBlock {
			t.Fatalf("%s: must resolve %v with %q, blocked by %v; want %v with %q, %q", name, must, answer, by, wantMust, wantAnswer, wantBlock)
		}
		beneath := map[string]bool{}
		for p := range live.Beneath(name) {
			beneath[p.Text] = true
		}
		wantBeneath := map[string]bool{}
		for _, p := range want.Blocks {
			if p.Type == observable.Domain && strings.HasSuffix(p.Text, "."+name) {
				wantBeneath[p.Text] = true
			}
		}
		if diff := cmp.Diff(wantBeneath, beneath); diff != "" {
			t.Fatalf("beneath %s: %s", name, diff)
		}
	}
	for _, p := range want.Blocks {
		if got, ok := live.Has(p.Value); !ok || !cmp.Equal(*got, p) {
			t.Fatalf("%v is blocked, Has says %v", p.Value, got)
		}
	}
}

func naive(name string, want seen) (answer string, must bool, blocker string) {
	musts := map[string]bool{}
	for _, p := range want.Musts {
		on := p.Value
		if host, ok := on.Host(); ok {
			on = host
		}
		if on.Type == observable.Domain {
			musts[on.Text] = true
		}
		if p.Type == observable.Domain && p.Text == name {
			answer = p.Answer
		}
	}
	labels := strings.Split(name, ".")
	for i := range labels {
		up := strings.Join(labels[i:], ".")
		if musts[up] {
			return answer, up == name, ""
		}
		for _, p := range want.Blocks {
			if p.Type == observable.Domain && p.Text == up && (up == name || !p.Exact) {
				return answer, musts[name], up
			}
		}
	}
	return answer, musts[name], ""
}

// A Set stays what it was when Live goes on.
func TestASetDoesNotChange(t *testing.T) {
	live := feed.NewLive(nil)
	for i := range 50 {
		live.Take(block(fmt.Sprintf("n%d.example", i), i%7))
	}
	first := live.Advance(noon).Set()
	before := look(first)
	for i := range 50 {
		live.Take(with(block(fmt.Sprintf("n%d.example", i), 0), status(protect.Revoked)))
		live.Take(mustResolve(fmt.Sprintf("n%d.example", 50+i), "192.0.2.1", 0))
		live.Advance(noon).Set()
	}
	if diff := cmp.Diff(before, look(first)); diff != "" {
		t.Errorf("a set has changed under its reader (-before +after):\n%s", diff)
	}
}

// Thousands of names go through the ordered pieces of the tree.
func TestBeneathManyNames(t *testing.T) {
	live := feed.NewLive(nil)
	want := map[string]bool{}
	for range live.Beneath("example") {
		t.Error("a name before any was blocked")
	}
	for i := range 5000 {
		name := fmt.Sprintf("n%d.p%d.example", i*7919%5000, i%10)
		live.Take(block(name, 1))
		want[name] = true
	}
	live.Take(block("xexample", 1))
	live.Advance(noon)
	for i := 0; i < 5000; i += 2 {
		name := fmt.Sprintf("n%d.p%d.example", i*7919%5000, i%10)
		live.Take(with(block(name, 0), status(protect.Revoked)))
		delete(want, name)
	}
	live.Advance(noon)
	got := map[string]bool{}
	for p := range live.Beneath("example") {
		got[p.Text] = true
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A must-resolve that comes takes what it outranks out of force, and tells the
// block above it anew; when it goes, so does that.
func TestAMustResolveMovesWhatItOutranks(t *testing.T) {
	live := feed.NewLive(nil)
	for _, p := range []protect.Protection{
		block("evil.example", 9), block("other.example", 9), with(block("example", 9), func(p *protect.Protection) { p.Exact = true }),
		decided(protect.Block, observable.URL, "http://kill.evil.example/x", 9), decided(protect.Block, observable.URL, "http://evil.example/x", 9),
		decided(protect.Block, observable.IPv4, "192.0.2.0/24", 9), decided(protect.Block, observable.IPv4, "192.0.2.80", 9), decided(protect.Block, observable.IPv4, "192.0.2.81", 9),
	} {
		live.Take(p)
	}
	live.Advance(noon)
	kill := mustResolve("kill.evil.example", "192.0.2.80", 1)
	outranked := []string{"192.0.2.0/24", "192.0.2.80", "http://kill.evil.example/x"}
	for _, tt := range []struct {
		next       protect.Protection
		come, gone []string
	}{
		{kill, []string{"evil.example", "kill.evil.example"}, outranked},
		{with(kill, status(protect.Revoked)), append([]string{"evil.example"}, outranked...), []string{"kill.evil.example"}},
	} {
		live.Take(tt.next)
		u := live.Advance(noon)
		for what, both := range map[string][2][]string{"come": {tt.come, valuesOf(u.Come)}, "gone": {tt.gone, valuesOf(u.Gone)}} {
			slices.Sort(both[0])
			if diff := cmp.Diff(both[0], both[1]); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", tt.next.Status, what, diff)
			}
		}
	}
}

func valuesOf(ps []protect.Protection) (all []string) {
	for _, p := range ps {
		all = append(all, p.Text)
	}
	slices.Sort(all)
	return all
}
