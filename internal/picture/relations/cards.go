package relations

import (
	"cmp"
	"slices"
)

// tries is how many of a bundle are drawn one by one, at the object and a step away,
// from what shows most to what always fits; all has a node's neighbours share one rest.
var tries = []struct {
	near, far int
	all       bool
}{{14, 7, false}, {12, 5, false}, {10, 4, false}, {8, 3, false}, {7, 2, false}, {14, 5, true}, {12, 4, true}, {10, 3, true}, {8, 2, true}, {5, 1, true}, {4, 0, true}, {2, 0, true}, {0, 0, true}}

// cards are what is drawn, and the lines between.
func (t *tree) cards(o Options) (cards []Card, lines []line) {
	for _, try := range tries {
		if cards = t.choose(o, try.near, try.far, try.all); len(cards) <= o.Most {
			break
		}
	}
	if len(cards) > o.Most { // many small bundles: the first are drawn
		cards = t.first(o, cards)
	}
	slices.SortStableFunc(cards, func(a, b Card) int {
		return cmp.Or(cmp.Compare(abs(a.Column), abs(b.Column)), cmp.Compare(a.Column, b.Column))
	})
	return cards, t.between(cards)
}

// choose draws so many of each bundle and has a rest stand for the others.
func (t *tree) choose(o Options, near, far int, all bool) []Card {
	cards := []Card{{Node: t.nodes[0], in: -1}}
	var walk func(i, most int)
	walk = func(i, most int) {
		for _, b := range t.bundles(i, all) {
			rest, drawn := 0, 0
			for n, j := range b.nodes {
				left := len(b.nodes) - n - 1
				if t.folded(j, all) && drawn >= most && (drawn > most || left > 0 || rest > 0) {
					rest++
					continue
				}
				drawn++
				cards = append(cards, Card{Node: t.nodes[j], Column: t.column[j], label: t.up[j].label, in: i, away: t.up[j].from == j})
				walk(j, far)
			}
			if rest > 0 {
				cards = append(cards, t.rest(o, i, b, rest))
			}
		}
	}
	walk(0, near)
	return cards
}

// rest is the card of what is not drawn of a bundle.
func (t *tree) rest(o Options, i int, b bundle, n int) Card {
	text, href := o.More(Rest{Near: t.nodes[i], Kind: b.kind, N: n, AtLeast: t.nodes[i].More, Outgoing: !b.away, Label: b.label})
	return Card{Node: Node{Name: text, Kind: b.kind, Href: href}, Rest: n, Column: t.column[b.nodes[0]], label: b.label, in: i, away: b.away}
}

// first is the cards that there is room for, and one on each side for the others.
func (t *tree) first(o Options, all []Card) []Card {
	cards, rests := []Card{}, map[int]int{}
	for _, c := range all {
		if len(cards) < o.Most-2 && (c.in <= 0 || slices.ContainsFunc(cards, func(d Card) bool { return d.ID == t.nodes[c.in].ID && d.Rest == 0 })) {
			cards = append(cards, c)
		} else {
			rests[cmp.Compare(c.Column, 0)] += max(c.Rest, 1)
		}
	}
	for _, side := range []int{-1, 1} {
		if n := rests[side]; n > 0 {
			text, href := o.More(Rest{Near: t.nodes[0], N: n, AtLeast: t.nodes[0].More, Outgoing: side > 0})
			cards = append(cards, Card{Node: Node{Name: text, Href: href}, Rest: n, Column: side, away: side < 0})
		}
	}
	return cards
}

// between is the lines of a choice of cards: what each hangs from, and the other
// relations of what is drawn.
func (t *tree) between(cards []Card) (lines []line) {
	at := map[string]int{}
	for i, c := range cards {
		if c.Rest == 0 {
			at[c.ID] = i
		}
	}
	hangs := map[link]bool{}
	for i, c := range cards {
		if c.in < 0 {
			continue
		}
		from, to := at[t.nodes[c.in].ID], i
		if c.away {
			from, to = to, from
		}
		lines = append(lines, line{from, to, c.label, true})
		hangs[link{from, to, c.label}] = true
	}
	for _, l := range t.links {
		from, a := at[t.nodes[l.from].ID]
		to, b := at[t.nodes[l.to].ID]
		if a && b && !hangs[link{from, to, l.label}] {
			lines = append(lines, line{from, to, l.label, false})
		}
	}
	return lines
}

func abs(n int) int { return max(n, -n) }
