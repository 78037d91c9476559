package rpz

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// maxLeft is how many protections that a zone leaves out are remembered, for
// people to read of; more are left out without being named.
const maxLeft = 1000

func (s *source) leave(v observable.Value, p protect.Polarity, reason string) {
	if len(s.left) < maxLeft {
		s.left[v] = feed.Left{Value: v, Polarity: p, Reason: reason}
	}
}

// leaves lists what is left out, by value.
func (s *source) leaves() []feed.Left {
	list := make([]feed.Left, 0, len(s.left))
	for _, l := range s.left {
		list = append(list, l)
	}
	slices.SortFunc(list, func(a, b feed.Left) int {
		return cmp.Or(strings.Compare(string(a.Type), string(b.Type)), strings.Compare(a.Text, b.Text))
	})
	return list
}

// unfit says why a domain cannot be an owner in a zone, or "".
func (s *source) unfit(n name) string {
	if len(n)+1 > s.room {
		return fmt.Sprintf("it has %d octets, and beside a zone's name there is room for %d", len(n)+1, s.room)
	}
	// "24.0.0.0.10.rpz-client-ip" as a domain would be a policy on clients.
	if strings.HasPrefix(string(n[strings.LastIndexByte(string(n), '.')+1:]), "rpz-") {
		return "it ends in a label that RPZ keeps for itself"
	}
	return ""
}
