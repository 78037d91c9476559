package match

import (
	"encoding/binary"

	"github.com/zeebo/xxh3"
)

// The steps of Compact, so that a test can do something between them.

func (x *Index) Freeze()                  { x.freeze() }
func (x *Index) Thaw()                    { x.thaw() }
func (x *Index) Finish(path string) error { return x.finish(x.now.Load(), path) }
func Codes() (n int, agree func(i int) bool) {
	return len(codes), func(i int) bool { return codeOf(codes[i]) == byte(i) }
}

// Entry writes and reads an entry.
func Entry(ind Indicator) []byte {
	k := keyOf(ind.Value)
	return appendEntry(nil, &k, ind.ID, ind.Subdomains)
}

func Split(b []byte) (ind Indicator, size int, ok bool) {
	p, ok := split(b)
	if !ok {
		return ind, 0, false
	}
	if k := keyOf(p.value()); p.code() != codeID && (!p.is(&k) || p.hash(7) != k.hash(7)) {
		panic("an entry is not what it says")
	}
	return p.indicator(), p.size, true
}

// Resealed gives a snapshot the checksums that its content has, as someone who
// means harm would.
func Resealed(b []byte) []byte {
	if len(b) < len(magic)+trailerSize {
		return b
	}
	t := b[len(b)-trailerSize:]
	kept := binary.LittleEndian.Uint64(t[16:])
	if end := uint64(len(b) - trailerSize); kept < end {
		binary.LittleEndian.PutUint64(t[40:], xxh3.Hash(b[kept:end]))
	}
	binary.LittleEndian.PutUint64(t[56:], xxh3.Hash(append([]byte(magic), t[:56]...)))
	return b
}

// Kept is the offset of what is kept in memory.
func Kept(b []byte) int { return int(binary.LittleEndian.Uint64(b[len(b)-trailerSize+16:])) }
