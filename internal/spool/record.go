package spool

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
)

// A record is one append. Numbers are little endian, checksums CRC-32C.
//
//	 0  8  the segment's marker
//	 8  8  sequence number of the append
//	16  8  id of the first item
//	24  8  the oldest id that was waiting: what is before it is delivered or has given way
//	32  8  items that have given way since the spool was made
//	40  4  items
//	44  4  bytes of the state
//	48  4  bytes after this header
//	52  4  checksum of these
//	56  4  checksum of the 56 bytes before
//	60     for each item its length and checksum, 4 bytes each; the items; the state
//
// The marker lets a reader find the next record after damage; nobody outside
// knows it, so that no item can contain what looks like a record.
const headerSize = 60

type marker [8]byte

type header struct {
	sequence, first, oldest, dropped uint64
	items, state, body               uint32
	sum                              uint32
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

// recordSize is how long a record becomes.
func recordSize(items [][]byte, state []byte) int64 {
	n := int64(headerSize) + int64(len(state))
	for _, i := range items {
		n += 8 + int64(len(i))
	}
	return n
}

// appendRecord makes a record; body, state, items and sum of h are filled in.
func appendRecord(to []byte, m marker, h header, items [][]byte, state []byte) []byte {
	at := len(to)
	to = append(to, make([]byte, headerSize)...)
	for _, i := range items {
		to = binary.LittleEndian.AppendUint32(to, uint32(len(i)))
		to = binary.LittleEndian.AppendUint32(to, checksum(i))
	}
	for _, i := range items {
		to = append(to, i...)
	}
	to = append(to, state...)
	b := to[at:]
	copy(b, m[:])
	le := binary.LittleEndian
	le.PutUint64(b[8:], h.sequence)
	le.PutUint64(b[16:], h.first)
	le.PutUint64(b[24:], h.oldest)
	le.PutUint64(b[32:], h.dropped)
	le.PutUint32(b[40:], uint32(len(items)))
	le.PutUint32(b[44:], uint32(len(state)))
	le.PutUint32(b[48:], uint32(len(b)-headerSize))
	le.PutUint32(b[52:], checksum(b[headerSize:]))
	le.PutUint32(b[56:], checksum(b[:56]))
	return to
}

// parseHeader says whether b begins with a header that is as it was written.
func parseHeader(b []byte, m marker) (header, bool) {
	le := binary.LittleEndian
	if len(b) < headerSize || marker(b[:8]) != m || checksum(b[:56]) != le.Uint32(b[56:]) {
		return header{}, false
	}
	return header{
		sequence: le.Uint64(b[8:]), first: le.Uint64(b[16:]), oldest: le.Uint64(b[24:]), dropped: le.Uint64(b[32:]),
		items: le.Uint32(b[40:]), state: le.Uint32(b[44:]), body: le.Uint32(b[48:]), sum: le.Uint32(b[52:]),
	}, true
}

// record is one that was read.
type record struct {
	header
	places []item // without id and segment
	state  []byte
}

// part is bytes of a segment: a record, or what is none.
type part struct {
	offset, length int64
	record         *record // nil if the bytes are damaged
}

// parse takes a segment apart, without leaving anything out. Damage is followed
// by the next record that is whole.
func parse(data []byte, m marker) []part {
	var parts []part
	for at := 0; at < len(data); {
		from := at
		r, size, err := parseRecord(data[at:], int64(at), m)
		at += size
		for err != nil && at < len(data) {
			at++
			i := bytes.Index(data[at:], m[:])
			if i < 0 {
				at = len(data)
				break
			}
			at += i
			_, _, err = parseRecord(data[at:], int64(at), m)
			r = nil
		}
		parts = append(parts, part{int64(from), int64(at - from), r})
	}
	return parts
}

var errNoRecord = errors.New("no record")

// parseRecord reads the record that b begins with, which is at an offset of its
// segment.
func parseRecord(b []byte, offset int64, m marker) (r *record, size int, err error) {
	h, ok := parseHeader(b, m)
	if !ok || int64(h.body) > int64(len(b)-headerSize) {
		return nil, 0, errNoRecord
	}
	body := b[headerSize : headerSize+int64(h.body)]
	table := int64(h.items) * 8
	if checksum(body) != h.sum || table+int64(h.state) > int64(len(body)) || h.items == 0 || h.first == 0 || h.first > 1<<62 {
		return nil, 0, errNoRecord
	}
	r = &record{header: h, places: make([]item, h.items)}
	at := table
	for i := range r.places {
		entry := body[i*8:]
		length := binary.LittleEndian.Uint32(entry)
		r.places[i] = item{offset: offset + headerSize + at, length: length, crc: binary.LittleEndian.Uint32(entry[4:])}
		at += int64(length)
	}
	if at+int64(h.state) != int64(len(body)) {
		return nil, 0, errNoRecord
	}
	r.state = body[at:]
	return r, headerSize + len(body), nil
}
