package attribution

import (
	"fmt"
	"sync"

	"github.com/tocsin-project/tocsin/internal/access"
)

// taken is the names of the policy's partners, which nobody else acts under.
func (o Opening) taken() map[string]bool {
	taken := make(map[string]bool, len(o.Members))
	for _, name := range o.Members {
		taken[name] = true
	}
	return taken
}

// checkName says whether a partner acts under its own name: one of the policy
// under that which the opening gives it, any other under none of these. Who reads
// of a vote knows only names.
func checkName(members map[access.PartnerID]string, taken map[string]bool, by access.PartnerID, party string) error {
	name, member := members[by]
	switch {
	case member && party != name:
		return fmt.Errorf("%w: party %.100q: the opening calls %s %.100q", access.ErrInvalid, party, by, name)
	case !member && taken[party]:
		return fmt.Errorf("%w: party %.100q is the name of a partner of the policy, which %s is not", access.ErrForbidden, party, by)
	}
	return nil
}

// decides says whether a partner has a say in how the case is run: it opened it,
// or the policy names it.
func (f *file) decides(by access.PartnerID, what string) error {
	if _, member := f.Members[by]; by != f.By && !member {
		return fmt.Errorf("%w: only the partner that opened the case and those that its policy names %s", access.ErrForbidden, what)
	}
	return nil
}

// Names are what partners called themselves in a case, looked through once and
// only if somebody asks.
type Names struct {
	once        sync.Once
	first, last map[access.PartnerID]string
}

// Equal is true: names follow from the history beside them.
func (n *Names) Equal(*Names) bool { return true }

// of is the names in the case's history; a nil one keeps nothing.
func (n *Names) of(c Case) *Names {
	if n == nil {
		n = new(Names)
	}
	n.once.Do(func() {
		n.first, n.last = make(map[access.PartnerID]string), make(map[access.PartnerID]string)
		for _, step := range c.History {
			if n.first[step.By] == "" {
				n.first[step.By] = step.Party
			}
			n.last[step.By] = step.Party
		}
	})
	return n
}
