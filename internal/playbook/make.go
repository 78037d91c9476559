package playbook

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/response"
	"github.com/tocsin-project/tocsin/stix"
)

// The extensions are described where the documentation of this project is.
const described = "https://github.com/tocsin-project/tocsin/blob/main/docs/response.md#playbooks"

// work is a step of a template, or an action of a board, on its way into a playbook.
type work struct {
	key      string
	title    string
	text     string // what to do, in the command
	kind     response.Kind
	askedOf  []string
	after    []string // keys
	extended any      // its part of the extension
}

// Make writes a template as a playbook that was made and last changed at these
// times. The same template gives the same bytes, and Template gives it back.
func Make(t response.Template, created, modified time.Time) (Playbook, error) {
	p := begin(IDOf(t), t.Title, maker(t.By), created, modified, access.Green)
	steps := make([]work, 0, len(t.Steps))
	for i, s := range t.Steps {
		steps = append(steps, work{key: s.Key, title: s.Title, text: s.Title, kind: s.Kind, askedOf: s.AskedOf, after: s.After, extended: ofStep{
			Key: s.Key, Number: i + 1, Kind: string(s.Kind), AskedOf: s.AskedOf, Authority: s.Authority, Approval: string(s.Approval), DeadlineS: s.DeadlineS, After: s.After,
		}})
	}
	p.extend(templateExtension, "template of actions", "what a template of a Tocsin hub has and CACAO does not")
	return p, p.write(templateExtension, ofTemplate{t.ID, t.For}, steps)
}

// IDOf is the id of the playbook of a template: the one that it was read from, if
// it was.
func IDOf(t response.Template) string {
	if own, from := strings.CutPrefix(t.ID, "cacao-"); from && isID("playbook--"+own, "playbook") {
		return "playbook--" + own
	}
	return newID("playbook", "template "+t.ID)
}

// maker is whom a playbook names as its maker.
func maker(by access.PartnerID) string {
	if isID(string(by), "identity") {
		return string(by)
	}
	return Hub
}

// begin is a playbook without steps.
func begin(id, name, by string, created, modified time.Time, tlp access.TLP) Playbook {
	created, modified = created.UTC().Truncate(time.Millisecond), modified.UTC().Truncate(time.Millisecond)
	level := "TLP:" + strings.ToUpper(string(tlp))
	marking := newID("marking-tlp", level)
	return Playbook{
		Type: "playbook", SpecVersion: SpecVersion, ID: id, Name: name, CreatedBy: by, Created: created, Modified: modified,
		Types: []string{"mitigation"}, Markings: []string{marking},
		MarkingKinds: map[string]Marking{marking: {Type: "marking-tlp", ID: marking, CreatedBy: Hub, Created: firstMarked, TLP: level}},
		Workflow:     map[string]Step{}, Agents: map[string]Agent{},
		ExtensionKinds: map[string]ExtensionKind{}, Extensions: map[string]jsontext.Value{},
	}
}

// firstMarked is when TLP 2.0 came: a marking is not made anew with each playbook.
var firstMarked = time.Date(2022, 8, 1, 0, 0, 0, 0, time.UTC)

func (p *Playbook) extend(id, name, what string) {
	p.ExtensionKinds[id] = ExtensionKind{Type: "extension-definition", Name: name, Description: what, CreatedBy: Hub, Schema: described, Version: "1"}
}

// write puts the work into the workflow: what waits for nothing first, side by
// side, then what waits for that alone, and so on. A workflow cannot say more of
// what waits for what (section 4.5), so that the extension says it exactly.
func (p *Playbook) write(extension string, whole any, steps []work) error {
	text, err := json.Marshal(whole, json.Deterministic(true))
	if err != nil {
		return fmt.Errorf("write playbook: %w", err)
	}
	p.Extensions[extension] = text
	ranks := rank(steps)
	last := newID(typeEnd, p.ID)
	p.Workflow[last] = Step{Type: typeEnd}
	next := last
	for _, side := range slices.Backward(ranks) {
		if next, err = p.rank(extension, side, next); err != nil {
			return err
		}
	}
	p.Start = newID(typeStart, p.ID)
	p.Workflow[p.Start] = Step{Type: typeStart, OnCompletion: next}
	return nil
}

// rank writes what is done side by side, before next, and gives what it begins with.
func (p *Playbook) rank(extension string, side []work, next string) (first string, err error) {
	if len(side) == 1 {
		return p.action(extension, side[0], next)
	}
	parallel := newID(typeParallel, p.ID+"\x00"+side[0].key)
	fork := Step{Type: typeParallel, OnCompletion: next}
	for _, w := range side {
		end := newID(typeEnd, p.ID+"\x00"+w.key)
		p.Workflow[end] = Step{Type: typeEnd}
		id, err := p.action(extension, w, end)
		if err != nil {
			return "", err
		}
		fork.NextSteps = append(fork.NextSteps, id)
	}
	p.Workflow[parallel] = fork
	return parallel, nil
}

func (p *Playbook) action(extension string, w work, next string) (string, error) {
	text, err := json.Marshal(w.extended, json.Deterministic(true))
	if err != nil {
		return "", fmt.Errorf("write playbook: %w", err)
	}
	id := newID(typeAction, p.ID+"\x00"+w.key)
	p.Workflow[id] = Step{
		Type: typeAction, Name: w.title, OnCompletion: next, Agent: p.agent(w.askedOf),
		Commands:   []Command{{Type: "manual", Command: w.text, Activity: activities[w.kind]}},
		Extensions: map[string]jsontext.Value{extension: text},
	}
	return id, nil
}

// activities are what kinds are called in the specification (section 10.8).
var activities = map[response.Kind]string{
	response.Isolate: "restrict-access", response.Patch: "configure-systems", response.Notify: "deliver-content",
	response.Takedown: "eliminate-risk", response.AccountShutdown: "eliminate-risk", response.ExploitPurge: "eliminate-risk",
	response.Sinkhole: "restrict-access", response.Assist: "analyze-collected-data", //nolint:misspell // as the specification has it
}

// agent is of whom work is asked: one sector, one partner, or a group.
func (p *Playbook) agent(askedOf []string) string {
	name := strings.Join(askedOf, ", ")
	a := Agent{Type: "group", Name: name}
	switch {
	case name == "":
		a.Name = "whoever takes it on"
	case len(askedOf) > 1 || strings.Contains(name, ":"):
	case stix.TypeOfID(name) == "identity":
		a.Type = "organization"
	default:
		a.Type, a.Sector = "sector", name
	}
	id := newID(a.Type, a.Name)
	p.Agents[id] = a
	return id
}

// rank parts work by what has to be done before: each part waits for those before
// it alone. What waits for nothing that is here is in the first.
func rank(steps []work) [][]work {
	level := map[string]int{}
	for range steps { // as often as the longest chain is long
		changed := false
		for _, s := range steps {
			for _, before := range s.after {
				if at, known := level[before]; known && level[s.key] <= at && at < len(steps) {
					level[s.key], changed = at+1, true
				}
			}
			if _, known := level[s.key]; !known {
				level[s.key], changed = 0, true
			}
		}
		if !changed {
			break
		}
	}
	ranks := make([][]work, len(steps)+1)
	for _, s := range steps {
		ranks[level[s.key]] = append(ranks[level[s.key]], s)
	}
	return slices.DeleteFunc(ranks, func(side []work) bool { return len(side) == 0 })
}

// Write is the playbook as JSON; the same playbook gives the same bytes.
func (p Playbook) Write() ([]byte, error) { return json.Marshal(p, json.Deterministic(true)) }
