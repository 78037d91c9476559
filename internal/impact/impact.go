// Package impact keeps who was infected or disrupted in an incident, health first, and what
// ransom was demanded and paid.
//
// A partner reports of itself: what is infected and what stands still without being
// infected, kept apart and never added, for a hospital that was shut down as a
// precaution is as closed as one that was encrypted, and needs other help. Its report
// is its own and theirs whom it chose; everybody else sees sums over at least as many
// organisations as the hub is set to.
//
// What is said of a ransom is shared with an audience, and stands under the name of
// who said it: reporters see the same payments, so nothing is summed over them.
package impact

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Entries of the ledger that this package folds, each with the type of its body.
// The actor is the partner that says it.
const (
	KindReported ledger.Kind = "impact.reported" // Report
	KindShared   ledger.Kind = "impact.shared"   // Sharing
	KindRansom   ledger.Kind = "ransom.reported" // Ransom
)

// Criticality is of the services that are hit.
type Criticality string

// The criticalities, the gravest first. Essential and important are as Article 3 of
// Directive (EU) 2022/2555 has them for entities.
const (
	LifeCritical Criticality = "life-critical" // people die where it stands still
	Essential    Criticality = "essential"
	Important    Criticality = "important"
	OtherService Criticality = "other"
)

// Criticalities lists them, the gravest first.
func Criticalities() []Criticality {
	return []Criticality{LifeCritical, Essential, Important, OtherService}
}

// Counts is how much of an organisation is hit.
type Counts struct {
	Hosts    int64 `json:"hosts,omitempty"`
	Sites    int64 `json:"sites,omitempty"`
	Services int64 `json:"services,omitempty"`
}

// Report is what a partner says of itself. The newest of the same outbreak, country
// and criticality replaces the one before.
type Report struct {
	Outbreak    string      `json:"outbreak"`
	Country     string      `json:"country,omitempty"` // ISO 3166-1 alpha-2; its own, if it does not say
	Criticality Criticality `json:"criticality"`
	Infected    Counts      `json:"infected,omitzero"`
	Disrupted   Counts      `json:"disrupted,omitzero"` // and not infected
	// People are those affected, such as patients or appointments: an estimate.
	People   int64  `json:"people,omitempty"`
	Note     string `json:"note,omitempty"`
	Restored bool   `json:"restored,omitempty"` // all of it works again
	// RestoredAt is since when, as the partner says.
	RestoredAt time.Time `json:"restored_at,omitzero"`
}

// Sharing is whom a partner shows its reports to beside itself; each one replaces the
// one before.
type Sharing struct {
	With []access.PartnerID `json:"with"`
}

// Bounds of what one report says.
const (
	maxCount = 1_000_000_000
	maxNote  = 4096 // bytes
	maxWith  = 1000 // partners
)

// validate says what is wrong with a report whose country is filled in.
func (r Report) validate(now time.Time) error {
	switch {
	case r.Outbreak == "" || len(r.Outbreak) > 128:
		return fmt.Errorf("%w: outbreak: give the id of the incident", access.ErrInvalid)
	case !access.IsCountry(r.Country):
		return fmt.Errorf("%w: unknown country %q: use an ISO 3166-1 alpha-2 code in capitals, as GB or JP", access.ErrInvalid, r.Country)
	case !slices.Contains(Criticalities(), r.Criticality):
		return fmt.Errorf("%w: unknown criticality %q: use %s", access.ErrInvalid, r.Criticality, criticalityList())
	case !r.RestoredAt.IsZero() && !r.Restored:
		return fmt.Errorf("%w: restored_at is given and restored is not true", access.ErrInvalid)
	case r.RestoredAt.After(now):
		return fmt.Errorf("%w: restored_at %s is in the future", access.ErrInvalid, r.RestoredAt.UTC().Format(time.RFC3339))
	}
	for _, one := range []struct {
		name  string
		count int64
	}{
		{"infected/hosts", r.Infected.Hosts}, {"infected/sites", r.Infected.Sites}, {"infected/services", r.Infected.Services},
		{"disrupted/hosts", r.Disrupted.Hosts}, {"disrupted/sites", r.Disrupted.Sites}, {"disrupted/services", r.Disrupted.Services},
		{"people", r.People},
	} {
		if one.count < 0 || one.count > maxCount {
			return fmt.Errorf("%w: %s is %d, allowed are 0 to %d", access.ErrInvalid, one.name, one.count, maxCount)
		}
	}
	return access.CheckProse("note", r.Note, maxNote, false)
}

func criticalityList() string {
	words := make([]string, 0, len(Criticalities()))
	for _, c := range Criticalities() {
		words = append(words, string(c))
	}
	return strings.Join(words, ", ")
}

// NewReport is the draft of a partner's report of itself.
func (s *State) NewReport(by access.Principal, r Report, now time.Time) (ledger.Draft, error) {
	if err := by.CheckPartner("report impact", access.Contributor); err != nil {
		return ledger.Draft{}, err
	}
	if r.Country == "" {
		s.mu.RLock()
		r.Country = s.partners[by.Partner].Country
		s.mu.RUnlock()
	}
	if err := r.validate(now); err != nil {
		return ledger.Draft{}, fmt.Errorf("report impact: %w", err)
	}
	return own(KindReported, by, r)
}

// Share is the draft of whom a partner shows its reports to, in place of those
// before. That they are partners is for the caller to check.
func (s *State) Share(by access.Principal, b Sharing) (ledger.Draft, error) {
	if err := by.CheckPartner("share impact", access.Contributor); err != nil {
		return ledger.Draft{}, err
	}
	if err := b.validate(); err != nil {
		return ledger.Draft{}, fmt.Errorf("share impact: %w", err)
	}
	return own(KindShared, by, b)
}

func (b Sharing) validate() error {
	if n := len(b.With); n > maxWith {
		return fmt.Errorf("%w: with has %d partners, at most %d are allowed", access.ErrInvalid, n, maxWith)
	}
	return nil
}

// Sharing is whom the principal's partner shows its reports to.
func (s *State) Sharing(by access.Principal) (Sharing, error) {
	if err := by.CheckPartner("read with whom impact is shared", access.Viewer); err != nil {
		return Sharing{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return Sharing{With: append([]access.PartnerID{}, s.shared[by.Partner]...)}, nil
}

// own is an entry that is its partner's alone.
func own(kind ledger.Kind, by access.Principal, body any) (ledger.Draft, error) {
	return ledger.NewDraft(kind, by.Actor(), access.Audience{TLP: access.Red}.String(), body)
}
