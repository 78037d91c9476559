package playbook_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/playbook"
)

// foreign is a playbook as others write them, with the steps in it.
func foreign(t testing.TB, change func(text string) string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "foreign.json"))
	if err != nil {
		t.Fatal(err)
	}
	if change == nil {
		return text
	}
	changed := change(string(text))
	if changed == string(text) {
		t.Fatal("nothing was changed")
	}
	return []byte(changed)
}

const bank = access.PartnerID("identity--22222222-2222-4222-8222-222222222222")

// A playbook of others becomes work for people: what is decided, what is side by
// side, what waits for what; and what is not taken is said.
func TestAPlaybookOfOthers(t *testing.T) {
	text := foreign(t, nil)
	p, err := playbook.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	got, err := playbook.Template(p, func(name string) (access.PartnerID, bool) { return bank, name == "Bank 01" }, none, false, at)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	number := map[string]string{}
	for i, s := range got.Template.Steps {
		number[s.Key] = fmt.Sprint(i + 1)
		var after []string
		for _, key := range s.After {
			after = append(after, number[key])
		}
		lines = append(lines, fmt.Sprintf("%d %s %s, of %s, after %s", i+1, s.Kind, s.Title, strings.Join(s.AskedOf, "+"), strings.Join(after, "+")))
	}
	want := []string{
		"1 patch Look for hosts without MS17-010, of healthcare, after ",
		"2 assist Decide: any host is not patched, of , after 1",
		"3 patch If so: Patch, of " + string(bank) + ", after 2",
		"4 isolate Close port 445, of , after 2+3",
		"5 notify Tell the sites, of , after 2+3",
		"6 assist Decide, and repeat as long as it is so: hosts still scan, of , after 4+5",
		"7 assist If so: Count the hosts that scan, of , after 6",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
	for _, said := range []string{"its variables", "its signatures", "linux \"sensor\"", "any host is not patched"} {
		if !slices.ContainsFunc(got.Left, func(one string) bool { return strings.Contains(one, said) }) {
			t.Errorf("it is not said that %s is left out: %q", said, got.Left)
		}
	}
	if i := slices.IndexFunc(got.Commands, func(c playbook.Told) bool { return strings.Contains(c.Commands[0], "ssh: show the hosts") }); i < 0 {
		t.Errorf("commands are not told: %+v", got.Commands)
	}
	if got.Template.ID != "cacao-3f0a3b9e-6f3a-4c57-9a34-0c5b0f6f7a11" {
		t.Errorf("the template is %s", got.Template.ID)
	}
}

func TestWhatIsNoPlaybook(t *testing.T) {
	replace := func(old, with string) func(string) string {
		return func(text string) string { return strings.Replace(text, old, with, 1) }
	}
	for name, c := range map[string]struct {
		change func(string) string
		says   string
	}{
		"another version":  {replace("cacao-2.0", "cacao-1.1"), "/spec_version"},
		"no id":            {replace("playbook--3f0a", "bundle--3f0a"), "/id"},
		"no such step":     {replace(`"workflow_start": "start--00000000-0000-4000-8000-000000000001"`, `"workflow_start": "start--00000000-0000-4000-8000-00000000000f"`), "/workflow_start"},
		"no command":       {replace(`"commands": [`, `"comments": [`), "commands is missing"},
		"a circle":         {replace(`"on_completion": "end--00000000-0000-4000-8000-000000000099"`, `"on_completion": "action--00000000-0000-4000-8000-000000000002"`), "in a circle: action--"},
		"revoked":          {replace(`"name": "Worm`, `"revoked": true, "name": "Worm`), "revoked"},
		"for fewer":        {replace("TLP:GREEN", "TLP:AMBER+STRICT"), "TLP:AMBER+STRICT"},
		"undefined mark":   {replace(`"data_marking_definitions"`, `"other_definitions"`), "/markings"},
		"an id that is no": {replace(`"action--00000000-0000-4000-8000-000000000002": {`, `"action--zz": {`), "action--zz"},
		"twice a name":     {replace(`"type": "playbook"`, `"type": "playbook", "type": "playbook"`), "duplicate"},
		"too deep":         {replace(`"labels": [`, `"deep": `+strings.Repeat("[", 100)+strings.Repeat("]", 100)+`, "labels": [`), "nested"},
		"too long":         {func(s string) string { return s + strings.Repeat(" ", playbook.MaxBytes) }, "at most"},
	} {
		p, err := playbook.Read(foreign(t, c.change))
		if err == nil {
			_, err = playbook.Template(p, nobody, none, false, at)
		}
		if !errors.Is(err, access.ErrInvalid) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}

// Forks that lead to forks are walked once, however many ways there are.
func TestManyWaysAreWalkedOnce(t *testing.T) {
	id := func(kind string, n int) string { return fmt.Sprintf("%s--%08d-0000-4000-8000-000000000000", kind, n) }
	p := playbook.Playbook{
		Type: "playbook", SpecVersion: playbook.SpecVersion, ID: id("playbook", 0), Name: "Forks", CreatedBy: id("identity", 0), Created: at, Modified: at,
		Start: id("start", 0), Workflow: map[string]playbook.Step{
			id("start", 0): {Type: "start", OnCompletion: id("parallel", 0)}, id("end", 0): {Type: "end"},
			id("action", 0): {Type: "action", Name: "Look", Agent: id("group", 0), Commands: []playbook.Command{{Type: "manual"}}, OnCompletion: id("end", 0)},
		},
	}
	const forks = 900
	for i := range forks {
		next := id("parallel", i+1)
		if i == forks-1 {
			next = id("end", 0)
		}
		p.Workflow[id("parallel", i)] = playbook.Step{Type: "parallel", NextSteps: []string{next, next}, OnCompletion: next}
	}
	for _, last := range []string{id("end", 0), id("action", 0)} {
		s := p.Workflow[id("parallel", forks-1)]
		s.NextSteps = []string{last, last}
		p.Workflow[id("parallel", forks-1)] = s
		read, err := playbook.Read(marshal(t, p))
		if err != nil {
			t.Fatal(err)
		}
		got, err := playbook.Template(read, nobody, none, false, at)
		if want := strings.HasPrefix(last, "action"); (err == nil) != want || want && len(got.Template.Steps) != 1 {
			t.Errorf("%s: %v %v", last, got.Template.Steps, err)
		}
	}
}

// Whatever is read ends, and is a template that holds or an error that says why.
func FuzzRead(f *testing.F) {
	f.Add(foreign(f, nil))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := playbook.Read(text)
		if err != nil {
			if !errors.Is(err, access.ErrInvalid) {
				t.Errorf("%v", err)
			}
			return
		}
		got, err := playbook.Template(p, nobody, none, false, at)
		switch {
		case err != nil && !errors.Is(err, access.ErrInvalid):
			t.Errorf("%v", err)
		case err == nil && got.Template.Validate() != nil:
			t.Errorf("%v", got.Template.Validate())
		}
	})
}
