package response_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/response"
)

func TestCallRefusals(t *testing.T) {
	s := newStory(t)
	s.world(4)
	id := s.call(0, coordinator, access.Audience{}, response.CallOpening{Title: "Help"})
	secret := s.call(0, coordinator, access.Audience{TLP: access.Red, Community: "default", Recipients: []access.PartnerID{partnerID(2)}}, response.CallOpening{Title: "In confidence"})
	closed := s.call(0, coordinator, access.Audience{}, response.CallOpening{Title: "Over"})
	d, err := s.state.CloseCall(coordinator, response.CallClosing{Call: closed, Reason: "enough came"})
	s.add(time.Minute, d, err)
	open := func(by access.Principal, o response.CallOpening) error {
		_, _, err := s.state.OpenCall(by, access.Audience{}, o, start.Add(time.Hour))
		return err
	}
	answer := func(by access.Principal, a response.CallAnswer) error {
		_, err := s.state.AnswerCall(by, a)
		return err
	}
	closes := func(by access.Principal, c response.CallClosing) error {
		_, err := s.state.CloseCall(by, c)
		return err
	}
	skills := func(by access.Principal, list ...string) error {
		_, err := s.state.DeclareSkills(by, response.Skills{Skills: list})
		return err
	}
	two, three := principal(2, access.Contributor), principal(3, access.Contributor)
	for name, c := range map[string]struct {
		err  error
		kind error
		says string
	}{
		"a contributor calls":       {open(two, response.CallOpening{Title: "t"}), access.ErrForbidden, "coordinator"},
		"an id of one's own":        {open(coordinator, response.CallOpening{ID: id, Title: "t"}), access.ErrInvalid, "leave it out"},
		"no title":                  {open(coordinator, response.CallOpening{}), access.ErrInvalid, "title"},
		"a title that is a trick":   {open(coordinator, response.CallOpening{Title: "a\x1b[2Jb"}), access.ErrInvalid, "printable"},
		"a deadline that is over":   {open(coordinator, response.CallOpening{Title: "t", Deadline: start}), access.ErrInvalid, "passed"},
		"a country that is none":    {open(coordinator, response.CallOpening{Title: "t", Countries: []string{"GB", "gb"}}), access.ErrInvalid, "countries/1"},
		"a skill that is no word":   {open(coordinator, response.CallOpening{Title: "t", Skills: []string{"Take Down"}}), access.ErrInvalid, "skills/0"},
		"a sector twice":            {open(coordinator, response.CallOpening{Title: "t", Sectors: []string{"water", "water"}}), access.ErrInvalid, "sectors/1"},
		"a partner by name":         {open(coordinator, response.CallOpening{Title: "t", Partners: []access.PartnerID{"Bank"}}), access.ErrInvalid, "partners/0"},
		"a viewer answers":          {answer(principal(2, access.Viewer), response.CallAnswer{Call: id, Offer: "o"}), access.ErrForbidden, "contributor"},
		"the hub answers":           {answer(access.Principal{Role: access.Administrator, Communities: []string{"default"}}, response.CallAnswer{Call: id, Offer: "o"}), access.ErrForbidden, "partner"},
		"an empty offer":            {answer(two, response.CallAnswer{Call: id}), access.ErrInvalid, "decline"},
		"a call that is not there":  {answer(two, response.CallAnswer{Call: "call--x", Offer: "o"}), access.ErrNotFound, "call--x"},
		"a call that is hidden":     {answer(three, response.CallAnswer{Call: secret, Offer: "o"}), access.ErrNotFound, string(secret)},
		"a call that is closed":     {answer(two, response.CallAnswer{Call: closed, Offer: "o"}), access.ErrConflict, "enough came"},
		"close another's":           {closes(principal(2, access.Coordinator), response.CallClosing{Call: id, Reason: "r"}), access.ErrForbidden, string(partnerID(1))},
		"close without a reason":    {closes(coordinator, response.CallClosing{Call: id}), access.ErrInvalid, "reason"},
		"close twice":               {closes(coordinator, response.CallClosing{Call: closed, Reason: "r"}), access.ErrConflict, "closed"},
		"a viewer declares":         {skills(principal(2, access.Viewer), "takedown"), access.ErrForbidden, "contributor"},
		"a skill twice":             {skills(two, "takedown", "takedown"), access.ErrInvalid, "skills/1"},
		"too many skills":           {skills(two, strings.Split(strings.Repeat("x,", 64)+"x", ",")...), access.ErrInvalid, "65"},
		"an empty skill":            {skills(two, ""), access.ErrInvalid, "skills/0"},
		"a skill with a line break": {skills(two, "take\ndown"), access.ErrInvalid, "skills/0"},
	} {
		if !errors.Is(c.err, c.kind) || !strings.Contains(fmt.Sprint(c.err), c.says) {
			t.Errorf("%s: %v; want a %v that says %q", name, c.err, c.kind, c.says)
		}
	}
	// What is said to a call that named its readers reaches who opened it.
	d, err = s.state.AnswerCall(two, response.CallAnswer{Call: secret, Offer: "o"})
	if want := "red default " + string(partnerID(2)) + " " + string(partnerID(1)); err != nil || d.Audience != want {
		t.Errorf("the answer's audience is %q, want %q (%v)", d.Audience, want, err)
	}
	for range 32 {
		s.add(time.Hour, d, nil)
	}
	if err := answer(two, response.CallAnswer{Call: secret, Offer: "again"}); !errors.Is(err, access.ErrConflict) {
		t.Errorf("the 33rd wording: %v", err)
	}
	for range 198 {
		s.call(0, coordinator, access.Audience{}, response.CallOpening{Title: "More"})
	}
	if err := open(coordinator, response.CallOpening{Title: "t"}); !errors.Is(err, access.ErrConflict) {
		t.Errorf("the 201st open call: %v", err)
	}
	if n := len(s.state.Calls(three, response.CallQuery{Open: true})); n != 199 {
		t.Errorf("%d open calls are seen, want all but the hidden one", n)
	}
}

func TestSkills(t *testing.T) {
	s := newStory(t)
	s.world(4)
	s.declare(3, "takedown", "legal")
	s.declare(2, "takedown")
	s.declare(4, "press")
	s.declare(4) // takes it back
	got := s.state.Skilled(principal(1, access.Viewer))
	if len(got) != 2 || got[0].Partner != partnerID(2) || !cmp.Equal(got[1].Skills, []string{"legal", "takedown"}) {
		t.Errorf("all: %+v", got)
	}
	if got := s.state.Skilled(principal(1, access.Viewer), "legal", "takedown"); len(got) != 1 || got[0].Partner != partnerID(3) {
		t.Errorf("legal and takedown: %+v", got)
	}
	if got := s.state.Skilled(access.Principal{Partner: partnerID(9)}); len(got) != 0 {
		t.Errorf("a stranger sees %+v", got)
	}
	d, err := ledger.NewDraft(access.KindPartnerLeft, access.Hub, access.ToCommunity(access.Green).String(), access.Departure{Partner: partnerID(3), Reason: "moved"})
	s.add(time.Minute, d, err)
	if got := s.state.Skilled(coordinator, "legal"); len(got) != 0 {
		t.Errorf("of a partner that left: %+v", got)
	}
}
