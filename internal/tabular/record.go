package tabular

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/compose"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/stix"
)

// LabelSubdomains marks an indicator that names a domain and stands for its
// subdomains as well, which the = of its pattern does not.
const LabelSubdomains = "includes-subdomains"

// Each takes what a reader made of a row, or the row's Problem. The header of
// what was made is not parsed yet.
type Each func(stix.Object) error

// record is what a row says about one value.
type record struct {
	value       observable.Value
	name        string   // the value by default
	key         []string // what tells it from others of the source; the value by default
	first, last time.Time
	changed     time.Time // when the row last changed, if it says so
	confidence  int       // 1-100; 0: it says none
	labels      []string
	description string
	references  []reference
	malware     string // the family's name
	tlp         string // a level of TLP 2
}

// reference is an external reference (section 2.5).
type reference struct {
	Source string `json:"source_name"`
	URL    string `json:"url,omitzero"`
	ID     string `json:"external_id,omitzero"`
}

// writer makes the objects of one reading.
type writer struct {
	partner  string // an identity's id, or what stands for the hub
	each     Each
	families map[string]bool // whose malware objects were made
}

func newWriter(partner string, each Each) *writer {
	return &writer{partner: partner, each: each, families: map[string]bool{}}
}

// IndicatorID is the id of the indicator that a partner's list makes of a
// value: the same whenever the partner lists it.
func IndicatorID(partner string, v observable.Value) string {
	return compose.ID("indicator", partner, v.String())
}

// problem reports a row that was not taken. column is from 1, or 0.
func (w *writer) problem(line, column int, pointer string, rule stix.Rule, why error) error {
	return w.each(stix.Object{
		Header: stix.Header{Confidence: -1}, Pointer: pointer, Line: line,
		Problem: &stix.Error{Pointer: pointer, Line: line, Column: column, Rule: rule, Message: why.Error()},
	})
}

// Rules by which a row is not taken.
const (
	RuleValue    stix.Rule = "value"    // it is no domain, address, prefix, URL or hash
	RuleReserved stix.Rule = "reserved" // it means nothing, or another thing at each partner
	RuleRow      stix.Rule = "row"      // it cannot be taken apart
)

func (w *writer) emit(o *compose.Object, line int, pointer string) error {
	raw, err := o.JSON()
	if err != nil {
		return w.problem(line, 0, pointer, stix.RuleUTF8, err)
	}
	return w.made(raw, line, pointer)
}

func (w *writer) made(raw jsontext.Value, line int, pointer string) error {
	return w.each(stix.Object{Raw: raw, Line: line, Pointer: pointer})
}

// write makes the indicator of a record, and the malware that it indicates.
func (w *writer) write(r record, line int, pointer string) error {
	if err := reserved(r.value); err != nil {
		return w.problem(line, 0, pointer, RuleReserved, err)
	}
	id := IndicatorID(w.partner, r.value)
	if len(r.key) > 0 {
		id = compose.ID("indicator", append([]string{w.partner}, r.key...)...)
	}
	created := r.first
	o := compose.New("indicator", id, created, latest(created, r.last, r.changed))
	w.author(o)
	o.Set("labels", unique(r.labels))
	o.Set("confidence", r.confidence)
	o.Set("object_marking_refs", markings(r.tlp))
	o.Set("external_references", r.references)
	if r.name == "" {
		r.name = r.value.Text
	}
	o.Set("name", r.name)
	o.Set("description", r.description)
	o.Set("indicator_types", []string{"malicious-activity"})
	o.Set("pattern", r.value.Pattern())
	o.Set("pattern_type", "stix")
	if created.IsZero() {
		created = compose.Unknown
	}
	o.Set("valid_from", created)
	if err := w.emit(o, line, pointer); err != nil || r.malware == "" {
		return err
	}
	return w.indicates(id, created, r, line, pointer)
}

// indicates makes the malware of a record, once, and the relationship to it.
func (w *writer) indicates(indicator string, at time.Time, r record, line int, pointer string) error {
	family := compose.ID("malware", "family", strings.ToLower(r.malware))
	if !w.families[family] {
		w.families[family] = true
		m := compose.New("malware", family, time.Time{}, time.Time{})
		m.Set("name", r.malware)
		m.Force("is_family", true)
		if err := w.emit(m, line, pointer); err != nil {
			return err
		}
	}
	rel := compose.New("relationship", compose.ID("relationship", indicator, "indicates", family), at, at)
	w.author(rel)
	rel.Set("object_marking_refs", markings(r.tlp))
	rel.Set("relationship_type", "indicates")
	rel.Set("source_ref", indicator)
	rel.Set("target_ref", family)
	return w.emit(rel, line, pointer)
}

// author names the partner, where it is one.
func (w *writer) author(o *compose.Object) {
	if stix.TypeOfID(w.partner) == "identity" {
		o.Set("created_by_ref", w.partner)
	}
}

func markings(tlp string) []string {
	if ref := stix.TLPMarking(tlp); ref != "" {
		return []string{ref}
	}
	return nil
}

func latest(times ...time.Time) time.Time { return slices.MaxFunc(times, time.Time.Compare) }

// unique leaves out what is empty or was there before, as lists of labels want it.
func unique(labels []string) []string {
	var kept []string
	for _, l := range labels {
		if l = strings.TrimSpace(l); l != "" && !slices.Contains(kept, l) {
			kept = append(kept, l)
		}
	}
	return kept
}

// parseTime reads the times that tables have: RFC 3339, "2017-05-12 07:43:00"
// with or without "UTC", a date, or seconds since 1970. Without a zone it is UTC.
func parseTime(text string) (time.Time, error) {
	text = strings.TrimSuffix(strings.TrimSpace(text), " UTC")
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, text); err == nil {
			return inRange(t.UTC(), text)
		}
	}
	var seconds int64
	if _, err := fmt.Sscanf(text, "%d", &seconds); err == nil && fmt.Sprint(seconds) == text {
		return inRange(time.Unix(seconds, 0).UTC(), text)
	}
	return time.Time{}, fmt.Errorf("%q is no time; write it as 2017-05-12T07:43:00Z", text)
}

func inRange(t time.Time, text string) (time.Time, error) {
	if t.Year() < 1970 || t.Year() > 9999 {
		return time.Time{}, fmt.Errorf("%q is no time between 1970 and 9999", text)
	}
	return t, nil
}
