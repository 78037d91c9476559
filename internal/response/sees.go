package response

import "github.com/tocsin-project/tocsin/internal/access"

// reader is one principal for one query, with the answers that the release rule gave
// it: it is asked once for each opener and audience, of which 10,000 actions have few.
type reader struct {
	who   access.Principal
	from  []origin
	known []rule // by origin
}

type rule uint8

const (
	notAsked rule = iota
	maySee
	mayNot
)

// reader begins a query. The caller holds the lock for as long as it asks.
func (s *State) reader(who access.Principal) reader {
	return reader{who, s.accounts.owners, make([]rule, len(s.accounts.owners))}
}

// sees says whether the principal may see an action.
func (r reader) sees(a *record) bool {
	told := &r.known[a.origin]
	if *told == notAsked {
		*told = mayNot
		if from := r.from[a.origin]; r.who.MaySee(from.by, from.audience) {
			*told = maySee
		}
	}
	return *told == maySee
}
