// Package release makes the released form of an entry: what of it one reader
// may be told, after all that was tightened, withdrawn or erased since, and
// without the parts that granular markings keep from that reader.
//
// The rule itself is access.Principal.MaySee; this package knows what it has
// to be asked about.
package release

import (
	"slices"
	"sync"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Register remembers what was taken back, folded from the ledger. Its methods
// may be called from many goroutines at once.
type Register struct {
	mu      sync.RWMutex
	at      ledger.Seq // the last entry folded
	taken   []Withdrawal
	byEntry map[ledger.Seq][]int // indexes into taken, rising
}

// Withdrawal is one act of taking back.
type Withdrawal struct {
	Seq  ledger.Seq // of the entry that says so
	Time time.Time
	contribution.Tightening
	audience access.Audience // who may see from then on; the zero Audience: nobody
}

// NewRegister is the register of an empty ledger.
func NewRegister() *Register {
	return &Register{byEntry: map[ledger.Seq][]int{}}
}

// Apply folds an entry; of kinds that are not its own it takes only the place.
// An erasure needs no fold: a withdrawal comes before it, and what it erased
// reads as nothing.
func (r *Register) Apply(e ledger.Entry) error {
	if e.Kind == contribution.KindTightened {
		return ledger.Fold(e, r.tightened)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.at = e.Seq
	return nil
}

func (r *Register) tightened(e ledger.Entry, t contribution.Tightening) {
	w := Withdrawal{Seq: e.Seq, Time: e.Time, Tightening: t}
	w.audience, _ = access.ParseAudience(t.Audience) // what cannot be read is nobody's
	r.mu.Lock()
	defer r.mu.Unlock()
	r.at = e.Seq
	r.taken = append(r.taken, w)
	for _, seq := range t.Entries {
		r.byEntry[seq] = append(r.byEntry[seq], len(r.taken)-1)
	}
}

// Since is what was taken back after an entry, in order, and the last entry
// that has been folded.
func (r *Register) Since(seen ledger.Seq) ([]Withdrawal, ledger.Seq) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	from, _ := slices.BinarySearchFunc(r.taken, seen, func(w Withdrawal, seq ledger.Seq) int {
		if w.Seq <= seq {
			return -1
		}
		return 1
	})
	return slices.Clone(r.taken[from:]), r.at
}

// touching is what took back from an entry, up to and including asOf.
func (r *Register) touching(entry, asOf ledger.Seq) []Withdrawal {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var found []Withdrawal
	for _, i := range r.byEntry[entry] {
		if r.taken[i].Seq <= asOf {
			found = append(found, r.taken[i])
		}
	}
	return found
}

// names says whether the withdrawal is about a version of an object.
func (w Withdrawal) names(id string, version time.Time) bool {
	if w.Contribution != "" {
		return true
	}
	return w.Object == id && (len(w.Versions) == 0 || slices.ContainsFunc(w.Versions, version.Equal))
}
