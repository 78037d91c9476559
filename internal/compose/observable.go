package compose

import (
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/stix"
)

// hashNames are the keys of a file's hashes (section 10.6, hash-algorithm-ov).
var hashNames = map[observable.Type]string{observable.MD5: "MD5", observable.SHA1: "SHA-1", observable.SHA256: "SHA-256", observable.SHA512: "SHA-512"}

// Observable writes the cyber-observable object that a value stands for, with
// its deterministic id (section 2.9). It is an error for a type that STIX has no
// object for.
func Observable(v observable.Value) (raw jsontext.Value, id string, err error) {
	if name, ok := hashNames[v.Type]; ok {
		return SCO("file", Property{"hashes", map[string]string{name: v.Text}})
	}
	switch v.Type {
	case observable.Domain, observable.IPv4, observable.IPv6, observable.URL, observable.Email:
		return SCO(string(v.Type), Property{"value", v.Text})
	case observable.FileName:
		return SCO("file", Property{"name", v.Text})
	case observable.Mutex:
		return SCO("mutex", Property{"name", v.Text})
	case observable.Registry:
		return SCO("windows-registry-key", Property{"key", v.Text})
	}
	return nil, "", fmt.Errorf("STIX 2.1 has no cyber-observable object for a %s", v.Type)
}

// Property is a name and what json.Marshal makes of a value.
type Property struct {
	Name  string
	Value any
}

// SCO writes a cyber-observable object; its id is made of those of its
// properties that the specification says.
func SCO(objectType string, properties ...Property) (raw jsontext.Value, id string, err error) {
	o := Object{id: objectType, out: jsontext.Value("{")}
	written := map[string]jsontext.Value{}
	for _, p := range properties {
		one := Object{out: jsontext.Value("{")}
		one.Set(p.Name, p.Value)
		if one.err != nil {
			return nil, "", one.err
		}
		if len(one.out) > len("{") {
			written[p.Name] = one.out[len(`{"`)+len(p.Name)+len(`":`):]
		}
	}
	if id, err = stix.DeterministicID(objectType, written); err != nil {
		return nil, "", err
	}
	o.id = id
	o.Set("type", objectType)
	o.Set("spec_version", "2.1")
	o.Set("id", id)
	for _, p := range properties {
		if v, ok := written[p.Name]; ok {
			o.Force(p.Name, v)
		}
	}
	raw, err = o.JSON()
	return raw, id, err
}
