package stix

import (
	"hash/maphash"
	"io"
)

// ValidateBundle reads what ReadBundle reads, calls each for every object with
// what Validate finds in it and what it shares with objects before it, and
// returns what is wrong with the bundle itself (section 8); a TAXII envelope
// has no rules of its own. It remembers two numbers for each object. The error
// is that of ReadBundle.
func ValidateBundle(r io.Reader, lim Limits, each func(Object, []Finding) error) ([]Finding, error) {
	seen := versions{seed: maphash.MakeSeed(), texts: map[uint64]uint64{}}
	b := newBundleReader(r, lim, func(o Object) error {
		findings := Validate(o)
		if f, again := seen.again(o); again {
			findings = append(findings, f)
		}
		return each(o, findings)
	})
	if err := b.locate(b.read()); err != nil {
		return nil, err
	}
	if b.objectType != "bundle" {
		return nil, nil
	}
	return b.findings(), nil
}

// versions are the versions of objects that were seen, and their texts; both
// as hashes, under a seed that nobody knows.
type versions struct {
	seed  maphash.Seed
	texts map[uint64]uint64
}

// again reports an object that was seen before. A version of an object always
// has the same properties (section 3.6).
func (s *versions) again(o Object) (Finding, bool) {
	if o.Problem != nil || o.ID == "" {
		return Finding{}, false
	}
	version := maphash.String(s.seed, o.ID+" "+o.Modified.String())
	text := maphash.Bytes(s.seed, o.Raw)
	before, seen := s.texts[version]
	s.texts[version] = text
	if !seen {
		return Finding{}, false
	}
	f := Finding{ID: o.ID, Level: LevelWarning, Err: &Error{
		Pointer: o.Pointer + "/id", Line: o.Line, Column: 1, Rule: RuleDuplicate, Section: "3.6",
		Message: "the same version of this object stands in the bundle twice; leave one out",
	}}
	if before != text {
		f.Level = LevelError
		f.Err.Message = "the bundle has another object with this id and this modified; every change is a new version, with a later modified"
	}
	return f, true
}

// findings are about the bundle itself.
func (b *bundleReader) findings() []Finding {
	v := validator{o: Object{Header: Header{ID: b.id}, Line: 1}}
	end, _, problem := cutID(b.id)
	switch {
	case b.id == "":
		v.wrong("/id", RuleRequired, "8.1", "id is missing; every bundle has one")
	case problem != "":
		v.wrong("/id", RuleID, "2.9", "identifier %.80q: %s", b.id, problem)
	case b.id[:end] != "bundle":
		v.wrong("/id", RuleID, "2.9", "id %s does not begin with the type, bundle", b.id)
	}
	if b.hasObjects && b.count == 0 {
		v.wrong("/objects", RuleEmpty, "2.12", "objects is an empty list; leave it out")
	}
	for _, key := range b.strange {
		v.advise("/"+escape(shortened(key)), RuleCustom, "8", "a bundle has no property %.80q; nobody need keep it", key)
	}
	return v.findings
}
