package response_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/response"
)

const anOutbreak = "outbreak--00000000-0000-4000-8000-000000000001"

// outbreak appends what the deciders say of an outbreak.
func (s *story) outbreak(after time.Duration, kind ledger.Kind, to access.Audience, o outbreak.Outbreak) {
	s.t.Helper()
	d, err := ledger.NewDraft(kind, access.Hub, to.String(), o)
	s.add(after, d, err)
}

// settle appends what the room asks for, until it asks for nothing more, and says
// how much it was.
func (s *story) settle(after time.Duration) int {
	s.t.Helper()
	for n := 0; ; {
		drafts := s.state.Pending(start.Add(after))
		if len(drafts) == 0 {
			return n
		}
		for _, d := range drafts {
			s.add(after, d, nil)
			n++
		}
		if n > 1000 {
			s.t.Fatal("the room asks without end")
		}
	}
}

func onAlarm(t fataler) *story {
	s := newStory(t)
	s.state = response.NewState(response.Config{CallOnAlarm: true})
	return s
}

func TestAnAlarmCalls(t *testing.T) {
	s := onAlarm(t)
	s.world(5)
	green := access.ToCommunity(access.Green)
	o := outbreak.Outbreak{ID: anOutbreak, Rule: "3 partners report scans of port 445\n" + strings.Repeat("ü", 300)}
	s.outbreak(0, outbreak.KindRaised, green, o)
	if first, again := s.state.Pending(start), s.state.Pending(start); len(first) != 1 || !cmp.Equal(first, again) {
		t.Fatalf("asked twice: %v, then %v", first, again)
	}
	if n := s.settle(time.Second); n != 1 {
		t.Fatalf("%d entries for one alarm", n)
	}
	c, err := s.state.Call(principal(2, access.Viewer), response.AlarmCall(anOutbreak))
	if err != nil || c.By != access.Hub || !c.Automatic || c.Outbreak != anOutbreak || c.Reached != 5 || !c.CalledYou || !strings.HasPrefix(c.Title, "Who can help? 3 partners report scans of port 445ü") {
		t.Errorf("the call: %+v %v", c, err)
	}
	s.outbreak(time.Minute, outbreak.KindRaised, green, o) // once more changes nothing
	s.outbreak(time.Minute, outbreak.KindGrown, green, o)
	if n := s.settle(time.Minute); n != 0 {
		t.Errorf("%d entries for an alarm that is known", n)
	}
	s.answer(2*time.Minute, 3, response.CallAnswer{Call: c.ID, Offer: "an analyst"})
	s.outbreak(time.Hour, outbreak.KindMerged, green, outbreak.Outbreak{ID: anOutbreak, Into: "outbreak--2"})
	if n := s.settle(time.Hour); n != 1 {
		t.Errorf("%d entries for the end", n)
	}
	c, err = s.state.Call(coordinator, c.ID)
	if err != nil || c.Closed.IsZero() || !strings.Contains(c.Reason, "outbreak--2") || c.Offers != 1 {
		t.Errorf("closed: %+v %v", c, err)
	}
}

func TestWhatAnAlarmDoesNotCall(t *testing.T) {
	for name, play := range map[string]func(*story){
		"one that is turned off": func(s *story) {
			s.state = response.NewState(response.Config{})
			s.outbreak(0, outbreak.KindRaised, access.ToCommunity(access.Green), outbreak.Outbreak{ID: anOutbreak})
		},
		"one that nobody else may know of": func(s *story) {
			s.outbreak(0, outbreak.KindRaised, access.Audience{TLP: access.Red}, outbreak.Outbreak{ID: anOutbreak})
		},
		"one that has ended": func(s *story) {
			s.outbreak(0, outbreak.KindRaised, access.ToCommunity(access.Green), outbreak.Outbreak{ID: anOutbreak})
			s.outbreak(0, outbreak.KindEnded, access.ToCommunity(access.Green), outbreak.Outbreak{ID: anOutbreak})
		},
	} {
		s := onAlarm(t)
		play(s)
		if n := s.settle(time.Minute); n != 0 {
			t.Errorf("%s: %d entries", name, n)
		}
	}
}

// An outbreak may end while its call is on the way to the ledger.
func TestACallThatCameTooLateIsClosed(t *testing.T) {
	s := onAlarm(t)
	amber := access.ToCommunity(access.Amber)
	s.outbreak(0, outbreak.KindRaised, amber, outbreak.Outbreak{ID: anOutbreak})
	drafts := s.state.Pending(start)
	s.outbreak(0, outbreak.KindEnded, amber, outbreak.Outbreak{ID: anOutbreak})
	for _, d := range drafts {
		s.add(time.Second, d, nil)
	}
	if n := s.settle(time.Minute); n != 1 {
		t.Errorf("%d entries, want the closing", n)
	}
	if c, err := s.state.Call(coordinator, response.AlarmCall(anOutbreak)); err != nil || c.Closed.IsZero() || c.Audience.TLP != access.Amber {
		t.Errorf("%+v %v", c, err)
	}
}

// Whatever happens in whatever order, what is rebuilt from the ledger is the live
// state, the room asks for nothing twice, and nobody sees a call whose audience
// leaves it out.
func TestCallsRebuiltEqualLive(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := onAlarm(rt)
		s.world(8)
		var ids []response.CallID
		audiences := []access.Audience{{}, access.ToCommunity(access.Amber), {TLP: access.Red, Community: "default", Recipients: []access.PartnerID{partnerID(2)}}}
		var held []ledger.Draft // made earlier, appended later: they race
		for step := range rapid.IntRange(1, 40).Draw(rt, "steps") {
			at := time.Duration(step) * time.Minute
			n := rapid.IntRange(1, 8).Draw(rt, "who")
			by := principal(n, access.Coordinator)
			var d ledger.Draft
			var err error
			switch rapid.IntRange(0, 6).Draw(rt, "do") {
			case 0:
				var id response.CallID
				id, d, err = s.state.OpenCall(by, rapid.SampledFrom(audiences).Draw(rt, "to"), response.CallOpening{
					Title: "Help", Sectors: rapid.SampledFrom([][]string{nil, {"technology"}}).Draw(rt, "sectors"),
					Skills: rapid.SampledFrom([][]string{nil, {"legal"}}).Draw(rt, "skills"), Deadline: start.Add(at + time.Hour),
				}, start.Add(at))
				ids = append(ids, id)
			case 1:
				d, err = s.state.DeclareSkills(by, response.Skills{Skills: []string{"legal"}})
			case 2:
				s.outbreak(at, rapid.SampledFrom([]ledger.Kind{outbreak.KindRaised, outbreak.KindGrown, outbreak.KindEnded}).Draw(rt, "outbreak"),
					access.ToCommunity(access.Green), outbreak.Outbreak{ID: rapid.SampledFrom([]string{anOutbreak, "outbreak--2"}).Draw(rt, "id")})
				ids = append(ids, response.AlarmCall(anOutbreak))
				continue
			case 3:
				held = append(held, s.state.Pending(start.Add(at))...)
				continue
			default:
				if len(ids) == 0 {
					continue
				}
				id := rapid.SampledFrom(ids).Draw(rt, "call")
				if rapid.IntRange(0, 5).Draw(rt, "close") == 0 {
					d, err = s.state.CloseCall(by, response.CallClosing{Call: id, Reason: "over"})
				} else {
					d, err = s.state.AnswerCall(by, response.CallAnswer{Call: id, Offer: "o", Declined: rapid.Bool().Draw(rt, "declined")})
				}
			}
			if err == nil {
				held = append(held, d)
			}
			for len(held) > 0 && rapid.IntRange(0, 2).Draw(rt, "append") > 0 {
				s.add(at, held[0], nil)
				held = held[1:]
			}
		}
		s.settle(time.Hour)
		rebuilt := response.NewState(response.Config{CallOnAlarm: true})
		for _, e := range s.log {
			if err := rebuilt.Apply(e); err != nil {
				rt.Fatal(err)
			}
		}
		for n := range 10 {
			who := principal(n, access.Coordinator)
			live := s.state.Calls(who, response.CallQuery{})
			if diff := cmp.Diff(live, rebuilt.Calls(who, response.CallQuery{})); diff != "" {
				rt.Fatalf("rebuilt differs (-live +rebuilt):\n%s", diff)
			}
			for _, c := range live {
				if !who.MaySee(c.By, c.Audience) {
					rt.Fatalf("partner %d sees %+v", n, c)
				}
				one, err := s.state.Call(who, c.ID)
				again, err2 := rebuilt.Call(who, c.ID)
				if err != nil || err2 != nil || !cmp.Equal(one, again) || len(one.Waiting) > one.Reached {
					rt.Fatalf("%+v %v; rebuilt %+v %v", one, err, again, err2)
				}
				m, err := s.state.Muster(who, c.ID, start.Add(time.Hour))
				if err != nil || m.Reached.Partners != len(one.Waiting)+m.Offers.Partners-m.Volunteers.Partners+m.Declined.Partners-uncalledRefusals(rt, s.state, who, c.ID) {
					rt.Fatalf("the numbers do not add up: %+v of %+v, %v", m, one, err)
				}
			}
		}
	})
}

func uncalledRefusals(t fataler, state *response.State, who access.Principal, id response.CallID) int {
	replies, err := state.Replies(who, id, start.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, r := range replies {
		if r.Declined && !r.Called {
			n++
		}
	}
	return n
}
