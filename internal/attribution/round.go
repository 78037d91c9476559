package attribution

import (
	"fmt"

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

// roundKey is what a partner has one vector of.
type roundKey struct {
	round int
	by    access.PartnerID
}

// vector is how far a partner's vector in a round has come.
type vector struct {
	committed int // one more than the index of the last commitment, 0 without one
	revealed  bool
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

func (c Commitment) as(party string) body {
	c.Party = party
	return c
}

func (c Commitment) check(f *file, by access.PartnerID) error {
	if err := f.checkOpen(c.Round); err != nil {
		return err
	}
	if first, has := f.committed[c.Seal]; has && first != by {
		return fmt.Errorf("%w: seal: another partner has committed to it: a copy would be revealed with what that one shows", access.ErrConflict)
	}
	return checkDigest("seal", c.Seal, true)
}

func (c Commitment) apply(f *file, at Where) {
	r := f.openRound()
	f.committed[c.Seal] = at.By
	f.vectors[roundKey{c.Round, at.By}] = vector{committed: len(r.Committed) + 1}
	r.Committed = append(r.Committed, Committed{c, at})
}

func (c Closing) of() (CaseID, string) { return c.Case, c.Party }

func (c Closing) as(party string) body {
	c.Party = party
	return c
}

func (c Closing) check(f *file, by access.PartnerID) error {
	if err := f.decides(by, "close a round"); err != nil {
		return err
	}
	return f.checkOpen(c.Round)
}

func (c Closing) apply(f *file, at Where) { f.openRound().Closed = at.Record }

func (r Revelation) of() (CaseID, string) { return r.Case, r.Party }

func (r Revelation) as(party string) body {
	r.Party = party
	return r
}

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
	own := f.vectors[roundKey{r.Round, by}]
	switch {
	case own.revealed:
		return fmt.Errorf("%w: the vector for round %d is revealed", access.ErrConflict, r.Round)
	case own.committed == 0:
		return fmt.Errorf("%w: nothing was committed to in round %d", access.ErrConflict, r.Round)
	}
	seal, err := SealVector(r.Salt, r.Vector)
	if err != nil {
		return err
	}
	if c := round.Committed[own.committed-1]; seal.Named() != c.Seal {
		return fmt.Errorf("%w: salt and vector give %s, the commitment (record %d) says %s", access.ErrInvalid, seal.Named(), c.Record, c.Seal)
	}
	return nil
}

func (r Revelation) apply(f *file, at Where) {
	round := &f.Rounds[r.Round-1]
	round.Revealed = append(round.Revealed, Revealed{r, at})
	key := roundKey{r.Round, at.By}
	own := f.vectors[key]
	own.revealed = true
	f.vectors[key] = own
}
