package playbook

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/access"
)

// Limits of what is read.
const (
	MaxBytes = 1 << 20
	maxDepth = 64 // of JSON
	maxSteps = 1000
)

// Read reads a playbook: strictly what is used here, and tolerant of everything
// else. Errors are access.ErrInvalid and name the place as a JSON pointer.
func Read(text []byte) (Playbook, error) {
	var p Playbook
	if len(text) > MaxBytes {
		return p, invalid("", "it has %d bytes, at most %d are read", len(text), MaxBytes)
	}
	if err := checkDepth(text); err != nil {
		return p, err
	}
	if err := json.Unmarshal(text, &p); err != nil {
		return p, fmt.Errorf("read playbook: %w: %w", access.ErrInvalid, err)
	}
	switch {
	case p.Type != "playbook":
		return p, invalid("/type", "it is %q, not a playbook", p.Type)
	case p.SpecVersion != SpecVersion:
		return p, invalid("/spec_version", "it is %q; %s is read", p.SpecVersion, SpecVersion)
	case !isID(p.ID, "playbook"):
		return p, invalid("/id", "%q is not \"playbook--\" and a UUID", p.ID)
	case !isID(p.CreatedBy, "identity"):
		return p, invalid("/created_by", "%q is not \"identity--\" and a UUID", p.CreatedBy)
	case strings.TrimSpace(p.Name) == "":
		return p, invalid("/name", "it is missing")
	case p.Created.IsZero() || p.Modified.IsZero():
		return p, invalid("", "created or modified is missing")
	case len(p.Workflow) == 0:
		return p, invalid("/workflow", "it has no steps")
	case len(p.Workflow) > maxSteps:
		return p, invalid("/workflow", "it has %d steps, at most %d are read", len(p.Workflow), maxSteps)
	}
	for _, id := range slices.Sorted(maps.Keys(p.Workflow)) {
		if err := p.checkStep(id); err != nil {
			return p, err
		}
	}
	if s, known := p.Workflow[p.Start]; !known || s.Type != typeStart {
		return p, invalid("/workflow_start", "%.100q is not a start step of the workflow", p.Start)
	}
	if _, known := p.Workflow[p.Exception]; p.Exception != "" && !known {
		return p, invalid("/workflow_exception", "%.100q is not a step of the workflow", p.Exception)
	}
	return p, p.checkCircles()
}

// checkStep holds a step against what its type requires (section 4).
func (p Playbook) checkStep(id string) error {
	s := p.Workflow[id]
	at := "/workflow/" + id
	if !isID(id, s.Type) {
		return invalid(at, "its id is not its type, %.50q, \"--\" and a UUID", s.Type)
	}
	if s.OnCompletion != "" && (s.OnSuccess != "" || s.OnFailure != "") {
		return invalid(at, "it has both on_completion and on_success or on_failure")
	}
	missing := ""
	switch s.Type {
	case typeStart:
		missing = without("on_completion", s.OnCompletion)
	case typeEnd:
		if len(s.next()) > 0 {
			return invalid(at, "it is an end and leads on")
		}
	case typeAction:
		missing = without("agent", s.Agent)
		if len(s.Commands) == 0 {
			missing = "commands"
		}
	case typePlaybook:
		missing = without("playbook_id", s.Playbook)
	case typeParallel:
		if len(s.NextSteps) < 2 {
			return invalid(at+"/next_steps", "a parallel step has two at least")
		}
	case typeIf, typeWhile:
		missing = without("condition", s.Condition) + without("on_true", s.OnTrue)
	case typeSwitch:
		missing = without("switch", s.Switch)
		if len(s.Cases) == 0 {
			missing = "cases"
		}
	default:
		return invalid(at+"/type", "%.50q is no type of step", s.Type)
	}
	if missing != "" {
		return invalid(at, "%s is missing", missing)
	}
	for _, next := range s.next() {
		if _, known := p.Workflow[next]; !known {
			return invalid(at, "it leads to %.100q, which is not in the workflow", next)
		}
	}
	return nil
}

func without(name, value string) string {
	if strings.TrimSpace(value) == "" {
		return name
	}
	return ""
}

// next are the steps that a step leads to.
func (s Step) next() []string {
	list := append([]string{s.OnCompletion, s.OnSuccess, s.OnFailure, s.OnTrue, s.OnFalse}, s.NextSteps...)
	for _, name := range slices.Sorted(maps.Keys(s.Cases)) {
		list = append(list, s.Cases[name])
	}
	return slices.DeleteFunc(list, func(id string) bool { return id == "" })
}

// checkCircles names a circle in the workflow, if there is one: work that waits
// for itself is never done. What is repeated is a while-condition's.
func (p Playbook) checkCircles() error {
	const walking, done = 1, 2
	state := map[string]int{}
	var path []string
	var walk func(id string) error
	walk = func(id string) error {
		switch state[id] {
		case done:
			return nil
		case walking:
			names := path[slices.Index(path, id):]
			return invalid("/workflow", "its steps go in a circle: %s -> %s", strings.Join(names[:min(len(names), 5)], " -> "), id)
		}
		state[id] = walking
		path = append(path, id)
		for _, next := range p.Workflow[id].next() {
			if err := walk(next); err != nil {
				return err
			}
		}
		path = path[:len(path)-1]
		state[id] = done
		return nil
	}
	for _, id := range slices.Sorted(maps.Keys(p.Workflow)) {
		if err := walk(id); err != nil {
			return err
		}
	}
	return nil
}

// checkDepth refuses what is nested so deeply that it was made to be.
func checkDepth(text []byte) error {
	d := jsontext.NewDecoder(bytes.NewReader(text))
	for {
		_, err := d.ReadToken()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("read playbook: %w: %w", access.ErrInvalid, err)
		case d.StackDepth() > maxDepth:
			return invalid(string(d.StackPointer()), "it is nested deeper than %d", maxDepth)
		}
	}
}

func isID(id, kind string) bool {
	name, found := strings.CutPrefix(id, kind+"--")
	_, err := uuid.Parse(name)
	return kind != "" && found && len(name) == 36 && err == nil
}

func invalid(at, format string, args ...any) error {
	if len(at) > 200 {
		at = at[:200]
	}
	if at != "" {
		at += ": "
	}
	return fmt.Errorf("read playbook: %w: %s%s", access.ErrInvalid, strings.ToValidUTF8(at, "?"), fmt.Sprintf(format, args...))
}
