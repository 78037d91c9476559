package attribution

import (
	"fmt"
	"slices"

	"github.com/tocsin-project/tocsin/internal/access"
)

// Commitment binds a partner to a probability vector that it does not show yet.
// Its last one in a round counts.
type Commitment struct {
	Case  CaseID `json:"case"`
	Party string `json:"party,omitempty"`
	Round int    `json:"round"`
	Seal  string `json:"seal"` // SealVector's, as "sha256:" and 64 hexadecimal digits
}

// Closing ends the commitments of a round: from here on vectors are revealed.
type Closing struct {
	Case  CaseID `json:"case"`
	Party string `json:"party,omitempty"`
	Round int    `json:"round"`
}

// Revelation shows the vector that a partner committed to in a closed round.
type Revelation struct {
	Case   CaseID `json:"case"`
	Party  string `json:"party,omitempty"`
	Round  int    `json:"round"`
	Salt   Salt   `json:"salt"`
	Vector Vector `json:"vector"`
}

// maxShare is the largest weight of a hypothesis in a vector.
const maxShare = 1_000_000

// Validate says what is wrong with a vector in itself.
func (v Vector) Validate() error {
	sum := 0
	for h, share := range v {
		if share < 0 || share > maxShare {
			return fmt.Errorf("%w: vector/%.64s: %d is not 0 to %d", access.ErrInvalid, h, share, maxShare)
		}
		sum += share
	}
	if sum == 0 {
		return fmt.Errorf("%w: vector: every hypothesis has 0", access.ErrInvalid)
	}
	return nil
}

// closed is how many rounds are closed: only the last one can be open.
func (f *file) closed() int {
	if n := len(f.Rounds); n > 0 && f.Rounds[n-1].Closed == 0 {
		return n - 1
	}
	return len(f.Rounds)
}

// checkOpen says whether the round is the one that is open.
func (f *file) checkOpen(round int) error {
	open := f.closed() + 1
	if round != open {
		return fmt.Errorf("%w: round %d: the open one is %d", access.ErrConflict, round, open)
	}
	if round > maxRounds {
		return full("rounds", maxRounds)
	}
	return nil
}

// openRound is the open round, begun if it was not.
func (f *file) openRound() *Round {
	if f.closed() == len(f.Rounds) {
		f.Rounds = append(f.Rounds, Round{Number: len(f.Rounds) + 1, Committed: []Committed{}, Revealed: []Revealed{}})
	}
	return &f.Rounds[len(f.Rounds)-1]
}

func (c Commitment) of() (CaseID, string) { return c.Case, c.Party }

func (c Commitment) check(f *file, _ access.PartnerID) error {
	if err := f.checkOpen(c.Round); err != nil {
		return err
	}
	return checkDigest("seal", c.Seal, true)
}

func (c Commitment) apply(f *file, at Where) {
	r := f.openRound()
	r.Committed = append(r.Committed, Committed{c, at})
}

func (c Closing) of() (CaseID, string) { return c.Case, c.Party }

func (c Closing) check(f *file, _ access.PartnerID) error { return f.checkOpen(c.Round) }

func (c Closing) apply(f *file, at Where) { f.openRound().Closed = at.Record }

func (r Revelation) of() (CaseID, string) { return r.Case, r.Party }

func (r Revelation) check(f *file, by access.PartnerID) error {
	if r.Round < 1 || r.Round > f.closed() {
		return fmt.Errorf("%w: round %d is not closed: vectors are shown once nobody can commit to one any more", access.ErrConflict, r.Round)
	}
	if err := r.Vector.Validate(); err != nil {
		return err
	}
	for h := range r.Vector {
		if err := f.knows(h); err != nil {
			return fmt.Errorf("vector: %w", err)
		}
	}
	round := &f.Rounds[r.Round-1]
	if slices.ContainsFunc(round.Revealed, func(old Revealed) bool { return old.By == by }) {
		return fmt.Errorf("%w: the vector for round %d is revealed", access.ErrConflict, r.Round)
	}
	for _, c := range slices.Backward(round.Committed) {
		if c.By != by {
			continue
		}
		seal, err := SealVector(r.Salt, r.Vector)
		if err != nil {
			return err
		}
		if got := seal.Named(); got != c.Seal {
			return fmt.Errorf("%w: salt and vector give %s, the commitment (record %d) says %s", access.ErrInvalid, got, c.Record, c.Seal)
		}
		return nil
	}
	return fmt.Errorf("%w: nothing was committed to in round %d", access.ErrConflict, r.Round)
}

func (r Revelation) apply(f *file, at Where) {
	round := &f.Rounds[r.Round-1]
	round.Revealed = append(round.Revealed, Revealed{r, at})
}
