package response_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/response"
)

func (s *story) fromTemplate(after time.Duration, by access.Principal, in response.FromTemplate) []response.ActionID {
	s.t.Helper()
	ids, drafts, err := s.state.OpenTemplate(by, in, start.Add(after))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, d := range drafts {
		s.add(after, d, nil)
	}
	return ids
}

func TestBuiltinTemplates(t *testing.T) {
	s := newStory(t)
	for _, tmpl := range s.state.Templates() {
		if err := tmpl.Validate(); err != nil {
			t.Errorf("%s: %v", tmpl.ID, err)
		}
		ids := s.fromTemplate(0, coordinator, response.FromTemplate{Template: tmpl.ID, Outbreak: "outbreak--1"})
		for i, id := range ids {
			a := s.get(0, id)
			if a.Step != tmpl.Steps[i].Key || a.Template != tmpl.ID || len(a.After) != len(tmpl.Steps[i].After) || a.Outbreak != "outbreak--1" ||
				!a.Deadline.Equal(start.Add(time.Duration(tmpl.Steps[i].DeadlineS)*time.Second)) {
				t.Errorf("%s: %+v is not %+v", tmpl.ID, a, tmpl.Steps[i])
			}
		}
	}
	fits := func(o outbreak.Outbreak) (ids []string) {
		for _, tmpl := range s.state.TemplatesFor(o) {
			ids = append(ids, tmpl.ID)
		}
		return ids
	}
	worm := outbreak.Outbreak{Port: 445, Kinds: []outbreak.Evidence{outbreak.Scans, outbreak.Encryptions}}
	if diff := cmp.Diff([]string{"worm-kill-switch", "ransomware"}, fits(worm)); diff != "" {
		t.Errorf("a worm (-want +got):\n%s", diff)
	}
	if got := fits(outbreak.Outbreak{Kinds: []outbreak.Evidence{outbreak.Inbound}}); got != nil {
		t.Errorf("scans from elsewhere: %v", got)
	}
}

// Steps come in an order; who commits before what comes first is done is told.
func TestOrderOfSteps(t *testing.T) {
	s := newStory(t)
	d, err := s.state.SetTemplate(coordinator, response.Template{ID: "own", Title: "Ours", Steps: []response.Step{
		{Key: "keep", Kind: response.Assist, Title: "Keep the evidence", AskedOf: asked(2)},
		{Key: "take", Kind: response.Takedown, Title: "Take it down", After: []string{"keep"}, DeadlineS: 60},
	}})
	s.add(0, d, err)
	in := response.FromTemplate{Template: "own", Outbreak: "outbreak--1"}
	_, _, err = s.state.OpenTemplate(coordinator, in, start)
	refused(t, "asked of nobody", err, access.ErrInvalid, "step take names nobody")
	in.AskedOf = map[string][]string{"take": asked(3, 4)}
	ids := s.fromTemplate(0, coordinator, in)
	if diff := cmp.Diff([]response.ActionID{ids[0]}, s.get(0, ids[1]).Await); diff != "" {
		t.Errorf("await (-want +got):\n%s", diff)
	}
	s.commit(time.Minute, 3, response.Promise{Action: ids[1]})
	s.commit(time.Minute, 2, response.Promise{Action: ids[0]})
	s.done(2*time.Minute, 2, ids[0], aContributionInWords)
	s.commit(3*time.Minute, 4, response.Promise{Action: ids[1]})
	a := s.get(3*time.Minute, ids[1])
	if diff := cmp.Diff([]response.ActionID{ids[0]}, a.Commitments[0].Early); diff != "" || a.Commitments[1].Early != nil || a.Await != nil {
		t.Errorf("early: %+v\n%s", a.Commitments, diff)
	}
	_, _, err = s.state.OpenTemplate(coordinator, in, start)
	refused(t, "opened twice", err, access.ErrConflict, "was opened for this outbreak")
	in.Outbreak = "outbreak--2"
	s.fromTemplate(time.Hour, coordinator, in)
}

const aContributionInWords = "kept under 17"

func TestTemplateRefusals(t *testing.T) {
	s := newStory(t)
	good := func() response.Template {
		return response.Template{ID: "own", Title: "Ours", For: []string{"port:445"}, Steps: []response.Step{
			{Key: "a", Kind: response.Patch, Title: "A", AskedOf: []string{"kind:provider"}},
			{Key: "b", Kind: response.Patch, Title: "B", AskedOf: []string{"country:GB"}, After: []string{"a"}},
		}}
	}
	for name, c := range map[string]struct {
		change func(*response.Template)
		says   string
	}{
		"id":             {func(t *response.Template) { t.ID = "Own" }, "small letters"},
		"no title":       {func(t *response.Template) { t.Title = "" }, "title"},
		"no steps":       {func(t *response.Template) { t.Steps = nil }, "steps"},
		"too many steps": {func(t *response.Template) { t.Steps = make([]response.Step, 51) }, "at most 50"},
		"key":            {func(t *response.Template) { t.Steps[0].Key = "" }, "steps/0"},
		"key twice":      {func(t *response.Template) { t.Steps[1].Key = "a" }, "another step's"},
		"kind":           {func(t *response.Template) { t.Steps[1].Kind = "hack-back" }, "steps/1"},
		"after itself":   {func(t *response.Template) { t.Steps[1].After = []string{"b"} }, "after/0"},
		"after a later":  {func(t *response.Template) { t.Steps[0].After = []string{"b"} }, "after/0"},
		"after twice":    {func(t *response.Template) { t.Steps[1].After = []string{"a", "a"} }, "twice"},
		"deadline":       {func(t *response.Template) { t.Steps[1].DeadlineS = -1 }, "deadline_s"},
		"asked of":       {func(t *response.Template) { t.Steps[1].AskedOf = []string{"country:XX"} }, "asked_of/0"},
		"approval":       {func(t *response.Template) { t.Steps[1].Approval = "perhaps" }, "approval"},
		"condition":      {func(t *response.Template) { t.For = []string{""} }, "for/0"},
	} {
		tmpl := good()
		c.change(&tmpl)
		_, err := s.state.SetTemplate(coordinator, tmpl)
		refused(t, name, err, access.ErrInvalid, c.says)
	}
	_, err := s.state.SetTemplate(principal(2, access.Contributor), good())
	refused(t, "a contributor", err, access.ErrForbidden, "coordinator")
	_, _, err = s.state.OpenTemplate(principal(2, access.Contributor), response.FromTemplate{Template: "ransomware", Outbreak: "outbreak--1"}, start)
	refused(t, "opened by a contributor", err, access.ErrForbidden, "coordinator")
	_, _, err = s.state.OpenTemplate(coordinator, response.FromTemplate{Template: "none", Outbreak: "outbreak--1"}, start)
	refused(t, "unknown", err, access.ErrNotFound, "ransomware")
	_, _, err = s.state.OpenTemplate(coordinator, response.FromTemplate{Template: "ransomware"}, start)
	refused(t, "no outbreak", err, access.ErrInvalid, "outbreak")
	_, _, err = s.state.OpenTemplate(coordinator, response.FromTemplate{Template: "ransomware", Outbreak: "o", AskedOf: map[string][]string{"nothing": asked(2)}}, start)
	refused(t, "unknown step", err, access.ErrInvalid, "nothing")

	// One that waives approval is for administrators to open.
	waived := good()
	waived.Steps[0].Kind, waived.Steps[0].Approval, waived.Steps[0].Authority = response.Takedown, response.NotNeeded, "a court's order"
	d, err := s.state.SetTemplate(coordinator, waived)
	s.add(0, d, err)
	_, _, err = s.state.OpenTemplate(coordinator, response.FromTemplate{Template: "own", Outbreak: "o"}, start)
	refused(t, "waived", err, access.ErrForbidden, "step a")
	s.fromTemplate(0, principal(1, access.Administrator), response.FromTemplate{Template: "own", Outbreak: "o"})

	// Replaced as a whole, and bounded in number.
	for i := range 600 {
		tmpl := good()
		tmpl.ID = fmt.Sprintf("t-%d", i)
		if d, err = s.state.SetTemplate(coordinator, tmpl); err != nil {
			break
		}
		s.add(0, d, nil)
	}
	refused(t, "too many", err, access.ErrConflict, "replace")
	again := good()
	again.Title = strings.Repeat("x", 100)
	d, err = s.state.SetTemplate(coordinator, again)
	s.add(0, d, err)
	got, err := s.state.Template("own")
	if err != nil || got.Title != again.Title || got.By != partnerID(1) || got.Steps[0].Kind != response.Patch || len(s.state.Templates()) != 500 {
		t.Errorf("%+v %v", got, err)
	}
	got.Steps[0].Title, got.Steps[1].After[0] = "forged", "forged"
	if kept, _ := s.state.Template("own"); kept.Steps[0].Title != "A" || kept.Steps[1].After[0] != "a" {
		t.Error("a reader can change a template")
	}
}
