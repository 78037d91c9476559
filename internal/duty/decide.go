package duty

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Request asks for a duty to be opened.
type Request struct {
	Template  string    `json:"template"` // the id of one of State.Templates
	Outbreak  string    `json:"outbreak"`
	Aware     time.Time `json:"aware_at"`
	Authority string    `json:"authority,omitempty"` // to whom, where that is not who the template names
}

// Open is the draft of a new duty of the principal's partner, its id, and what
// should make people look up: a deadline that has passed already.
func (s *State) Open(by access.Principal, q Request, now time.Time) (ID, []string, ledger.Draft, error) {
	refuse := func(err error) (ID, []string, ledger.Draft, error) {
		return "", nil, ledger.Draft{}, fmt.Errorf("open duty: %w", err)
	}
	if err := by.CheckPartner("open a duty", access.Contributor); err != nil {
		return "", nil, ledger.Draft{}, err
	}
	at := slices.IndexFunc(s.templates, func(t Template) bool { return t.ID == q.Template })
	if at < 0 {
		return refuse(fmt.Errorf("%w: no template has the id %q: see GET /duties/templates", access.ErrNotFound, q.Template))
	}
	o := Opening{
		ID: ID("duty--" + uuid.NewString()), Template: s.templates[at], Outbreak: q.Outbreak,
		Aware: q.Aware.UTC(), Authority: q.Authority,
	}
	if err := o.check(now); err != nil {
		return refuse(err)
	}
	if !s.board.Known(by, q.Outbreak) {
		return refuse(fmt.Errorf("%w: no outbreak has the id %q", access.ErrNotFound, q.Outbreak))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	held := s.holds(by.Partner)
	for _, r := range held.records {
		if r.closed.IsZero() && r.Template.ID == o.Template.ID && r.Outbreak == o.Outbreak && r.Authority == o.Authority {
			return refuse(fmt.Errorf("%w: %s is open for the same outbreak, template and authority: close it first", access.ErrConflict, r.ID))
		}
	}
	draft, err := own(KindOpened, by, o)
	if err == nil {
		err = held.refuses(o.record(by.Partner, len(draft.Body)))
	}
	if err != nil {
		return refuse(err)
	}
	return o.ID, o.late(now), draft, nil
}

// late says which deadlines have passed before the duty is opened.
func (o Opening) late(now time.Time) []string {
	r := o.record("", 0)
	list := []string{}
	for i, stage := range o.Template.Stages {
		if end := r.deadline(i).end; !end.IsZero() && now.After(end) {
			list = append(list, fmt.Sprintf("%s: late already: it was due at %s, counted from aware_at", stage.Name, stamp(end)))
		}
	}
	return list
}

// Submit is the draft of a stage's report, or of a correction of it.
func (s *State) Submit(by access.Principal, b Submission, now time.Time) (ledger.Draft, error) {
	return step(s, by, "submit stage "+b.Stage+" of", KindSubmitted, b.Duty, b, now, (*record).submitted)
}

// Waive is the draft of a partner's word that a stage is not needed.
func (s *State) Waive(by access.Principal, b Waiver, now time.Time) (ledger.Draft, error) {
	return step(s, by, "waive stage "+b.Stage+" of", KindWaived, b.Duty, b, now, (*record).waive)
}

// Handle is the draft of when the incident was handled.
func (s *State) Handle(by access.Principal, b Handled, now time.Time) (ledger.Draft, error) {
	b.At = b.At.UTC()
	return step(s, by, "say that the incident was handled of", KindHandled, b.Duty, b, now, (*record).handle)
}

// Share is the draft of whom a duty is shown to, in place of those before. That they
// are partners is for the caller to check.
func (s *State) Share(by access.Principal, b Sharing, now time.Time) (ledger.Draft, error) {
	return step(s, by, "share", KindShared, b.Duty, b, now, (*record).share)
}

// Close is the draft of a duty's end.
func (s *State) Close(by access.Principal, b Closing, now time.Time) (ledger.Draft, error) {
	return step(s, by, "close", KindClosed, b.Duty, b, now, (*record).close)
}

// step tries a step on a copy. A duty of another partner that may not be seen is not
// found; one that is shown is its partner's to change.
func step[T any](s *State, by access.Principal, what string, kind ledger.Kind, id ID, body T, now time.Time, apply func(*record, ledger.Entry, T) error) (ledger.Draft, error) {
	what += " duty " + string(id)
	if err := by.CheckPartner(what, access.Contributor); err != nil {
		return ledger.Draft{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.visible(by, id)
	if err == nil && r.by != by.Partner {
		err = fmt.Errorf("%w: it is %s's", access.ErrForbidden, r.by)
	}
	if err == nil {
		tried := r.copy()
		if err = apply(tried, ledger.Entry{Kind: kind, Time: now}, body); err == nil {
			err = s.holds(r.by).refusesChange(r, tried)
		}
	}
	if err != nil {
		return ledger.Draft{}, fmt.Errorf("%s: %w", what, err)
	}
	return own(kind, by, body)
}

// own is an entry that is its partner's alone.
func own(kind ledger.Kind, by access.Principal, body any) (ledger.Draft, error) {
	return ledger.NewDraft(kind, by.Actor(), access.Audience{TLP: access.Red}.String(), body)
}

// visible is the duty if the principal may see it. The caller holds the lock.
func (s *State) visible(p access.Principal, id ID) (*record, error) {
	r := s.duties[id]
	if r == nil || !r.seenBy(p) {
		return nil, fmt.Errorf("%w: no duty has this id", access.ErrNotFound)
	}
	return r, nil
}

func (r *record) seenBy(p access.Principal) bool {
	return p.MaySee(r.by, access.Audience{TLP: access.Red, Recipients: r.with})
}
