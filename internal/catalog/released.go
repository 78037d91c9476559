package catalog

import "github.com/tocsin-project/tocsin/internal/access"

// released is the release rule for one principal during one answer. It asks
// access.Principal.MaySee, once for each number of an audience.
type released struct {
	who     access.Principal
	numbers *numbers
	list    []known
	decided []verdict
	levels  map[uint32]uint8 // see partsSeen
}

type verdict uint8

const (
	undecided verdict = iota
	shown
	hidden
)

func (c *Catalog) releasedTo(who access.Principal) *released {
	return &released{who: who, numbers: &c.numbers}
}

// has says whether a version with the audience is released.
func (r *released) has(number uint32) bool {
	if int(number) >= len(r.decided) {
		r.grow()
	}
	if r.decided[number] == undecided {
		r.decided[number] = decide(r.list[number].tells(r.who))
	}
	return r.decided[number] == shown
}

func (r *released) grow() {
	r.list = r.numbers.all()
	r.decided = append(r.decided, make([]verdict, len(r.list)-len(r.decided))...)
}

// known is what is behind a number.
func (r *released) known(number uint32) *known {
	if int(number) >= len(r.list) {
		r.grow()
	}
	return &r.list[number]
}
