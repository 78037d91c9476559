package hindsight

import (
	"bytes"
	"cmp"
	"net/netip"
	"slices"
	"sort"
)

// inquiry is a batch of questions as ranges of keys. Two ranges are apart or one
// is within the other, as names and prefixes are; so the ranges that hold a key
// are the last one that begins at or before it, and those around that one.
type inquiry struct {
	questions []Question
	keys      []byte
	ranges    []keyRange
	found     []finding
	cursor    cursor
	answers   []int32 // of each question, and for URLs of its host: place in found plus one
}

type keyRange struct {
	at       uint32 // in keys: from, then to if there is one
	from, to uint16 // lengths
	kind     rangeKind
	around   int32 // the narrowest range around this one, or -1
	answer   int32
}

type rangeKind uint8

const (
	between rangeKind = iota // from and to belong to it
	below                    // keys that begin with from
	exactly
)

// finding is what was found, and the key that was seen last.
type finding struct {
	record
	latest int64
	key    []byte
}

func newInquiry(questions []Question) *inquiry {
	x := &inquiry{questions: questions, answers: make([]int32, 2*len(questions))}
	for i, q := range questions {
		if len(q.Text) <= maxText {
			x.add(q, int32(2*i))
		}
	}
	slices.SortFunc(x.ranges, func(a, b keyRange) int {
		// Of two that begin alike the wider goes first.
		return cmp.Or(bytes.Compare(x.from(a), x.from(b)), cmp.Compare(a.kind, b.kind), bytes.Compare(x.to(b), x.to(a)))
	})
	open := int32(-1)
	for i := range x.ranges {
		r := &x.ranges[i]
		for open >= 0 && !x.holds(x.ranges[open], x.from(*r)) {
			open = x.ranges[open].around
		}
		r.around = open
		open = int32(i)
	}
	return x
}

// add adds the ranges of a question.
func (x *inquiry) add(q Question, answer int32) {
	code := codeOf(q.Type)
	text := q.Text
	if code == 0 {
		text = string(q.Type) + "\x00" + text
	}
	at := len(x.keys)
	host := ""
	switch code {
	case codeIPv4, codeIPv6:
		p, ok := q.Prefix()
		if ok && !p.IsSingleIP() {
			x.keys = append(append(x.keys, code), p.Masked().Addr().AsSlice()...)
			from := len(x.keys) - at
			x.keys = append(append(x.keys, code), lastOf(p)...)
			x.ranges = append(x.ranges, keyRange{at: uint32(at), from: uint16(from), to: uint16(from), answer: answer})
			return
		}
		if host = text; code == codeIPv6 {
			host = "[" + text + "]"
		}
	case codeDomain:
		host = text
	}
	x.keys = appendKey(x.keys, code, text)
	x.rangeFrom(at, exactly, answer)
	if code == codeDomain && q.Subdomains {
		at = len(x.keys)
		x.keys = append(appendKey(x.keys, code, text), '.')
		x.rangeFrom(at, below, answer)
	}
	if host == "" {
		return
	}
	at = len(x.keys)
	x.keys = append(appendHost(append(x.keys, codeURL), host), 0)
	x.rangeFrom(at, below, answer+1)
	if code == codeDomain && q.Subdomains {
		at = len(x.keys)
		x.keys = append(appendHost(append(x.keys, codeURL), host), '.')
		x.rangeFrom(at, below, answer+1)
	}
}

func (x *inquiry) rangeFrom(at int, kind rangeKind, answer int32) {
	x.ranges = append(x.ranges, keyRange{at: uint32(at), from: uint16(len(x.keys) - at), kind: kind, answer: answer})
}

// lastOf is the bytes of the last address in the prefix.
func lastOf(p netip.Prefix) []byte {
	raw := p.Masked().Addr().AsSlice()
	for bit := p.Bits(); bit < len(raw)*8; bit++ {
		raw[bit/8] |= 0x80 >> (bit % 8)
	}
	return raw
}

func (x *inquiry) from(r keyRange) []byte { return x.keys[r.at : r.at+uint32(r.from)] }

func (x *inquiry) to(r keyRange) []byte {
	return x.keys[r.at+uint32(r.from) : r.at+uint32(r.from)+uint32(r.to)]
}

func (x *inquiry) holds(r keyRange, key []byte) bool {
	switch r.kind {
	case exactly:
		return bytes.Equal(x.from(r), key)
	case below:
		return bytes.HasPrefix(key, x.from(r))
	}
	return len(key) == int(r.from) && bytes.Compare(x.from(r), key) <= 0 && bytes.Compare(key, x.to(r)) <= 0
}

// mayBeIn says whether any question may have an answer among the names.
func (x *inquiry) mayBeIn(names bloom) bool {
	for _, q := range x.questions {
		code := codeOf(q.Type)
		p, isAddress := q.Prefix()
		switch {
		case code == 0, isAddress && !p.IsSingleIP(),
			names.has(fingerprint(code, q.Text)),
			code == codeIPv4 && names.has(fingerprint(codeDomain, q.Text)),
			code == codeIPv6 && names.has(fingerprint(codeDomain, "["+q.Text+"]")):
			return true
		}
	}
	return false
}

func (x *inquiry) askGeneration(g *generation) {
	var key []byte
	g.each(func(code byte, text []byte, r record) {
		key = appendKey(key[:0], code, string(text))
		n := sort.Search(len(x.ranges), func(i int) bool { return bytes.Compare(x.from(x.ranges[i]), key) > 0 })
		x.see(n-1, key, r)
	})
}

func (x *inquiry) askSegment(s *segment) error {
	if len(x.ranges) == 0 {
		return nil
	}
	c := &x.cursor
	c.reset(s)
	n := 0 // ranges that begin at or before the record
	for more := c.seek(x.from(x.ranges[0])); more; {
		for n < len(x.ranges) && bytes.Compare(x.from(x.ranges[n]), c.key) <= 0 {
			n++
		}
		switch {
		case x.see(n-1, c.key, c.record):
			more = c.advance()
		case n < len(x.ranges):
			more = c.seek(x.from(x.ranges[n]))
		default:
			return nil
		}
	}
	return c.err
}

// see adds a record to the questions whose ranges hold its key, of range i and
// those around it, and says whether one of them goes on behind it.
func (x *inquiry) see(i int, key []byte, r record) (goesOn bool) {
	for ; i >= 0; i = int(x.ranges[i].around) {
		if !x.holds(x.ranges[i], key) {
			continue
		}
		goesOn = goesOn || x.ranges[i].kind != exactly
		place := &x.answers[x.ranges[i].answer]
		if *place == 0 {
			x.found = append(x.found, finding{latest: -1})
			*place = int32(len(x.found))
		}
		f := &x.found[*place-1]
		f.add(r)
		if r.last > f.latest || r.last == f.latest && bytes.Compare(key, f.key) < 0 {
			f.latest = r.last
			f.key = append(f.key[:0], key...)
		}
	}
	return goesOn
}

func (x *inquiry) past(i int) (Past, bool) {
	place := x.answers[2*i]
	if place == 0 {
		place = x.answers[2*i+1]
	}
	if place == 0 {
		return Past{}, false
	}
	f := x.found[place-1]
	return Past{valueOf(f.key), timeOf(f.first), timeOf(f.last), f.count, hostCount(f.hosts)}, true
}
