package telemetry

import "math/bits"

// putString gives a field's text to the record, its escapes undone.
func (s *scanner) putString(f field, inner []byte, escaped bool) {
	r := s.record
	if w := members[f].want; w != wantText && w != wantTime {
		r.wrongType(f)
		return
	}
	if escaped {
		start := len(r.arena)
		r.arena = appendUnescaped(r.arena, inner)
		inner = r.arena[start:]
	}
	r.putText(f, view(inner))
}

// literal reads true, false or null, or returns -1.
func (s *scanner) literal(at int, f field) int {
	k := isNull
	switch word := uint32(eight(s.text, at)); {
	case word == 'n'|'u'<<8|'l'<<16|'l'<<24:
		at += 4
	case word == 't'|'r'<<8|'u'<<16|'e'<<24:
		k, at = isTrue, at+4
	case word == 'f'|'a'<<8|'l'<<16|'s'<<24 && one(s.text, at+4) == 'e':
		k, at = isFalse, at+5
	default:
		return -1
	}
	if f != none {
		s.record.put(f, k, "")
	}
	return at
}

// number skips a number (RFC 8259, section 6), or returns -1.
func (s *scanner) number(at int) int {
	start := at
	found := notDigits(eight(s.text, at))
	for found == 0 {
		at += 8
		found = notDigits(eight(s.text, at))
	}
	at += bits.TrailingZeros64(found) / 8
	if c := one(s.text, at); at > start && c != '.' && c|0x20 != 'e' && (one(s.text, start) != '0' || at == start+1) {
		return at
	}
	return s.anyNumber(start)
}

// notDigits has the high bit of the first byte set that is no digit. Only the
// lowest bit set is exact.
func notDigits(w uint64) uint64 {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	t := w ^ ones*'0' // digits are 0 to 9
	return (t + ones*(0x80-10) | t) & highs
}

func (s *scanner) anyNumber(at int) int {
	if s.text[at] == '-' {
		at++
	}
	if s.text[at] == '0' {
		at++
	} else if at = s.digits(at); at < 0 {
		return -1
	}
	if s.text[at] == '.' {
		if at = s.digits(at + 1); at < 0 {
			return -1
		}
	}
	if s.text[at]|0x20 == 'e' {
		at++
		if s.text[at] == '+' || s.text[at] == '-' {
			at++
		}
		return s.digits(at)
	}
	return at
}

// digits skips digits, at least one.
func (s *scanner) digits(at int) int {
	start := at
	for s.text[at]-'0' <= 9 {
		at++
	}
	if at == start {
		return -1
	}
	return at
}
