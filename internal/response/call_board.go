package response

import (
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

// CallQuery asks for calls.
type CallQuery struct {
	Outbreak string // about this one only
	Open     bool   // not closed
	Yours    bool   // that reached the reader's partner, or that it opened
}

// Calls are the calls that the principal may see, the newest first.
func (s *State) Calls(p access.Principal, q CallQuery) []Call {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := []Call{}
	for _, id := range slices.Backward(s.calls.order) {
		r := s.calls.byID[id]
		switch {
		case !p.MaySee(r.by, r.audience):
		case q.Outbreak != "" && r.Outbreak != q.Outbreak:
		case q.Open && !r.closed.IsZero():
		case q.Yours && !r.called(p.Partner) && r.by != p.Partner:
		default:
			list = append(list, r.view(p))
		}
	}
	return list
}

// Call is one call, or access.ErrNotFound, also for one that the principal may
// not see.
func (s *State) Call(p access.Principal, id CallID) (Call, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	r, err := s.visibleCall(p, id)
	if err != nil {
		return Call{}, fmt.Errorf("get call %s: %w", id, err)
	}
	view := r.view(p)
	if p.Partner != "" && p.AtLeast(access.Coordinator) || access.PartnerID(p.Actor()) == r.by {
		view.Waiting = slices.DeleteFunc(slices.Clone(r.reached), func(id access.PartnerID) bool { return len(r.answers[id]) > 0 })
	}
	return view, nil
}

// Called says whether a call reached the principal's partner, that may see it.
func (s *State) Called(p access.Principal, id CallID) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	r, err := s.visibleCall(p, id)
	return err == nil && r.called(p.Partner)
}

// Replies are the answers to a call until a time, as they stood then, the first
// one first.
func (s *State) Replies(p access.Principal, id CallID, until time.Time) ([]Reply, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	r, err := s.visibleCall(p, id)
	if err != nil {
		return nil, fmt.Errorf("answers to call %s: %w", id, err)
	}
	return r.replies(until), nil
}

// replies are shared with nobody.
func (r *callRecord) replies(until time.Time) []Reply {
	list := []Reply{}
	for _, id := range r.order {
		if reply, answered := r.reply(id, until); answered {
			list = append(list, reply)
		}
	}
	return list
}

func (r *callRecord) reply(id access.PartnerID, until time.Time) (Reply, bool) {
	said := r.answers[id]
	if i := slices.IndexFunc(said, func(v Version) bool { return v.At.After(until) }); i >= 0 {
		said = said[:i]
	}
	if len(said) == 0 {
		return Reply{}, false
	}
	first, last := said[0], said[len(said)-1]
	reply := Reply{
		Partner: id, At: first.At, AfterS: first.At.Sub(r.opened).Seconds(), Called: r.called(id),
		Late:     !r.Deadline.IsZero() && first.At.After(r.Deadline),
		Declined: last.Declined, Offer: last.Offer, Skills: slices.Clone(last.Skills),
	}
	if len(said) > 1 {
		reply.Changed = last.At
		for _, v := range said[:len(said)-1] {
			v.Skills = slices.Clone(v.Skills)
			reply.Earlier = append(reply.Earlier, v)
		}
	}
	return reply, true
}

// view is the call for a reader, sharing nothing with the fold.
func (r *callRecord) view(p access.Principal) Call {
	c := Call{
		CallOpening: r.CallOpening, By: r.by, Opened: r.opened, Audience: r.audience,
		Automatic: r.by == access.Hub && r.ID == AlarmCall(r.Outbreak), Closed: r.closed, Reason: r.reason,
		Reached: len(r.reached), Offers: r.offers, Declined: r.declined, Volunteers: r.volunteers, CalledYou: r.called(p.Partner),
	}
	c.Sectors, c.Countries, c.Kinds = slices.Clone(r.Sectors), slices.Clone(r.Countries), slices.Clone(r.Kinds)
	c.Skills, c.Partners = slices.Clone(r.Skills), slices.Clone(r.Partners)
	c.Audience.Recipients = slices.Clone(r.audience.Recipients)
	if reply, answered := r.reply(p.Partner, time.Unix(1<<40, 0)); answered {
		c.Your = &reply
	}
	return c
}
