package disclosure

// graph is an undirected graph with weights, as a matrix: there are at most some
// hundred nodes.
type graph struct {
	size    int
	weights [][]int
}

func newGraph(size int) *graph {
	g := &graph{size: size, weights: make([][]int, size)}
	all := make([]int, size*size)
	for i := range g.weights {
		g.weights[i] = all[i*size : (i+1)*size]
	}
	return g
}

func (g *graph) join(a, b, weight int) {
	g.weights[a][b] += weight
	g.weights[b][a] += weight
}

// split finds a cut through connected nodes whose edges weigh less than least
// together, and says which nodes are on its one side; nil if there is none.
//
// It follows Stoer and Wagner (A simple min-cut algorithm, Journal of the ACM 44,
// 1997): in an order in which the next node is always the one that hangs most on
// those before, the last is cut off by as much as it weighs, and no cut between
// two neighbours of the order is smaller than what the later one hung on. So
// neighbours that hang together by least or more become one (Nagamochi and Ibaraki,
// 1992), and after a few rounds nothing is left.
func (g *graph) split(least int) []bool {
	of := make([]int, g.size) // the node that each has become a part of
	left := make([]int, g.size)
	for i := range of {
		of[i], left[i] = i, i
	}
	for len(left) > 1 {
		order, hung := g.order(left)
		merged := false
		for i := len(order) - 1; i > 0; i-- {
			v := order[i]
			switch {
			case hung[i] >= least:
				g.merge(order[i-1], v, of)
				order = append(order[:i], order[i+1:]...)
				merged = true
			case hung[i] > 0 && (i == len(order)-1 || hung[i+1] == 0) && !merged:
				// The last of its component: what it hangs on is all that it has.
				return members(of, v)
			}
		}
		if !merged {
			return nil // there are components left, and no edge
		}
		left = order
	}
	return nil
}

// order is the nodes in an order in which each is the one that hangs most on those
// before it, and by how much. One that hangs on nothing begins another component.
func (g *graph) order(nodes []int) (order, hung []int) {
	rest := append([]int(nil), nodes...)
	on := make([]int, g.size)
	for len(rest) > 0 {
		best := 0
		for i, v := range rest {
			if on[v] > on[rest[best]] {
				best = i
			}
		}
		v := rest[best]
		rest = append(rest[:best], rest[best+1:]...)
		order, hung = append(order, v), append(hung, on[v])
		for _, w := range rest {
			on[w] += g.weights[v][w]
		}
	}
	return order, hung
}

// merge makes b a part of a.
func (g *graph) merge(a, b int, of []int) {
	for v := range g.size {
		if v != a && v != b {
			g.join(a, v, g.weights[b][v])
		}
	}
	for v := range g.size {
		g.weights[b][v], g.weights[v][b] = 0, 0
	}
	for i := range of {
		if of[i] == b {
			of[i] = a
		}
	}
}

func members(of []int, node int) []bool {
	in := make([]bool, len(of))
	for i := range of {
		in[i] = of[i] == node
	}
	return in
}
