package match

import (
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/stix/pattern"
)

// Values are those that a pattern is a list of, so that a table can look up all
// of it; ok is false for every other pattern, which is to be matched as one. A
// value that cannot be read is left out.
func Values(p pattern.Pattern) (values []observable.Value, ok bool) {
	terms, complete := lookups(p)
	if !complete {
		return nil, false
	}
	for _, t := range terms {
		if v, err := t.value(); err == nil {
			values = append(values, v)
		}
	}
	return values, true
}
