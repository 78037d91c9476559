package relations

import (
	"cmp"
	"slices"
)

// Measures in the picture's own units, CSS pixels where it has its natural size.
const (
	cardHeight = 40.0
	rowHeight  = 50.0 // from a card to the next
	margin     = 14.0
	gap        = 112.0 // between columns: room for a relation's name
	narrowCard = 196.0
	wideCard   = 268.0 // where there are three columns at most
	passes     = 4     // of the placing; more change nothing that one sees
)

// place gives each card its column's x and a y.
func (p *Picture) place() {
	first, last := 0, 0
	columns := map[int][]int{}
	for i, c := range p.Cards {
		first, last = min(first, c.Column), max(last, c.Column)
		columns[c.Column] = append(columns[c.Column], i)
	}
	p.card = wideCard
	if last-first > 2 {
		p.card = narrowCard
	}
	near := make([][]int, len(p.Cards)) // the cards of other columns that a card is bound to
	for _, l := range p.lines {
		if p.Cards[l.from].Column != p.Cards[l.to].Column {
			near[l.from], near[l.to] = append(near[l.from], l.to), append(near[l.to], l.from)
		}
	}
	for _, side := range []int{-1, 1} {
		p.spread(columns[side], nil)
		p.order(columns[2*side], near, side)
		for range passes {
			p.spread(columns[2*side], p.wished(columns[2*side], near, side))
			p.spread(columns[side], p.wished(columns[side], near, 2*side))
		}
	}
	p.settle(columns, first, last)
}

// order sorts a column by the barycentre of its neighbours in another.
func (p *Picture) order(column []int, near [][]int, towards int) {
	wished := map[int]float64{}
	for k, y := range p.wished(column, near, towards) {
		wished[column[k]] = y
	}
	slices.SortStableFunc(column, func(a, b int) int { return cmp.Compare(wished[a], wished[b]) })
}

// wished is, for each card of a column, the mean height of its neighbours in another
// column, or its own where it has none there.
func (p *Picture) wished(column []int, near [][]int, towards int) []float64 {
	wished := make([]float64, len(column))
	for k, i := range column {
		sum, n := 0.0, 0
		for _, j := range near[i] {
			if p.Cards[j].Column == towards {
				sum, n = sum+p.Cards[j].Y, n+1
			}
		}
		wished[k] = p.Cards[i].Y
		if n > 0 {
			wished[k] = sum / float64(n)
		}
	}
	return wished
}

// spread gives a column the heights nearest to those wished, by least squares, that
// keep its order and the distance; without wishes, around 0.
func (p *Picture) spread(column []int, wished []float64) {
	type block struct{ sum, n float64 }
	var blocks []block
	for k := range column {
		w := -float64(len(column)-1) / 2 * rowHeight
		if wished != nil {
			w = wished[k] - float64(k)*rowHeight
		}
		blocks = append(blocks, block{w, 1})
		for n := len(blocks); n > 1 && blocks[n-2].sum/blocks[n-2].n > blocks[n-1].sum/blocks[n-1].n; n-- {
			blocks[n-2].sum += blocks[n-1].sum
			blocks[n-2].n += blocks[n-1].n
			blocks = blocks[:n-1]
		}
	}
	k := 0
	for _, b := range blocks {
		for range int(b.n) {
			p.Cards[column[k]].Y = b.sum/b.n + float64(k)*rowHeight
			k++
		}
	}
}

// settle moves everything to where a picture begins, the object in the middle of
// what is beside it.
func (p *Picture) settle(columns map[int][]int, first, last int) {
	top, bottom := 0.0, 0.0
	for column := first; column <= last; column++ {
		for _, i := range columns[column] {
			top, bottom = min(top, p.Cards[i].Y), max(bottom, p.Cards[i].Y)
		}
	}
	for i := range p.Cards {
		c := &p.Cards[i]
		c.X = margin + float64(c.Column-first)*(p.card+gap)
		c.Y += margin - top
	}
	p.Width = 2*margin + float64(last-first+1)*p.card + float64(last-first)*gap
	p.Height = bottom - top + cardHeight + 2*margin
}
