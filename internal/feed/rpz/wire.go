package rpz

import (
	"encoding/binary"
	"strings"

	"github.com/miekg/dns"
)

// packer writes the messages of a transfer straight to their bytes: an owner is a
// name's labels and a pointer to the zone's name in the question, or of a wildcard
// one to the name's own record before it.
type packer struct {
	zone   string
	ttl    uint32
	timers [3]uint32
	buffer []byte
	count  uint16
	head   int    // bytes before the first answer
	last   string // the name of the record before, at lastAt
	lastAt int
}

const (
	zoneAt = 12 // where the question's name is, behind the header
	// maxPointer is where a name may begin for another to point to it (RFC 1035,
	// section 4.1.4).
	maxPointer = 0x3fff
	// batch is about how many bytes go into one message; it has at most 65,535.
	batch = 48 << 10
)

func newPacker(q *dns.Msg, zone string, ttl uint32, t Timers) *packer {
	p := &packer{zone: zone, ttl: ttl, timers: t.seconds(), buffer: make([]byte, 0, batch+4096)}
	p.buffer = append(p.buffer, make([]byte, zoneAt)...)
	flags := uint16(1<<15 | 1<<10) // an answer, authoritative
	binary.BigEndian.PutUint16(p.buffer[0:], q.Id)
	binary.BigEndian.PutUint16(p.buffer[2:], flags)
	binary.BigEndian.PutUint16(p.buffer[4:], 1)
	p.labels(strings.TrimSuffix(zone, "."))
	p.buffer = append(p.buffer, 0)
	p.buffer = binary.BigEndian.AppendUint16(p.buffer, q.Question[0].Qtype)
	p.buffer = binary.BigEndian.AppendUint16(p.buffer, dns.ClassINET)
	p.head = len(p.buffer)
	return p
}

// labels writes a name without its end.
func (p *packer) labels(text string) {
	for text != "" {
		label, rest, _ := strings.Cut(text, ".")
		p.buffer = append(p.buffer, byte(len(label)))
		p.buffer = append(p.buffer, label...)
		text = rest
	}
}

func (p *packer) pointer(at int) {
	p.buffer = binary.BigEndian.AppendUint16(p.buffer, 0xc000|uint16(at))
}

// add writes a record.
func (p *packer) add(r record) {
	if r.wild {
		p.buffer = append(p.buffer, 1, '*')
	}
	if r.wild && p.last == r.name && p.lastAt > 0 && p.lastAt <= maxPointer {
		p.pointer(p.lastAt)
	} else {
		p.last, p.lastAt = r.name, len(p.buffer)
		p.labels(r.name)
		p.pointer(zoneAt)
	}
	switch {
	case r.answer.Is4():
		p.fixed(dns.TypeA)
		a := r.answer.As4()
		p.data(a[:])
	case r.answer.IsValid():
		p.fixed(dns.TypeAAAA)
		a := r.answer.As16()
		p.data(a[:])
	case r.pass:
		p.fixed(dns.TypeCNAME)
		p.data(passthruWire)
	default:
		p.fixed(dns.TypeCNAME)
		p.data(rootWire)
	}
	p.count++
}

var (
	rootWire     = []byte{0}
	passthruWire = []byte("\x0crpz-passthru\x00")
)

func (p *packer) fixed(t uint16) {
	p.buffer = binary.BigEndian.AppendUint16(p.buffer, t)
	p.buffer = binary.BigEndian.AppendUint16(p.buffer, dns.ClassINET)
	p.buffer = binary.BigEndian.AppendUint32(p.buffer, p.ttl)
}

func (p *packer) data(b []byte) {
	p.buffer = binary.BigEndian.AppendUint16(p.buffer, uint16(len(b)))
	p.buffer = append(p.buffer, b...)
}

// apex writes the zone's SOA.
func (p *packer) apex(serial uint32) {
	p.pointer(zoneAt)
	p.fixed(dns.TypeSOA)
	var b []byte
	for _, label := range []string{"ns", "hostmaster"} {
		b = append(append(b, byte(len(label))), label...)
		b = binary.BigEndian.AppendUint16(b, 0xc000|zoneAt)
	}
	for _, n := range []uint32{serial, p.timers[0], p.timers[1], p.timers[2], p.ttl} {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	p.data(b)
	p.count++
}

// server writes the zone's NS, which is "localhost.".
func (p *packer) server() {
	p.pointer(zoneAt)
	p.fixed(dns.TypeNS)
	p.data([]byte("\x09localhost\x00"))
	p.count++
}

// full says whether the message is long enough.
func (p *packer) full() bool { return len(p.buffer) >= batch }

// message is what has been written, with its header; it is good until the next.
func (p *packer) message() []byte {
	binary.BigEndian.PutUint16(p.buffer[6:], p.count)
	return p.buffer
}

func (p *packer) next() {
	p.buffer, p.count, p.last, p.lastAt = p.buffer[:p.head], 0, "", 0
	binary.BigEndian.PutUint16(p.buffer[10:], 0)
}
