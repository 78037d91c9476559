package misp

import (
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/compose"
	"github.com/tocsin-project/tocsin/stix"
)

// ExtensionID is the extension definition under which objects keep what MISP
// says of them and STIX has no word for.
const ExtensionID = "extension-definition--7b3a1f9e-52c8-4d0e-9a64-2f1c8e5d7a13"

// author is the identity that defines the extension.
const author = "identity--3f0d6c1a-8b57-4e2d-9c4f-61a7e8d2b905"

// kind is the element of the format that an object was made of.
type kind string

const (
	kindEvent     kind = "event"
	kindMore      kind = "more" // the rest of an event's or an object's elements
	kindAttribute kind = "attribute"
	kindObject    kind = "object"
	kindReport    kind = "event-report"
	kindCluster   kind = "galaxy-cluster" // its element keeps it; the object is for others to find
)

// extension is what an object keeps.
type extension struct {
	Type string `json:"extension_type"` // property-extension
	Kind kind   `json:"kind"`
	// Rest is JSON text: an object of the members that the export of the
	// object's STIX properties does not give, or gives otherwise.
	Rest string `json:"rest,omitzero"`
	// Without are the members that such an export gives and MISP had not.
	Without []string `json:"without,omitempty"`
	// Of ("continues") is what an object of kind "more" continues, Part its number among
	// those for the same readers, and Places where each of object_refs stands
	// in its list, from 0; none if they follow what was there before.
	Of     string `json:"continues,omitzero"`
	Part   int    `json:"part,omitzero"`
	Places []int  `json:"places,omitempty"`
}

// remember finds what an export of what is said does not give.
func (x *extension) remember(original, said fields) {
	rest := fields{}
	for name, v := range original {
		if w, ok := said[name]; !ok || !same(v, w) {
			rest[name] = v
		}
	}
	if len(rest) > 0 {
		x.Rest = string(rest.object())
	}
	for name := range said {
		if _, ok := original[name]; !ok {
			x.Without = append(x.Without, name)
		}
	}
	slices.Sort(x.Without)
}

// recall puts back what remember kept.
func (x *extension) recall(said fields) fields {
	for _, name := range x.Without {
		delete(said, name)
	}
	for name, v := range parse(jsontext.Value(x.Rest)) {
		said[name] = v
	}
	return said
}

// attach puts the extension on an object that is being written.
func (x *extension) attach(o *compose.Object) {
	x.Type = "property-extension"
	o.Set("extensions", map[string]*extension{ExtensionID: x})
}

// extensionOf is the extension of an object, nil if it has none.
func extensionOf(o fields) *extension {
	var x extension
	raw := parse(o["extensions"])[ExtensionID]
	if raw.Kind() != '{' || json.Unmarshal(raw, &x, json.MatchCaseInsensitiveNames(false)) != nil || x.Kind == "" {
		return nil
	}
	return &x
}

// definition is the extension's definition and its author, as everybody may
// see them.
func definition() []*compose.Object {
	everyone := []string{stix.TLPMarking("clear")}
	who := compose.New("identity", author, definedAt, definedAt)
	who.Set("object_marking_refs", everyone)
	who.Set("name", "Tocsin")
	who.Set("identity_class", "system")
	d := compose.New("extension-definition", ExtensionID, definedAt, definedAt)
	d.Set("created_by_ref", author)
	d.Set("object_marking_refs", everyone)
	d.Set("name", "MISP core format")
	d.Set("description", "What the MISP core format says of an object and STIX has no word for, so that it comes back as it was.")
	d.Set("schema", schema)
	d.Set("version", "1.0.0")
	d.Set("extension_types", []string{"property-extension"})
	return []*compose.Object{who, d}
}

// schema is the extension's JSON schema.
const schema = `{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","required":["extension_type","kind"],"properties":{` +
	`"extension_type":{"const":"property-extension"},"kind":{"enum":["event","more","attribute","object","event-report","galaxy-cluster"]},` +
	`"rest":{"type":"string","contentMediaType":"application/json"},"without":{"type":"array","items":{"type":"string"}},` +
	`"continues":{"type":"string"},"part":{"type":"integer"},"places":{"type":"array","items":{"type":"integer"}}}}`
