package tabular_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/tabular"
	"github.com/tocsin-project/tocsin/stix"
	"github.com/tocsin-project/tocsin/stix/pattern"
)

const partner = "identity--6d1f8f4e-3b0a-4a58-9d3c-1e6f4c8b2a70"

// made is what a reader made: objects, and what it could not take.
type made struct {
	heads    []stix.Header
	raws     []string
	problems []string
}

// collect is an Each that holds every object to the specification.
func (m *made) collect(t testing.TB) tabular.Each {
	return func(o stix.Object) error {
		if p := o.Problem; p != nil {
			m.problems = append(m.problems, fmt.Sprintf("%s%d:%d %s: %s", p.Pointer, p.Line, p.Column, p.Rule, p.Message))
			return nil
		}
		for _, f := range stix.ValidateRaw(o.Raw) {
			if f.Level == stix.LevelError {
				t.Errorf("%v in %s", f.Err, o.Raw)
			}
		}
		h, err := stix.ParseHeader(o.Raw)
		if err != nil {
			t.Fatalf("%v in %s", err, o.Raw)
		}
		if h.Type == "indicator" {
			if _, err := pattern.Parse(h.Pattern); err != nil {
				t.Errorf("%v in %s", err, o.Raw)
			}
		}
		m.heads, m.raws = append(m.heads, h), append(m.raws, string(o.Raw))
		return nil
	}
}

// said is a line for each indicator: pattern, times, confidence, labels and what it points to.
func (m *made) said() []string {
	names := map[string]string{}
	points := map[string]string{}
	for _, h := range m.heads {
		names[h.ID] = h.Name
		if h.Type == "relationship" {
			points[h.SourceRef] = " " + h.RelationshipType + " " + names[h.TargetRef]
		}
	}
	var lines []string
	for _, h := range m.heads {
		if h.Type == "indicator" {
			lines = append(lines, fmt.Sprintf("%s %s %s %d %s%s", h.Pattern, h.Created.Format("060102T150405"), h.Modified.Format("060102T150405"),
				h.Confidence, strings.Join(h.Labels, ","), points[h.ID]))
		}
	}
	return lines
}
