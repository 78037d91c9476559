package telemetry

// scanner is the fast parser of one line: no tree, no tokens, no allocation.
// It takes a part of what is JSON, and all of what sensors write; when it
// takes a line it has checked all of it, and read the same as the slow
// parser would have. When in doubt it declines.
type scanner struct {
	text   []byte
	at     int
	record *record
}

// deepest is how many objects and arrays the scanner follows into each other.
const deepest = 64

// object reads the line into the record; false means that it declines, and the
// record is then of no use.
func (s *scanner) object(text []byte, r *record) bool {
	s.text, s.at, s.record = text, 0, r
	if !s.next('{') || !s.members(inRoot, 1) {
		return false
	}
	s.space()
	return s.at == len(s.text)
}

// space skips white space.
func (s *scanner) space() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\t', '\r', '\n':
			s.at++
		default:
			return
		}
	}
}

// next skips white space and the byte, if that comes next.
func (s *scanner) next(c byte) bool {
	s.space()
	if s.at < len(s.text) && s.text[s.at] == c {
		s.at++
		return true
	}
	return false
}

// members reads an object after its opening brace.
func (s *scanner) members(in scope, depth int) bool {
	if depth > deepest {
		return false
	}
	s.record.begin(in)
	if s.next('}') {
		s.record.end(in)
		return true
	}
	var given uint64
	for {
		if !s.next('"') {
			return false
		}
		name, escaped, ok := s.quoted()
		if !ok || escaped || !s.next(':') {
			return false
		}
		f, into := member(in, view(name))
		if f == none {
			ok = s.skip(depth)
		} else {
			if given&(1<<f) != 0 {
				return false
			}
			given |= 1 << f
			ok = s.value(in, f, into, depth)
		}
		if !ok {
			return false
		}
		if s.next('}') {
			s.record.end(in)
			return true
		}
		if !s.next(',') {
			return false
		}
	}
}

// value reads the value of a field.
func (s *scanner) value(in scope, f field, into scope, depth int) bool {
	s.space()
	if s.at == len(s.text) {
		return false
	}
	switch c := s.text[s.at]; {
	case c == '"':
		s.at++
		text, escaped, ok := s.quoted()
		if !ok {
			return false
		}
		if escaped {
			s.record.put(in, f, isText, s.record.keep(func(b []byte) []byte { return appendUnescaped(b, text) }))
		} else {
			s.record.put(in, f, isText, view(text))
		}
		return true
	case c == '-' || c >= '0' && c <= '9':
		start := s.at
		if !s.number() {
			return false
		}
		s.record.put(in, f, isNumber, view(s.text[start:s.at]))
		return true
	case c == '{' && into != 0:
		s.at++
		return s.members(into, depth+1)
	case c == '[' && (into != 0 || f.takesList()):
		s.at++
		return s.elements(in, f, into, depth+1)
	}
	return s.literal("null") // other types are for the slow parser
}

// elements reads a field's array after its opening bracket.
func (s *scanner) elements(in scope, f field, into scope, depth int) bool {
	if depth > deepest {
		return false
	}
	if s.next(']') {
		return true
	}
	for {
		s.space()
		if s.at == len(s.text) || s.text[s.at] == '[' || !s.value(in, f, into, depth) {
			return false
		}
		if s.next(']') {
			return true
		}
		if !s.next(',') {
			return false
		}
	}
}

// skip checks a value that is not read.
func (s *scanner) skip(depth int) bool {
	s.space()
	if s.at == len(s.text) || depth > deepest {
		return false
	}
	switch s.text[s.at] {
	case '"':
		s.at++
		_, _, ok := s.quoted()
		return ok
	case '{':
		s.at++
		return s.skipMembers(depth + 1)
	case '[':
		s.at++
		if s.next(']') {
			return true
		}
		for s.skip(depth + 1) {
			if s.next(']') {
				return true
			}
			if !s.next(',') {
				return false
			}
		}
		return false
	case 't':
		return s.literal("true")
	case 'f':
		return s.literal("false")
	case 'n':
		return s.literal("null")
	}
	return s.number()
}

func (s *scanner) skipMembers(depth int) bool {
	if s.next('}') {
		return true
	}
	for s.next('"') {
		if _, _, ok := s.quoted(); !ok || !s.next(':') || !s.skip(depth) {
			return false
		}
		if s.next('}') {
			return true
		}
		if !s.next(',') {
			return false
		}
	}
	return false
}

func (s *scanner) literal(word string) bool {
	if len(s.text)-s.at < len(word) || view(s.text[s.at:s.at+len(word)]) != word {
		return false
	}
	s.at += len(word)
	return true
}

// number checks a number (RFC 8259, section 6).
func (s *scanner) number() bool {
	if s.at < len(s.text) && s.text[s.at] == '-' {
		s.at++
	}
	if s.at < len(s.text) && s.text[s.at] == '0' {
		s.at++
	} else if !s.digits() {
		return false
	}
	if s.at < len(s.text) && s.text[s.at] == '.' {
		s.at++
		if !s.digits() {
			return false
		}
	}
	if s.at < len(s.text) && s.text[s.at]|0x20 == 'e' {
		s.at++
		if s.at < len(s.text) && (s.text[s.at] == '+' || s.text[s.at] == '-') {
			s.at++
		}
		return s.digits()
	}
	return true
}

// digits skips digits, at least one.
func (s *scanner) digits() bool {
	start := s.at
	for s.at < len(s.text) && s.text[s.at]-'0' <= 9 {
		s.at++
	}
	return s.at > start
}
