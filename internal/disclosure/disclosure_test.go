package disclosure_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/disclosure"
)

func TestSafe(t *testing.T) {
	group := func(name string, organisations int, n int64) disclosure.Group {
		return disclosure.Group{Name: name, Organisations: organisations, Counts: []int64{n}}
	}
	for _, test := range []struct {
		name       string
		least      int
		in, wanted []disclosure.Group
	}{
		{"nothing", 5, nil, nil},
		{"all large enough", 5, []disclosure.Group{group("a", 5, 1), group("b", 6, 2)}, []disclosure.Group{group("b", 6, 2), group("a", 5, 1)}},
		{"the small are summed", 5, []disclosure.Group{group("a", 9, 1), group("b", 2, 20), group("c", 3, 300)}, []disclosure.Group{group("a", 9, 1), group("other", 5, 320)}},
		{"one small takes the smallest along", 5, []disclosure.Group{group("a", 9, 1), group("b", 6, 20), group("c", 1, 300)}, []disclosure.Group{group("a", 9, 1), group("other", 7, 320)}},
		{"and the next, if that is not enough", 5, []disclosure.Group{group("a", 5, 1), group("b", 1, 20), group("c", 1, 300)}, []disclosure.Group{group("other", 7, 321)}},
		{"all together too few", 5, []disclosure.Group{group("a", 3, 1), group("b", 1, 2)}, nil},
		{"a minimum of one", 1, []disclosure.Group{group("a", 1, 1)}, []disclosure.Group{group("a", 1, 1)}},
		{"of one size by name", 2, []disclosure.Group{group("b", 2, 1), group("a", 2, 2)}, []disclosure.Group{group("a", 2, 2), group("b", 2, 1)}},
		{"a group called other is never told from the rest", 5, []disclosure.Group{group("other", 30, 1), group("a", 8, 2), group("b", 2, 4)}, []disclosure.Group{group("a", 8, 2), group("other", 32, 5)}},
	} {
		got := disclosure.Safe(test.in, test.least)
		if diff := cmp.Diff(test.wanted, got, equateEmpty); diff != "" {
			t.Errorf("%s (-wanted +got):\n%s", test.name, diff)
		}
	}
}

var equateEmpty = cmp.Transformer("empty", func(list []disclosure.Group) []disclosure.Group {
	return append([]disclosure.Group{}, list...)
})

// Every organisation has a count of its own, a power of two, so that a sum tells
// exactly whose counts are in it.
func bits(n int64) (count int) {
	for ; n > 0; n &= n - 1 {
		count++
	}
	return count
}

// Nothing that is shown, nor any difference of the total and what is shown, is
// about fewer than the minimum, and nothing gets lost.
func TestSafeShowsNoFew(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		least := rapid.IntRange(1, 6).Draw(t, "least")
		var groups []disclosure.Group
		next, total := 0, int64(0)
		for i := range rapid.IntRange(0, 7).Draw(t, "groups") {
			g := disclosure.Group{Name: rapid.SampledFrom([]string{fmt.Sprint("g", i), fmt.Sprint("g", i), disclosure.Other + fmt.Sprint(i)}).Draw(t, "name"), Counts: []int64{0}}
			if i == 3 && rapid.Bool().Draw(t, "is called other") {
				g.Name = disclosure.Other
			}
			for range rapid.IntRange(1, 8).Draw(t, "organisations") {
				g.Counts[0] |= 1 << next
				g.Organisations++
				next++
			}
			total |= g.Counts[0]
			groups = append(groups, g)
		}
		safe := disclosure.Safe(groups, least)
		if len(safe) == 0 {
			if next >= least && next > 0 {
				t.Fatalf("%d organisations, at least %d: nothing is shown", next, least)
			}
			return
		}
		shown := int64(0)
		for _, g := range safe {
			if g.Organisations != bits(g.Counts[0]) {
				t.Fatalf("%s is of %d organisations and says %d", g.Name, bits(g.Counts[0]), g.Organisations)
			}
			shown += g.Counts[0]
		}
		if shown != total {
			t.Fatalf("shown are %b of %b", shown, total)
		}
		for some := range 1 << len(safe) {
			sum := int64(0)
			for i, g := range safe {
				if some>>i&1 == 1 {
					sum += g.Counts[0]
				}
			}
			for _, n := range []int{bits(sum), bits(total - sum)} {
				if n > 0 && n < least {
					t.Fatalf("groups %b of %v: %d organisations, at least %d are wanted", some, safe, n, least)
				}
			}
		}
	})
}

// cells draws organisations in groups of two ways; each has a bit of its own.
func cells(t *rapid.T, first, second, most int) []disclosure.Cell {
	var list []disclosure.Cell
	next := 0
	for a := range rapid.IntRange(1, first).Draw(t, "first groups") {
		for b := range rapid.IntRange(1, second).Draw(t, "second groups") {
			c := disclosure.Cell{First: fmt.Sprint("a", a), Second: fmt.Sprint("b", b), Counts: []int64{0}}
			for range rapid.IntRange(0, most).Draw(t, "organisations") {
				if next < 62 {
					c.Counts[0] |= 1 << next
					c.Organisations++
					next++
				}
			}
			if c.Organisations > 0 {
				list = append(list, c)
			}
		}
	}
	return list
}

// Whoever adds up groups of one way and takes groups of the other away ends with
// nobody, or with enough organisations.
func TestBothShowNoFew(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		least := rapid.IntRange(1, 6).Draw(t, "least")
		all := cells(t, 5, 5, rapid.SampledFrom([]int{1, 3, 9}).Draw(t, "most"))
		first, second := disclosure.Both(all, least)
		total, organisations := int64(0), 0
		for _, c := range all {
			total, organisations = total|c.Counts[0], organisations+c.Organisations
		}
		for _, shown := range [][]disclosure.Group{first, second} {
			sum := int64(0)
			for _, g := range shown {
				sum += g.Counts[0]
				if g.Organisations != bits(g.Counts[0]) || g.Organisations < least {
					t.Fatalf("%v, at least %d", g, least)
				}
			}
			if enough := organisations >= least; enough != (len(shown) > 0) || enough && sum != total {
				t.Fatalf("%d organisations, at least %d: shown %v", organisations, least, shown)
			}
		}
		for a := range 1 << len(first) {
			for b := range 1 << len(second) {
				plus, minus := int64(0), int64(0)
				for i, g := range first {
					plus |= g.Counts[0] * int64(a>>i&1)
				}
				for i, g := range second {
					minus |= g.Counts[0] * int64(b>>i&1)
				}
				if n := bits(plus ^ minus); n > 0 && n < least {
					t.Fatalf("%v without %v: what differs is of %d organisations, at least %d are wanted", first, second, n, least)
				}
			}
		}
	})
}

// One organisation would be left of health without France; so the countries are
// shown as one.
func TestBothAreNotSubtracted(t *testing.T) {
	first, second := disclosure.Both([]disclosure.Cell{
		{"health", "FR", 5, []int64{50}}, {"health", "DE", 1, []int64{7}}, {"energy", "DE", 6, []int64{60}},
	}, 5)
	if diff := cmp.Diff([]disclosure.Group{{"energy", 6, []int64{60}}, {"health", 6, []int64{57}}}, first); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]disclosure.Group{{"other", 12, []int64{117}}}, second); diff != "" {
		t.Error(diff)
	}
}

// Where nothing can be subtracted, nothing is summed.
func TestBothKeepWhatIsHarmless(t *testing.T) {
	first, second := disclosure.Both([]disclosure.Cell{
		{"health", "FR", 5, []int64{1}}, {"health", "DE", 5, []int64{2}}, {"energy", "DE", 5, []int64{4}}, {"energy", "FR", 5, []int64{8}},
		{"water", "ES", 5, []int64{16}},
	}, 5)
	if len(first) != 3 || len(second) != 3 {
		t.Errorf("%v, %v", first, second)
	}
}

// 250 groups of either way: the most that a board has.
func BenchmarkBoth(b *testing.B) {
	var all []disclosure.Cell
	for i := range 2500 {
		all = append(all, disclosure.Cell{First: fmt.Sprint(i % 250), Second: fmt.Sprint(i / 10), Organisations: 1 + i%3, Counts: []int64{1, 2, 3, 4, 5, 6}})
	}
	for b.Loop() {
		disclosure.Both(all, disclosure.DefaultLeast)
	}
}
