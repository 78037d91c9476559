package stix

import (
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Indicator is what NewIndicator writes (section 4.7). Zero fields are left
// out, or take the default that is given with them.
type Indicator struct {
	ID          string    // NewID("indicator")
	CreatedBy   string    // an identity's id
	Created     time.Time // now; also modified
	Name        string
	Description string
	Types       []string // indicator-type-ov
	Pattern     string   // required; in the STIX patterning language
	ValidFrom   time.Time
	ValidUntil  time.Time
	Labels      []string
	Confidence  int // 1-100
	MarkingRefs []string
}

// Sighting is what NewSighting writes (section 5.2).
type Sighting struct {
	ID           string    // NewID("sighting")
	CreatedBy    string    // an identity's id
	Created      time.Time // now; also modified
	Of           string    // required; the id of what was seen
	FirstSeen    time.Time
	LastSeen     time.Time
	Count        int
	WhereSighted []string // ids of identities or locations
	Labels       []string
	MarkingRefs  []string
}

// Identity is what NewIdentity writes (section 4.5).
type Identity struct {
	ID          string    // NewID("identity")
	Created     time.Time // now; also modified
	Name        string    // required
	Description string
	Class       string   // identity-class-ov
	Sectors     []string // industry-sector-ov
	MarkingRefs []string
}

// common are the first properties of what is written, in the order in which
// people read them.
type common struct {
	Type        string   `json:"type"`
	SpecVersion string   `json:"spec_version"`
	ID          string   `json:"id"`
	CreatedBy   string   `json:"created_by_ref,omitzero"`
	Created     string   `json:"created"`
	Modified    string   `json:"modified"`
	Labels      []string `json:"labels,omitempty"`
	Confidence  int      `json:"confidence,omitzero"`
	MarkingRefs []string `json:"object_marking_refs,omitempty"`
}

func newCommon(objectType, id string, at time.Time) common {
	if id == "" {
		id = NewID(objectType)
	}
	if at.IsZero() {
		at = time.Now()
	}
	written := FormatTimestamp(at)
	return common{Type: objectType, SpecVersion: "2.1", ID: id, Created: written, Modified: written}
}

// optional writes a time that may be missing.
func optional(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return FormatTimestamp(t)
}

// NewIndicator writes an indicator. ValidFrom defaults to Created.
func NewIndicator(i Indicator) (jsontext.Value, error) {
	if i.Pattern == "" {
		return nil, errors.New("write indicator: a pattern is required")
	}
	c := newCommon("indicator", i.ID, i.Created)
	c.CreatedBy, c.Labels, c.Confidence, c.MarkingRefs = i.CreatedBy, i.Labels, i.Confidence, i.MarkingRefs
	from := optional(i.ValidFrom)
	if from == "" {
		from = c.Created
	}
	return write(struct {
		common
		Name        string   `json:"name,omitzero"`
		Description string   `json:"description,omitzero"`
		Types       []string `json:"indicator_types,omitempty"`
		Pattern     string   `json:"pattern"`
		PatternType string   `json:"pattern_type"`
		ValidFrom   string   `json:"valid_from"`
		ValidUntil  string   `json:"valid_until,omitzero"`
	}{c, i.Name, i.Description, i.Types, i.Pattern, "stix", from, optional(i.ValidUntil)})
}

// NewSighting writes a sighting.
func NewSighting(s Sighting) (jsontext.Value, error) {
	c := newCommon("sighting", s.ID, s.Created)
	c.CreatedBy, c.Labels, c.MarkingRefs = s.CreatedBy, s.Labels, s.MarkingRefs
	return write(struct {
		common
		FirstSeen    string   `json:"first_seen,omitzero"`
		LastSeen     string   `json:"last_seen,omitzero"`
		Count        int      `json:"count,omitzero"`
		Of           string   `json:"sighting_of_ref"`
		WhereSighted []string `json:"where_sighted_refs,omitempty"`
	}{c, optional(s.FirstSeen), optional(s.LastSeen), s.Count, s.Of, s.WhereSighted})
}

// NewIdentity writes an identity.
func NewIdentity(i Identity) (jsontext.Value, error) {
	if i.Name == "" {
		return nil, errors.New("write identity: a name is required")
	}
	c := newCommon("identity", i.ID, i.Created)
	c.MarkingRefs = i.MarkingRefs
	return write(struct {
		common
		Name        string   `json:"name"`
		Description string   `json:"description,omitzero"`
		Class       string   `json:"identity_class,omitzero"`
		Sectors     []string `json:"sectors,omitempty"`
	}{c, i.Name, i.Description, i.Class, i.Sectors})
}

// write prints an object and holds it to the same rules as anybody's.
func write(object any) (jsontext.Value, error) {
	raw, err := json.Marshal(object)
	if err != nil {
		return nil, fmt.Errorf("write STIX object: %w", err)
	}
	for _, f := range ValidateRaw(raw) {
		if f.Level == LevelError {
			return nil, fmt.Errorf("write STIX object: %w", f.Err)
		}
	}
	return raw, nil
}
