package protect

import (
	"fmt"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// Apply folds a declaration; the leaving of a partner, whose assets are guarded
// no more; and a quarantine, which takes back a declaration made since. Kinds
// that are not its own it leaves alone.
func (d *DeclaredAssets) Apply(e ledger.Entry) error {
	switch e.Kind {
	case KindAssets:
		return ledger.Fold(e, func(e ledger.Entry, said Declaration) {
			if partner := access.PartnerID(e.Actor); partner != "" && partner != access.Hub {
				d.replace(partner, said.Values, e.Time)
			}
		})
	case access.KindPartnerLeft:
		return ledger.Fold(e, func(_ ledger.Entry, gone access.Departure) { d.drop(gone.Partner, time.Time{}) })
	case KindQuarantined:
		return ledger.Fold(e, func(_ ledger.Entry, q Quarantine) {
			if q.On {
				d.drop(q.Partner, q.Since)
			}
		})
	}
	return nil
}

// drop ends a declaration that was made at or after a time.
func (d *DeclaredAssets) drop(partner access.PartnerID, since time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	old := d.of[partner]
	if old.said.Before(since) {
		return
	}
	for _, v := range old.values {
		d.index.remove(v)
	}
	d.total -= len(old.values)
	delete(d.of, partner)
}

// replace takes the values that may be declared; a ledger of another version may
// hold others.
func (d *DeclaredAssets) replace(partner access.PartnerID, values []observable.Value, at time.Time) {
	d.drop(partner, time.Time{})
	d.mu.Lock()
	defer d.mu.Unlock()
	next := declared{said: at}
	for _, v := range values[:min(len(values), MaxAssets)] {
		if checkAsset(v) == nil {
			next.values = append(next.values, v)
			d.index.add(v)
		}
	}
	if len(next.values) > 0 {
		d.of[partner] = next
		d.total += len(next.values)
	}
}

// Declare is that of the state's DeclaredAssets; what has to resolve cannot be
// declared besides: the hub guards it already, and nobody else has a say about it.
func (s *State) Declare(by access.Principal, values []observable.Value, now time.Time) (ledger.Draft, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, v := range values {
		if reason, bad := s.kill.Check(v); bad {
			return ledger.Draft{}, fmt.Errorf("declare assets: %w: %s: leave it out: %s", ErrConflict, v.Text, reason)
		}
	}
	return s.assets.Declare(by, values, now)
}

// AssetsOf gives what the principal's partner has declared as its own.
func (s *State) AssetsOf(by access.Principal) []observable.Value {
	if by.Partner == "" || by.Guest {
		return []observable.Value{}
	}
	return s.assets.Of(by.Partner)
}
