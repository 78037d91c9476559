package telemetry

import (
	"math/bits"
)

// scanner is the fast parser of one line: no tree, no tokens, no allocation.
// It takes a part of what is JSON, and all of what sensors write; when it
// takes a line it has checked all of it, and read the same as the slow
// parser would have. When in doubt it declines.
//
// It goes through the line eight bytes at a time. After the line come a line
// feed, at which everything in it stops, and room to read beyond.
type scanner struct {
	text   []byte // the line, the line feed, and room
	record *record
	levels [deepest + 1]level
	habits *habits
}

// level is an object or an array that is open.
type level struct {
	in    scope    // of an object's members
	array bool     // of what is in it: the field's values
	field field    // whose value it is
	given fieldSet // the members so far
	after *habit   // the last member of an object
}

func newScanner() scanner { return scanner{habits: newHabits()} }

// deepest is how many objects and arrays the scanner follows into each other.
const deepest = 64

// room is how many bytes have to follow a line.
const room = 40

// object reads the line, an object of the scope, which a line feed and room
// follow, into the record;
// false means that it declines, and the record is then of no use.
func (s *scanner) object(text []byte, in scope, r *record) bool {
	s.text, s.record = text[:len(text)+room], r
	at := s.space(0)
	if s.text[at] != '{' {
		return false
	}
	at = s.all(at+1, in)
	return at >= 0 && s.space(at) == len(text)
}

// space skips white space. A line feed is the line's end.
//
// It is seldom needed, and not inlined: what it takes of the registers would be
// missing wherever it is not.
//
//go:noinline
func (s *scanner) space(at int) int {
	for s.text[at] == ' ' || s.text[at] == '\t' || s.text[at] == '\r' {
		at++
	}
	return at
}

// all reads an object after its opening brace, with all that is in it, and
// returns where it ends, or -1.
func (s *scanner) all(at int, in scope) int {
	text, depth := s.text, 0
	here := &s.levels[0]
	*here = level{in: in, after: s.habits.start(in)}
	begun := true // nothing stands between the opening bracket and here
	var c byte
	for {
		// Something may have been opened: is it empty?
		if begun {
			begun = false
			if one(text, at) <= ' ' {
				at = s.space(at)
			}
			if end := one(text, at); end == '}' && !here.array || end == ']' && here.array {
				goto closing
			}
		}
		{
			f := here.field
			if !here.array {
				if next := here.after.next[s.record.kind]; next.is(text, at) {
					here.after = next
					at += next.length
					if f = next.field; f != none && here.given.twice(f) {
						return -1
					}
				} else if f, at = s.name(at, here); at < 0 {
					return -1
				}
			}
			c = one(text, at)
			if c <= ' ' {
				at = s.space(at)
				c = one(text, at)
			}
			switch {
			case c == '"':
				at++
				start := at
				found := special(eight(text, at))
				for found == 0 {
					at += 8
					found = special(eight(text, at))
				}
				at += bits.TrailingZeros64(found) / 8
				escaped := false
				if one(text, at) != '"' {
					if at, escaped = s.restOfString(start, at); at < 0 {
						return -1
					}
				}
				if f != none {
					s.putString(f, text[start:at], escaped)
				}
				at++
			case c-'0' <= 9 || c == '-':
				start := at
				if at = s.number(at); at < 0 {
					return -1
				}
				if f != none {
					s.record.putDigits(f, view(text[start:at]))
				}
			case c == '{' || c == '[':
				array := c == '['
				m := &members[f]
				if f != none && m.want != wantObject && !(array && m.list) || array && here.array && f != none || depth == deepest {
					return -1
				}
				depth++
				here = &s.levels[depth]
				*here = level{array: array, field: f}
				if !array {
					here.in = m.into
					here.after = s.habits.start(m.into)
					if f != none {
						s.record.begin(f)
					}
				}
				at++
				begun = true
				continue
			default:
				if at = s.literal(at, f); at < 0 {
					return -1
				}
			}
		}
	next:
		c = one(text, at)
		if c <= ' ' {
			at = s.space(at)
			c = one(text, at)
		}
		if c == ',' {
			at++
			continue
		}
		if c != '}' && c != ']' || (c == ']') != here.array {
			return -1
		}
	closing:
		at++
		if here.field != none && !here.array {
			s.record.end(here.field)
		}
		if depth == 0 {
			return at
		}
		depth--
		here = &s.levels[depth]
		goto next
	}
}

// name reads a member's name with its colon, and finds its field.
func (s *scanner) name(at int, here *level) (field, int) {
	text := s.text
	if at = s.space(at); text[at] != '"' {
		return none, -1
	}
	at++
	start := at
	found := special(eight(text, at))
	for found == 0 {
		at += 8
		found = special(eight(text, at))
	}
	at += bits.TrailingZeros64(found) / 8
	plain := text[at] == '"'
	if !plain {
		var escaped bool
		if at, escaped = s.restOfString(start, at); at < 0 || escaped {
			return none, -1
		}
	}
	f := fieldNamed(here.in, view(text[start:at]))
	if f != none && here.given.twice(f) {
		return none, -1
	}
	at++
	if text[at] == ':' && plain {
		here.after = s.habits.learn(here.after, s.record.kind, here.in, f, text[start-1:at+1])
		return f, at + 1
	}
	if at = s.space(at); text[at] != ':' {
		return none, -1
	}
	return f, at + 1
}
