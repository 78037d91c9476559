package protect

// problems are the outlets' words for what went wrong, each kept once.
type problems struct {
	texts []problem // the first is none
	known map[string]uint32
	free  []uint32
}

type problem struct {
	text string
	uses int
}

// maxProblems bounds the different ones; otherProblem stands for more.
const (
	maxProblems  = 10_000
	otherProblem = "a problem that the edge's own log tells: the hub keeps no more different ones"
)

func newProblems() problems {
	return problems{texts: make([]problem, 1), known: map[string]uint32{}}
}

func (p *problems) add(text string) uint32 {
	if text == "" {
		return 0
	}
	if _, known := p.known[text]; !known && len(p.known) >= maxProblems {
		text = otherProblem
	}
	n, known := p.known[text]
	if !known {
		if last := len(p.free) - 1; last >= 0 {
			n, p.free = p.free[last], p.free[:last]
		} else {
			n = uint32(len(p.texts)) // at most maxProblems and two
			p.texts = append(p.texts, problem{})
		}
		p.known[text], p.texts[n].text = n, text
	}
	p.texts[n].uses++
	return n
}

func (p *problems) drop(n uint32) {
	if n == 0 {
		return
	}
	if p.texts[n].uses--; p.texts[n].uses == 0 {
		delete(p.known, p.texts[n].text)
		p.texts[n].text, p.free = "", append(p.free, n)
	}
}
