package response

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// FromTemplate asks for all actions of a template at once.
type FromTemplate struct {
	Template string `json:"template"`
	Outbreak string `json:"outbreak"` // the id of the outbreak that they answer
	// AskedOf says by key of whom steps are asked, in place of what the template says.
	AskedOf  map[string][]string `json:"asked_of,omitempty"`
	Audience access.Audience     `json:"audience,omitzero"` // as in Opening
}

// OpenTemplate are the drafts of a template's actions, in the order of its steps,
// to be appended together, and their ids. Their deadlines count from now. A
// template is opened once for an outbreak, unless all that it opened was
// cancelled.
func (s *State) OpenTemplate(by access.Principal, in FromTemplate, now time.Time) ([]ActionID, []ledger.Draft, error) {
	fail := func(err error) ([]ActionID, []ledger.Draft, error) {
		return nil, nil, fmt.Errorf("open template %s: %w", in.Template, err)
	}
	t, err := s.Template(in.Template)
	if err != nil {
		return nil, nil, err
	}
	if err := access.CheckProse("outbreak", in.Outbreak, maxText, true); err != nil {
		return fail(err)
	}
	if open, ok := s.opened(by, in); ok {
		return fail(fmt.Errorf("%w: it was opened for this outbreak, as %s and others: cancel those, or open single actions", access.ErrConflict, open))
	}
	ids, together := make([]ActionID, len(t.Steps)), make(map[ActionID]bool, len(t.Steps))
	byKey := make(map[string]ActionID, len(t.Steps))
	for i, step := range t.Steps {
		ids[i] = ActionID("action--" + uuid.NewString())
		together[ids[i]], byKey[step.Key] = true, ids[i]
	}
	for key := range in.AskedOf {
		if _, known := byKey[key]; !known {
			return fail(fmt.Errorf("%w: asked_of: the template has no step %q", access.ErrInvalid, key))
		}
	}
	drafts := make([]ledger.Draft, 0, len(t.Steps))
	for i, step := range t.Steps {
		o := step.opening(in, now)
		o.ID = ids[i]
		for _, key := range step.After {
			o.After = append(o.After, byKey[key])
		}
		if len(o.AskedOf) == 0 {
			return fail(fmt.Errorf("%w: step %s names nobody: say in asked_of who is asked", access.ErrInvalid, step.Key))
		}
		d, err := s.open(by, o, together)
		if err != nil {
			return fail(fmt.Errorf("step %s: %w", step.Key, err))
		}
		drafts = append(drafts, d)
	}
	return ids, drafts, nil
}

func (step Step) opening(in FromTemplate, now time.Time) Opening {
	o := Opening{
		Kind: step.Kind, Title: step.Title, Outbreak: in.Outbreak, AskedOf: step.AskedOf, Authority: step.Authority,
		Approval: step.Approval, Audience: in.Audience, Template: in.Template, Step: step.Key,
	}
	if asked, given := in.AskedOf[step.Key]; given {
		o.AskedOf = asked
	}
	if step.DeadlineS > 0 {
		o.Deadline = now.Add(time.Duration(step.DeadlineS) * time.Second).UTC()
	}
	return o
}

// opened is an action of the template for the outbreak that the principal may
// see and that was not cancelled.
func (s *State) opened(by access.Principal, in FromTemplate) (ActionID, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, a := range s.order {
		if a.Template == in.Template && a.Outbreak == in.Outbreak && a.cancelledAt.IsZero() && by.MaySee(a.By, a.audience) {
			return a.ID, true
		}
	}
	return "", false
}
