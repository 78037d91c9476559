package response

import (
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

// Summary is the head of the board: how many actions there are in which state,
// and how many parts of them.
type Summary struct {
	Actions     ActionCounts `json:"actions"`
	Overdue     int          `json:"overdue"`     // actions of which a deadline has passed
	Unapproved  int          `json:"unapproved"`  // that wait for approval
	Volunteered int          `json:"volunteered"` // without being told to
	Commitments PartCounts   `json:"commitments"`
}

// ActionCounts are how many actions are in which state.
type ActionCounts struct {
	Open       int `json:"open"`
	Refused    int `json:"refused"`
	Committed  int `json:"committed"`
	Contested  int `json:"contested"`
	Done       int `json:"done"`
	RolledBack int `json:"rolled_back"`
	Cancelled  int `json:"cancelled"`
}

// All is how many actions there are.
func (s Summary) All() int {
	n := s.Actions
	return n.Open + n.Refused + n.Committed + n.Contested + n.Done + n.RolledBack + n.Cancelled
}

// Add counts one more action in a state.
func (n *ActionCounts) Add(s Status) { *n.of(s)++ }

func (n *ActionCounts) of(s Status) *int {
	switch s {
	case Open:
		return &n.Open
	case Refused:
		return &n.Refused
	case Contested:
		return &n.Contested
	case Done:
		return &n.Done
	case RolledBack:
		return &n.RolledBack
	case Cancelled:
		return &n.Cancelled
	}
	return &n.Committed
}

// Summary counts the actions that the principal may see and that match, at now.
func (s *State) Summary(p access.Principal, q Query, now time.Time) Summary {
	match := s.matcher(q, s.roll())
	s.mu.RLock()
	defer s.mu.RUnlock()
	var sum Summary
	reader := s.reader(p)
	for _, a := range s.order {
		if !reader.sees(a) || !match(a, now) {
			continue
		}
		*sum.Actions.of(a.status())++
		if a.overdue(now) {
			sum.Overdue++
		}
		if a.verdict.State == AwaitsApproval && a.cancelledAt.IsZero() {
			sum.Unapproved++
		}
		if a.Volunteered {
			sum.Volunteered++
		}
		sum.Commitments.add(a.partCounts(now))
	}
	return sum
}

func (n *PartCounts) add(m PartCounts) {
	n.Committed += m.Committed
	n.Late += m.Late
	n.Contested += m.Contested
	n.Done += m.Done
	n.RolledBack += m.RolledBack
	n.Cancelled += m.Cancelled
}
