package duty_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/duty"
)

// example is the template of docs/response.md.
const example = `
[[template]]
id = "board-report"
name = "Report to our own board"
authority = "the board's secretary"

[[template.stage]]
key = "first"
name = "First word"
within = "4h"
after = "aware"

[[template.stage.field]]
key = "what"
label = "What has happened"
required = true
from = "incident"

[[template.stage]]
key = "last"
name = "Closing report"
within = "2 months"
after = "first"

[[template.stage.field]]
key = "lessons"
label = "What we learned"
`

func TestReadTemplates(t *testing.T) {
	path := filepath.Join(t.TempDir(), "duties.toml")
	if err := os.WriteFile(path, []byte(example), 0o600); err != nil {
		t.Fatal(err)
	}
	own, err := duty.ReadTemplates(path)
	if err != nil || len(own) != 1 {
		t.Fatalf("%+v, %v", own, err)
	}
	first := own[0].Stages[0]
	if first.Within.String() != "4h" || first.After != duty.FromAware || first.Fields[0].From != duty.FactIncident || !first.Fields[0].Required || own[0].Stages[1].Within.Months != 2 || len(own[0].Version) != 12 {
		t.Errorf("%+v", own[0])
	}
	var ids []string
	for _, one := range duty.Templates(own) {
		if err := one.Validate(); err != nil || one.Version == "" {
			t.Errorf("%s: version %q, %v", one.ID, one.Version, err)
		}
		ids = append(ids, one.ID)
	}
	if diff := cmp.Diff([]string{"nis2", "nis2-trust-service", "board-report"}, ids); diff != "" {
		t.Error(diff)
	}
	// The national form of a law takes the place of the built-in one, and another text
	// is another version.
	mine, err := duty.ParseTemplates(strings.ReplaceAll(example, "board-report", "nis2"))
	if err != nil {
		t.Fatal(err)
	}
	if list := duty.Templates(mine); len(list) != 2 || list[0].Name != "Report to our own board" {
		t.Errorf("%+v", list)
	}
	changed, err := duty.ParseTemplates(strings.Replace(example, "4h", "5h", 1))
	if err != nil || changed[0].Version == own[0].Version {
		t.Errorf("another time, the same version: %v", err)
	}
	if _, err := duty.ReadTemplates(path + ".absent"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// broken are changes of the example, and what is said of them.
var broken = []struct{ old, new, says string }{
	{`id = "board-report"`, `id = "Board"`, `id "Board"`},
	{`name = "First word"`, `title = "First word"`, "unknown key"},
	{`within = "4h"`, `within = "4 weeks"`, "period"},
	{`within = "4h"`, ``, "within and after go together"},
	{`after = "first"`, `after = "second"`, `after "second"`},
	{`after = "aware"`, `after = "last"`, "wait for each other"},
	{`after = "aware"`, `after = "first"`, "wait for each other"},
	{`key = "last"`, `key = "first"`, `two stages have the key "first"`},
	{`key = "last"`, `key = "aware"`, `not "aware"`},
	{`key = "what"`, `key = "what is"`, "key"},
	{`from = "incident"`, `from = "horoscope"`, "the board fills reporter"},
	{`label = "What we learned"`, ``, "label"},
	{`after = "first"`, "after = \"first\"\ndefers = \"first\"", "leave out within and after"},
	{"within = \"2 months\"\nafter = \"first\"", `defers = "last"`, "defers"},
	{`authority = "the board's secretary"`, `authority = ""`, "authority"},
	{`id = "board-report"`, "id = \"x\"\nversion = \"1\"", "unknown key"},
	{"\n[[template.stage.field]]\nkey = \"lessons\"\nlabel = \"What we learned\"\n", "", "0 fields"},
}

func TestBrokenTemplates(t *testing.T) {
	for _, b := range broken {
		text := strings.Replace(example, b.old, b.new, 1)
		if text == example {
			t.Fatalf("%q is not in the example", b.old)
		}
		if _, err := duty.ParseTemplates(text); !errors.Is(err, access.ErrInvalid) || !strings.Contains(err.Error(), b.says) {
			t.Errorf("%q: %v", b.new, err)
		}
	}
	if _, err := duty.ParseTemplates(example + example); err == nil || !strings.Contains(err.Error(), "two templates") {
		t.Errorf("twice the same: %v", err)
	}
}

// A template that is taken is sound, and every stage's clock comes to an end.
func FuzzParseTemplates(f *testing.F) {
	f.Add(example)
	for _, b := range broken {
		f.Add(strings.Replace(example, b.old, b.new, 1))
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, err := duty.ParseTemplates(text)
		if err != nil {
			return
		}
		for _, one := range list {
			if err := one.Validate(); err != nil || len(one.Version) != 12 {
				t.Fatalf("%+v: %v", one, err)
			}
		}
		s := &story{t: t, now: start}
		s.state = duty.NewState(duty.Config{Templates: list})
		s.state.SetBoard(board{})
		for _, one := range list {
			of := s.open(1, one.ID)
			for _, stage := range one.Stages {
				s.submit(1, of, stage.Key)
			}
		}
		s.now = start.AddDate(30, 0, 0)
		s.warnings()
	})
}
