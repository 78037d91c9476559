package quorum_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/quorum"
)

func TestNeed(t *testing.T) {
	for _, c := range []struct {
		threshold quorum.Threshold
		members   int
		want      int
	}{
		{all, 6, 6},
		{quorum.Threshold{N: 2}, 6, 2},
		{quorum.Threshold{N: 2, Of: 3}, 6, 4},
		{quorum.Threshold{N: 2, Of: 3}, 7, 5}, // at least the share
		{quorum.Threshold{N: 2, Of: 3}, 1, 1},
		{quorum.Threshold{N: 1, Of: 100}, 1000, 10},
		{quorum.Threshold{N: 99, Of: 100}, 1000, 990},
		{quorum.Threshold{N: 1, Of: 2}, 3, 2},
	} {
		if got := c.threshold.Need(c.members); got != c.want {
			t.Errorf("%s of %d needs %d, want %d", c.threshold, c.members, got, c.want)
		}
	}
}

func TestSatisfied(t *testing.T) {
	for _, c := range []struct{ policy, by, not string }{
		{"all of [A, B, C]", "ABC ABCD", "- A AB BC D"},
		{"2 of [A, B, C]", "AB BC AC ABC", "- A B C D AD"},
		{"2/3 of [A, B, C, D]", "ABC ABD ABCD", "- A AB CD"},
		{"all of [r: 2/3 of [A, B, C], v: all of [D, E]]", "ABDE BCDE ABCDE", "- ABC DE ADE ABCD ABCE"},
		{"1 of [all of [A, B], all of [C, D]]", "AB CD ABC", "- A B C D AC BD AD"},
		{"all of [1 of [A, B], 1 of [A, C]]", "A BC ABC", "- B C D"},
	} {
		g, err := quorum.Parse(c.policy, letter)
		if err != nil {
			t.Fatal(err)
		}
		for _, who := range strings.Fields(c.by) {
			if !g.Satisfied(func(leaf string) bool { return strings.Contains(who, leaf) }) {
				t.Errorf("%s is not satisfied by %s", g, who)
			}
		}
		for _, who := range strings.Fields(c.not) {
			if g.Satisfied(func(leaf string) bool { return strings.Contains(who, leaf) }) {
				t.Errorf("%s is satisfied by %s", g, who)
			}
		}
	}
}

func TestLeaves(t *testing.T) {
	g, err := quorum.Parse("all of [r: 2/3 of [C, B, A], v: all of [D, C]]", letter)
	if diff := cmp.Diff([]string{"C", "B", "A", "D"}, g.Leaves()); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// Groups built in code are held to the same rules, and one that is not valid is
// satisfied by nobody's silence.
func TestValidate(t *testing.T) {
	shared := &quorum.Group{Name: "shared", Threshold: all, Members: leaves("A", "B")}
	loop := &quorum.Group{Name: "loop", Threshold: all}
	loop.Members = []quorum.Member{{Group: loop}}
	bomb := shared
	for i := range 7 { // each level twice the leaves of the one below, in few groups
		left := &quorum.Group{Name: fmt.Sprint("left-", i), Threshold: all, Members: []quorum.Member{{Group: bomb}, {Leaf: fmt.Sprint("l", i)}}}
		right := &quorum.Group{Name: fmt.Sprint("right-", i), Threshold: all, Members: []quorum.Member{{Group: bomb}, {Leaf: fmt.Sprint("r", i)}}}
		bomb = &quorum.Group{Name: fmt.Sprint("both-", i), Threshold: all, Members: []quorum.Member{{Group: left}, {Group: right}}}
	}
	wide := &quorum.Group{Name: "wide", Threshold: all, Members: leaves("A")}
	for i := range 6 { // 1, 20, 400 ... leaves, within the depth
		next := &quorum.Group{Name: fmt.Sprint("wide-", i), Threshold: all}
		for k := range 20 {
			same := *wide
			same.Name = fmt.Sprint(wide.Name, "-", k)
			next.Members = append(next.Members, quorum.Member{Group: &same})
		}
		wide = next
	}
	for name, c := range map[string]struct {
		group quorum.Group
		says  string
	}{
		"zero":                        {quorum.Group{}, "it is empty"},
		"no threshold":                {quorum.Group{Members: leaves("A")}, "nobody's consent"},
		"below nought":                {quorum.Group{Threshold: quorum.Threshold{N: -1}, Members: leaves("A")}, "nobody's consent"},
		"a denominator below nought":  {quorum.Group{Threshold: quorum.Threshold{N: 1, Of: -2}, Members: leaves("A")}, "denominator"},
		"all and a number":            {quorum.Group{Threshold: quorum.Threshold{All: true, N: 1}, Members: leaves("A")}, "both"},
		"a member without a name":     {quorum.Group{Threshold: all, Members: leaves("A", "")}, "member 2 is neither"},
		"a member that is both":       {quorum.Group{Threshold: all, Members: []quorum.Member{{Leaf: "A", Group: shared}}}, "member 1 is neither"},
		"a group and a leaf named so": {quorum.Group{Threshold: all, Members: []quorum.Member{{Group: shared}, {Leaf: "shared"}}}, `"shared" is named twice`},
		"a group that holds itself":   {*loop, "nested more than 8"},
		"too deep":                    {*bomb, "nested more than 8"},
		"too many":                    {*wide, "more than 1000"},
		"a name with a verb in it":    {quorum.Group{Threshold: all, Members: []quorum.Member{{Group: &quorum.Group{Name: "100%d"}}}}, `group 1 ("100%d"): it is empty`},
	} {
		if err := c.group.Validate(); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v; want an error that says %q", name, err, c.says)
		}
	}
	deep, many := quorum.Group{Threshold: all, Members: leaves("A")}, quorum.Group{Threshold: all}
	for range quorum.MaxDepth - 1 {
		deep = quorum.Group{Threshold: all, Members: []quorum.Member{{Group: &quorum.Group{Threshold: all, Members: deep.Members}}}}
	}
	for i := range quorum.MaxLeaves {
		many.Members = append(many.Members, quorum.Member{Leaf: fmt.Sprint("m", i)})
	}
	for says, g := range map[string]quorum.Group{"nested more than 8": deep, "more than 1000": many} {
		if err := g.Validate(); err != nil {
			t.Errorf("at the limit: %v", err)
		}
		above := quorum.Group{Threshold: all, Members: append([]quorum.Member{{Group: &g}}, leaves("one more")...)}
		if err := above.Validate(); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v; want an error that says %q", err, says)
		}
	}
	for name, g := range map[string]quorum.Group{"zero": {}, "all of nobody": {Threshold: all}, "none": {Members: leaves("A")}} {
		if g.Satisfied(func(string) bool { return false }) {
			t.Errorf("%s: satisfied by silence", name)
		}
	}
}

// drawGroup draws a group whose leaves are those from first on, each once, and
// how many it used.
func drawGroup(rt *rapid.T, depth, first int) (quorum.Group, int) {
	var g quorum.Group
	used := 0
	for i := range rapid.IntRange(1, 4).Draw(rt, "members") {
		if depth < quorum.MaxDepth && rapid.IntRange(0, 2).Draw(rt, "nest") == 0 {
			inner, n := drawGroup(rt, depth+1, first+used)
			if rapid.Bool().Draw(rt, "named") {
				inner.Name = fmt.Sprint("group-", i)
			}
			g.Members = append(g.Members, quorum.Member{Group: &inner})
			used += n
			continue
		}
		g.Members = append(g.Members, quorum.Member{Leaf: fmt.Sprintf("p%d", first+used)})
		used++
	}
	g.Threshold = rapid.SampledFrom([]quorum.Threshold{
		all, {N: 1}, {N: len(g.Members)}, {N: 1, Of: 2}, {N: 2, Of: 3}, {N: 7, Of: 100},
	}).Draw(rt, "threshold")
	return g, used
}

// Whatever is valid is read back from its text as it was, and one voice more
// never undoes an agreement.
func TestRoundTripAndMonotony(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		g, n := drawGroup(rt, 1, 0)
		got, err := quorum.Parse(g.String(), anyWord)
		if err != nil || !cmp.Equal(got, g) {
			rt.Fatalf("%s is read as %s (%v)", g, got, err)
		}
		agreed := make(map[string]bool)
		was := g.Satisfied(func(leaf string) bool { return agreed[leaf] })
		if was {
			rt.Fatalf("%s is satisfied by silence", g)
		}
		for _, i := range rapid.Permutation(g.Leaves()).Draw(rt, "order") {
			agreed[i] = true
			now := g.Satisfied(func(leaf string) bool { return agreed[leaf] })
			if was && !now {
				rt.Fatalf("%s: the voice of %s undid the agreement", g, i)
			}
			was = now
		}
		if !was || len(g.Leaves()) != n {
			rt.Fatalf("%s is not satisfied by all, or has %d leaves, not %d", g, len(g.Leaves()), n)
		}
	})
}

// A voice in two members of a group that needs fewer than all is found wherever
// it stands.
func TestRepeatedVoiceIsFound(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		g, _ := drawGroup(rt, 1, 0)
		voice := rapid.SampledFrom(g.Leaves()).Draw(rt, "voice")
		twice := quorum.Group{Threshold: quorum.Threshold{N: 1}, Members: []quorum.Member{
			{Leaf: "other"}, {Group: &g}, {Group: &quorum.Group{Threshold: all, Members: leaves("x", voice)}},
		}}
		err := twice.Validate()
		if err == nil || !strings.Contains(err.Error(), "would count in member 2 and in member 3") && !strings.Contains(err.Error(), "nested") {
			rt.Fatalf("%s: %v", twice, err)
		}
		twice.Threshold = all
		if err := twice.Validate(); err != nil && !strings.Contains(err.Error(), "nested") {
			rt.Fatalf("%s: %v", twice, err)
		}
	})
}
