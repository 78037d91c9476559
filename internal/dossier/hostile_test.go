package dossier_test

import (
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/dossier"
	"github.com/tocsin-project/tocsin/internal/dossier/dossiertest"
)

// voted is a case of one item whose statement all seven have voted on, before it
// is published. before is told of the case and its item ahead of the statement.
func voted(t *testing.T, before func(c *dossiertest.Case, item string)) *dossiertest.Case {
	t.Helper()
	c := dossiertest.NewCase(t)
	item := c.Evidence("Shared code", c.Partners[0], nil)
	if before != nil {
		before(c, item)
	}
	c.Propose(c.Partners[1], []string{item}, nil)
	for _, p := range c.Partners {
		c.Vote(p, "endorse", "We looked.")
	}
	return c
}

// What a hub, or a partner of a case, would like to put into it: each of these is void.
func TestVoidRecords(t *testing.T) {
	stranger := dossiertest.NewPartner(t, "Stranger")
	salt := strings.Repeat("ab", 32)
	seal := dossiertest.Body{"digest": nil, "seal": "sha256:" + dossiertest.Seal(t, salt, []byte("secret"))}
	round := func(seal string) dossiertest.Body { return dossiertest.Body{"round": 1, "seal": "sha256:" + seal} }
	renamed := func(p *dossiertest.Partner, name string) *dossiertest.Partner {
		other := *p
		other.Name = name
		return &other
	}
	for name, c := range map[string]struct {
		add  func(c *dossiertest.Case, item string)
		says string // "" for what may be
	}{
		"nothing": {func(*dossiertest.Case, string) {}, ""},
		"a seal of another's": {func(c *dossiertest.Case, _ string) {
			c.Evidence("Ours", c.Partners[0], seal)
			c.Evidence("We hold this too", c.Partners[3], seal)
		}, "another partner has filed it"},
		"a seal of one's own": {func(c *dossiertest.Case, _ string) {
			c.Evidence("Ours", c.Partners[0], seal)
			c.Evidence("Ours again", c.Partners[0], seal)
		}, ""},
		"a commitment of another's": {func(c *dossiertest.Case, _ string) {
			c.Add("case.committed", c.Partners[0], round(salt))
			c.Add("case.committed", c.Partners[3], round(salt))
		}, "another partner has committed to it"},
		"a stranger's hypothesis": {func(c *dossiertest.Case, _ string) {
			c.Add("case.hypothesis", stranger, dossiertest.Body{"id": "martians", "title": "Martians"})
		}, "only the partner that opened the case"},
		"a stranger's end of a round": {func(c *dossiertest.Case, _ string) {
			c.Add("case.round", stranger, dossiertest.Body{"round": 1})
		}, "only the partner that opened the case"},
		"a member by another name": {func(c *dossiertest.Case, item string) {
			c.Rate(renamed(c.Partners[2], "United Kingdom"), item, "lazarus", "C", 0)
		}, "the opening calls"},
		"a stranger by a member's name": {func(c *dossiertest.Case, item string) {
			c.Rate(renamed(stranger, c.Partners[2].Name), item, "lazarus", "C", 0)
		}, "is the name of a partner of the policy"},
		"a blank source": {func(c *dossiertest.Case, _ string) {
			c.Evidence("Nowhere", c.Partners[0], dossiertest.Body{"source": " "})
		}, "source"},
		"51 statements": {func(c *dossiertest.Case, item string) {
			for i := range 51 {
				c.Propose(stranger, []string{item}, dossiertest.Body{"text": strings.Repeat("x", i+1)})
			}
		}, "at most 50 statements"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := attribution.Replay(voted(t, c.add).Records)
			if want := c.says; want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
				t.Errorf("%v; want it to say %q", err, want)
			}
		})
	}
}

// A ballot that somebody repeats does not undo what its partner voted since.
func TestRepeatedBallot(t *testing.T) {
	c := voted(t, nil)
	first := c.Records[len(c.Records)-1].Record // the seventh partner's
	c.Vote(c.Partners[6], "dissent", "We have found the forgery.")
	var body dossiertest.Body
	if err := json.Unmarshal(first.Body, &body); err != nil {
		t.Fatal(err)
	}
	c.Add("case.vote", c.Partners[6], body)
	if _, err := attribution.Replay(c.Records); err == nil || !strings.Contains(err.Error(), "very ballot") {
		t.Errorf("%v", err)
	}
}

// Two members of one name cannot be told apart, and a date does not fall.
func TestNamesAndDates(t *testing.T) {
	c := voted(t, nil)
	same := c.Edit(func(r *attribution.Record, body dossiertest.Body) bool {
		if r.N == 1 {
			for id := range body["members"].(map[string]any) {
				body["members"].(map[string]any)[id] = c.Partners[0].Name
			}
		}
		return true
	})
	if _, err := attribution.Replay(same.Records); err == nil || !strings.Contains(err.Error(), "one name") {
		t.Errorf("members of one name: %v", err)
	}
	falls := c.Edit(func(r *attribution.Record, _ dossiertest.Body) bool {
		if r.N == 2 {
			r.At.Time = r.At.Add(-time.Hour)
		}
		return true
	})
	if _, err := attribution.Replay(falls.Records); err == nil || !strings.Contains(err.Error(), "is before that of the record before") {
		t.Errorf("a date that falls: %v", err)
	}
}

// The vote of a partner whom the reader does not know counts for nothing, and
// keeps nobody from verifying what the others said; a partner that he knows is
// held to its keys.
func TestVoteOfAStranger(t *testing.T) {
	c := voted(t, nil)
	stranger := dossiertest.NewPartner(t, "Stranger")
	c.Vote(stranger, "dissent", "We know better.")
	c.Publish(c.Partners[0])
	c.Flush()
	data := publish(t, c)
	r := verify(t, data, c.Keys())
	if r.Verdict != dossier.Verified || !strings.Contains(table(r), "1 vote of a partner whose key you do not know, which counts for nothing") {
		t.Fatal(table(r))
	}
	if d := r.Summary.Dissented; len(d) != 1 || !d[0].Unknown || r.Summary.Endorsed[0].Unknown {
		t.Errorf("%+v", r.Summary)
	}
	line := "voter " + string(stranger.ID) + " "
	if r := verify(t, data, c.Keys()+line+stranger.Key.Text()+"\n"); r.Verdict != dossier.Verified || r.Summary.Dissented[0].Unknown {
		t.Error(table(r))
	}
	if r := verify(t, data, c.Keys()+line+dossiertest.NewKey(t).Text()+"\n"); strings.Join(failed(r), " ") != "votes" {
		t.Error(table(r))
	}
}

// The hub's dates are held against the witnesses'.
func TestDates(t *testing.T) {
	for name, c := range map[string]struct {
		late time.Duration // how much later the votes are dated
		wait time.Duration // how late witnesses saw the log without them
		want string
	}{
		"as they were":                    {0, 0, ""},
		"within the hour":                 {50 * time.Minute, 50 * time.Minute, ""},
		"long after witnesses saw it":     {3 * time.Hour, 0, "inclusion"},
		"long before they saw it missing": {0, 3 * time.Hour, "inclusion"},
	} {
		t.Run(name, func(t *testing.T) {
			made := dossiertest.NewCase(t)
			made.World.Wait(c.wait)
			made.World.Keep()
			item := made.Evidence("Shared code", made.Partners[0], nil)
			made.Propose(made.Partners[1], []string{item}, nil)
			for _, p := range made.Partners {
				made.Vote(p, "endorse", "We looked.")
			}
			made.Publish(made.Partners[0])
			made.Chain = made.Edit(func(r *attribution.Record, _ dossiertest.Body) bool {
				if r.Kind == attribution.KindVote || r.Kind == attribution.KindPublished {
					r.At.Time = r.At.Add(c.late)
				}
				return true
			})
			made.Flush()
			draft, err := dossier.Compose(input(t, made))
			if err != nil {
				t.Fatal(err)
			}
			got := verify(t, made.Pack(draft.Files(), 2), made.Keys())
			if strings.Join(failed(got), " ") != c.want {
				t.Error(table(got))
			}
		})
	}
}
