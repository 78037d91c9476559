package notice_test

import (
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/notice"
)

// rebuilt is a state of the same ledger, folded anew.
func (w *world) rebuilt() *notice.State {
	w.t.Helper()
	s := notice.NewState(w.cfg)
	s.From(w.from)
	for _, e := range w.entries {
		if err := s.Apply(e); err != nil {
			w.t.Fatalf("apply again: %v", err)
		}
	}
	return s
}

// picture is all that a state says of so many partners at a time.
type picture struct {
	Inbox    [][]notice.Notice
	Channels [][]notice.ChannelStatus
	Ladders  []notice.Ladder
	Alerts   []notice.AlertStatus
	Due      []notice.Due
	Next     time.Time
	Pending  []string
}

func look(s *notice.State, partners int, now time.Time) picture {
	p := picture{Alerts: s.Alerts(person(1, access.Coordinator))}
	for i := 1; i <= partners; i++ {
		who := person(i, access.Viewer)
		p.Inbox = append(p.Inbox, s.Inbox(who, false))
		p.Channels = append(p.Channels, s.Channels(who))
		p.Ladders = append(p.Ladders, s.LadderOf(who))
	}
	p.Due, p.Next = s.Due(now)
	for _, d := range s.Pending(now) {
		p.Pending = append(p.Pending, string(d.Kind)+" "+string(d.Body))
	}
	return p
}

// same checks that the state rebuilt says what the live one says.
func (w *world) same(partners int) {
	w.t.Helper()
	if diff := cmp.Diff(look(w.s, partners, w.now), look(w.rebuilt(), partners, w.now)); diff != "" {
		w.t.Errorf("live (-) and rebuilt (+) differ:\n%s", diff)
	}
}
