package patternset_test

import (
	"strconv"
	"strings"

	"github.com/tocsin-project/tocsin/stix/pattern"
)

// observation is an event that reports the terms of its objects, as Event's
// documentation says, and no more.
type observation pattern.Observed

func (o *observation) Observed() *pattern.Observed { return (*pattern.Observed)(o) }

func (o *observation) Terms(yield func(path, text string) bool) {
	w := walk{byID: map[string]pattern.Object{}, yield: yield}
	for _, object := range o.Objects {
		if id, ok := object["id"].(string); ok {
			w.byID[id] = object
		}
	}
	for _, object := range o.Objects {
		kind, _ := object["type"].(string)
		w.some = false
		if !w.object(kind, nil, object, false) || !w.some && !yield(kind+":type", kind) {
			return
		}
	}
}

type walk struct {
	byID  map[string]pattern.Object
	yield func(path, text string) bool
	some  bool
}

func (w *walk) object(kind string, steps []pattern.Step, properties map[string]any, referred bool) bool {
	for key, v := range properties {
		if key == "type" || key == "id" {
			continue
		}
		reference := strings.HasSuffix(key, "_ref") || strings.HasSuffix(key, "_refs")
		next := append(steps[:len(steps):len(steps)], pattern.Step{Kind: pattern.Key, Key: key})
		if !w.value(kind, next, v, reference, referred) {
			return false
		}
	}
	return true
}

func (w *walk) value(kind string, steps []pattern.Step, v any, reference, referred bool) bool {
	path := func() string { return pattern.Path{Type: kind, Steps: steps}.String() }
	switch v := v.(type) {
	case string:
		if reference {
			return referred || w.object(kind, steps, w.byID[v], true)
		}
		w.some = true
		return w.yield(path(), v)
	case int64:
		w.some = true
		return w.yield(path(), strconv.FormatInt(v, 10))
	case float64:
		w.some = true
		return w.yield(path(), strconv.FormatFloat(v, 'f', -1, 64))
	case []any:
		for _, element := range v {
			if !w.value(kind, append(steps[:len(steps):len(steps)], pattern.Step{Kind: pattern.Any}), element, reference, referred) {
				return false
			}
		}
	case map[string]any:
		return w.object(kind, steps, v, referred)
	}
	return true
}
