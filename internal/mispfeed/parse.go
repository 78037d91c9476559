package mispfeed

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/misp"
)

// referring is what an object says of others.
type referring struct {
	CreatedBy  string                    `json:"created_by_ref"`
	Refs       []string                  `json:"object_refs"`
	SightingOf string                    `json:"sighting_of_ref"`
	Where      []string                  `json:"where_sighted_refs"`
	Source     string                    `json:"source_ref"`
	Extensions map[string]jsontext.Value `json:"extensions"`
}

// element is what an object that came from MISP says of itself (see the
// extension's definition in package misp).
type element struct {
	Kind      string `json:"kind"`
	Continues string `json:"continues"`
}

// Kinds of elements.
const (
	kindEvent  = "event"
	kindMore   = "more"
	kindObject = "object"
)

// refer reads an object, as far as it can be read: what was taken in is valid.
func refer(raw jsontext.Value) (r referring) {
	_ = json.Unmarshal(raw, &r, json.MatchCaseInsensitiveNames(false))
	return r
}

// element is the zero element for what did not come from MISP.
func (r *referring) element() (e element) {
	if raw := r.Extensions[misp.ExtensionID]; raw.Kind() == '{' {
		_ = json.Unmarshal(raw, &e, json.MatchCaseInsensitiveNames(false))
	}
	return e
}

// fromMISP says whether an object came from MISP: what is taken in has no white
// space between its tokens.
func fromMISP(raw jsontext.Value) bool { return bytes.Contains(raw, extended) }

var extended = []byte(`"` + misp.ExtensionID + `":{`)

// members are those of a JSON object.
type members map[string]jsontext.Value

func parse(raw jsontext.Value) members {
	var m members
	if raw.Kind() != '{' || json.Unmarshal(raw, &m) != nil {
		return nil
	}
	return m
}

func (m members) list(name string) []jsontext.Value {
	var all []jsontext.Value
	if m[name].Kind() != '[' || json.Unmarshal(m[name], &all) != nil {
		return nil
	}
	return all
}

func (m members) text(name string) (s string) {
	if m[name].Kind() == '"' {
		_ = json.Unmarshal(m[name], &s) // it was read before
	}
	return s
}

// seconds is a time in seconds since 1970, which MISP writes as a string or a
// number; 0 if there is none.
func (m members) seconds(name string) int64 {
	n, err := strconv.ParseInt(strings.Trim(string(m[name]), `"`), 10, 64)
	if err != nil {
		return 0
	}
	return max(n, 0)
}

func (m members) set(name, text string) {
	m[name], _ = jsontext.AppendQuote(nil, text) // the texts here are UTF-8
}

// object writes the members in the order of their names.
func (m members) object() jsontext.Value {
	raw, err := json.Marshal(map[string]jsontext.Value(m), json.Deterministic(true))
	if err != nil {
		return jsontext.Value("{}") // every member was read from JSON
	}
	return raw
}

// tag adds a tag, unless it is there.
func (m members) tag(name string) {
	tags := m.list("Tag")
	if slices.ContainsFunc(tags, func(t jsontext.Value) bool { return strings.EqualFold(parse(t).text("name"), name) }) {
		return
	}
	one := members{}
	one.set("name", name)
	m.setList("Tag", append(tags, one.object()))
}

func (m members) setList(name string, elements []jsontext.Value) {
	out := jsontext.Value{'['}
	for i, e := range elements {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, e...)
	}
	m[name] = append(out, ']')
}
