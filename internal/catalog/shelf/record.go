package shelf

import (
	"crypto/sha256"
	"encoding/binary"
)

// Key stands for an object's id: 16 bytes of its SHA-256, so that nobody can
// make two ids with one key.
type Key [16]byte

// KeyOf is the key of an id.
func KeyOf(id string) Key {
	sum := sha256.Sum256([]byte(id))
	return Key(sum[:16])
}

// Flags of a version.
type Flags uint16

const (
	// Revoked is what the object says of itself.
	Revoked Flags = 1 << iota
	// Relationship is one that is found from both of its ends.
	Relationship
	// Granular versions have parts that not everybody may see who sees them.
	Granular
	// Erased versions are gone, for everybody.
	Erased
	// Behind is a version that its owner sent again, before or after: another
	// one stands for it.
	Behind
	// Contested versions share their id with others.
	Contested
	// rising: no earlier version of the id has the same Modified or a later one.
	rising
)

// kept are the flags that are in the file; the others follow from the records.
const kept = Revoked | Relationship | Granular | Erased

// Record is what memory holds of a version.
type Record struct {
	Audience uint32
	Kind     uint16
	Flags    Flags
	Prev     Number // the version added before it, of the same id
	// Modified is as Version.Modified, of a contested version; of others the file
	// has it: see View.Modified.
	Modified int64

	id    uint32 // in ids, of a contested version
	chain uint32 // in Shelf.chain, of a contested version; else 0
}

// packed is a record as it lies in memory: audience, place in the chain, kind and
// flags, little-endian.
type packed [11]byte

func (r *Record) pack() (b packed) {
	le := binary.LittleEndian
	le.PutUint32(b[0:], r.Audience)
	le.PutUint32(b[4:], r.chain)
	le.PutUint16(b[8:], r.Kind)
	b[10] = byte(r.Flags) // the last flag is 1 << 6
	return b
}

func (b *packed) record() Record {
	le := binary.LittleEndian
	return Record{Audience: le.Uint32(b[0:]), chain: le.Uint32(b[4:]), Kind: le.Uint16(b[8:]), Flags: Flags(b[10])}
}

// chained is what memory holds of a contested version beside.
type chained struct {
	modified int64
	prev     Number
	id       uint32
}

// with fills in what a contested version's place in the chain says.
func (r Record) with(c chained) Record {
	r.Modified, r.Prev, r.id = c.modified, c.prev, c.id
	return r
}

// ends are where a relationship is bound, and the relationship that was bound
// there before. They lie by rising number.
type ends struct {
	number                 Number
	source, target         uint32
	prevSource, prevTarget Number
}

// run is versions that one entry brought: they are added a microsecond apart.
type run struct {
	seq   uint64
	added int64
	first Number
}

// Version is a version to be added.
type Version struct {
	Key            Key
	Source, Target Key // of a relationship's ends
	Modified       int64
	Audience       uint32
	Kind           uint16
	Flags          Flags
}

// stored is a record as it lies in the file:
//
//	offset  size  field, integers little-endian
//	0       8     offset of the bytes
//	8       4     their length
//	12      2     kind
//	14      2     flags
//	16      8     modified, microseconds since 1970
//	24      8     added, microseconds since 1970
//	32      8     number of the entry that brought it
//	40      4     audience
//	44      4     0
//	48      16    key of the id
//	64      16    key of the source
//	80      16    key of the target
type stored struct {
	Version
	offset, added int64
	length        uint32
	seq           uint64
}

const recordSize = 96

func (r stored) append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(r.offset))
	b = binary.LittleEndian.AppendUint32(b, r.length)
	b = binary.LittleEndian.AppendUint16(b, r.Kind)
	b = binary.LittleEndian.AppendUint16(b, uint16(r.Flags&kept))
	b = binary.LittleEndian.AppendUint64(b, uint64(r.Modified))
	b = binary.LittleEndian.AppendUint64(b, uint64(r.added))
	b = binary.LittleEndian.AppendUint64(b, r.seq)
	b = binary.LittleEndian.AppendUint32(b, r.Audience)
	b = binary.LittleEndian.AppendUint32(b, 0)
	b = append(b, r.Key[:]...)
	b = append(b, r.Source[:]...)
	return append(b, r.Target[:]...)
}

func readStored(b []byte) stored {
	le := binary.LittleEndian
	return stored{
		offset: int64(le.Uint64(b)), length: le.Uint32(b[8:]),
		added: int64(le.Uint64(b[24:])), seq: le.Uint64(b[32:]),
		Version: Version{
			Kind: le.Uint16(b[12:]), Flags: Flags(le.Uint16(b[14:])) & kept,
			Modified: int64(le.Uint64(b[16:])), Audience: le.Uint32(b[40:]),
			Key: Key(b[48:64]), Source: Key(b[64:80]), Target: Key(b[80:96]),
		},
	}
}
