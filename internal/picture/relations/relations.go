// Package relations draws what is related to an object, and what to that, as a
// picture of links: objects in, SVG out. The same graph gives the same picture, and
// no two labels meet.
//
// It is a layered drawing (Sugiyama, Tagawa and Toda, "Methods for visual
// understanding of hierarchical system structures", IEEE Transactions on Systems, Man
// and Cybernetics 11(2), 1981): the object stands in the middle, what points to it to
// the left and what it points to on the right, what is one step further beside that.
// Within a column the order follows the barycentre of the neighbours, and the places
// are those nearest to the neighbours' that keep the distance: an isotonic regression
// (Barlow, Bartholomew, Bremner and Brunk, "Statistical Inference under Order
// Restrictions", 1972, section 1.2).
package relations

// Node is an object.
type Node struct {
	ID   string
	Name string
	Kind string // of object: a word of STIX, which is a class of its card as well
	Href string // where a click leads; empty: nowhere
	More bool   // it has more neighbours than the graph
}

// Edge is a relation: From LABEL To.
type Edge struct{ From, To, Label string }

// Graph is an object in the middle, and others at most two steps away. Of several
// nodes with one ID, and of edges between the same ends with one label, the first
// counts; edges to what is no node are left out.
type Graph struct {
	Focus Node
	Nodes []Node
	Edges []Edge // the order is that of what is drawn first
}

// Rest stands for objects that are not drawn one by one: neighbours of one object, of
// one kind, unless those are many and small.
type Rest struct {
	Near     Node
	Kind     string // empty: of several kinds
	N        int
	AtLeast  bool // there are, or may be, more
	Outgoing bool
	Label    string // of their relations; empty: of several
}

// Options are what a picture says beside names. Each function is needed.
type Options struct {
	Caption func(drawn, of int) string          // for who cannot see it
	Kind    func(kind string) string            // in words
	More    func(Rest) (text, href string)      // the card of a rest
	Says    func(from, label, to string) string // a relation as a sentence
	Most    int                                 // cards, 60 if it does not say
}

const defaultMost = 60

// Card is a node, or a rest, and its place.
type Card struct {
	Node
	Rest   int     // how many it stands for; 0: it is an object
	Column int     // 0 is the object's, negative to its left
	X, Y   float64 // of its upper left corner
	label  string  // of the relation that leads to it
	in     int     // the card that it hangs from, -1 for the object
	away   bool    // the relation leads from it
}

// line is an edge between two cards.
type line struct {
	from, to int
	label    string
	tree     bool // the one that its outer end hangs from
}

// Picture is a graph with every card in its place.
type Picture struct {
	Cards         []Card // in the order in which a keyboard reaches them
	Width, Height float64
	lines         []line  // the first ones are those that the cards after the first hang from
	card          float64 // a card's width
	all           int     // nodes of the graph
	options       Options
}

// Lay finds the places.
func Lay(g Graph, o Options) Picture {
	if o.Most <= 1 {
		o.Most = defaultMost
	}
	t := grow(g)
	p := Picture{options: o, all: len(t.nodes)}
	p.Cards, p.lines = t.cards(o)
	p.place()
	return p
}
