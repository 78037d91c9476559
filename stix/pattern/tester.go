package pattern

// maxValues is how many values of an observation one test may look at.
const maxValues = 1 << 16

// tester asks one atom of one observation.
type tester struct {
	observed *Observed
	left     int               // values that may still be looked at
	ids      map[string]Object // by id, where there are many objects
	been     map[crossing]bool // references followed by the comparison under way
	seen     any               // the value that made the last comparison hold
}

// crossing is an object entered at a step of the path: it need not be entered
// there twice, so that circles of references cost no more than their objects.
type crossing struct {
	id   string
	step int
}

// proof is a comparison that holds, and the value that it holds for. It has no
// leaf if the comparison is no witness.
type proof struct {
	leaf  *leaf
	value any
}

func (p proof) witness() Witness {
	if p.leaf == nil {
		return Witness{}
	}
	return Witness{Path: p.leaf.name, Value: text(p.value)}
}

// holds asks a condition of one object. A comparison on another type of object
// does not hold (section 9.5).
func (t *tester) holds(c *condition, object Object, kind string) (proof, bool) {
	if c.leaf != nil {
		return t.compare(c.leaf, object, kind)
	}
	var first proof
	for i := range c.of {
		p, ok := t.holds(&c.of[i], object, kind)
		if ok != (c.by == And) {
			return p, ok
		}
		if first.leaf == nil {
			first = p
		}
	}
	return first, c.by == And
}

func (t *tester) compare(l *leaf, object Object, kind string) (proof, bool) {
	if l.about != kind {
		return proof{}, false
	}
	t.been = nil
	if !t.walk(l, object, 0, false) {
		return proof{}, false
	}
	if !l.wants {
		return proof{}, true
	}
	return proof{leaf: l, value: t.seen}, true
}

// walk follows the path from a value and says whether some value at its end
// holds. A path that leads to nothing holds for nothing, whatever the operator.
// reference says that a string here is the id of an object (section 9.7.4).
func (t *tester) walk(l *leaf, v any, at int, reference bool) bool {
	if t.left--; t.left < 0 {
		return false
	}
	if at == len(l.steps) {
		if l.holds(v) {
			t.seen = v
			return true
		}
		return false
	}
	s := &l.steps[at]
	if s.Kind == Key {
		next, ok := t.property(l, v, at, reference)
		return ok && t.walk(l, next, at+1, s.refers)
	}
	list, _ := v.([]any)
	if s.Kind == Index {
		return s.Index >= 0 && s.Index < len(list) && t.walk(l, list[s.Index], at+1, reference)
	}
	for _, element := range list {
		if t.walk(l, element, at+1, reference) {
			return true
		}
		if t.left < 0 {
			return false
		}
	}
	return false
}

// property is a property of an object, of the object that an id refers to, or
// of a dictionary.
func (t *tester) property(l *leaf, v any, at int, reference bool) (any, bool) {
	var properties map[string]any
	switch v := v.(type) {
	case Object:
		properties = v
	case map[string]any:
		properties = v
	case string:
		if !reference || l.branches && t.again(v, at) {
			return nil, false
		}
		properties = t.object(v)
	}
	next, ok := properties[l.steps[at].Key]
	return next, ok
}

// again says whether the comparison has been in this object at this step.
func (t *tester) again(id string, at int) bool {
	here := crossing{id, at}
	if t.been[here] {
		return true
	}
	if t.been == nil {
		t.been = map[crossing]bool{}
	}
	t.been[here] = true
	return false
}

// object is the object of the observation with an id, or nil.
func (t *tester) object(id string) Object {
	const few = 16
	if len(t.observed.Objects) > few {
		if t.ids == nil {
			t.ids = make(map[string]Object, len(t.observed.Objects))
			for _, o := range t.observed.Objects {
				if id, ok := o["id"].(string); ok && t.ids[id] == nil {
					t.ids[id] = o
				}
			}
		}
		return t.ids[id]
	}
	for _, o := range t.observed.Objects {
		if other, ok := o["id"].(string); ok && other == id {
			return o
		}
	}
	return nil
}

func (l *leaf) holds(v any) bool {
	return l.test == nil || l.test.holds(scalarOf(v, l.octets)) != l.not
}
