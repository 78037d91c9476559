package attribution

import (
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

// Brief is what a line in a list says of a case.
type Brief struct {
	ID       CaseID
	Question string
	Outbreak string // that it is about, "" for none
	By       access.PartnerID
	Opened   time.Time
	Status   Status
	TLP      access.TLP
}

// Briefs is every case that the principal may see, the newest first, as List has them,
// without a copy of what is in them: a case may have 100,000 records.
func (s *State) Briefs(p access.Principal) []Brief {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]Brief, 0, len(s.order))
	for _, id := range slices.Backward(s.order) {
		if f := s.cases[id]; p.MaySee(f.By, f.audience) {
			list = append(list, Brief{f.ID, f.Question, f.Outbreak, f.By, f.Opened, f.status(), f.audience.TLP})
		}
	}
	return list
}

// Spoken is that a statement was proposed in a case, or published.
type Spoken struct {
	At        time.Time
	By        access.PartnerID
	Statement int // its place among the case's
	Published bool
}

// Spoken is what was proposed and published in a case, in order; nothing of one that
// the principal may not see.
func (s *State) Spoken(p access.Principal, id CaseID) (list []Spoken) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	f, err := s.visible(p, id)
	if err != nil {
		return nil
	}
	for i := range f.Statements {
		one := &f.Statements[i]
		list = append(list, Spoken{one.At, one.By, i, false})
		if one.Published > 0 && one.Published <= len(f.History) {
			step := f.History[one.Published-1]
			list = append(list, Spoken{step.At, step.By, i, true})
		}
	}
	return list
}
