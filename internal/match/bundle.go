package match

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/stix"
	"github.com/tocsin-project/tocsin/stix/pattern"
)

// limits are wide, because the file is the user's own.
var limits = stix.Limits{Bytes: 16 << 30}

// version is one version of a STIX indicator.
type version struct {
	id, language, pattern string
	modified              time.Time
	line                  int
	revoked               bool
}

// bundle reads the indicators of a STIX bundle. Of several versions of one
// (STIX 2.1, section 3.6) the latest counts; a revoked one names nothing.
func (l *loader) bundle(in io.Reader) error {
	var versions []version
	latest := map[string]int{}
	err := stix.ReadBundle(in, limits, func(o stix.Object) error {
		if o.Problem != nil {
			if o.Type == "indicator" || o.Type == "" {
				l.problem(o.Line, o.ID, o.Problem.Error()+"; it was left out")
			}
			return nil
		}
		if o.Type != "indicator" {
			return nil
		}
		// The header's texts may be parts of one larger: of a bundle of
		// millions only these stay.
		v := version{strings.Clone(o.ID), strings.Clone(o.PatternType), strings.Clone(o.Pattern), o.Modified, o.Line, o.Revoked}
		at, seen := latest[v.id]
		switch {
		case !seen:
			latest[v.id] = len(versions)
			versions = append(versions, v)
		case v.modified.After(versions[at].modified):
			versions[at] = v
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i := range versions {
		if !versions[i].revoked {
			l.version(&versions[i])
		}
	}
	return nil
}

// version takes the values that a pattern names, where a table can look all of
// them up, and else the pattern. A STIX "=" is exact: it does not include
// subdomains.
func (l *loader) version(v *version) {
	l.line = v.line
	if v.language != "stix" {
		l.problem(v.line, v.id, fmt.Sprintf("pattern type %q is not matched, only \"stix\" is; it was left out", v.language))
		return
	}
	p, err := pattern.Parse(v.pattern)
	if err != nil {
		l.problem(v.line, v.id, fmt.Sprintf("%v; it was left out", err))
		return
	}
	terms, complete := lookups(p)
	if !complete {
		l.taken++
		l.take.Pattern(v.id, p)
		return
	}
	for _, t := range terms {
		value, err := t.value()
		if err != nil {
			l.problem(v.line, v.id, fmt.Sprintf("%v; it was left out", err))
			continue
		}
		l.indicator(Indicator{ID: v.id, Value: value})
	}
}
