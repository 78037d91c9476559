package attribution

import (
	"fmt"
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
)

// Value is a rating on the five-point scale.
type Value string

// The scale of Analysis of Competing Hypotheses.
const (
	VeryConsistent   Value = "CC"
	Consistent       Value = "C"
	Neutral          Value = "N"
	Inconsistent     Value = "I"
	VeryInconsistent Value = "II"
)

// Points are +2 (CC) to -2 (II); ok is false for anything else.
func (v Value) Points() (points int, ok bool) {
	switch v {
	case VeryConsistent:
		return 2, true
	case Consistent:
		return 1, true
	case Neutral:
		return 0, true
	case Inconsistent:
		return -1, true
	case VeryInconsistent:
		return -2, true
	}
	return 0, false
}

// Rating is how well one item of evidence fits one hypothesis in the eyes of
// one partner. A later rating of the same by the same partner replaces it.
type Rating struct {
	Case       CaseID       `json:"case"`
	Party      string       `json:"party,omitempty"`
	Evidence   EvidenceID   `json:"evidence"`
	Hypothesis HypothesisID `json:"hypothesis"`
	Value      Value        `json:"value"`
	Reason     string       `json:"reason"`
	// Likelihood is the probability of seeing the item if the hypothesis holds,
	// above 0 and at most 1; 0 says that the partner gives none.
	Likelihood float64 `json:"likelihood,omitzero"`
}

// ratingKey is what a partner can hold one rating of.
type ratingKey struct {
	row, column int
	by          access.PartnerID
}

// Validate says what is wrong with a rating in itself; whether the case has
// such evidence and such a hypothesis only State knows.
func (r Rating) Validate() error {
	if _, ok := r.Value.Points(); !ok {
		return fmt.Errorf("%w: value %.100q is not CC, C, N, I or II", access.ErrInvalid, r.Value)
	}
	if r.Likelihood != 0 && !(r.Likelihood > 0 && r.Likelihood <= 1) {
		return fmt.Errorf("%w: likelihood %v is not above 0 and at most 1", access.ErrInvalid, r.Likelihood)
	}
	return access.CheckProse("reason", r.Reason, maxText, true)
}

func (r Rating) of() (CaseID, string) { return r.Case, r.Party }

func (r Rating) as(party string) body {
	r.Party = party
	return r
}

func (r Rating) check(f *file, _ access.PartnerID) error {
	if err := r.Validate(); err != nil {
		return err
	}
	if _, err := f.item(r.Evidence); err != nil {
		return err
	}
	return f.knows(r.Hypothesis)
}

func (r Rating) apply(f *file, at Where) {
	rated := Rated{Rating: r, Where: at, Row: f.row[r.Evidence], Column: f.column[r.Hypothesis]}
	key := ratingKey{rated.Row, rated.Column, at.By}
	if i, again := f.rated[key]; again {
		if f.lent.Swap(false) {
			f.Ratings = slices.Clone(f.Ratings)
		}
		f.Ratings[i] = rated
		f.Superseded++
		return
	}
	f.rated[key] = len(f.Ratings)
	f.Ratings = append(f.Ratings, rated)
}

// knows says whether the case has the hypothesis.
func (f *file) knows(id HypothesisID) error {
	if _, has := f.column[id]; !has {
		return fmt.Errorf("hypothesis %.100q: %w in the case", id, access.ErrNotFound)
	}
	return nil
}
