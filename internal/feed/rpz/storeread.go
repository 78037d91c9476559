package rpz

import (
	"encoding/binary"
	"fmt"
	"iter"
	"net/netip"

	"github.com/zeebo/xxh3"
)

// parseStored reads what write wrote, and nothing that is not in order: zones are
// searched by it.
func parseStored(data []byte) (*stored, error) {
	if len(data) < len(storedHead)+8 || string(data[:len(storedHead)]) != storedHead {
		return nil, fmt.Errorf("%w: it is no cold zone of this version", errStored)
	}
	body, sum := data[:len(data)-8], data[len(data)-8:]
	if xxh3.Hash(body) != binary.BigEndian.Uint64(sum) {
		return nil, fmt.Errorf("%w: the checksum is another", errStored)
	}
	d := &decoder{rest: body[len(storedHead):]}
	z := &stored{serial: uint32(d.number(1<<32 - 1))}
	for range d.list() {
		z.answers = append(z.answers, d.address())
	}
	for range d.list() {
		f := fact[name]{kind: kind(d.number(uint64(must))), answer: uint32(d.number(uint64(len(z.answers))))}
		f.key = name(d.text())
		d.demand(f.kind != nothing && (len(z.names) == 0 || z.names[len(z.names)-1].key.compare(f.key) < 0))
		z.names = append(z.names, f)
	}
	for range d.list() {
		f := fact[block]{key: d.block(), kind: wide}
		d.demand(len(z.nets) == 0 || z.nets[len(z.nets)-1].key.compare(f.key) < 0)
		z.nets = append(z.nets, f)
	}
	for range d.list() {
		n := name(d.text())
		d.demand(len(z.recentNames) == 0 || z.recentNames[len(z.recentNames)-1].compare(n) < 0)
		z.recentNames = append(z.recentNames, n)
	}
	for range d.list() {
		b := d.block()
		d.demand(len(z.recentNets) == 0 || z.recentNets[len(z.recentNets)-1].compare(b) < 0)
		z.recentNets = append(z.recentNets, b)
	}
	for range d.list() {
		c := change{from: uint32(d.number(1<<32 - 1)), to: uint32(d.number(1<<32 - 1))}
		c.removed, c.added = d.records(), d.records()
		z.history = append(z.history, c)
	}
	d.demand(len(d.rest) == 0)
	if d.bad {
		return nil, fmt.Errorf("%w: its content is not in order", errStored)
	}
	return z, nil
}

// decoder reads until something is bad, and nothing after it.
type decoder struct {
	rest []byte
	bad  bool
}

func (d *decoder) demand(so bool) {
	if !so {
		d.bad, d.rest = true, nil
	}
}

func (d *decoder) number(most uint64) uint64 {
	n, size := binary.Uvarint(d.rest)
	d.demand(size > 0 && n <= most)
	if d.bad {
		return 0
	}
	d.rest = d.rest[size:]
	return n
}

// list yields as often as things follow, which take a byte each at least, until
// something is bad.
func (d *decoder) list() iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		for i := range d.number(uint64(len(d.rest))) {
			if d.bad || !yield(i) {
				return
			}
		}
	}
}

func (d *decoder) text() string {
	n := d.number(uint64(len(d.rest)))
	d.demand(n <= uint64(len(d.rest)))
	if d.bad {
		return ""
	}
	text := string(d.rest[:n])
	d.rest = d.rest[n:]
	return text
}

func (d *decoder) address() netip.Addr {
	text := d.text()
	if text == "" {
		return netip.Addr{}
	}
	a, ok := netip.AddrFromSlice([]byte(text))
	d.demand(ok)
	return a
}

func (d *decoder) block() block {
	p, err := netip.ParsePrefix(d.text())
	d.demand(err == nil && p.Bits() > 0 && p == p.Masked())
	return block{p}
}

func (d *decoder) records() (rs []record) {
	for range d.list() {
		r := record{name: d.text(), answer: d.address()}
		flags := d.number(3)
		r.wild, r.pass = flags&2 != 0, flags&1 != 0
		rs = append(rs, r)
	}
	return rs
}
