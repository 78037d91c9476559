package response

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/outbreak"
)

// SetTemplate is the draft of a template that is new, or takes the place of the
// one with its id. A coordinator may, and an administrator in the hub's name.
func (s *State) SetTemplate(by access.Principal, t Template) (ledger.Draft, error) {
	if err := may(by, "set template "+t.ID, access.Coordinator, false); err != nil {
		return ledger.Draft{}, err
	}
	t.By = access.PartnerID(by.Actor())
	if err := t.Validate(); err != nil {
		return ledger.Draft{}, fmt.Errorf("set template: %w", err)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if !s.templateRoom(t.ID) {
		return ledger.Draft{}, fmt.Errorf("set template %s: %w: there are %d already: replace one of them", t.ID, access.ErrConflict, maxTemplates)
	}
	return draft(KindTemplateSet, by, t)
}

// Templates are all templates by id.
func (s *State) Templates() []Template {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]Template, 0, len(s.templates))
	for _, id := range slices.Sorted(maps.Keys(s.templates)) {
		list = append(list, s.templates[id].clone())
	}
	return list
}

// Template is the template with the id, or access.ErrNotFound.
func (s *State) Template(id string) (Template, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	t, ok := s.templates[id]
	if !ok {
		return Template{}, fmt.Errorf("template %q: %w: there are %s", id, access.ErrNotFound, strings.Join(slices.Sorted(maps.Keys(s.templates)), ", "))
	}
	return t.clone(), nil
}

// TemplatesFor are the templates that meet an outbreak, the one of which most
// conditions do first.
func (s *State) TemplatesFor(o outbreak.Outbreak) []Template {
	list := slices.DeleteFunc(s.Templates(), func(t Template) bool { return t.Fits(o) == 0 })
	slices.SortStableFunc(list, func(a, b Template) int { return cmp.Compare(b.Fits(o), a.Fits(o)) })
	return list
}

func (s *State) templateRoom(id string) bool {
	_, replaces := s.templates[id]
	return replaces || len(s.templates) < maxTemplates
}

// applyTemplate leaves out what could not have been set.
func (s *State) applyTemplate(e ledger.Entry, t Template) {
	if t.Validate() != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.templateRoom(t.ID) {
		t.By = access.PartnerID(e.Actor)
		s.templates[t.ID] = t
	}
}
