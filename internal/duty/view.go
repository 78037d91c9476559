package duty

import (
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Status is where a stage stands.
type Status string

// The states of a stage.
const (
	OnRequest Status = "on-request" // nobody has to submit it unless asked
	Waiting   Status = "waiting"    // its time has not begun; StageView.Because says for what
	Due       Status = "due"
	Overdue   Status = "late"
	Submitted Status = "submitted"
	Waived    Status = "waived"
)

// StageView is a stage as it stands.
type StageView struct {
	Key       string    `json:"key"`
	Name      string    `json:"name"`
	Law       string    `json:"law,omitempty"`
	Within    Period    `json:"within"` // the time for it; "" is none
	Status    Status    `json:"status"`
	Because   string    `json:"because,omitempty"`    // it waits, or is not needed
	Deadline  time.Time `json:"deadline,omitzero"`    // once submitted, as it was then
	LeftS     float64   `json:"left_s,omitzero"`      // seconds until the deadline while it is due; below zero it has passed
	Submitted time.Time `json:"submitted,omitzero"`   // first
	Late      bool      `json:"late,omitzero"`        // the first submission was
	Times     int       `json:"submissions,omitzero"` // corrections included
}

// Duty is a duty as it stands.
type Duty struct {
	ID        ID                 `json:"id"`
	Partner   access.PartnerID   `json:"partner"`
	Outbreak  string             `json:"outbreak"`
	Template  string             `json:"template"`
	Version   string             `json:"version"` // of the template
	Name      string             `json:"name"`
	Law       string             `json:"law,omitempty"`
	Authority string             `json:"authority"`
	Opened    time.Time          `json:"opened"`
	Aware     time.Time          `json:"aware_at"`
	Handled   time.Time          `json:"handled_at,omitzero"`
	Closed    time.Time          `json:"closed,omitzero"`
	Because   string             `json:"because,omitempty"` // it was closed
	With      []access.PartnerID `json:"with"`              // whom it is shown to; to them only themselves
	Stages    []StageView        `json:"stages"`
	// Next is the key of the stage that is due first, or late; NextDeadline its time.
	Next         string    `json:"next,omitempty"`
	NextDeadline time.Time `json:"next_deadline,omitzero"`

	Seq ledger.Seq `json:"-"` // of its opening
}

// List is every duty that the principal may see, as it stands at now, the newest
// first.
func (s *State) List(p access.Principal, now time.Time) []Duty {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []Duty{}
	for _, r := range slices.Backward(s.order) {
		if r.seenBy(p) {
			list = append(list, r.view(p, now))
		}
	}
	return list
}

// Get is one duty as it stands at now, or access.ErrNotFound, also for one that the
// principal may not see.
func (s *State) Get(p access.Principal, id ID, now time.Time) (Duty, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.visible(p, id)
	if err != nil {
		return Duty{}, fmt.Errorf("get duty %s: %w", id, err)
	}
	return r.view(p, now), nil
}

// view is the duty for a reader, sharing nothing with the fold.
func (r *record) view(p access.Principal, now time.Time) Duty {
	d := Duty{
		ID: r.ID, Partner: r.by, Outbreak: r.Outbreak,
		Template: r.Template.ID, Version: r.Template.Version, Name: r.Template.Name, Law: r.Template.Law, Authority: r.authority(),
		Opened: r.opened, Aware: r.Aware, Handled: r.handled, Closed: r.closed, Because: r.because,
		With: []access.PartnerID{}, Stages: make([]StageView, len(r.stages)), Seq: r.seq,
	}
	for _, w := range r.with {
		if p.Partner == r.by || p.Partner == w {
			d.With = append(d.With, w)
		}
	}
	for i := range r.stages {
		v := r.stage(i, now)
		d.Stages[i] = v
		if (v.Status == Due || v.Status == Overdue) && d.Closed.IsZero() && (d.Next == "" || v.Deadline.Before(d.NextDeadline)) {
			d.Next, d.NextDeadline = v.Key, v.Deadline
		}
	}
	return d
}

func (r *record) authority() string {
	if r.Authority != "" {
		return r.Authority
	}
	return r.Template.Authority
}

func (r *record) stage(at int, now time.Time) StageView {
	stage, state := r.Template.Stages[at], r.stages[at]
	v := StageView{
		Key: stage.Key, Name: stage.Name, Law: stage.Law, Within: stage.Within,
		Deadline: r.deadline(at).end, Times: len(state.sent),
	}
	switch {
	case len(state.sent) > 0:
		first := state.sent[0]
		v.Status, v.Submitted, v.Deadline, v.Late = Submitted, first.at, first.due, first.late()
	case state.waived != nil:
		v.Status, v.Because = Waived, state.waived.reason
	case stage.Defers != "" || stage.After == "":
		v.Status = OnRequest
	case v.Deadline.IsZero():
		v.Status, v.Because = Waiting, r.waitsFor(stage)
	case now.After(v.Deadline):
		v.Status, v.LeftS = Overdue, v.Deadline.Sub(now).Seconds()
	default:
		v.Status, v.LeftS = Due, v.Deadline.Sub(now).Seconds()
	}
	return v
}

// late says whether the submission came after the deadline that it had then.
func (s sent) late() bool { return !s.due.IsZero() && s.at.After(s.due) }

// waitsFor says why a stage has no deadline yet.
func (r *record) waitsFor(stage Stage) string {
	before := r.place(stage.After)
	switch {
	case before < 0 || len(r.stages[before].sent) > 0: // so it was put off
		return "its " + stage.Within.String() + " counts from when the incident is handled: say when"
	case r.stages[before].waived != nil:
		return "it counts from the submission of " + stage.After + ", which is not needed: there is no deadline"
	}
	return "it counts from the submission of " + stage.After
}
