package duty_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/duty"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// Whatever partners do, in whatever order, and however drafts race: a state built from
// the ledger is the live one and asks for the same warnings; no moment of a deadline is
// warned of twice, nor before it comes.
func TestRebuiltEqualsLive(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := &story{t: rt, now: start}
		s.state = s.fresh()
		ids := []duty.ID{s.open(1, "nis2"), s.open(2, "nis2-trust-service"), s.open(2, "nis2")}
		stages := []string{"early-warning", "notification", "intermediate", "final", "progress"}
		form := map[string][]string{}
		for _, one := range duty.BuiltIn()[0].Stages {
			for _, f := range one.Fields {
				form[one.Key] = append(form[one.Key], f.Key)
			}
		}
		warned := map[duty.Warning]int{} // 1 and how often a deadline had been moved by then
		moved := 0
		var drafts []ledger.Draft
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			s.now = s.now.Add(time.Duration(rapid.SampledFrom([]int{0, 1, 600, 4000, 30000}).Draw(rt, "minutes")) * time.Minute)
			by := who(rapid.IntRange(1, 2).Draw(rt, "by"))
			of, stage := rapid.SampledFrom(ids).Draw(rt, "duty"), rapid.SampledFrom(stages).Draw(rt, "stage")
			var d ledger.Draft
			var err error
			switch rapid.IntRange(0, 6).Draw(rt, "do") {
			case 0, 1:
				fields := map[string]string{}
				for _, key := range form[stage] {
					fields[key] = "x"
				}
				d, err = s.state.Submit(by, duty.Submission{Duty: of, Stage: stage, Fields: fields}, s.now)
			case 2:
				d, err = s.state.Waive(by, duty.Waiver{Duty: of, Stage: stage, Reason: "r"}, s.now)
			case 3:
				ago := time.Duration(rapid.IntRange(0, 5000).Draw(rt, "ago")) * time.Hour
				d, err = s.state.Handle(by, duty.Handled{Duty: of, At: s.now.Add(-ago)}, s.now)
			case 4:
				d, err = s.state.Share(by, duty.Sharing{Duty: of, With: []access.PartnerID{id(3)}}, s.now)
			case 5:
				if rapid.IntRange(0, 5).Draw(rt, "close") == 0 {
					d, err = s.state.Close(by, duty.Closing{Duty: of, Reason: "r"}, s.now)
				}
			case 6:
				for _, w := range s.warnings() {
					if warned[w] == moved+1 || w.Due.After(s.now) || (w.Left == duty.Late) != w.Due.Equal(w.Deadline) {
						rt.Fatalf("at %s: %+v", s.now, w)
					}
					warned[w] = moved + 1
				}
			}
			if err == nil && d.Kind != "" {
				drafts = append(drafts, d)
			}
			if len(drafts) > 0 && rapid.Bool().Draw(rt, "append") {
				if s.add(drafts[0], nil); drafts[0].Kind == duty.KindHandled {
					moved++
				}
				drafts = drafts[1:]
			}
		}
		rebuilt := s.fresh()
		for _, e := range s.log {
			if err := rebuilt.Apply(e); err != nil {
				rt.Fatal(err)
			}
		}
		for _, now := range []time.Time{s.now, s.now.AddDate(0, 0, 20), s.now.AddDate(1, 0, 0)} {
			for n := range 4 {
				if diff := cmp.Diff(s.state.List(who(n), now), rebuilt.List(who(n), now)); diff != "" {
					rt.Fatalf("rebuilt differs (-live +rebuilt):\n%s", diff)
				}
			}
			if diff := cmp.Diff(s.state.Pending(now), rebuilt.Pending(now)); diff != "" {
				rt.Fatalf("other warnings (-live +rebuilt):\n%s", diff)
			}
		}
		for n, of := range ids {
			for _, stage := range stages {
				live, liveErr := s.state.Form(who(min(n+1, 2)), of, stage, 0, s.now)
				again, againErr := rebuilt.Form(who(min(n+1, 2)), of, stage, 0, s.now)
				if diff := cmp.Diff(live, again); diff != "" || (liveErr == nil) != (againErr == nil) {
					rt.Fatal(diff, liveErr, againErr)
				}
			}
		}
	})
}

// 100,000 open duties and nothing to warn of: what the question costs that is asked
// after every entry and each second.
func BenchmarkNothingIsDue(b *testing.B) {
	s := newStory(b)
	for n := range 100_000 {
		s.open(n, "nis2")
	}
	for b.Loop() {
		if list := s.state.Pending(s.now); len(list) != 0 {
			b.Fatal(list)
		}
	}
}
