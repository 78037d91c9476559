package spool

import (
	"bytes"
	"testing"
)

// Whatever a segment holds: parsing leaves no byte out, gives places that lie in
// the segment, and finds the whole records that come after damage.
func FuzzSegment(f *testing.F) {
	m := marker{1, 2, 3, 4, 5, 6, 7, 8}
	one := appendRecord(nil, m, header{sequence: 1, first: 1, oldest: 1}, [][]byte{[]byte("one"), {}}, []byte("state"))
	two := appendRecord(bytes.Clone(one), m, header{sequence: 2, first: 3, oldest: 2, dropped: 1}, [][]byte{[]byte("two")}, nil)
	f.Add([]byte{}, 0, byte(0))
	f.Add(one, 0, byte(0))
	f.Add(two, len(one)-3, byte(4))
	f.Add(two, 50, byte(1))
	f.Add(append(m[:], two...), 3, byte(255))
	f.Add(two[:len(two)-1], 0, byte(0))
	f.Fuzz(func(t *testing.T, data []byte, at int, flip byte) {
		data = bytes.Clone(data)
		if at >= 0 && at < len(data) {
			data[at] ^= flip
		}
		// A good record in the end is found whatever comes before it, unless
		// that is the beginning of a larger one.
		last := appendRecord(nil, m, header{sequence: 9, first: 99, oldest: 50}, [][]byte{[]byte("last")}, []byte("s"))
		data = append(data, last...)
		parts := parse(data, m)
		next := int64(0)
		for _, p := range parts {
			if p.offset != next || p.length <= 0 {
				t.Fatalf("a part at %d of %d bytes, expected at %d", p.offset, p.length, next)
			}
			next += p.length
			if p.record == nil {
				continue
			}
			var items [][]byte
			for _, i := range p.record.places {
				if i.offset < p.offset || i.offset+int64(i.length) > next {
					t.Fatalf("an item at %d of %d bytes in a record at %d to %d", i.offset, i.length, p.offset, next)
				}
				items = append(items, data[i.offset:][:i.length])
			}
			if again := appendRecord(nil, m, p.record.header, items, p.record.state); !bytes.Equal(again, data[p.offset:next]) {
				t.Fatalf("the record at %d is not what makes it", p.offset)
			}
		}
		if next != int64(len(data)) {
			t.Fatalf("the parts end at %d of %d", next, len(data))
		}
		if r := parts[len(parts)-1].record; r == nil || r.first != 99 {
			t.Fatalf("the last record is not found")
		}
	})
}

// A state file is what was written, or nothing.
func FuzzState(f *testing.F) {
	f.Add([]byte("TOCSINST"))
	f.Add([]byte{})
	whole := appendState(nil, 7, []byte("state"))
	f.Add(whole)
	f.Add(whole[:len(whole)-1])
	f.Add(append(whole, "the rest of a longer one"...))
	f.Fuzz(func(t *testing.T, data []byte) {
		sequence, state, ok := parseState(data)
		if ok && !bytes.HasPrefix(data, appendState(nil, sequence, state)) {
			t.Fatalf("state %d, %q of %q", sequence, state, data)
		}
		if _, got, ok := parseState(append(appendState(nil, 5, data), data...)); !ok || !bytes.Equal(got, data) {
			t.Fatalf("of the state %q there is %q left, %v", data, got, ok)
		}
	})
}
