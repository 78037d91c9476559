package attribution_test

import (
	"errors"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
)

// Vectors are committed to before anybody shows one; until then only who did is seen.
func TestRounds(t *testing.T) {
	s := newStory(t)
	s.begin(nil)
	vector := attribution.Vector{"state": 600_000, "criminals": 200_000, "unknown": 200_000}
	salt := attribution.Salt{1}
	seal, err := attribution.SealVector(salt, vector)
	if err != nil {
		t.Fatal(err)
	}
	commit := func(n int, seal attribution.Digest) error {
		d, err := s.state.Commit(analyst(n), attribution.Commitment{Case: s.id, Party: name(n), Round: 1, Seal: seal.Named()})
		if err == nil {
			s.add(d, nil)
		}
		return err
	}
	closing := attribution.Closing{Case: s.id, Party: name(1), Round: 1}
	if _, err := s.state.CloseRound(boss(1), closing); !errors.Is(err, access.ErrConflict) {
		t.Errorf("closed an empty round: %v", err)
	}
	for n := 1; n <= 2; n++ {
		if err := commit(n, attribution.Digest{9, byte(n)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := commit(3, attribution.Digest{9, 1}); !errors.Is(err, access.ErrConflict) {
		t.Errorf("committed to what another partner has: %v", err)
	}
	if err := commit(1, seal); err != nil { // its last counts
		t.Fatal(err)
	}
	reveal := attribution.Revelation{Case: s.id, Party: name(1), Round: 1, Salt: salt, Vector: vector}
	if _, err := s.state.Reveal(analyst(1), reveal); !errors.Is(err, access.ErrConflict) {
		t.Errorf("revealed while others may still commit: %v", err)
	}
	s.add(s.state.CloseRound(boss(2), closing))
	if err := commit(3, seal); !errors.Is(err, access.ErrConflict) {
		t.Errorf("committed to a closed round: %v", err)
	}
	if scores := s.get().Scores(); scores.Vectors != nil {
		t.Errorf("vectors before any is revealed: %+v", scores.Vectors)
	}
	changed := reveal
	changed.Vector = attribution.Vector{"state": 900_000, "criminals": 100_000}
	if _, err := s.state.Reveal(analyst(1), changed); !errors.Is(err, access.ErrInvalid) {
		t.Errorf("revealed another vector than was committed to: %v", err)
	}
	stolen := reveal
	if _, err := s.state.Reveal(analyst(2), stolen); !errors.Is(err, access.ErrInvalid) {
		t.Errorf("revealed somebody else's vector: %v", err)
	}
	stolen.Party = name(4)
	if _, err := s.state.Reveal(analyst(4), stolen); !errors.Is(err, access.ErrConflict) {
		t.Errorf("revealed what was never committed to: %v", err)
	}
	s.add(s.state.Reveal(analyst(1), reveal))
	if _, err := s.state.Reveal(analyst(1), reveal); !errors.Is(err, access.ErrConflict) {
		t.Errorf("revealed twice: %v", err)
	}
	c := s.get()
	pooled := c.Scores().Vectors
	if pooled == nil || pooled.Round != 1 || pooled.Partners != 1 || text(t, pooled.Mean[0].Probability) != "0.600000" {
		t.Errorf("pooled %+v", pooled)
	}
	if len(c.Rounds) != 1 || len(c.Rounds[0].Committed) != 3 || len(c.Rounds[0].Revealed) != 1 {
		t.Errorf("rounds %+v", c.Rounds)
	}
	replayed(t, s)
}
