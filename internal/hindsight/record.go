package hindsight

import (
	"encoding/binary"
	"errors"
	"math"
	"math/bits"
	"time"
)

// record is what is remembered of one value: seconds of the Unix epoch, events
// and a bit for each host.
type record struct {
	first, last int64
	count       uint64
	hosts       uint64
}

// add makes r the record of both.
func (r *record) add(o record) {
	if r.count == 0 {
		*r = o
		return
	}
	r.first, r.last = min(r.first, o.first), max(r.last, o.last)
	if r.count += o.count; r.count < o.count {
		r.count = math.MaxUint64
	}
	r.hosts |= o.hosts
}

// hostCount estimates how many hosts set the bits: m ln(m/empty) of m bits
// (Whang, Vander-Zanden and Taylor 1990, "A linear-time probabilistic counting
// algorithm", section 3). All set says no more than that they are at least 266.
func hostCount(set uint64) int {
	empty := 64 - bits.OnesCount64(set)
	return int(math.Round(64 * math.Log(64/math.Max(float64(empty), 1))))
}

func timeOf(second int64) time.Time { return time.Unix(second, 0).UTC() }

// manyHosts is how many bits are set where the whole map is shorter than a
// list of them.
const manyHosts = 8

var errRecord = errors.New("a record is cut short or out of range")

// appendRecord appends
//
//	byte     events up to 14 (15: a uvarint of the rest follows at the end),
//	         times 16, plus hosts up to 7 (8: a map follows)
//	uvarint  first, in zigzag, in seconds from the segment's base
//	uvarint  last, from first
//	bytes    the number of each host's bit, or the map (8 bytes, little endian)
func appendRecord(dst []byte, r record, base int64) []byte {
	few := min(r.count, 15)
	hosts := min(bits.OnesCount64(r.hosts), manyHosts)
	dst = append(dst, byte(few)<<4|byte(hosts))
	dst = binary.AppendVarint(dst, r.first-base)
	dst = binary.AppendUvarint(dst, uint64(r.last-r.first))
	if hosts == manyHosts {
		dst = binary.LittleEndian.AppendUint64(dst, r.hosts)
	} else {
		for set := r.hosts; set != 0; set &= set - 1 {
			dst = append(dst, byte(bits.TrailingZeros64(set)))
		}
	}
	if few == 15 {
		dst = binary.AppendUvarint(dst, r.count-15)
	}
	return dst
}

// readRecord is the record at the front of data, and what follows it.
func readRecord(data []byte, base int64) (record, []byte, error) {
	if len(data) == 0 {
		return record{}, nil, errRecord
	}
	head := data[0]
	data = data[1:]
	from, n := binary.Varint(data)
	if n <= 0 {
		return record{}, nil, errRecord
	}
	data = data[n:]
	span, n := binary.Uvarint(data)
	if n <= 0 || span > math.MaxUint32 {
		return record{}, nil, errRecord
	}
	data = data[n:]
	r := record{first: base + from, count: uint64(head >> 4)}
	r.last = r.first + int64(span)
	if r.first < 0 || r.first > math.MaxUint32 || r.last > math.MaxUint32 || r.count == 0 {
		return record{}, nil, errRecord
	}
	switch hosts := int(head & 15); {
	case hosts > manyHosts, hosts < manyHosts && len(data) < hosts, hosts == manyHosts && len(data) < 8:
		return record{}, nil, errRecord
	case hosts == manyHosts:
		r.hosts = binary.LittleEndian.Uint64(data)
		data = data[8:]
	default:
		for _, bit := range data[:hosts] {
			r.hosts |= 1 << (bit & 63)
		}
		data = data[hosts:]
	}
	if r.count == 15 {
		more, n := binary.Uvarint(data)
		if n <= 0 {
			return record{}, nil, errRecord
		}
		if r.count += more; r.count < more {
			return record{}, nil, errRecord
		}
		data = data[n:]
	}
	return r, data, nil
}
