package patternset

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"slices"
	"sync/atomic"
)

// records keep the patterns' ids and texts in chunks of bytes that never move,
// so that the garbage collector has nothing to walk however many there are. A
// record:
//
//	size  field
//	4     the pattern's number, little endian
//	..    how many terms it waits for, as a varint
//	..    how many bytes of required texts follow, as a varint
//	..    these texts, each after its length as a varint
//	..    n, the length of the id, as a varint
//	n     the id
//	..    m, the length of the text, as a varint
//	m     the text
type records struct {
	chunks atomic.Pointer[[]*chunk]   // readers load it after the place; nil for one that is free
	places atomic.Pointer[[]*numbers] // of the patterns' records, by number; 0 for none
	// The writer's own:
	fill int
	live int // bytes
	all  int // bytes, those of removed records included
}

type chunk struct {
	bytes []byte
	// The writer's own:
	used int // bytes, once the next chunk has been begun
	dead int // bytes
}

const (
	chunkBits   = 20
	maxChunk    = 1 << chunkBits
	minChunk    = 4 << 10
	numbersBits = 12
	firstPlace  = 1 // 0 means none
)

type numbers [1 << numbersBits]atomic.Uint64

func newRecords() *records {
	r := &records{fill: firstPlace}
	r.chunks.Store(&[]*chunk{{bytes: make([]byte, minChunk)}})
	r.places.Store(&[]*numbers{})
	return r
}

// place is where the record of a number lies, 0 for none.
func (r *records) place(number uint32) uint64 {
	all := *r.places.Load()
	if i := number >> numbersBits; int(i) < len(all) {
		return all[i][number&(1<<numbersBits-1)].Load()
	}
	return 0
}

// at is the record of a number; it is false if there is none. What it returns
// stays as it is.
func (r *records) at(number uint32) (id, text []byte, place uint64, ok bool) {
	for {
		place = r.place(number)
		if place == 0 {
			return nil, nil, 0, false
		}
		// A chunk is given up after the places of all in it have changed.
		if c := (*r.chunks.Load())[place>>chunkBits]; c != nil {
			id, text, _ = splitRecord(c.bytes[place&(maxChunk-1):])
			return id, text, place, true
		}
	}
}

// required says whether a folded text has one of the texts in it that the
// pattern of a number requires. Where a gram was found this tells most of the
// patterns apart that share it by chance, before they are compiled.
func (r *records) required(number uint32, folded []byte) bool {
	place := r.place(number)
	if place == 0 {
		return false
	}
	c := (*r.chunks.Load())[place>>chunkBits]
	if c == nil {
		return true // it has just been moved; the program will tell
	}
	b := c.bytes[place&(maxChunk-1)+4:]
	_, k := binary.Uvarint(b)
	b = b[k:]
	n, k := binary.Uvarint(b)
	for b = b[k : k+int(n)]; len(b) > 0; {
		n, k := binary.Uvarint(b)
		if bytes.Contains(folded, b[k:k+int(n)]) {
			return true
		}
		b = b[k+int(n):]
	}
	return false
}

func splitRecord(b []byte) (id, text []byte, length int) {
	_, k := binary.Uvarint(b[4:])
	at := 4 + k
	n, k := binary.Uvarint(b[at:])
	at += k + int(n)
	n, k = binary.Uvarint(b[at:])
	at += k
	id = b[at : at+int(n)]
	at += int(n)
	n, k = binary.Uvarint(b[at:])
	at += k
	return id, b[at : at+int(n)], at + int(n)
}

// put stores a record and then its place: from now on the pattern is there.
func (r *records) put(number uint32, id, text string, terms []term) {
	var required []byte
	for _, t := range terms {
		if t.kind == ofGram {
			required = append(binary.AppendUvarint(required, uint64(len(t.required))), t.required...)
		}
	}
	b := make([]byte, 0, 4+4*binary.MaxVarintLen64+len(required)+len(id)+len(text))
	b = binary.LittleEndian.AppendUint32(b, number)
	b = binary.AppendUvarint(b, uint64(len(terms)))
	b = append(binary.AppendUvarint(b, uint64(len(required))), required...)
	b = append(binary.AppendUvarint(b, uint64(len(id))), id...)
	b = append(binary.AppendUvarint(b, uint64(len(text))), text...)
	r.set(number, r.append(b))
}

func (r *records) set(number uint32, place uint64) {
	all := *r.places.Load()
	if int(number>>numbersBits) >= len(all) {
		grown := append(slices.Clip(all), &numbers{})
		r.places.Store(&grown)
		all = grown
	}
	all[number>>numbersBits][number&(1<<numbersBits-1)].Store(place)
}

func (r *records) append(b []byte) uint64 {
	chunks := *r.chunks.Load()
	last := len(chunks) - 1
	if r.fill+len(b) > len(chunks[last].bytes) {
		// The next chunk is as large as all before it, up to the limit; a
		// record that is larger still gets one of its own.
		size := max(min(maxChunk, 1<<bits.Len(uint(r.live))), minChunk, len(b))
		grown := append(slices.Clip(chunks), &chunk{bytes: make([]byte, size)})
		chunks[last].used = r.fill
		r.chunks.Store(&grown)
		chunks, last, r.fill = grown, last+1, 0
	}
	at := r.fill
	copy(chunks[last].bytes[at:], b)
	r.fill += len(b)
	r.live += len(b)
	r.all += len(b)
	return uint64(last)<<chunkBits | uint64(at)
}

// remove takes a pattern out and returns how many terms it waited for. A chunk
// of which more than half is dead is copied to the end and given up.
func (r *records) remove(number uint32) (terms int) {
	place := r.place(number)
	which := int(place >> chunkBits)
	chunks := *r.chunks.Load()
	c := chunks[which]
	record := c.bytes[place&(maxChunk-1):]
	n, _ := binary.Uvarint(record[4:])
	_, _, length := splitRecord(record)
	r.set(number, 0)
	c.dead += length
	r.live -= length
	if which < len(chunks)-1 && c.dead*2 >= c.used {
		r.empty(which)
	}
	return int(n)
}

// empty copies what lives in a chunk to the end.
func (r *records) empty(which int) {
	c := (*r.chunks.Load())[which]
	at := 0
	if which == 0 {
		at = firstPlace
	}
	for at < c.used {
		number := binary.LittleEndian.Uint32(c.bytes[at:])
		_, _, length := splitRecord(c.bytes[at:])
		if r.place(number) == uint64(which)<<chunkBits|uint64(at) {
			r.live -= length
			r.set(number, r.append(c.bytes[at:at+length]))
		}
		at += length
	}
	r.all -= len(c.bytes)
	left := slices.Clone(*r.chunks.Load())
	left[which] = nil
	r.chunks.Store(&left)
}

// bytes is what the records and the places take.
func (r *records) bytes() int { return r.all + len(*r.places.Load())*8<<numbersBits }
