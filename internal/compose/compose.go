// Package compose writes STIX 2.1 objects for what came in another format:
// deterministic ids and times, so that the same source sent again makes the
// same bytes.
package compose

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/stix"
)

// Unknown is the time of what comes without one. It never changes, so that a
// value listed again is the same version; and it is older than anything that a
// source with times says of the same object, which therefore counts.
var Unknown = time.Unix(0, 0).UTC()

// namespace is that of the ids made here.
var namespace = uuid.MustParse("0b7e5d3a-2f0c-4a1e-8f53-6a1f4f0f9d21")

// ID is the identifier of an object that is known by the parts: a UUIDv5.
func ID(objectType string, parts ...string) string {
	return objectType + "--" + uuid.NewSHA1(namespace, []byte(strings.Join(parts, "\n"))).String()
}

// Object is a STIX object being written, its properties in the order in which
// they were set. The first thing that is wrong is kept for JSON.
type Object struct {
	id  string
	out jsontext.Value
	err error
}

// New begins an object. A zero created means Unknown, and modified is never
// before it. Cyber-observables and the like, which have no times, begin with Bare.
func New(objectType, id string, created, modified time.Time) *Object {
	if created.IsZero() {
		created = Unknown
	}
	if modified.Before(created) {
		modified = created
	}
	o := Bare(objectType, id)
	o.Set("created", created)
	o.Set("modified", modified)
	return o
}

// Bare begins an object that has no times.
func Bare(objectType, id string) *Object {
	o := &Object{id: id, out: jsontext.Value("{")}
	o.Set("type", objectType)
	o.Set("spec_version", "2.1")
	o.Set("id", id)
	return o
}

// ID is the object's identifier.
func (o *Object) ID() string { return o.id }

// Set adds a property; the zero value, and an empty list or dictionary, adds
// none. A time.Time is written as a STIX timestamp. What is set to false or 0
// on purpose takes Force.
func (o *Object) Set(name string, value any) {
	switch v := value.(type) {
	case string:
		if v == "" {
			return
		}
	case time.Time:
		if v.IsZero() {
			return
		}
		value = stix.FormatTimestamp(v)
	default:
		r := reflect.ValueOf(value)
		if !r.IsValid() || r.IsZero() || (r.Kind() == reflect.Slice || r.Kind() == reflect.Map) && r.Len() == 0 {
			return
		}
	}
	o.Force(name, value)
}

// Force adds a property whatever its value is.
func (o *Object) Force(name string, value any) {
	if o.err != nil {
		return
	}
	if len(o.out) > 1 {
		o.out = append(o.out, ',')
	}
	out, err := jsontext.AppendQuote(o.out, name)
	if err == nil {
		out = append(out, ':')
		var text []byte
		switch v := value.(type) {
		case string:
			out, err = jsontext.AppendQuote(out, v)
		case jsontext.Value:
			text = v
		default:
			text, err = json.Marshal(value, json.Deterministic(true))
		}
		out = append(out, text...)
	}
	if err != nil {
		o.err = fmt.Errorf("write %s: %s: %w", o.id, name, err)
		return
	}
	o.out = out
}

// JSON is the object as it stands; the builder can go on.
func (o *Object) JSON() (jsontext.Value, error) {
	if o.err != nil {
		return nil, o.err
	}
	return append(o.out[:len(o.out):len(o.out)], '}'), nil
}
