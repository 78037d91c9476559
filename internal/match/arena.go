package match

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// arena holds entries one after the other in chunks that never move. An entry:
//
//	size  field
//	1     head: the type's code in the low bits, and the flags below
//	..    n, the length of text, as a varint
//	n     text
//	..    m, the length of id, as a varint; not with sameID
//	m     id
type arena struct {
	chunks atomic.Pointer[[][]byte] // readers load it after the slot
	// The writer's own:
	fill  int // bytes used of the last chunk
	bytes int // used in all
}

// place is where an entry lies: the chunk's number, and the offset in it in
// the low chunkBits.
type place uint64

const (
	chunkBits = 20
	maxChunk  = 1 << chunkBits
	minChunk  = 4 << 10
	// firstPlace keeps the places 0 and 1 free: as slots they mean something
	// else.
	firstPlace = 2

	withSubdomains = 0x80
	sameID         = 0x40 // the id is the text
	codeBits       = 0x3f
)

// codes number the types; 0 is one that has no number, and its text begins
// with the type's name and a zero byte.
var codes = [...]observable.Type{
	1: observable.Domain, observable.IPv4, observable.IPv6, observable.URL,
	observable.MD5, observable.SHA1, observable.SHA256,
}

func keyOf(v observable.Value) (code byte, text string) {
	for c := 1; c < len(codes); c++ {
		if codes[c] == v.Type {
			return byte(c), v.Text
		}
	}
	return 0, string(v.Type) + "\x00" + v.Text
}

func valueOf(code byte, text string) observable.Value {
	if code != 0 {
		return observable.Value{Type: codes[code], Text: text}
	}
	kind, text, _ := strings.Cut(text, "\x00")
	return observable.Value{Type: observable.Type(kind), Text: text}
}

func newArena() *arena {
	a := &arena{fill: firstPlace}
	a.chunks.Store(&[][]byte{make([]byte, minChunk)})
	return a
}

// entry is the bytes from the place on.
func (a *arena) entry(p place) []byte {
	return (*a.chunks.Load())[p>>chunkBits][p&(maxChunk-1):]
}

// add appends an entry. Nobody reads it before its slot has been stored.
func (a *arena) add(code byte, text, id string, subdomains bool) place {
	e := make([]byte, 0, 128)
	head := code
	if subdomains {
		head |= withSubdomains
	}
	if id == text {
		head |= sameID
	}
	e = append(e, head)
	e = append(binary.AppendUvarint(e, uint64(len(text))), text...)
	if id != text {
		e = append(binary.AppendUvarint(e, uint64(len(id))), id...)
	}
	return a.append(e)
}

func (a *arena) append(e []byte) place {
	chunks := *a.chunks.Load()
	last := len(chunks) - 1
	if a.fill+len(e) > len(chunks[last]) {
		// The next chunk is as large as all before it, up to the limit; an
		// entry that is larger still gets one of its own.
		size := max(min(maxChunk, 1<<bits.Len(uint(a.bytes))), minChunk, len(e))
		grown := append(slices.Clip(chunks), make([]byte, size))
		a.chunks.Store(&grown)
		chunks, last, a.fill = grown, last+1, 0
	}
	at := a.fill
	copy(chunks[last][at:], e)
	a.fill += len(e)
	a.bytes += len(e)
	return place(last)<<chunkBits | place(at)
}

// is says whether the entry's value is the given one.
func is(e []byte, code byte, text string) bool {
	if e[0]&codeBits != code {
		return false
	}
	n, k := binary.Uvarint(e[1:])
	return int(n) == len(text) && string(e[1+k:1+k+int(n)]) == text
}

// split is the entry's parts, in the arena's memory, and its length.
func split(e []byte) (code byte, text, id []byte, subdomains bool, length int) {
	n, k := binary.Uvarint(e[1:])
	at := 1 + k
	text = e[at : at+int(n)]
	at += int(n)
	id = text
	if e[0]&sameID == 0 {
		n, k = binary.Uvarint(e[at:])
		at += k
		id = e[at : at+int(n)]
		at += int(n)
	}
	return e[0] & codeBits, text, id, e[0]&withSubdomains != 0, at
}

func indicatorOf(e []byte) Indicator {
	code, text, id, subdomains, _ := split(e)
	return Indicator{ID: string(id), Value: valueOf(code, string(text)), Subdomains: subdomains}
}
