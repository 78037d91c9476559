package report_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/response"
)

// What was offered and later taken back is told as both, each when it was said.
func TestEachWordingOfAnAnswer(t *testing.T) {
	s, id, _ := told(t)
	green := access.ToCommunity(access.Green)
	const call = response.CallID("call--55555555-5555-4555-8555-555555555555")
	opened := s.after(time.Minute).now
	s.add(response.KindCallOpened, string(partner(3)), green, response.CallOpening{ID: call, Outbreak: id, Title: "Who has flows?"})
	for _, a := range []response.CallAnswer{{Call: call, Offer: "two analysts"}, {Call: call, Offer: "one analyst"}, {Call: call, Declined: true}} {
		s.after(time.Hour).add(response.KindCallAnswered, string(partner(1)), green, a)
	}
	for until, want := range map[time.Duration][]string{
		90 * time.Minute:  {"offers two analysts, 1h0m0s after the call"},
		150 * time.Minute: {"offers two analysts, 1h0m0s after the call", "changed its answer: offers one analyst, 2h0m0s after the call"},
		200 * time.Minute: {"offers two analysts, 1h0m0s after the call", "changed its answer: offers one analyst, 2h0m0s after the call", "changed its answer: cannot help, 3h0m0s after the call"},
	} {
		got := []string{}
		for i, e := range s.build(reader(0), id, opened.Add(until)).Timeline {
			if e.Kind == "call.answered" && e.At.After(opened) {
				if got = append(got, e.Text); !e.At.Equal(opened.Add(time.Duration(len(got)) * time.Hour)) {
					t.Errorf("event %d is at %s", i, e.At)
				}
			}
		}
		if len(got) != len(want) {
			t.Fatalf("after %s: %q", until, got)
		}
		for i := range want {
			if !strings.Contains(got[i], want[i]) {
				t.Errorf("after %s: %q, want %q", until, got[i], want[i])
			}
		}
	}
}

// A partner that two actions ask is one partner that has not answered.
func TestPartnersThatDoNotAnswerCountOnce(t *testing.T) {
	s, id, _ := told(t)
	green := access.ToCommunity(access.Green)
	for _, action := range []response.ActionID{"action--66666666-6666-4666-8666-666666666666", "action--77777777-7777-4777-8777-777777777777"} {
		s.add(response.KindOpened, string(partner(3)), green, response.Opening{ID: action, Kind: response.Patch, Title: "Patch", Outbreak: id, AskedOf: []string{string(partner(1)), string(partner(2))}, Audience: green})
	}
	s.add(response.KindCallOpened, string(partner(3)), green, response.CallOpening{ID: "call--55555555-5555-4555-8555-555555555555", Outbreak: id, Title: "Who has flows?"})
	for _, want := range []string{"whether 2 partners that were asked to act will: no answer has come", "what all could do that were called: 6 answers to 2 calls have not come"} {
		if got := s.build(reader(0), id, s.now).Unknown; !slices.Contains(got, want) {
			t.Errorf("%q has no %q", got, want)
		}
	}
}
