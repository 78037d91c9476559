package telemetry

import (
	"strconv"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/stix/pattern"
)

// assembly puts properties together to objects.
type assembly struct {
	list    []pattern.Object
	objects map[objectKey]pattern.Object // the last of each type and number, or value
}

type objectKey struct {
	kind   string
	number int
	value  string
}

// object is that of a type and number.
func (a *assembly) object(kind string, number int) pattern.Object {
	return a.find(objectKey{kind: kind, number: number})
}

// value is the object that is the value.
func (a *assembly) value(v observable.Value) pattern.Object {
	o := a.find(objectKey{kind: string(v.Type), value: v.Text})
	o["value"] = v.Text
	return o
}

func (a *assembly) find(k objectKey) pattern.Object {
	o, ok := a.objects[k]
	if !ok {
		o = a.add(k.kind)
		a.objects[k] = o
	}
	return o
}

func (a *assembly) add(kind string) pattern.Object {
	o := pattern.Object{"type": kind, "id": kind + "--" + strconv.Itoa(len(a.list))}
	a.list = append(a.list, o)
	return o
}

// set puts a property where its path says, and makes what is on the way there.
// If the place is taken by another value, a further object has it.
func (a *assembly) set(p *stixPath, number int, text string, value any) {
	if len(p.steps) == 0 {
		return
	}
	f := familyOf(text)
	if a.put(a.object(p.kind, number), p.steps, f, value) {
		return
	}
	o := a.add(p.kind)
	a.objects[objectKey{kind: p.kind, number: number}] = o
	a.put(o, p.steps, f, value)
}

// put goes one step and reports whether the place was free.
func (a *assembly) put(in map[string]any, steps []stixStep, f family, value any) bool {
	s := steps[0]
	if s.list {
		return a.putInList(in, steps, f, value)
	}
	old, taken := in[s.name]
	switch {
	case len(steps) == 1:
		if !taken {
			in[s.name] = value
		}
		return !taken || old == value
	case s.ref:
		if !taken {
			o := a.add(s.typeName(f))
			in[s.name] = o["id"]
			return a.put(o, steps[1:], f, value)
		}
		o := a.byID(old)
		return o != nil && o["type"] == s.typeName(f) && a.put(o, steps[1:], f, value)
	case !taken:
		inner := map[string]any{}
		in[s.name] = inner
		return a.put(inner, steps[1:], f, value)
	}
	inner, ok := old.(map[string]any)
	return ok && a.put(inner, steps[1:], f, value)
}

// putInList takes the last element of the list, or if that has the property
// already, a new one.
func (a *assembly) putInList(in map[string]any, steps []stixStep, f family, value any) bool {
	s := steps[0]
	old, taken := in[s.name]
	list, ok := old.([]any)
	if taken && !ok {
		return false
	}
	if len(steps) == 1 {
		in[s.name] = append(list, value)
		return true
	}
	if n := len(list); n > 0 {
		last, _ := list[n-1].(map[string]any)
		if s.ref {
			last = a.byID(list[n-1])
		}
		if last != nil && (!s.ref || last["type"] == s.typeName(f)) && a.put(last, steps[1:], f, value) {
			return true
		}
	}
	if s.ref {
		o := a.add(s.typeName(f))
		in[s.name] = append(list, o["id"])
		return a.put(o, steps[1:], f, value)
	}
	inner := map[string]any{}
	in[s.name] = append(list, inner)
	return a.put(inner, steps[1:], f, value)
}

func (a *assembly) byID(id any) pattern.Object {
	for _, o := range a.list {
		if o["id"] == id {
			return o
		}
	}
	return nil
}
