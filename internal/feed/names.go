package feed

import (
	"iter"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// names are the blocked domains in the order of the tree, each directly before
// those beneath it, in pieces, so that one more moves only one piece. The nil
// names note nothing.
type names struct{ pieces [][]*protect.Protection }

const maxPiece = 1024

// Beneath gives the blocked domains beneath one, in the order of the tree. The
// first call puts all domains in order; from then on the order is kept.
func (l *Live) Beneath(domain string) iter.Seq[*protect.Protection] {
	if l.names == nil {
		l.names = orderNames(l.shown(placeBlocks))
	}
	return func(yield func(*protect.Protection) bool) {
		suffix := "." + domain
		at, in := l.names.after(domain)
		for ; at < len(l.names.pieces); at, in = at+1, 0 {
			for _, p := range l.names.pieces[at][in:] {
				if !strings.HasSuffix(p.Text, suffix) || !yield(p) {
					return
				}
			}
		}
	}
}

func orderNames(blocks []*protect.Protection) *names {
	domains := slices.DeleteFunc(blocks, func(p *protect.Protection) bool { return p.Type != observable.Domain })
	slices.SortFunc(domains, func(a, b *protect.Protection) int { return compareNames(a.Text, b.Text) })
	n := &names{}
	for piece := range slices.Chunk(domains, maxPiece/2) {
		n.pieces = append(n.pieces, slices.Clone(piece))
	}
	return n
}

// after is the place of the first name after one.
func (n *names) after(name string) (at, in int) {
	at, _ = slices.BinarySearchFunc(n.pieces, name, func(piece []*protect.Protection, name string) int {
		if compareNames(piece[len(piece)-1].Text, name) > 0 {
			return 1
		}
		return -1
	})
	if at < len(n.pieces) {
		in, _ = slices.BinarySearchFunc(n.pieces[at], name, func(p *protect.Protection, name string) int {
			if compareNames(p.Text, name) > 0 {
				return 1
			}
			return -1
		})
	}
	return at, in
}

func (n *names) add(p *protect.Protection) {
	if n == nil || p.Type != observable.Domain || p.Polarity != protect.Block {
		return
	}
	at, in := n.after(p.Text)
	if at == len(n.pieces) {
		if at == 0 {
			n.pieces = append(n.pieces, []*protect.Protection{p})
			return
		}
		at--
		in = len(n.pieces[at])
	}
	piece := slices.Insert(n.pieces[at], in, p)
	n.pieces[at] = piece
	if len(piece) > maxPiece {
		half := slices.Clone(piece[maxPiece/2:])
		n.pieces[at] = slices.Delete(piece, maxPiece/2, len(piece))
		n.pieces = slices.Insert(n.pieces, at+1, half)
	}
}

func (n *names) remove(p *protect.Protection) {
	if n == nil || p.Type != observable.Domain || p.Polarity != protect.Block {
		return
	}
	at, in := n.after(p.Text)
	if in == 0 { // it is the last of the piece before
		at--
		in = len(n.pieces[at])
	}
	n.pieces[at] = slices.Delete(n.pieces[at], in-1, in)
	if len(n.pieces[at]) == 0 {
		n.pieces = slices.Delete(n.pieces, at, at+1)
	}
}

// compareNames compares names from their ends; a dot comes before everything.
func compareNames(a, b string) int {
	i, j := len(a), len(b)
	for i > 0 && j > 0 {
		i, j = i-1, j-1
		if a[i] == b[j] {
			continue
		}
		switch {
		case a[i] == '.':
			return -1
		case b[j] == '.':
			return 1
		}
		return int(a[i]) - int(b[j])
	}
	return i - j
}
