package stix

import "slices"

// required holds, for each class, the properties that every object of the
// class has (section 3.2).
var required = map[Class][]string{
	SDO:  {"type", "spec_version", "id", "created", "modified"},
	SRO:  {"type", "spec_version", "id", "created", "modified"},
	SCO:  {"type", "id"},
	Meta: {"type", "spec_version", "id", "created"},
	// A custom object follows the table of the SDOs (section 11.2), unless an
	// extension says that it is an observable.
	Custom: {"type", "id"},
}

// properties checks which properties are there.
func (v *validator) properties() {
	kinds, err := present(v.o.Raw)
	if err != nil || len(v.findings) > 0 && v.o.Type == "" {
		return
	}
	for _, name := range required[ClassOf(v.o.Type)] {
		if _, ok := kinds[name]; !ok && !slices.Contains([]string{"type", "id", "spec_version"}, name) {
			v.wrong("/"+name, RuleRequired, "3.2", "%s is missing; every %s has it", name, ClassOf(v.o.Type))
		}
	}
}
