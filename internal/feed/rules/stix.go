package rules

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/compose"
	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/stix"
)

// STIX writes a STIX 2.1 bundle: an indicator for each block and each value to
// be observed, and the course of action that mitigates or investigates it. A
// domain's pattern says whether names beneath it are meant, and excepts those
// that must resolve. A must-resolve name is no indicator, which somebody might
// block, but an observable with a note.
//
// Ids are made of the decision, so that the same decision is the same object, and
// another about the same value another one.
func STIX(w io.Writer, s feed.Set) ([]feed.Left, error) {
	b := &bundle{Output: feed.NewOutput(w), separator: "\n"}
	b.Line(`{"type":"bundle","id":"`, bundleID(s), `","objects":[`)
	b.separator = ""
	for _, p := range s.MustResolve() {
		b.must(p)
	}
	for _, one := range sides {
		b.side(s, one)
	}
	b.WriteString("\n]}\n")
	if b.err != nil {
		return nil, b.err
	}
	return b.Done()
}

// bundleID is made of the decisions: another content, another bundle.
func bundleID(s feed.Set) string {
	h := sha256.New()
	for _, list := range [][]*protect.Protection{s.MustResolve(), s.Blocks(), s.Observed()} {
		for _, p := range list {
			io.WriteString(h, p.ID+" "+p.Decided.UTC().String()+"\n") //nolint:errcheck // a hash takes everything
		}
	}
	return compose.ID("bundle", hex.EncodeToString(h.Sum(nil)))
}

// bundle is a bundle being written.
type bundle struct {
	*feed.Output
	separator string
	err       error // the first
}

func (b *bundle) add(raw jsontext.Value, err error) {
	if b.err != nil {
		return
	}
	if b.err = err; err == nil {
		b.WriteString(b.separator)
		b.Bytes(raw)
		b.separator = ",\n"
	}
}

// side writes the indicators of one polarity and the course of action for them.
func (b *bundle) side(s feed.Set, one side) {
	ps := one.of(s)
	if len(ps) == 0 {
		return
	}
	act := compose.New("course-of-action", compose.ID("course-of-action", "protection", one.word), compose.Unknown, compose.Unknown)
	name, relation := "block it", "mitigates"
	if one.polarity == protect.Observe {
		name, relation = "report it, and do not hinder it", "investigates"
	}
	act.Set("name", name)
	b.add(act.JSON())
	for _, p := range ps {
		pattern := stixPattern(s, p)
		if pattern == "" {
			b.Leave(p, "it is no value that a STIX pattern names")
			continue
		}
		o := compose.New("indicator", idOf("indicator", p), p.Decided, p.Decided)
		o.Set("labels", []string{string(p.Polarity)})
		o.Set("confidence", confidence(p))
		o.Set("object_marking_refs", marking(p))
		o.Set("name", p.Text)
		o.Set("description", "Decided by the community: "+asked(p)+".")
		o.Set("indicator_types", []string{"malicious-activity"})
		o.Set("pattern", pattern)
		o.Set("pattern_type", "stix")
		o.Set("valid_from", p.Decided)
		if p.Expires.After(p.Decided) {
			o.Set("valid_until", p.Expires)
		}
		b.add(o.JSON())
		r := compose.New("relationship", compose.ID("relationship", act.ID(), relation, o.ID()), p.Decided, p.Decided)
		r.Set("object_marking_refs", marking(p))
		r.Set("relationship_type", relation)
		r.Set("source_ref", act.ID())
		r.Set("target_ref", o.ID())
		b.add(r.JSON())
	}
}

// must writes a value that has to answer.
func (b *bundle) must(p *protect.Protection) {
	raw, id, err := compose.Observable(p.Value)
	if err != nil {
		b.Leave(p, err.Error())
		return
	}
	b.add(raw, nil)
	o := compose.New("note", idOf("note", p), p.Decided, p.Decided)
	o.Set("labels", []string{string(p.Polarity)})
	o.Set("object_marking_refs", marking(p))
	o.Set("abstract", "must resolve")
	o.Set("content", p.Text+" has to answer: it stops something worse. Do not block it.")
	o.Set("object_refs", []string{id})
	b.add(o.JSON())
}

func idOf(objectType string, p *protect.Protection) string {
	return compose.ID(objectType, "protection", p.ID, stix.FormatTimestamp(p.Decided))
}

func marking(p *protect.Protection) []string {
	if ref := stix.TLPMarking(string(level(p))); ref != "" {
		return []string{ref}
	}
	return nil
}

// stixPattern is the pattern of a protection, "" if there is none.
func stixPattern(s feed.Set, p *protect.Protection) string {
	if p.Type == observable.Indicator {
		return ""
	}
	if p.Type != observable.Domain || p.Exact {
		return p.Pattern()
	}
	// A name has no character that means something in a pattern's string, but
	// for the underscore, which LIKE takes for any character (section 9.6.1):
	// such names are written with MATCHES, where it is none.
	const path = "domain-name:value"
	beneath := path + " LIKE '%." + p.Text + "'"
	if strings.Contains(p.Text, "_") {
		beneath = path + ` MATCHES '\\.` + strings.ReplaceAll(p.Text, ".", `\\.`) + `$'`
	}
	text := path + " = '" + p.Text + "' OR " + beneath
	if below := s.Except(p.Text); len(below) > 0 {
		text = "(" + text + ")"
		for _, name := range below {
			text += " AND " + path + " != '" + name + "' AND " + path + ` NOT MATCHES '\\.` + strings.ReplaceAll(name, ".", `\\.`) + `$'`
		}
	}
	return "[" + text + "]"
}
