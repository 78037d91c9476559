package telemetry

import (
	"net/netip"
	"strconv"
	"strings"
	"sync"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// Terms yields every property that the record has as a STIX pattern names it
// (STIX 2.1, section 9.7), until yield returns false: "domain-name:value",
// "network-traffic:dst_ref.value", "file:hashes.'SHA-256'". An element of a list has the
// path that ends in "[*]"; a property that is reached by a reference has both
// paths. Numbers come as they are written. A term can come twice.
//
// These are the properties of Observed, without the ids and the references
// themselves, and without the type of the object that a path begins with.
// Nothing is allocated, if Source and Target are among the Observables.
func (e *Event) Terms(yield func(path, text string) bool) {
	_ = e.trafficTerms(yield) && e.observableTerms(yield) && e.propertyTerms(yield)
}

// hasTraffic says that the record is of a conversation.
func (e *Event) hasTraffic() bool { return e.Source.IsValid() || e.Target.IsValid() }

// protocols are those of the conversation, the outer first; "" for none.
func (e *Event) protocols() [3]string {
	a := e.Source
	if !a.IsValid() {
		a = e.Target
	}
	names := [3]string{"ipv4", e.Proto, ""}
	if !a.Unmap().Is4() {
		names[0] = "ipv6"
	}
	switch e.Kind {
	case DNS, HTTP, TLS:
		names[2] = e.Kind.String()
	}
	return names
}

func (e *Event) trafficTerms(yield func(path, text string) bool) bool {
	if !e.hasTraffic() {
		return true
	}
	for _, name := range e.protocols() {
		if name != "" && !yield("network-traffic:protocols[*]", name) {
			return false
		}
	}
	if a := e.Source; a.IsValid() {
		v, seen := e.addrValue(a)
		if !seen && !yield(addressPath(v), v.Text) || !yield("network-traffic:src_ref.type", string(v.Type)) || !yield("network-traffic:src_ref.value", v.Text) {
			return false
		}
	}
	if a := e.Target; a.IsValid() {
		v, seen := e.addrValue(a)
		if !seen && !yield(addressPath(v), v.Text) || !yield("network-traffic:dst_ref.type", string(v.Type)) || !yield("network-traffic:dst_ref.value", v.Text) {
			return false
		}
	}
	if e.SourcePort != 0 && !yield("network-traffic:src_port", portText(e.SourcePort)) {
		return false
	}
	return e.TargetPort == 0 || yield("network-traffic:dst_port", portText(e.TargetPort))
}

// addrValue is the address as it stands among the observables, so that its
// text need not be made; seen says that it does.
func (e *Event) addrValue(a netip.Addr) (v observable.Value, seen bool) {
	a = a.Unmap().WithZone("")
	var room [64]byte
	text := a.AppendTo(room[:0])
	for i := range e.Observables {
		if o := &e.Observables[i]; o.Text == string(text) && (o.Type == observable.IPv4 || o.Type == observable.IPv6) {
			return o.Value, true
		}
	}
	return observable.Addr(a, ""), false
}

func addressPath(v observable.Value) string {
	if v.Type == observable.IPv4 {
		return "ipv4-addr:value"
	}
	return "ipv6-addr:value"
}

func (e *Event) observableTerms(yield func(path, text string) bool) bool {
	sawName := e.Name == ""
	for i := range e.Observables {
		o := &e.Observables[i]
		path, text := o.property()
		if path == "" {
			continue
		}
		sawName = sawName || o.Type == observable.Domain && o.Text == e.Name
		if hasValue(o.Type) {
			if !yield(path, text) {
				return false
			}
		} else if !pathOf(path).yield(text, yield) {
			return false
		}
		if directory, ok := o.directory(); ok && !pathOf(directoryPath).yield(directory, yield) {
			return false
		}
		if e.answers(o) && (!yield("domain-name:resolves_to_refs[*].type", string(o.Type)) || !yield("domain-name:resolves_to_refs[*].value", text)) {
			return false
		}
	}
	if !sawName && !yield("domain-name:value", e.Name) {
		return false
	}
	name, further := e.furtherName()
	return !further || yield("file:name", name)
}

// answers says that the observable is what the Name resolves to.
func (e *Event) answers(o *Seen) bool {
	switch o.Type {
	case observable.Domain:
		return o.Answer && e.Name != "" && o.Text != e.Name
	case observable.IPv4, observable.IPv6:
		return o.Answer && e.Name != ""
	}
	return false
}

// furtherName is the FileName, if no file's name is among the observables.
func (e *Event) furtherName() (name string, ok bool) {
	if e.FileName == "" {
		return "", false
	}
	for i := range e.Observables {
		if t := e.Observables[i].Type; t == observable.FileName || t == observable.FilePath {
			return "", false
		}
	}
	name = baseName(e.FileName)
	return name, name != ""
}

// baseName is a file's name without what is before it in the path.
func baseName(path string) string { return path[strings.LastIndexAny(path, `/\`)+1:] }

func (e *Event) propertyTerms(yield func(path, text string) bool) bool {
	for i := range e.Properties {
		p := &e.Properties[i]
		if !pathOf(p.Path).yield(p.Text, yield) {
			return false
		}
	}
	return true
}

// yield gives all ways to name the property.
func (p *stixPath) yield(text string, yield func(path, text string) bool) bool {
	for i := range p.forms {
		f := &p.forms[i]
		if f.valid != whatever && f.valid != familyOf(text) {
			continue
		}
		said := text
		if f.text != "" {
			said = f.text
		}
		if !yield(f.path, said) {
			return false
		}
	}
	return true
}

// portText writes a port without allocating: it is cut out of all numbers from
// 0 to 65535, one after the other.
func portText(port uint16) string {
	p, all := int(port), portNumbers()
	first, at := 0, 0 // of the numbers with as many digits, and its place
	for width := 1; ; width++ {
		next := max(first, 1) * 10
		if p < next {
			at += (p - first) * width
			return all[at : at+width]
		}
		at += (next - first) * width
		first = next
	}
}

var portNumbers = sync.OnceValue(func() string {
	var b []byte
	for p := range 1 << 16 {
		b = strconv.AppendInt(b, int64(p), 10)
	}
	return string(b)
})
