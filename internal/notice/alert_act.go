package notice

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Issue is the draft of a new alert and its id: by a coordinator, or by an
// administrator without a partner in the hub's name. The zero audience is the default
// community's at TLP:GREEN.
func (s *State) Issue(by access.Principal, a Alert, to access.Audience, now time.Time) (AlertID, ledger.Draft, error) {
	to, _, err := s.reached(by, a, to, now)
	if err != nil {
		return "", ledger.Draft{}, err
	}
	a.ID = AlertID("alert--" + uuid.NewString())
	d, err := ledger.NewDraft(KindAlertIssued, by.Actor(), to.String(), a)
	return a.ID, d, err
}

// Reach is how many partners an alert would reach, were it issued now: what stands
// against it is Issue's error. Whoever issues one looks at this before.
func (s *State) Reach(by access.Principal, a Alert, to access.Audience, now time.Time) (partners int, err error) {
	_, list, err := s.reached(by, a, to, now)
	return len(list), err
}

// reached checks a new alert, and gives its audience, with what was left out filled
// in, and the partners that it reaches.
func (s *State) reached(by access.Principal, a Alert, to access.Audience, now time.Time) (access.Audience, []access.PartnerID, error) {
	refuse := func(err error) (access.Audience, []access.PartnerID, error) {
		return to, nil, fmt.Errorf("issue alert: %w", err)
	}
	if err := mayIssue(by, "issue an alert"); err != nil {
		return to, nil, err
	}
	if to.TLP == "" {
		to = access.ToCommunity(access.Green)
	}
	to.Community = cmp.Or(to.Community, access.DefaultCommunity)
	if err := s.dir.CheckAudience(by, to); err != nil {
		return refuse(err)
	}
	if err := a.Validate(); err != nil {
		return refuse(err)
	}
	for i, p := range a.To.Partners {
		if !s.takesPart(p) {
			return refuse(fmt.Errorf("%w: to/partners/%d: no partner has the id %q", access.ErrInvalid, i, clip(string(p))))
		}
	}
	s.mu.Lock() // who is reached is remembered
	defer s.mu.Unlock()
	if a.Replaces != "" {
		if err := s.mayWithdraw(by, a.Replaces); err != nil {
			return refuse(err)
		}
	}
	if n := s.daily(access.PartnerID(by.Actor()), now); n >= maxDaily {
		return refuse(fmt.Errorf("%w: your partner has issued %d alerts within a day, which is the most: put what belongs together into one", access.ErrConflict, n))
	}
	list := s.whom(access.PartnerID(by.Actor()), to, a.To)
	if len(list) == 0 {
		return refuse(fmt.Errorf("%w: it would reach nobody: nobody whom it is for may see it", access.ErrInvalid))
	}
	return to, list, nil
}

// whom are the partners that an alert reaches: it is for them, and they may see it.
func (s *State) whom(by access.PartnerID, audience access.Audience, to To) []access.PartnerID {
	return s.chosen(s.reaches(by, audience), to.matches)
}

func (s *State) daily(partner access.PartnerID, now time.Time) int {
	n := 0
	for _, at := range s.latest[partner] {
		if now.Sub(at) < 24*time.Hour {
			n++
		}
	}
	return n
}

func mayIssue(by access.Principal, what string) error {
	if by.AtLeast(access.Administrator) {
		return nil
	}
	return by.CheckPartner(what, access.Coordinator)
}

// Withdraw is the draft that takes an alert back: by the partner that issued it, or an
// administrator. What of it was not sent is not sent; whom it may have reached is told,
// in the same way.
func (s *State) Withdraw(by access.Principal, w Withdrawal) (ledger.Draft, error) {
	if err := mayIssue(by, "withdraw alert "+clip(string(w.Alert))); err != nil {
		return ledger.Draft{}, err
	}
	if err := access.CheckProse("reason", w.Reason, maxReason, true); err != nil {
		return ledger.Draft{}, fmt.Errorf("withdraw alert: %w", err)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.mayWithdraw(by, w.Alert); err != nil {
		return ledger.Draft{}, fmt.Errorf("withdraw alert: %w", err)
	}
	return ledger.NewDraft(KindAlertWithdrawn, by.Actor(), s.alerts[w.Alert].audience.String(), w)
}

func (s *State) mayWithdraw(by access.Principal, id AlertID) error {
	a, err := s.visible(by, id)
	switch {
	case err != nil:
		return err
	case by.Actor() != string(a.by) && !by.AtLeast(access.Administrator):
		return fmt.Errorf("%w: alert %s: only %s, which issued it, or an administrator can take it back", access.ErrForbidden, id, a.by)
	case !a.withdrawn.IsZero():
		return fmt.Errorf("%w: alert %s was withdrawn already: %s", access.ErrConflict, id, a.reason)
	}
	return nil
}

// AcknowledgeAlert is the draft by which somebody of a partner that an alert reached
// has read it. The first acknowledgement of a partner stands.
func (s *State) AcknowledgeAlert(by access.Principal, k Acknowledgement) (ledger.Draft, error) {
	what := "acknowledge alert " + clip(string(k.Alert))
	if err := by.CheckPartner(what, access.Contributor); err != nil {
		return ledger.Draft{}, err
	}
	if err := access.CheckProse("words", k.Words, maxWords, false); err != nil {
		return ledger.Draft{}, fmt.Errorf("%s: %w", what, err)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	a, err := s.visible(by, k.Alert)
	switch {
	case err != nil:
		return ledger.Draft{}, fmt.Errorf("acknowledge: %w", err)
	case !a.reaches(by.Partner):
		return ledger.Draft{}, fmt.Errorf("%s: %w: it was not for your partner", what, access.ErrConflict)
	case a.answered[by.Partner]:
		return ledger.Draft{}, fmt.Errorf("%s: %w: your partner has acknowledged it already", what, access.ErrConflict)
	}
	return ledger.NewDraft(KindAlertAcknowledged, by.Actor(), own, k)
}

// visible is an alert that the principal may see. The caller holds the lock.
func (s *State) visible(p access.Principal, id AlertID) (*alert, error) {
	a := s.alerts[id]
	if a == nil || !p.MaySee(a.by, a.audience) {
		return nil, fmt.Errorf("%w: there is no alert %q", access.ErrNotFound, clip(string(id)))
	}
	return a, nil
}

// AlertStatus is an alert as one reader sees it.
type AlertStatus struct {
	Alert
	By         access.PartnerID `json:"by"`
	At         time.Time        `json:"at"`
	Audience   access.Audience  `json:"audience"`
	Withdrawn  time.Time        `json:"withdrawn,omitzero"`
	Reason     string           `json:"reason,omitempty"`      // why it was withdrawn
	ReplacedBy AlertID          `json:"replaced_by,omitempty"` // the alert that corrects it

	// Counts are of partners, for a coordinator and for who issued it; for others of
	// organisations, and there is none where fewer than a minimum are behind one.
	Reached      *int `json:"reached,omitempty"`
	Acknowledged *int `json:"acknowledged,omitempty"`
	// Waiting are the partners that were reached and have not acknowledged, and Answers
	// those that have, as they did: for coordinators and for who issued it.
	Waiting []access.PartnerID `json:"waiting,omitempty"`
	Answers []Answer           `json:"answers,omitempty"`

	ForYou bool    `json:"for_you,omitempty"`     // the reader's partner was reached
	Your   *Answer `json:"your_answer,omitempty"` // of the reader's partner
}

// Alerts are those that the caller may see, the newest first, without who answered.
func (s *State) Alerts(p access.Principal) []AlertStatus {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := []AlertStatus{}
	for _, a := range slices.Backward(s.issued) {
		if p.MaySee(a.by, a.audience) {
			list = append(list, s.status(p, a, false))
		}
	}
	return list
}

// AlertOf is one that the caller may see, or access.ErrNotFound.
func (s *State) AlertOf(p access.Principal, id AlertID) (AlertStatus, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	a, err := s.visible(p, id)
	if err != nil {
		return AlertStatus{}, err
	}
	return s.status(p, a, true), nil
}

// AlertsOn are those about a subject (a CVE, a value) or an outbreak that the caller
// may see, the newest first.
func (s *State) AlertsOn(p access.Principal, subject string) []AlertStatus {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := []AlertStatus{}
	for _, a := range slices.Backward(s.about[subject]) {
		if p.MaySee(a.by, a.audience) {
			list = append(list, s.status(p, a, true))
		}
	}
	return list
}
