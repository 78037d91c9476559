package intake

import (
	"bufio"
	"errors"
	"fmt"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/misp"
	"github.com/tocsin-project/tocsin/stix"
	"github.com/tocsin-project/tocsin/stix/pattern"
)

// bundle reads STIX.
func (in *reading) bundle(text *bufio.Reader) error {
	return stix.ReadBundle(text, stix.Limits{Bytes: in.s.MaxBytes}, func(o stix.Object) error {
		if err := in.ctx.Err(); err != nil {
			return err
		}
		return in.object(o, in.audienceOf(o.Header))
	})
}

// made takes an object that a converter made of a row.
func (in *reading) made(o stix.Object) error {
	parseHeader(&o)
	return in.object(o, in.audienceOf(o.Header))
}

// event takes an object that was made of a part of a MISP event.
func (in *reading) event(i misp.Item) error {
	for _, note := range i.Notes {
		in.warn(i.ID, &stix.Error{Pointer: i.Pointer, Line: i.Line, Column: 1, Rule: misp.RuleEvent, Message: note})
	}
	parseHeader(&i.Object)
	a := in.audienceOf(i.Header)
	if i.Release.TLP != "" && i.Release.TLP != a.TLP {
		a = at(i.Release.TLP, in.s.Audience)
	}
	if i.Release.Community != "" {
		a.Community = i.Release.Community
	}
	if i.Release.Alone {
		a = access.Audience{TLP: access.Red, Community: in.s.Audience.Community}
	}
	return in.object(i.Object, a)
}

// parseHeader reads the header of an object that was made here.
func parseHeader(o *stix.Object) {
	if o.Problem != nil {
		return
	}
	h, err := stix.ParseHeader(o.Raw)
	o.Header = h
	if err != nil && !errors.As(err, &o.Problem) {
		o.Problem = &stix.Error{Rule: stix.RuleMalformed, Message: err.Error()}
	}
	if o.Problem == nil && len(o.Raw) > stix.DefaultObjectBytes {
		o.Problem = &stix.Error{Rule: stix.RuleObjectSize, Message: "it becomes a STIX object of more than a megabyte; split it"}
	}
	if p := o.Problem; p != nil {
		p.Pointer, p.Line = o.Pointer, o.Line
	}
}

// object takes or rejects one object. Each broken rule is a rejection of its
// own, so that a sender can mend all of them at once.
func (in *reading) object(o stix.Object, a access.Audience) error {
	sound := true
	for _, f := range in.findings(o) {
		if f.Level != stix.LevelError {
			if in.s.Format == STIX { // of what was made here the sender can change nothing
				in.warn(f.ID, f.Err)
			}
			continue
		}
		sound = false
		if err := in.reject(rejection(f.ID, f.Err)); err != nil {
			return err
		}
	}
	if !sound {
		return nil
	}
	switch in.parts.add(a, o) {
	case again:
		in.repeated++
		return nil
	case crowded:
		return in.reject(rejection(o.ID, &stix.Error{
			Pointer: o.Pointer + "/id", Line: o.Line, Column: 1, Rule: RuleMany, Section: "3.6",
			Message: fmt.Sprintf("this contribution holds more than %d versions of %s; send the later ones in another", maxVersions, o.ID),
		}))
	case contrary:
		return in.reject(rejection(o.ID, &stix.Error{
			Pointer: o.Pointer + "/modified", Line: o.Line, Column: 1, Rule: RuleTwice, Section: "3.6",
			Message: "the same version of " + o.ID + " stands here twice with different content; give the changed one a later modified time",
		}))
	}
	in.accepted++
	in.taken = append(in.taken, Taken{ID: o.ID, Version: o.Header.Version(), Audience: a})
	if in.tally != nil {
		in.tally(o.Header, a)
	}
	return nil
}

// RuleMany is broken by more versions of one object than a contribution may hold.
const RuleMany stix.Rule = "versions-many"

// RuleTwice is broken by a version of an object that comes twice and differs.
const RuleTwice stix.Rule = "version-twice"

// findings are what is wrong with an object and its pattern.
func (in *reading) findings(o stix.Object) []stix.Finding {
	return append(stix.Validate(o), pattern.Validate(o)...)
}

// audienceOf is who may see an object: what its TLP marking says, else the
// submission's audience. Of several markings the narrowest counts. Markings of
// parts of the object stay with it: the release rule cuts those parts out.
func (in *reading) audienceOf(h stix.Header) access.Audience {
	level := narrowest(h.MarkingRefs)
	switch {
	case level == "":
		return in.s.Audience
	case in.s.Bound:
		level = access.Narrower(level, in.s.Audience.TLP)
	}
	return at(level, in.s.Audience)
}

// at is a submission's audience at another level: recipients go with TLP:RED.
func at(level access.TLP, submission access.Audience) access.Audience {
	a := access.Audience{TLP: level, Community: submission.Community}
	if level == access.Red {
		a.Recipients = submission.Recipients
	}
	return a
}

// narrowest is the narrowest TLP level among markings, "" if there is none.
func narrowest(refs []string) (level access.TLP) {
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
	return level
}
