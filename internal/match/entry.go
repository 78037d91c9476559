package match

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unsafe"

	"github.com/zeebo/xxh3"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// An entry is one indicator, in memory and in a snapshot:
//
//	size  field
//	1     head: the type's code in the low six bits, and the flags below
//	..    n<<1 as a varint, and 1 if the text is hexadecimal digits in pairs
//	n     text; with code 0 the type's name, a zero byte and the text
//	..    m<<1 as a varint, or 1 for "indicator--" and a UUID; not with sameID
//	m     id, or the UUID's 16 bytes
//
// There is one way to write an indicator, so that equal entries are equal bytes.
const (
	withSubdomains = 0x80
	sameID         = 0x40 // the id is the text as it stands here
	codeBits       = 0x3f

	idPrefix = "indicator--"
	uuidText = 36
)

// appendEntry appends the indicator with the key k.
func appendEntry(b []byte, k *key, id string, subdomains bool) []byte {
	head := k.code
	if subdomains {
		head |= withSubdomains
	}
	same := k.code != 0 && id == k.text
	if same {
		head |= sameID
	}
	b = append(b, head)
	switch {
	case k.code == 0:
		b = binary.AppendUvarint(b, uint64(len(k.kind)+1+len(k.text))<<1)
		b = append(append(append(b, k.kind...), 0), k.text...)
	case inHex[k.code] && isPairs(k.text):
		b = appendPairs(binary.AppendUvarint(b, uint64(len(k.text)/2)<<1|1), k.text)
	default:
		b = append(binary.AppendUvarint(b, uint64(len(k.text))<<1), k.text...)
	}
	if same {
		return b
	}
	if uuid, ok := strings.CutPrefix(id, idPrefix); ok && isUUID(uuid) {
		b = append(b, 1)
		for _, part := range [...]string{uuid[:8], uuid[9:13], uuid[14:18], uuid[19:23], uuid[24:]} {
			b = appendPairs(b, part)
		}
		return b
	}
	return append(binary.AppendUvarint(b, uint64(len(id))<<1), id...)
}

// parts is an entry taken apart, in the memory that it was read from.
type parts struct {
	head   byte
	text   []byte
	id     []byte
	paired bool // text is pairs of hexadecimal digits
	uuid   bool // id is a UUID's bytes
	size   int  // of the entry
}

// split takes the entry apart that b begins with. It is false if b begins with
// none: nothing in b is trusted.
func split(b []byte) (p parts, ok bool) {
	if len(b) < 2 {
		return p, false
	}
	p.head = b[0]
	n, at, ok := length(b, 1)
	if !ok {
		return p, false
	}
	p.paired = n&1 != 0
	p.text = b[at : at+int(n>>1)]
	at += int(n >> 1)
	if p.head&sameID != 0 {
		p.size = at
		return p, p.known()
	}
	if at < len(b) && b[at] == 1 {
		if len(b)-at < 17 {
			return p, false
		}
		p.uuid, p.id, p.size = true, b[at+1:at+17], at+17
		return p, p.known()
	}
	m, at, ok := length(b, at)
	if !ok || m&1 != 0 {
		return p, false
	}
	p.id, p.size = b[at:at+int(m>>1)], at+int(m>>1)
	return p, p.known()
}

// length reads n<<1 and the flag at the offset at, and checks that n bytes
// follow it, from the returned offset on.
func length(b []byte, at int) (n uint64, next int, ok bool) {
	if at < len(b) && b[at] < 0x80 {
		n, next = uint64(b[at]), at+1
	} else {
		var k int
		if n, k = binary.Uvarint(b[min(at, len(b)):]); k <= 0 {
			return 0, 0, false
		}
		next = at + k
	}
	return n, next, n>>1 <= uint64(len(b)-next)
}

// known says whether the entry's type is one of codes, or another that stands in
// its text.
func (p *parts) known() bool {
	code := p.code()
	switch code {
	case codeID:
		return !p.paired
	case 0:
		kind, _, ok := bytes.Cut(p.text, []byte{0})
		return ok && !p.paired && p.head&sameID == 0 && codeOf(observable.Type(kind)) == 0
	}
	return int(code) < len(codes) && (!p.paired || inHex[code])
}

func (p *parts) code() byte       { return p.head & codeBits }
func (p *parts) subdomains() bool { return p.head&withSubdomains != 0 }

// is says whether the entry's value is k's.
func (p *parts) is(k *key) bool {
	if p.code() != k.code {
		return false
	}
	text := p.text
	switch {
	case p.paired:
		return equalPairs(text, k.text)
	case k.code == 0:
		if len(text) <= len(k.kind) || string(text[:len(k.kind)]) != string(k.kind) || text[len(k.kind)] != 0 {
			return false
		}
		text = text[len(k.kind)+1:]
	}
	return string(text) == k.text
}

// indicator copies the entry.
func (p *parts) indicator() Indicator {
	v := p.value()
	ind := Indicator{Value: v, Subdomains: p.subdomains()}
	switch {
	case p.head&sameID != 0:
		ind.ID = v.Text
	case p.uuid:
		ind.ID = uuidOf(p.id)
	default:
		ind.ID = string(p.id)
	}
	return ind
}

func (p *parts) value() observable.Value {
	switch {
	case p.code() == 0:
		kind, text, _ := strings.Cut(string(p.text), "\x00")
		return observable.Value{Type: observable.Type(kind), Text: text}
	case p.code() == codeID:
		return observable.Value{Text: string(p.text)}
	case p.paired:
		return observable.Value{Type: codes[p.code()], Text: pairsOf(p.text)}
	}
	return observable.Value{Type: codes[p.code()], Text: string(p.text)}
}

func (p *parts) hasID(id string) bool {
	switch {
	case p.head&sameID != 0 && p.paired:
		return equalPairs(p.text, id)
	case p.head&sameID != 0:
		return string(p.text) == id
	case p.uuid:
		return len(id) == len(idPrefix)+uuidText && uuidOf(p.id) == id
	}
	return string(p.id) == id
}

// hash is that of the entry's value as a key.
func (p *parts) hash(seed uint64) uint64 {
	text := p.text
	switch {
	case p.paired:
		var room [128]byte // as many as SHA-512 has
		text = appendDigits(room[:0], p.text)
	case p.code() == 0:
		kind, after, _ := bytes.Cut(p.text, []byte{0})
		text, seed = after, seed+xxh3.Hash(kind)
	}
	h := hasherOf(seed + uint64(p.code()))
	return h.hash(unsafe.String(unsafe.SliceData(text), len(text))) //nolint:gosec // read, and not kept
}
