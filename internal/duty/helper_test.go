package duty_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/duty"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

var start = time.Date(2026, 1, 30, 9, 0, 0, 0, time.UTC)

const wannacry = "outbreak--00000000-0000-4000-8000-000000000001"

// story is a ledger in memory, a clock, and the state that follows both.
type story struct {
	t interface {
		Helper()
		Fatal(...any)
	}
	log   []ledger.Entry
	state *duty.State
	now   time.Time
}

func newStory(t testing.TB) *story {
	s := &story{t: t, now: start}
	s.state = s.fresh()
	return s
}

func (s *story) fresh() *duty.State {
	state := duty.NewState(duty.Config{})
	state.SetBoard(board{})
	return state
}

func (s *story) add(d ledger.Draft, err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
	e := ledger.Entry{Seq: ledger.Seq(len(s.log) + 1), Time: s.now, Kind: d.Kind, Actor: d.Actor, Audience: d.Audience, Body: d.Body}
	s.log = append(s.log, e)
	if err := s.state.Apply(e); err != nil {
		s.t.Fatal(err)
	}
}

// board knows one outbreak, and says of a fact its name and who asks.
type board struct{}

func (board) Known(_ access.Principal, outbreak string) bool { return outbreak == wannacry }

func (board) Fact(by access.Principal, _ string, fact duty.Fact, _ time.Time) string {
	return fmt.Sprintf("%s for %s", fact, by.Partner)
}

func id(n int) access.PartnerID {
	return access.PartnerID(fmt.Sprintf("identity--00000000-0000-4000-8000-%012d", n))
}

func who(n int) access.Principal {
	return access.Principal{Partner: id(n), Role: access.Contributor, Communities: []string{access.DefaultCommunity}}
}

// open opens a duty of partner n that became aware at start.
func (s *story) open(n int, template string) duty.ID {
	s.t.Helper()
	one, _, d, err := s.state.Open(who(n), duty.Request{Template: template, Outbreak: wannacry, Aware: start}, s.now)
	s.add(d, err)
	return one
}

func (s *story) submit(n int, of duty.ID, stage string) {
	s.t.Helper()
	f, err := s.state.Form(who(n), of, stage, 0, s.now)
	if err != nil {
		s.t.Fatal(err)
	}
	fields := f.Texts()
	for _, field := range f.Fields {
		if fields[field.Key] == "" {
			fields[field.Key] = "words"
		}
	}
	d, err := s.state.Submit(who(n), duty.Submission{Duty: of, Stage: stage, Fields: fields}, s.now)
	s.add(d, err)
}

func (s *story) stage(n int, of duty.ID, key string) duty.StageView {
	s.t.Helper()
	d, err := s.state.Get(who(n), of, s.now)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, v := range d.Stages {
		if v.Key == key {
			return v
		}
	}
	s.t.Fatal("no stage ", key)
	return duty.StageView{}
}

// warnings asks what is pending at the story's time, and appends it.
func (s *story) warnings() []duty.Warning {
	s.t.Helper()
	var list []duty.Warning
	for _, d := range s.state.Pending(s.now) {
		s.add(d, nil)
		if err := ledger.Fold(s.log[len(s.log)-1], func(_ ledger.Entry, w duty.Warning) { list = append(list, w) }); err != nil {
			s.t.Fatal(err)
		}
	}
	return list
}
