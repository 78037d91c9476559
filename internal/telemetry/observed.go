package telemetry

import (
	"strconv"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/stix/pattern"
)

// Observed is the record as STIX objects, as patterns are asked of it: the
// conversation as network-traffic with its addresses, and every observable and
// property. The ids are of this observation only.
//
// The Name of a DNS reply resolves_to_refs all of its answers. The headers of
// an HTTP request are strings, as the patterns in use have them, not the lists
// of section 6.12.3.
func (e *Event) Observed() *pattern.Observed {
	a := assembly{objects: map[objectKey]pattern.Object{}}
	e.addTraffic(&a)
	e.addObservables(&a)
	for i := range e.Properties {
		p := &e.Properties[i]
		var value any = p.Text
		if p.Number {
			value = number(p.Text)
		}
		a.set(pathOf(p.Path), p.Object, p.Text, value)
	}
	return &pattern.Observed{First: e.Time, Last: e.Time, Number: 1, Objects: a.list}
}

func (e *Event) addTraffic(a *assembly) {
	if !e.hasTraffic() {
		return
	}
	traffic := a.object("network-traffic", 0)
	var protocols []any
	for _, name := range e.protocols() {
		if name != "" {
			protocols = append(protocols, name)
		}
	}
	traffic["protocols"] = protocols
	if e.Source.IsValid() {
		v, _ := e.addrValue(e.Source)
		traffic["src_ref"] = a.value(v)["id"]
	}
	if e.Target.IsValid() {
		v, _ := e.addrValue(e.Target)
		traffic["dst_ref"] = a.value(v)["id"]
	}
	if e.SourcePort != 0 {
		traffic["src_port"] = int64(e.SourcePort)
	}
	if e.TargetPort != 0 {
		traffic["dst_port"] = int64(e.TargetPort)
	}
}

func (e *Event) addObservables(a *assembly) {
	var asked pattern.Object
	if e.Name != "" {
		asked = a.value(observable.Value{Type: observable.Domain, Text: e.Name})
	}
	for i := range e.Observables {
		o := &e.Observables[i]
		path, text := o.property()
		switch {
		case path == "":
		case hasValue(o.Type):
			object := a.value(o.Value)
			if e.answers(o) {
				refs, _ := asked["resolves_to_refs"].([]any)
				asked["resolves_to_refs"] = append(refs, object["id"])
			}
		default:
			a.set(pathOf(path), o.Object, text, text)
		}
		if directory, ok := o.directory(); ok {
			a.set(pathOf(directoryPath), o.Object, directory, directory)
		}
	}
	if name, further := e.furtherName(); further {
		a.set(pathOf("file:name"), 0, name, name)
	}
}

// hasValue says that objects of the type are their value, so that there is one
// of each value.
func hasValue(t observable.Type) bool {
	switch t {
	case observable.Domain, observable.IPv4, observable.IPv6, observable.URL:
		return true
	}
	return false
}

// number is an integer if it can be.
func number(text string) any {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil {
		return f
	}
	return text
}
