package response

import (
	"fmt"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

// Standing is what one partner was asked for and what came of it, each list in
// the order in which the actions were opened.
type Standing struct {
	Partner    access.PartnerID `json:"partner"`
	Waiting    []ActionID       `json:"waiting"` // asked of it, by id or as one of many, and not answered
	Committed  []Commitment     `json:"committed"`
	Late       []Commitment     `json:"late"`
	Contested  []Commitment     `json:"contested"`
	Done       []Commitment     `json:"done"`
	RolledBack []Commitment     `json:"rolled_back"`
	Cancelled  []Commitment     `json:"cancelled"`
}

// Standing is the board of one partner of the given sector at now, as far as
// the principal may see it. What is asked of its kind or country counts where the
// directory knows the partner.
func (s *State) Standing(p access.Principal, partner access.PartnerID, sector string, now time.Time) Standing {
	asked := member{id: partner}
	if s.directory != nil {
		if known, here := s.directory.Partner(partner); here {
			asked = memberOf(known)
		}
	}
	asked.words[0] = sector
	s.mu.RLock()
	defer s.mu.RUnlock()
	st := Standing{
		Partner: partner, Waiting: []ActionID{}, Committed: []Commitment{}, Late: []Commitment{}, Contested: []Commitment{},
		Done: []Commitment{}, RolledBack: []Commitment{}, Cancelled: []Commitment{},
	}
	reader := s.reader(p)
	for _, a := range s.order {
		if !reader.sees(a) {
			continue
		}
		c := a.parts[partner]
		if c == nil {
			if a.waits(asked) {
				st.Waiting = append(st.Waiting, a.ID)
			}
			continue
		}
		seen := a.seen(c, now)
		list := st.of(seen.Status)
		*list = append(*list, seen)
	}
	return st
}

func (st *Standing) of(s Status) *[]Commitment {
	switch s {
	case Late:
		return &st.Late
	case Contested:
		return &st.Contested
	case Done:
		return &st.Done
	case RolledBack:
		return &st.RolledBack
	case Cancelled:
		return &st.Cancelled
	}
	return &st.Committed
}

// Answer is a partner's first commitment to an action.
type Answer struct {
	Partner access.PartnerID `json:"partner"`
	At      time.Time        `json:"at"`
	AfterS  float64          `json:"after_s"` // seconds from the opening, by the ledger's clock
	Asked   bool             `json:"asked"`   // by id; false for a sector's member or a volunteer
	Note    string           `json:"note,omitempty"`
}

// Answers is who answered the call, and after how long, the fastest first.
func (s *State) Answers(p access.Principal, id ActionID) ([]Answer, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	a, err := s.visible(p, id)
	if err != nil {
		return nil, fmt.Errorf("answers to action %s: %w", id, err)
	}
	answers := []Answer{}
	seen := make(map[access.PartnerID]bool)
	for _, e := range a.history {
		promised := e.Kind == KindCommitted || e.Kind == KindOpened && a.Volunteered
		if !promised || e.Moot != "" || seen[e.Partner] {
			continue
		}
		seen[e.Partner] = true
		answers = append(answers, Answer{
			Partner: e.Partner, At: e.At, AfterS: e.At.Sub(a.Opened).Seconds(),
			Asked: a.names(string(e.Partner)), Note: e.Note,
		})
	}
	return answers, nil
}
