package attribution

import (
	"fmt"
	"slices"
	"sync"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// State is the fold of all case entries. Its methods may be called from many
// goroutines at once. Make one with NewState.
type State struct {
	mu    sync.RWMutex
	cases map[CaseID]*record
	order []CaseID // as they were opened
}

// record is a case as folded.
type record struct {
	Case
	audience access.Audience
	item     map[EvidenceID]bool
	rating   map[ratingKey]int // index into Ratings
}

// ratingKey is what a partner can hold one rating of.
type ratingKey struct {
	evidence   EvidenceID
	hypothesis HypothesisID
	by         access.PartnerID
}

// NewState is the state of an empty ledger.
func NewState() *State { return &State{cases: make(map[CaseID]*record)} }

// Apply folds one entry; entries of other kinds it ignores. An error means that
// the entry is not what its kind promises; the state is then unchanged. A case,
// a hypothesis or an item with an id that is taken changes nothing: the first
// one stands.
func (s *State) Apply(e ledger.Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	switch e.Kind {
	case KindOpened:
		err = s.applyOpened(e)
	case KindHypothesis:
		err = s.applyHypothesis(e)
	case KindEvidence:
		err = s.applyEvidence(e)
	case KindRating:
		err = s.applyRating(e)
	}
	if err != nil {
		return fmt.Errorf("apply entry %d (%s): %w", e.Seq, e.Kind, err)
	}
	return nil
}

func (s *State) applyOpened(e ledger.Entry) error {
	var o Opening
	if err := json.Unmarshal(e.Body, &o); err != nil {
		return err
	}
	if o.ID == "" {
		return fmt.Errorf("%w: id is missing", access.ErrInvalid)
	}
	if err := o.Validate(); err != nil {
		return err
	}
	audience, err := access.ParseAudience(e.Audience)
	if err != nil {
		return err
	}
	if _, taken := s.cases[o.ID]; taken {
		return nil
	}
	o.Hypotheses = append(o.Hypotheses, Standing()...)
	s.cases[o.ID] = &record{
		Case:     Case{Opening: o, By: access.PartnerID(e.Actor), Opened: e.Time},
		audience: audience, item: make(map[EvidenceID]bool), rating: make(map[ratingKey]int),
	}
	s.order = append(s.order, o.ID)
	return nil
}

func (s *State) applyHypothesis(e ledger.Entry) error {
	var p Proposal
	if err := json.Unmarshal(e.Body, &p); err != nil {
		return err
	}
	c, err := s.find(p.Case)
	if err != nil {
		return err
	}
	if err := p.Hypothesis.Validate(); err != nil {
		return err
	}
	if !c.hasHypothesis(p.ID) {
		c.Hypotheses = append(c.Hypotheses, p.Hypothesis)
	}
	return nil
}

func (s *State) applyEvidence(e ledger.Entry) error {
	var item Evidence
	if err := json.Unmarshal(e.Body, &item); err != nil {
		return err
	}
	c, err := s.find(item.Case)
	if err != nil {
		return err
	}
	if item.ID == "" {
		return fmt.Errorf("%w: id is missing", access.ErrInvalid)
	}
	if err := item.Validate(); err != nil {
		return err
	}
	if !c.item[item.ID] {
		c.item[item.ID] = true
		c.Evidence = append(c.Evidence, Filed{Evidence: item, By: access.PartnerID(e.Actor), At: e.Time})
	}
	return nil
}

func (s *State) applyRating(e ledger.Entry) error {
	var r Rating
	if err := json.Unmarshal(e.Body, &r); err != nil {
		return err
	}
	c, err := s.find(r.Case)
	if err != nil {
		return err
	}
	if err := c.accepts(r); err != nil {
		return err
	}
	rated := Rated{Rating: r, By: access.PartnerID(e.Actor), At: e.Time}
	key := ratingKey{r.Evidence, r.Hypothesis, rated.By}
	if i, again := c.rating[key]; again {
		c.Ratings[i] = rated
		c.Superseded++
		return nil
	}
	c.rating[key] = len(c.Ratings)
	c.Ratings = append(c.Ratings, rated)
	return nil
}

func (s *State) find(id CaseID) (*record, error) {
	c, ok := s.cases[id]
	if !ok {
		return nil, fmt.Errorf("case %q: %w", id, access.ErrNotFound)
	}
	return c, nil
}

// accepts says whether the case has what the rating is about.
func (c *record) accepts(r Rating) error {
	if err := r.Validate(); err != nil {
		return err
	}
	if !c.item[r.Evidence] {
		return fmt.Errorf("evidence %q: %w in the case", r.Evidence, access.ErrNotFound)
	}
	if !c.hasHypothesis(r.Hypothesis) {
		return fmt.Errorf("hypothesis %q: %w in the case", r.Hypothesis, access.ErrNotFound)
	}
	return nil
}

func (c *record) hasHypothesis(id HypothesisID) bool {
	return slices.ContainsFunc(c.Hypotheses, func(h Hypothesis) bool { return h.ID == id })
}
