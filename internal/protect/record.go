package protect

import (
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// record is all that is known about one value.
type record struct {
	value     observable.Value
	current   *slot   // the latest decision that counts, also one that has ended
	proposals []*slot // at most one a partner and polarity
	decisions int     // on the ledger so far: makes ids distinct

	evidence   evidence
	due        ledger.Seq // the report that corroborated it, if automation has not answered yet
	unresolved ledger.Seq // the first report that the name does not resolve while no block of it could be the cause

	holder access.PartnerID // whose share of the memory it takes, while nothing is decided
	shared bool             // it does
	ghosts []*slot          // what readers may hold in force that the hub does not

	story []Event
	seen  map[sightingKey]int // index in story
}

// slot holds one decision.
type slot struct {
	Protection
	rec *record
	seq ledger.Seq // of its entry
	// barred is the guard that refuses a block today, although it was let pass
	// when it was decided (guards change), and why; "" for none.
	barred, why string
	fallen      string // why it no longer rests on enough; "" while it does
	owner       access.PartnerID
	audience    access.Audience         // of its entry
	stood       string                  // the partner that asked for a must-resolve, or confirmed it last
	troubled    map[receiptKey]struct{} // outlets of canary partners that report a problem
	against     []RecallProposal        // the words of partners that it should go
}

// holds is inForce for a slot that may not be there.
func (s *slot) holds() bool { return s != nil && s.inForce() }

// automatic says whether a rule decided, not a person.
func (s *slot) automatic() bool { return s.By == access.Hub }

// since is when the protection was decided or renewed last.
func (s *slot) since() time.Time {
	if s.Renewed.After(s.Decided) {
		return s.Renewed
	}
	return s.Decided
}
