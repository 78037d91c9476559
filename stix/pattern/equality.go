package pattern

// ordered is =, !=, <, >, <= and >=. Of != it answers the = in it; the leaf
// turns the answer round.
type ordered struct {
	by       Comparator
	constant constant
}

func (o ordered) holds(v scalar) bool {
	order, ok := order(v, &o.constant)
	if !ok {
		return false
	}
	switch o.by {
	case Less:
		return order < 0
	case LessOrEqual:
		return order <= 0
	case Greater:
		return order > 0
	case GreaterOrEqual:
		return order >= 0
	}
	return order == 0
}

// set is IN: = of one of its constants.
type set struct {
	strings map[string]struct{} // where there are many, and the value is a string
	all     []constant
}

func newSet(values []Constant) (*set, error) {
	const few = 8
	s := &set{all: make([]constant, len(values))}
	for i, v := range values {
		var err error
		if s.all[i], err = newConstant(v); err != nil {
			return nil, err
		}
	}
	if len(values) <= few || values[0].Kind != String {
		return s, nil
	}
	s.strings = make(map[string]struct{}, len(values))
	for _, v := range values {
		if v.Kind != String {
			s.strings = nil
			return s, nil
		}
		s.strings[v.Text] = struct{}{}
	}
	return s, nil
}

func (s *set) holds(v scalar) bool {
	if s.strings != nil && v.Kind == String && !v.none {
		_, ok := s.strings[v.Text]
		return ok
	}
	for i := range s.all {
		if order, ok := order(v, &s.all[i]); ok && order == 0 {
			return true
		}
	}
	return false
}
