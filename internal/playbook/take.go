package playbook

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/response"
)

// Taken is what a playbook became.
type Taken struct {
	Template response.Template `json:"template"`
	Playbook string            `json:"playbook" doc:"its id"`
	Replaced bool              `json:"replaced" doc:"there was a template with its id, and it took its place"`
	Left     []string          `json:"left,omitempty" doc:"what was not taken, or reads otherwise than the playbook has it"`
	Commands []Told            `json:"commands,omitempty" doc:"of each step the commands, for people to read: the hub never runs one"`
}

// Told is the commands of one step as text.
type Told struct {
	Step     string   `json:"step" doc:"its key in the template"`
	Commands []string `json:"commands"`
}

// Limits of what is told.
const (
	maxTitle   = 200
	maxCommand = 4000
	maxLeft    = 200
	maxTaken   = 50 // steps: as many as a template may have
)

// Template makes a template of a playbook that Read gave. byName finds a partner
// by the name that a playbook calls it; now is for playbooks that have expired. A
// playbook whose marking lets fewer people see it than templates do is refused:
// everybody in the community sees a template.
//
// The template's id is made of the playbook's. One that was written from a template
// gets that one's, if its own id says the same and there is no such template: anybody
// can write an id into a file, and what is there is only replaced by who says so.
func Template(p Playbook, byName func(string) (access.PartnerID, bool), there func(template string) bool, replace bool, now time.Time) (Taken, error) {
	if p.Revoked {
		return Taken{}, fmt.Errorf("take playbook: %w: it is revoked by those who made it", access.ErrInvalid)
	}
	t := taker{p: p, byName: byName, heads: map[string][]string{}, ends: map[string][]string{}, after: map[string][]string{}, numbers: map[string]int{}, left: []string{}}
	t.out.Playbook = p.ID
	if err := t.markings(); err != nil {
		return Taken{}, err
	}
	if !p.ValidUntil.IsZero() && now.After(p.ValidUntil) {
		t.leave("it was valid until %s", p.ValidUntil.Format(time.RFC3339))
	}
	for what, there := range map[string]bool{"its variables: where a command has one, people fill it in": len(p.Variables) > 0, "its signatures were not checked": len(p.Signatures) > 0, "its exception workflow: what to do when it fails is for people to decide": p.Exception != ""} {
		if there {
			t.leave("%s", what)
		}
	}
	slices.Sort(t.left)
	t.out.Template = response.Template{ID: "cacao-" + strings.TrimPrefix(p.ID, "playbook--"), Title: title(p.Name), Steps: []response.Step{}}
	var own ofTemplate
	if text, ours := p.Extensions[templateExtension]; ours && json.Unmarshal(text, &own) == nil && own.ID != "" {
		t.out.Template.Title, t.out.Template.For = p.Name, own.For
		if free := p.ID == IDOf(response.Template{ID: own.ID}) && !there(own.ID); free || replace {
			t.out.Template.ID = own.ID
		}
	}
	t.out.Replaced = there(t.out.Template.ID)
	if n := p.work(); n > maxTaken {
		return Taken{}, fmt.Errorf("take playbook: %w: it has %d steps of work, a template has at most %d: part it", access.ErrInvalid, n, maxTaken)
	}
	t.walk(p.Start, nil, "")
	if err := t.order(); err != nil {
		return Taken{}, err
	}
	if len(t.left) > maxLeft {
		t.left = append(t.left[:maxLeft], fmt.Sprintf("and %d more", len(t.left)-maxLeft))
	}
	t.out.Left = t.left
	if err := t.out.Template.Validate(); err != nil {
		return Taken{}, fmt.Errorf("take playbook: %w", err)
	}
	return t.out, nil
}

// taker walks through a workflow.
type taker struct {
	p      Playbook
	byName func(string) (access.PartnerID, bool)
	out    Taken
	heads  map[string][]string // by id: the keys of what a branch begins with
	ends   map[string][]string // and of what has to be done before what comes after it
	after  map[string][]string // of steps by key: what has to be done before
	left   []string

	numbers map[string]int // of steps that were written here: their places
}

func (t *taker) leave(format string, args ...any) {
	t.left = append(t.left, fmt.Sprintf(format, args...))
}

// markings refuses what fewer people may see than see a template.
func (t *taker) markings() error {
	for _, id := range t.p.Markings {
		m, known := t.p.MarkingKinds[id]
		switch {
		case !known:
			return fmt.Errorf("take playbook: %w: /markings: %.100q is not defined in it, so nobody can tell who may see it", access.ErrInvalid, id)
		case m.Type == "marking-tlp" && m.TLP != "TLP:CLEAR" && m.TLP != "TLP:GREEN":
			return fmt.Errorf("take playbook: %w: it is marked %.30s: a template is seen by the whole community (TLP:GREEN); ask its maker for a wider marking", access.ErrInvalid, m.TLP)
		case m.Type == "marking-statement":
			t.leave("its statement, which holds on: %.500s", m.Statement)
		case m.Type != "marking-tlp":
			return fmt.Errorf("take playbook: %w: its marking %.100q is of the type %.50q, which is not understood here", access.ErrInvalid, id, m.Type)
		}
	}
	return nil
}

// take makes a step of the template.
func (t *taker) take(id string, s Step, before []string, why string) string {
	one := response.Step{Key: t.newKey(id), Kind: kindOf(s), Title: title(name(s, id))}
	switch s.Type {
	case typePlaybook:
		one.Title = title("Carry out the playbook " + name(s, s.Playbook))
		t.leave("%s: the playbook %.100s that it names", one.Key, s.Playbook)
	case typeIf, typeSwitch:
		one.Title = title("Decide: " + name(s, s.Condition+s.Switch))
		t.leave("%s: a person decides whether %.500s", one.Key, s.Condition+s.Switch)
	case typeWhile:
		one.Title = title("Decide, and repeat as long as it is so: " + name(s, s.Condition))
		t.leave("%s: a person decides how often: %.500s", one.Key, s.Condition)
	}
	var own ofStep
	text, ours := s.Extensions[templateExtension]
	if ours && json.Unmarshal(text, &own) == nil {
		one = response.Step{
			Key: own.Key, Kind: response.Kind(own.Kind), Title: s.Name, AskedOf: own.AskedOf,
			Authority: own.Authority, Approval: response.Need(own.Approval), DeadlineS: own.DeadlineS,
		}
		t.numbers[one.Key] = own.Number
		t.after[one.Key] = own.After // as it was, right or wrong
		before = nil
	} else {
		if why != "" {
			one.Title = title(strings.ToUpper(why[:1]) + why[1:] + ": " + one.Title)
		}
		one.AskedOf = t.askedOf(one.Key, s)
		t.commands(one.Key, s)
	}
	t.wait(one.Key, before)
	t.out.Template.Steps = append(t.out.Template.Steps, one)
	return one.Key
}

// newKey is the key of a step: the UUID of its id.
func (t *taker) newKey(id string) string {
	return strings.ToLower(id[len(id)-36:])
}
