package relations

import (
	"cmp"
	"slices"
)

// tree is a graph as it is reached from its focus.
type tree struct {
	nodes  []Node // 0 is the focus
	links  []link // each once, in the graph's order
	depth  []int
	column []int
	up     []link  // by which a node is reached first
	parent []int   // -1 for the focus
	below  [][]int // in the order in which they are reached
	degree []int
}

type link struct {
	from, to int
	label    string
}

// grow walks a graph in breadth, two steps far; what is not reached is left out.
func grow(g Graph) *tree {
	t := &tree{}
	place := map[string]int{}
	given := map[string]Node{}
	for _, n := range g.Nodes {
		if _, again := given[n.ID]; !again {
			given[n.ID] = n
		}
	}
	near := map[string][]Edge{}
	seen := map[Edge]bool{}
	var edges []Edge
	for _, e := range g.Edges {
		if e.From == e.To || seen[e] {
			continue
		}
		seen[e] = true
		edges = append(edges, e)
		near[e.From], near[e.To] = append(near[e.From], e), append(near[e.To], e)
	}
	add := func(n Node, depth, column, parent int, up link) {
		place[n.ID] = len(t.nodes)
		t.nodes, t.depth, t.column = append(t.nodes, n), append(t.depth, depth), append(t.column, column)
		t.parent, t.up, t.below, t.degree = append(t.parent, parent), append(t.up, up), append(t.below, nil), append(t.degree, 0)
	}
	add(g.Focus, 0, 0, -1, link{})
	for i := 0; i < len(t.nodes); i++ {
		if t.depth[i] == 2 {
			break
		}
		for _, e := range near[t.nodes[i].ID] {
			other := e.To
			if e.To == t.nodes[i].ID {
				other = e.From
			}
			n, known := given[other]
			if _, there := place[other]; there || !known {
				continue
			}
			column := t.column[i] + cmp.Or(cmp.Compare(t.column[i], 0), 1)
			if i == 0 && other == e.From {
				column = -1
			}
			j := len(t.nodes)
			up := link{i, j, e.Label}
			if other == e.From {
				up = link{j, i, e.Label}
			}
			add(n, t.depth[i]+1, column, i, up)
			t.below[i] = append(t.below[i], j)
		}
	}
	for _, e := range edges {
		from, a := place[e.From]
		to, b := place[e.To]
		if a && b {
			t.links = append(t.links, link{from, to, e.Label})
			t.degree[from]++
			t.degree[to]++
		}
	}
	return t
}

// bundle is the neighbours of one node that would share a card.
type bundle struct {
	kind, label string
	away        bool
	nodes       []int
}

// bundles are a node's neighbours, those of one relation beside each other.
func (t *tree) bundles(i int, all bool) (list []bundle) {
	labels := []string{}
	for _, j := range t.below[i] {
		b := bundle{kind: t.nodes[j].Kind, label: t.up[j].label, away: t.up[j].from == j}
		if all {
			b = bundle{away: b.away && t.depth[j] == 1}
		}
		at := slices.IndexFunc(list, func(o bundle) bool { return o.kind == b.kind && o.label == b.label && o.away == b.away })
		if at < 0 {
			at = len(list)
			list = append(list, b)
			if !slices.Contains(labels, b.label) {
				labels = append(labels, b.label)
			}
		}
		list[at].nodes = append(list[at].nodes, j)
	}
	slices.SortStableFunc(list, func(a, b bundle) int {
		return cmp.Compare(slices.Index(labels, a.label), slices.Index(labels, b.label))
	})
	return list
}

// folded says whether a node may stand in a rest: nothing hangs from it, and it
// binds nothing together.
func (t *tree) folded(j int, all bool) bool {
	return len(t.below[j]) == 0 && (all || t.degree[j] == 1)
}
