package duty

import (
	"fmt"
	"os"

	"github.com/BurntSushi/toml"

	"github.com/tocsin-project/tocsin/internal/access"
)

// maxTemplates bounds how many templates a hub has beside those built in.
const maxTemplates = 100

// ReadTemplates reads an operator's templates from a TOML file.
func ReadTemplates(path string) ([]Template, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read templates: %w", err)
	}
	list, err := ParseTemplates(string(text))
	if err != nil {
		return nil, fmt.Errorf("read templates %s: %w", path, err)
	}
	return list, nil
}

// ParseTemplates reads [[template]] tables; a key that it does not know is an
// error. A template with the id of one built in takes its place.
func ParseTemplates(text string) ([]Template, error) {
	var file struct {
		Templates []Template `toml:"template"`
	}
	meta, err := toml.Decode(text, &file)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", access.ErrInvalid, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, fmt.Errorf("%w: unknown key %q", access.ErrInvalid, unknown[0].String())
	}
	if n := len(file.Templates); n > maxTemplates {
		return nil, fmt.Errorf("%w: %d templates, at most %d are allowed", access.ErrInvalid, n, maxTemplates)
	}
	ids := make(map[string]bool)
	for i, t := range file.Templates {
		if err := t.Validate(); err != nil {
			return nil, fmt.Errorf("template %d: %w", i+1, err)
		}
		if ids[t.ID] {
			return nil, fmt.Errorf("%w: two templates have the id %q", access.ErrInvalid, t.ID)
		}
		ids[t.ID] = true
		file.Templates[i] = t.sealed()
	}
	return file.Templates, nil
}

// Templates are those built in and the operator's own, by which those of the same
// id are replaced.
func Templates(own []Template) []Template {
	var list []Template
	taken := make(map[string]Template)
	for _, t := range own {
		taken[t.ID] = t
	}
	for _, t := range BuiltIn() {
		if mine, replaced := taken[t.ID]; replaced {
			list = append(list, mine)
			delete(taken, t.ID)
			continue
		}
		list = append(list, t.sealed())
	}
	for _, t := range own {
		if _, left := taken[t.ID]; left {
			list = append(list, t)
		}
	}
	return list
}
