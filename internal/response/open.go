package response

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// maxUnfinished bounds how many actions of one partner are neither done nor
// called off.
const maxUnfinished = 5000

// maxDaily bounds how many actions one partner opens on one day (UTC): also what
// was called off stays on the board.
const maxDaily = 1000

// daily is how many actions a partner opened on a day, by the ledger's clock.
type daily struct {
	day int64 // since 1970
	n   int
}

// on is the count of the day of a time, with so many more.
func (d daily) on(at time.Time, more int) daily {
	if day := at.Unix() / (24 * 60 * 60); day != d.day {
		d = daily{day: day}
	}
	d.n += more
	return d
}

func (c Config) now() time.Time {
	if c.Clock == nil {
		return time.Now()
	}
	return c.Clock()
}

// Open is the draft of a new action and its id. A coordinator asks others, and
// so does an administrator without a partner, in the hub's name; a contributor
// may volunteer.
func (s *State) Open(by access.Principal, o Opening) (ActionID, ledger.Draft, error) {
	if o.ID == "" {
		o.ID = ActionID("action--" + uuid.NewString())
	}
	o.Template, o.Step = "", "" // which FromTemplate says
	d, err := s.open(by, o, nil)
	if err != nil {
		return "", ledger.Draft{}, err
	}
	return o.ID, d, nil
}

// open drafts an action with an id; together are those opened with it.
func (s *State) open(by access.Principal, o Opening, together map[ActionID]bool) (ledger.Draft, error) {
	needed := access.Coordinator
	if o.Volunteered {
		needed = access.Contributor
	}
	if err := may(by, "open an action", needed, o.Volunteered); err != nil {
		return ledger.Draft{}, err
	}
	if err := o.Validate(); err != nil {
		return ledger.Draft{}, fmt.Errorf("open action: %w", err)
	}
	if err := settleApproval(by, &o); err != nil {
		return ledger.Draft{}, fmt.Errorf("open action: %w", err)
	}
	audience, err := s.settleAudience(by, o)
	if err != nil {
		return ledger.Draft{}, fmt.Errorf("open action: %w", err)
	}
	o.Audience = access.Audience{} // the header has it
	if err := s.checkNew(by, o, together); err != nil {
		return ledger.Draft{}, err
	}
	return ledger.NewDraft(KindOpened, by.Actor(), audience.String(), o)
}

// settleApproval has the entry say whether approval is needed, so that another
// rule of another day does not change what was decided.
func settleApproval(by access.Principal, o *Opening) error {
	switch {
	case o.Approval == "" && o.Kind.NeedsApproval():
		o.Approval = Needed
	case o.Approval == "":
		o.Approval = NotNeeded
	case o.Approval == NotNeeded && o.Kind.NeedsApproval() && !by.AtLeast(access.Administrator):
		return fmt.Errorf("%w: a %s needs approval: only an administrator can open one without", access.ErrForbidden, o.Kind)
	case o.Approval == NotNeeded && o.Kind.NeedsApproval() && o.Authority == "":
		return fmt.Errorf("%w: authority is empty: say on whose a %s needs no approval", access.ErrInvalid, o.Kind)
	}
	return nil
}

// settleAudience is who is told of the action, which are all that are asked by
// id and whoever is to lead it.
func (s *State) settleAudience(by access.Principal, o Opening) (access.Audience, error) {
	to := o.Audience
	if to.TLP == "" {
		to.TLP = access.Green
	}
	if to.Community == "" && to.TLP != access.Red {
		to.Community = access.DefaultCommunity
	}
	if to.TLP == access.Red {
		if by.Partner == "" {
			return to, fmt.Errorf("%w: audience: the hub is no recipient of TLP:RED: open it as a partner, or at TLP:AMBER+STRICT", access.ErrInvalid)
		}
		if !slices.Contains(to.Recipients, by.Partner) { // what others say about it, it is to be told
			to.Recipients = append(slices.Clone(to.Recipients), by.Partner)
		}
	}
	if s.directory == nil {
		return to, nil
	}
	if o.Audience.TLP != "" {
		if err := s.directory.CheckAudience(by, to); err != nil {
			return to, err
		}
	}
	told := func(id access.PartnerID, field string) error {
		who, present := s.directory.Reader(id)
		switch {
		case !present:
			return fmt.Errorf("%w: %s: no partner has the id %q", access.ErrInvalid, field, id)
		case !who.MaySee(access.PartnerID(by.Actor()), to):
			return fmt.Errorf("%w: %s: %s would not be told of it: widen the audience", access.ErrInvalid, field, id)
		}
		return nil
	}
	for i, asked := range o.AskedOf {
		if isPartner(asked) {
			if err := told(access.PartnerID(asked), fmt.Sprintf("asked_of/%d", i)); err != nil {
				return to, err
			}
		}
	}
	if o.Owner != "" {
		return to, told(o.Owner, "owner")
	}
	return to, nil
}

// checkNew looks at what is on the board already.
func (s *State) checkNew(by access.Principal, o Opening, together map[ActionID]bool) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if _, exists := s.actions[o.ID]; exists {
		return fmt.Errorf("open action %s: %w: it exists", o.ID, access.ErrConflict)
	}
	for i, id := range o.After {
		if _, err := s.visible(by, id); err != nil && !together[id] || id == o.ID {
			return fmt.Errorf("open action: %w: after/%d: there is no action %q before it", access.ErrInvalid, i, id)
		}
	}
	if n := s.daily[access.PartnerID(by.Actor())].on(s.cfg.now(), max(1, len(together))).n; n > maxDaily {
		return fmt.Errorf("open action: %w: %d would be opened by %s today, at most %d are: go on tomorrow, or ask one thing of many partners at once", access.ErrConflict, n, by.Actor(), maxDaily)
	}
	unfinished := 0
	for _, a := range s.order {
		if a.By == access.PartnerID(by.Actor()) && a.runs() {
			unfinished++
		}
	}
	if unfinished+len(together) > maxUnfinished {
		return fmt.Errorf("open action: %w: %d that it opened are not done: cancel what is no longer wanted", access.ErrConflict, unfinished)
	}
	return nil
}
