// Package bundle writes a case as a STIX 2.1 bundle: a report per case with the
// statement, an opinion per voter, dissent and replies beside it, and one
// attributed-to relationship for the finding that was adopted, never for
// another. Its bytes follow from the case alone, by the rules in
// docs/dossier-made.md, so that others can make them anew. Everything essential
// is in properties of STIX 2.1 itself.
package bundle

import (
	"fmt"

	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/attribution/score"
	"github.com/tocsin-project/tocsin/internal/canonical"
)

// Input is what a bundle is made from.
type Input struct {
	Case    *attribution.Case
	Indexes []int64 // of the case's records on the log, in order
	Scores  score.Scores
	Origin  string // the log's
}

// namespace is that of all identifiers but those of observables.
var namespace = uuid.MustParse("1b85a394-cb65-43d2-8a38-d01b915d9352")

// white is the marking TLP:WHITE of STIX 2.1 (section 7.2.1.4), which FIRST now
// calls TLP:CLEAR.
const white = "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"

// object is a STIX object; canonical JSON sorts its members.
type object map[string]any

// bundle is a bundle in the making.
type bundle struct {
	Input
	objects []object
	has     map[string]bool // ids of what is in it
	hub     string          // ids
	about   string
	notes   []string
	speaks  *spoken // nil: nothing is published
}

// Render writes the bundle, in canonical JSON. It fails if the case has records
// of which it is not said where on the log they are, or if the scores are not
// the case's: statement, dissent and reply leave together with what they are
// about, or not at all.
func Render(in Input) ([]byte, error) {
	c := in.Case
	if len(c.History) == 0 || len(in.Indexes) != len(c.History) {
		return nil, fmt.Errorf("render bundle: %d records, but %d indexes on the log", len(c.History), len(in.Indexes))
	}
	if len(in.Scores.Rows) != len(c.Evidence) {
		return nil, fmt.Errorf("render bundle: %d items of evidence, but %d rows of scores", len(c.Evidence), len(in.Scores.Rows))
	}
	b := &bundle{Input: in, has: make(map[string]bool)}
	b.frame()
	b.evidence()
	b.hypotheses()
	if s := c.Current(); s != nil {
		b.statement(s)
		b.votes()
	}
	b.replies()
	if b.speaks == nil {
		b.grouping()
	}
	text, err := canonical.JSON(object{"type": "bundle", "id": b.uid("bundle", fmt.Sprintf("bundle/%d", len(c.History))), "objects": b.objects})
	if err != nil {
		return nil, fmt.Errorf("render bundle: %w", err)
	}
	return text, nil
}

// uid is the identifier of what a case has: the same in every rendering.
func (b *bundle) uid(kind, what string) string {
	return kind + "--" + uuid.NewSHA1(namespace, []byte(string(b.Case.ID)+"/"+what)).String()
}

// add finishes an object and adds it: what is empty is left out.
func (b *bundle) add(kind, id, created, modified string, o object) {
	o["type"], o["id"], o["spec_version"] = kind, id, "2.1"
	o["created"], o["modified"] = created, modified
	o["object_marking_refs"] = []string{white}
	if _, said := o["created_by_ref"]; !said {
		o["created_by_ref"] = b.hub
	}
	if b.Case.Simulated != "" {
		labels, _ := o["labels"].([]string)
		o["labels"] = append([]string{"simulated"}, labels...)
	}
	for name, value := range o {
		switch v := value.(type) {
		case string:
			if v == "" {
				delete(o, name)
			}
		case []string:
			if len(v) == 0 {
				delete(o, name)
			}
		case bool:
			if !v {
				delete(o, name)
			}
		}
	}
	b.put(id, o)
}

func (b *bundle) put(id string, o object) {
	b.has[id] = true
	b.objects = append(b.objects, o)
}

// text is prose for people; it says what is simulated.
func (b *bundle) text(prose string) string {
	switch {
	case b.Case.Simulated == "":
		return prose
	case prose == "":
		return "Simulated: " + b.Case.Simulated
	}
	return "Simulated: " + b.Case.Simulated + "\n\n" + prose
}

// at is when a record was made.
func (b *bundle) at(record int) string {
	return b.Case.History[record-1].At.UTC().Format("2006-01-02T15:04:05.000000Z")
}

// log refers to records on the public log.
func (b *bundle) log(records ...int) []object {
	refs := make([]object, len(records))
	for i, n := range records {
		refs[i] = object{
			"source_name": b.Origin, "external_id": fmt.Sprint(b.Indexes[n-1]),
			"description": fmt.Sprintf("Record %d of %s is entry %d of the public log %s.", n, b.Case.ID, b.Indexes[n-1], b.Origin),
		}
	}
	return refs
}

// sourced is log, with a source if there is one.
func (b *bundle) sourced(record int, source string) []object {
	refs := b.log(record)
	if source != "" {
		refs = append(refs, object{"source_name": "source", "description": source})
	}
	return refs
}
