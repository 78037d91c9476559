package outbreak

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// KindWord is the ledger entry whose body is a Warning: what a person, not
// telemetry, says. It is told to the default community at TLP:GREEN, so that
// everybody sees whose word an alarm rests on.
const KindWord ledger.Kind = "outbreak.word"

// Warning is a coordinator's word that there is an outbreak. What it says of
// the partner the directory fills in. The partner is the entry's actor, the hub
// that of an administrator of no partner.
type Warning struct {
	ID     string             `json:"id"` // "warning--" and a UUID, given by State.Ring
	Port   uint16             `json:"port,omitzero"`
	Values []observable.Value `json:"values,omitempty"` // at most MaxWarningValues
	Reason string             `json:"reason"`
	At     time.Time          `json:"at"` // by the hub's clock
	By     string             `json:"by"` // the person's or the token's id

	Sector       string `json:"sector,omitempty"`
	Country      string `json:"country,omitempty"`
	Organisation string `json:"organisation,omitempty"`
	Designated   bool   `json:"designated,omitzero"` // it rings alone; otherwise it is one voice's evidence
}

// MaxWarningValues bounds what one warning may name.
const MaxWarningValues = 32

const maxReason = 1000 // characters

// Ring gives the entry by which a coordinator asks for an alarm about a port, or
// values, or both: of w only Port, Values and Reason count. from is what the
// directory says of the coordinator's partner, the zero Partner for an
// administrator of none. The word of the hub's administrator and that of a
// designated partner ring alone, once the deciders are asked; anybody else's is
// one voice's evidence: of scans of the port, and of the values as suspects.
func (s *State) Ring(by access.Principal, from access.Partner, w Warning, now time.Time) (ledger.Draft, error) {
	refuse := func(err error) (ledger.Draft, error) {
		return ledger.Draft{}, fmt.Errorf("ring the alarm: %w", err)
	}
	if err := coordinates(by); err != nil {
		return refuse(err)
	}
	if by.Partner != from.ID {
		return refuse(fmt.Errorf("%w: %s cannot speak for %s", access.ErrForbidden, by.Actor(), cmp.Or(string(from.ID), access.Hub)))
	}
	if err := access.CheckText("reason", w.Reason, maxReason); err != nil {
		return refuse(err)
	}
	if w.Port == 0 && len(w.Values) == 0 || len(w.Values) > MaxWarningValues {
		return refuse(fmt.Errorf("%w: name a port, or 1 to %d values, or both; these are port %d and %d values", access.ErrInvalid, MaxWarningValues, w.Port, len(w.Values)))
	}
	for i, v := range w.Values {
		normal, err := observable.New(v.Type, v.Text)
		if err != nil {
			return refuse(fmt.Errorf("%w: /values/%d: %w", access.ErrInvalid, i, err))
		}
		if normal != v || len(v.Text) > maxText {
			return refuse(fmt.Errorf("%w: /values/%d: write it as %s, in at most %d bytes", access.ErrInvalid, i, normal, maxText))
		}
	}
	w.Values = slices.Clone(w.Values)
	slices.SortFunc(w.Values, compareValues)
	w.Values = slices.Compact(w.Values)
	w.ID, w.At, w.By = "warning--"+uuid.NewString(), now.UTC().Truncate(time.Microsecond), by.By()
	w.Sector, w.Country, w.Organisation = from.Sector, from.Country, from.Organisation
	w.Designated = from.Designated || by.Partner == ""
	return ledger.NewDraft(KindWord, by.Actor(), access.ToCommunity(access.Green).String(), w)
}

// End gives the entry with which a coordinator ends an outbreak, for good: what
// rings afterwards is another. A false alarm's evidence does not ring again;
// partners need new evidence. An unknown id is access.ErrNotFound, one that is no
// longer open access.ErrConflict.
func (s *State) End(by access.Principal, id, reason string, falseAlarm bool, now time.Time) (ledger.Draft, error) {
	refuse := func(err error) (ledger.Draft, error) {
		return ledger.Draft{}, fmt.Errorf("end outbreak %s: %w", id, err)
	}
	if err := coordinates(by); err != nil {
		return refuse(err)
	}
	if err := access.CheckText("reason", reason, maxReason); err != nil {
		return refuse(err)
	}
	o, known := s.Get(id)
	switch {
	case !known:
		return refuse(access.ErrNotFound)
	case o.Status == Merged:
		return refuse(fmt.Errorf("%w: it goes on as %s: end that one", access.ErrConflict, o.Into))
	case o.Status == Ended:
		return refuse(fmt.Errorf("%w: it was ended at %s by %s", access.ErrConflict, o.Ended.Format(time.RFC3339), o.By))
	}
	o.Status, o.Ended, o.Because, o.By, o.FalseAlarm = Ended, now.UTC().Truncate(time.Microsecond), reason, by.Actor(), falseAlarm
	return ledger.NewDraft(KindEnded, by.Actor(), o.Audience().String(), o)
}

func coordinates(by access.Principal) error {
	if !by.AtLeast(access.Coordinator) {
		return fmt.Errorf("%w: it takes a coordinator", access.ErrForbidden)
	}
	return nil
}
