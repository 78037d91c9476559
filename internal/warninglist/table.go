package warninglist

import (
	"encoding/binary"

	"github.com/zeebo/xxh3"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// table maps texts of a kind to what is known of them. It holds no pointer per
// entry: each is one record in data (meta, two bytes; kind; length; text), found
// through an open-addressed index of eight bytes a slot, whose upper half is a
// part of the text's hash. What it says is exact: texts are compared.
type table struct {
	data  []byte
	slots []uint64 // upper half: of the hash; lower half: 1 + where in data
	count int
}

// meta is the list's number, and what the lists say of an entry.
type meta uint16

const (
	listed    meta = 1 << (12 + iota) // it stands in a list itself
	below                             // what lies below it is meant as well
	strangers                         // what lies below it belongs to others

	maxLists = 1<<12 - 1 // what a meta can number
)

func (m meta) is(flag meta) bool { return m&flag != 0 }
func (m meta) list() uint16      { return uint16(m & maxLists) }

// kind tells texts of different types apart.
type kind byte

const (
	kindNone kind = iota
	kindName
	kindMD5
	kindSHA1
	kindSHA256
	kindSHA512
	kindEmail

	maxText = 253 // bytes of an entry: those of a domain name (RFC 1035, section 2.3.4)
)

func kindOf(t observable.Type) kind {
	switch t {
	case observable.Domain:
		return kindName
	case observable.MD5:
		return kindMD5
	case observable.SHA1:
		return kindSHA1
	case observable.SHA256:
		return kindSHA256
	case observable.SHA512:
		return kindSHA512
	case observable.Email:
		return kindEmail
	}
	return kindNone
}

const recordHead = 4 // bytes before the text

func (t *table) find(k kind, text string) (meta, bool) {
	if at, found := t.seek(k, text); found {
		return meta(binary.LittleEndian.Uint16(t.data[uint32(t.slots[at])-1:])), true
	}
	return 0, false
}

// seek gives the slot of a text, or the free one where it belongs.
func (t *table) seek(k kind, text string) (at uint64, found bool) {
	if len(t.slots) == 0 {
		return 0, false
	}
	hash := xxh3.HashStringSeed(text, uint64(k))
	mask := uint64(len(t.slots) - 1)
	for at = hash & mask; t.slots[at] != 0; at = (at + 1) & mask {
		slot := t.slots[at]
		if slot>>32 != hash>>32 {
			continue
		}
		record := t.data[uint32(slot)-1:]
		if kind(record[2]) == k && int(record[3]) == len(text) && string(record[recordHead:recordHead+len(text)]) == text {
			return at, true
		}
	}
	return at, false
}

// add notes what a list says of a text; where several do, the first list that
// has it itself is the one named, and the flags of all hold. A text of more than
// maxText bytes is the caller's mistake.
func (t *table) add(k kind, text string, m meta) {
	if (t.count+1)*4 > len(t.slots)*3 {
		t.grow()
	}
	at, found := t.seek(k, text)
	if !found {
		t.slots[at] = xxh3.HashStringSeed(text, uint64(k))>>32<<32 | uint64(len(t.data)+1)
		t.data = append(binary.LittleEndian.AppendUint16(t.data, uint16(m)), byte(k), byte(len(text)))
		t.data = append(t.data, text...)
		t.count++
		return
	}
	record := t.data[uint32(t.slots[at])-1:]
	old := meta(binary.LittleEndian.Uint16(record))
	if m.is(listed) && !old.is(listed) {
		old = old&^maxLists | m&maxLists
	}
	binary.LittleEndian.PutUint16(record, uint16(old|m&^maxLists))
}

// grow makes room for as many again; the records stay where they are.
func (t *table) grow() {
	t.slots = make([]uint64, max(16, 2*len(t.slots)))
	mask := uint64(len(t.slots) - 1)
	for start := 0; start < len(t.data); {
		record := t.data[start:]
		text := record[recordHead : recordHead+int(record[3])]
		hash := xxh3.HashSeed(text, uint64(record[2]))
		at := hash & mask
		for t.slots[at] != 0 {
			at = (at + 1) & mask
		}
		t.slots[at] = hash>>32<<32 | uint64(start+1)
		start += recordHead + len(text)
	}
}

// trim gives back what growing left over.
func (t *table) trim() { t.data = append(make([]byte, 0, len(t.data)), t.data...) }
