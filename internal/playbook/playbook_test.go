package playbook_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/playbook"
	"github.com/tocsin-project/tocsin/internal/response"
)

var at = time.Date(2017, 5, 12, 8, 24, 0, 0, time.UTC)

func nobody(string) (access.PartnerID, bool) { return "", false }

// templates are drawn within the limits of response.
func templates() *rapid.Generator[response.Template] {
	return rapid.Custom(func(t *rapid.T) response.Template {
		out := response.Template{
			ID:    rapid.StringMatching(`[a-z0-9-]{1,30}`).Draw(t, "id"),
			Title: rapid.StringMatching(`[A-Za-z<&é][A-Za-z0-9 <>&"é]{0,40}[a-z]`).Draw(t, "title"),
			For:   rapid.SliceOfN(rapid.SampledFrom([]string{"port:445", "kind:scans", "ransomware"}), 0, 3).Draw(t, "for"),
			Steps: []response.Step{},
		}
		for i := range rapid.IntRange(1, 12).Draw(t, "steps") {
			s := response.Step{
				Key: fmt.Sprintf("%s-%d", rapid.StringMatching(`[a-z]{1,5}`).Draw(t, "key"), i), Kind: rapid.SampledFrom(response.Kinds()).Draw(t, "kind"),
				Title:     rapid.StringMatching(`[A-Z][a-z0-9 ,]{0,30}[a-z]`).Draw(t, "step"),
				AskedOf:   rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"healthcare", "government", "kind:provider", "country:GB", "identity--11111111-1111-4111-8111-111111111111"}), 0, 3, rapid.ID).Draw(t, "asked"),
				Authority: rapid.SampledFrom([]string{"", "a court's order"}).Draw(t, "authority"),
				DeadlineS: rapid.Int64Range(0, 100_000).Draw(t, "deadline"),
			}
			for _, before := range out.Steps {
				if rapid.IntRange(0, 3).Draw(t, "waits") == 0 {
					s.After = append(s.After, before.Key)
				}
			}
			out.Steps = append(out.Steps, s)
		}
		return out
	})
}

// What is written is read as what it was, and is the same bytes each time.
func TestTemplatesComeBack(t *testing.T) {
	check := schemas(t)
	rapid.Check(t, func(t *rapid.T) {
		want := templates().Draw(t, "template")
		if err := want.Validate(); err != nil {
			t.Skip(err)
		}
		p, err := playbook.Make(want, at, at.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		text, err := p.Write()
		if err != nil {
			t.Fatal(err)
		}
		if err := check(text); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if again, _ := p.Write(); !bytes.Equal(text, again) {
			t.Fatal("two writings differ")
		}
		read, err := playbook.Read(text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		got, err := playbook.Template(read, nobody, none, false, at)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if diff := cmp.Diff(want, got.Template, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%s\n%s", diff, text)
		}
	})
}

// The board of an incident says where each action stands, in the order of what
// waits for what, marked as the narrowest of them.
func TestBoard(t *testing.T) {
	action := func(n int, tlp access.TLP, after ...response.ActionID) response.Action {
		return response.Action{
			Opening: response.Opening{ID: response.ActionID(fmt.Sprintf("action--%08d-0000-4000-8000-000000000000", n)), Kind: response.Patch, Title: fmt.Sprint("Patch ", n), AskedOf: []string{"healthcare"}, After: after, Audience: access.ToCommunity(tlp)},
			By:      bank, Opened: at.Add(time.Duration(n) * time.Minute), Status: response.Committed,
			Commitments: []response.Commitment{{Partner: bank, At: at.Add(time.Hour), Status: response.Committed}},
		}
	}
	first := action(1, access.Green)
	list := []response.Action{action(3, access.Amber, first.ID), action(2, access.Green, first.ID, "action--not-seen"), first}
	p, err := playbook.Board("outbreak--1", "Worm", access.Green, at, list)
	if err != nil {
		t.Fatal(err)
	}
	text, err := p.Write()
	if err != nil {
		t.Fatal(err)
	}
	if err := schemas(t)(text); err != nil {
		t.Errorf("%v\n%s", err, text)
	}
	start := p.Workflow[p.Start]
	one := p.Workflow[start.OnCompletion]
	fork := p.Workflow[one.OnCompletion]
	if one.Name != "Patch 1" || len(fork.NextSteps) != 2 || p.Workflow[fork.NextSteps[0]].Name != "Patch 2" || p.Workflow[fork.NextSteps[1]].Name != "Patch 3" {
		t.Errorf("%s", text)
	}
	if m := p.MarkingKinds[p.Markings[0]]; m.TLP != "TLP:AMBER" {
		t.Errorf("it is marked %+v", m)
	}
	if !p.Modified.Equal(at.Add(3*time.Minute)) || !bytes.Contains(text, []byte(`"status":"committed"`)) {
		t.Errorf("%s", text)
	}
	// What waits for itself is not lost.
	circle := []response.Action{action(1, access.Green, "action--00000002-0000-4000-8000-000000000000"), action(2, access.Green, "action--00000001-0000-4000-8000-000000000000")}
	if p, err = playbook.Board("outbreak--1", "Worm", access.Green, at, circle); err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(marshal(t, p), []byte(`"type":"action"`)); n != 2 {
		t.Errorf("%d of 2 actions are there", n)
	}
	if p, err = playbook.Board("outbreak--1", "Worm", access.AmberStrict, at, circle); err != nil || p.MarkingKinds[p.Markings[0]].TLP != "TLP:AMBER+STRICT" {
		t.Errorf("of an incident that few may see: %+v %v", p.MarkingKinds, err)
	}
	if p, err = playbook.Board("outbreak--1", "Worm", access.Green, at, nil); err != nil || schemas(t)(marshal(t, p)) != nil {
		t.Errorf("an empty board: %v %v", err, schemas(t)(marshal(t, p)))
	}
}

func marshal(t *testing.T, p playbook.Playbook) []byte {
	t.Helper()
	text, err := p.Write()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// none says that there is no template.
func none(string) bool { return false }

// A file that names a template takes its place only if somebody says so.
func TestAFileDoesNotNameWhatItReplaces(t *testing.T) {
	made := response.Template{ID: "worm", Title: "Worm", Steps: []response.Step{{Key: "a", Kind: response.Patch, Title: "Patch", AskedOf: []string{"healthcare"}}}}
	own, err := playbook.Make(made, at, at)
	if err != nil {
		t.Fatal(err)
	}
	own, err = playbook.Read(marshal(t, own))
	if err != nil {
		t.Fatal(err)
	}
	stranger := own
	stranger.ID = "playbook--aaaaaaaa-0000-4000-8000-000000000000"
	const strange = "cacao-aaaaaaaa-0000-4000-8000-000000000000"
	there := func(id string) bool { return id == "worm" }
	for name, c := range map[string]struct {
		p        playbook.Playbook
		there    func(string) bool
		replace  bool
		id       string
		replaced bool
	}{
		"new":                  {own, none, false, "worm", false},
		"there":                {own, there, false, "cacao-" + strings.TrimPrefix(own.ID, "playbook--"), false},
		"there, and replaced":  {own, there, true, "worm", true},
		"a stranger's":         {stranger, none, false, strange, false},
		"a stranger's of ours": {stranger, there, false, strange, false},
		"a stranger's, wanted": {stranger, there, true, "worm", true},
	} {
		got, err := playbook.Template(c.p, nobody, c.there, c.replace, at)
		if err != nil || got.Template.ID != c.id || got.Replaced != c.replaced {
			t.Errorf("%s: %s, replaced: %v, %v", name, got.Template.ID, got.Replaced, err)
		}
	}
}
