package match

import (
	"fmt"
	"io"
	"strings"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/stix"
	"github.com/tocsin-project/tocsin/stix/pattern"
)

// limits are wide, because the file is the user's own.
var limits = stix.Limits{Bytes: 16 << 30}

// version is one version of a STIX indicator.
type version struct {
	stix.Header
	line int
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
		at, seen := latest[o.ID]
		switch {
		case !seen:
			latest[o.ID] = len(versions)
			versions = append(versions, version{o.Header, o.Line})
		case o.Modified.After(versions[at].Modified):
			versions[at] = version{o.Header, o.Line}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i := range versions {
		if !versions[i].Revoked {
			l.indicator(&versions[i])
		}
	}
	return nil
}

// indicator takes the values that a pattern names, where a table can look them
// up. A STIX "=" is exact: it does not include subdomains.
func (l *loader) indicator(v *version) {
	if v.PatternType != "stix" {
		l.problem(v.line, v.ID, fmt.Sprintf("pattern type %q is not matched, only \"stix\" is; it was left out", v.PatternType))
		return
	}
	p, err := pattern.Parse(v.Pattern)
	if err != nil {
		l.problem(v.line, v.ID, fmt.Sprintf("%v; it was left out", err))
		return
	}
	if value, ok := subset(p); ok {
		l.value(v, value, true)
		return
	}
	terms, complete := pattern.Equalities(p)
	switch {
	case len(terms) == 0:
		l.problem(v.line, v.ID, "the pattern is no list of values: "+shortened(v.Pattern)+"; it was left out")
	case !complete:
		l.problem(v.line, v.ID, "only the values that the pattern names are matched, not the rest of it: "+shortened(v.Pattern))
	}
	for _, term := range terms {
		t, ok := typeOf(term.Path)
		if !ok {
			l.problem(v.line, v.ID, fmt.Sprintf("%s is not matched; %q was left out", term.Path, shortened(term.Value)))
			continue
		}
		value, err := observable.New(t, term.Value)
		if err != nil {
			l.problem(v.line, v.ID, fmt.Sprintf("%v; it was left out", err))
			continue
		}
		l.value(v, value, false)
	}
}

// value takes one value of an indicator. An address that equals a prefix there
// is none: what is meant by "=" has to be written as ISSUBSET (section 9.6).
func (l *loader) value(v *version, value observable.Value, subset bool) {
	if isRange(value) && !subset {
		l.problem(v.line, v.ID, fmt.Sprintf("no address equals the prefix %s; ISSUBSET would name the addresses in it; it was left out", value.Text))
		return
	}
	l.indicators = append(l.indicators, Indicator{ID: v.ID, Value: value})
}

// subset reads "[ipv4-addr:value ISSUBSET '198.51.100.0/24']".
func subset(p pattern.Pattern) (observable.Value, bool) {
	test, ok := p.Root.(*pattern.Test)
	if !ok {
		return observable.Value{}, false
	}
	c, ok := test.Comparison.(*pattern.Compare)
	if !ok || c.Not || c.By != pattern.IsSubset || len(c.Values) != 1 || c.Values[0].Kind != pattern.String {
		return observable.Value{}, false
	}
	t, ok := typeOf(c.Path.String())
	if !ok {
		return observable.Value{}, false
	}
	v, err := observable.New(t, c.Values[0].Text)
	return v, err == nil && (v.Type == observable.IPv4 || v.Type == observable.IPv6)
}

// typeOf is the type of what an object path names. Hash algorithms are written
// in many ways: 'SHA-256', SHA256, "sha256".
func typeOf(path string) (observable.Type, bool) {
	switch t := observable.Type(strings.TrimSuffix(path, ":value")); t {
	case observable.Domain, observable.IPv4, observable.IPv6, observable.URL:
		return t, true
	}
	algorithm, ok := strings.CutPrefix(path, "file:hashes.")
	if !ok {
		return "", false
	}
	switch strings.ToUpper(strings.ReplaceAll(strings.Trim(algorithm, `'"`), "-", "")) {
	case "MD5":
		return observable.MD5, true
	case "SHA1":
		return observable.SHA1, true
	case "SHA256":
		return observable.SHA256, true
	}
	return "", false
}
