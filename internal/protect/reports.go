package protect

import (
	"crypto/sha256"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

// reportIDs remembers which reports were counted, so that one that is sent
// again counts once. Ids are the partners' choice: two partners may choose the
// same, and neither takes anything from the other. It forgets after one to two days of the
// ledger's time: a day-old copy changes nothing but a count.
type reportIDs struct {
	since         time.Time
	recent, older map[[16]byte]struct{}
}

const reportMemory = 24 * time.Hour

// first says whether the partner's id is new. A report without one cannot be told from a
// copy and is counted.
func (r *reportIDs) first(partner access.PartnerID, id string, at time.Time) bool {
	if id == "" {
		return true
	}
	if r.recent == nil || at.Sub(r.since) >= reportMemory {
		r.recent, r.older, r.since = map[[16]byte]struct{}{}, r.recent, at
	}
	sum := sha256.Sum256([]byte(string(partner) + "\x00" + id))
	key := [16]byte(sum[:16])
	_, recent := r.recent[key]
	_, older := r.older[key]
	if recent || older {
		return false
	}
	r.recent[key] = struct{}{}
	return true
}
