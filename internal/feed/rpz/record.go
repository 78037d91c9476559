package rpz

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// maxName is the most octets of a name on the wire (RFC 1035, section 2.3.4).
const maxName = 255

// record is one record of a zone.
type record struct {
	name   string     // relative to the zone, lower case
	wild   bool       // the owner is "*." and the name
	answer netip.Addr // an address record; without one, a CNAME:
	pass   bool       // "CNAME rpz-passthru." instead of "CNAME ."
}

// compare is any fixed order.
func (r record) compare(o record) int {
	if c := compareNames(r.name, o.name); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(strconv.FormatBool(r.wild), strconv.FormatBool(o.wild)), r.answer.Compare(o.answer),
		cmp.Compare(strconv.FormatBool(r.pass), strconv.FormatBool(o.pass)))
}

// namesOf gives a row's records; room is the most octets of an owner.
func namesOf(r row[name], answers []netip.Addr, room int) []record {
	self := record{name: string(r.key), pass: r.self == pass}
	if r.self == answered {
		self.answer = answers[r.answer-1]
	}
	// A name so long that the wildcard does not fit stands alone.
	if r.wild == silent || len(r.key)+3 > room {
		return []record{self}
	}
	return []record{self, {name: string(r.key), wild: true, pass: r.wild == pass}}
}

func (v *view) nameRecords(r row[name]) []record { return namesOf(r, v.source.answers, v.room) }

func blockRecords(r row[block]) []record {
	return []record{{name: trigger(r.key.Prefix), pass: r.self == pass}}
}

// trigger is the owner of a policy on an address or prefix in answers
// (draft-vixie-dnsop-dns-rpz-00, section 4.1.1): the prefix length, then the parts
// of the address from the last to the first; in IPv6 "zz" stands for the
// longest run of two or more zero words, the last of those in the address that
// are equally long, as BIND demands.
func trigger(p netip.Prefix) string {
	labels := []string{strconv.Itoa(p.Bits())}
	raw := p.Addr().AsSlice()
	if p.Addr().Is4() {
		for _, b := range slices.Backward(raw) {
			labels = append(labels, strconv.Itoa(int(b)))
		}
		return strings.Join(append(labels, "rpz-ip"), ".")
	}
	var words []uint16
	for i := len(raw) - 2; i >= 0; i -= 2 {
		words = append(words, uint16(raw[i])<<8|uint16(raw[i+1]))
	}
	first, length := longestZeros(words)
	for i := 0; i < len(words); i++ {
		if i == first {
			labels = append(labels, "zz")
			i += length - 1
			continue
		}
		labels = append(labels, strconv.FormatUint(uint64(words[i]), 16))
	}
	return strings.Join(append(labels, "rpz-ip"), ".")
}

// longestZeros is the first of the longest runs of two or more zeros; first is
// -1 if there is none.
func longestZeros(words []uint16) (first, length int) {
	first, length = -1, 1
	run := 0
	for i, w := range words {
		if w != 0 {
			run = 0
			continue
		}
		if run++; run > length {
			first, length = i-run+1, run
		}
	}
	return first, length
}
