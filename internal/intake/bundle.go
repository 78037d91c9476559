package intake

import (
	"io"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/stix"
	"github.com/tocsin-project/tocsin/stix/pattern"
)

// bundle reads STIX.
func (in *intake) bundle(text io.Reader) error {
	return stix.ReadBundle(text, stix.Limits{Bytes: in.s.MaxBytes}, func(o stix.Object) error {
		if err := in.ctx.Err(); err != nil {
			return err
		}
		return in.object(o)
	})
}

// object takes or rejects one object. Each broken rule is a rejection of its
// own, so that a sender can mend all of them at once.
func (in *intake) object(o stix.Object) error {
	findings := stix.Validate(o)
	if o.Type == "indicator" && o.PatternType == "stix" {
		if _, err := pattern.Parse(o.Pattern); err != nil {
			findings = append(findings, stix.Finding{ID: o.ID, Err: &stix.Error{
				Pointer: o.Pointer + "/pattern", Line: o.Line, Column: 1, Rule: stix.RulePattern, Section: "9", Message: err.Error(),
			}})
		}
	}
	sound := true
	for _, f := range findings {
		if f.Level != stix.LevelError {
			continue
		}
		sound = false
		r := Rejection{Pointer: f.Err.Pointer, Line: f.Err.Line, ID: f.ID, Rule: string(f.Err.Rule), Reason: f.Err.Error()}
		if err := in.reject(r); err != nil {
			return err
		}
	}
	if sound {
		in.accepted++
		in.parts.add(audienceOf(o.Header, in.s.Audience), o.Raw, o.Raw)
	}
	return nil
}

// audienceOf is who may see an object: what its TLP marking says, else the
// submission's audience. Of several markings the narrowest counts, one on a
// part of the object included: a part cannot be held back yet.
func audienceOf(h stix.Header, otherwise access.Audience) access.Audience {
	var level access.TLP
	for _, refs := range [][]string{h.MarkingRefs, h.GranularMarkingRefs} {
		for _, ref := range refs {
			name, ok := stix.TLPOf(ref)
			switch {
			case !ok:
			case level == "":
				level = access.TLP(name)
			default:
				level = access.Narrower(level, access.TLP(name))
			}
		}
	}
	if level == "" {
		return otherwise
	}
	a := access.Audience{TLP: level, Community: otherwise.Community}
	if level == access.Red {
		a.Recipients = otherwise.Recipients
	}
	return a
}
