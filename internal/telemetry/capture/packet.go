package capture

import (
	"encoding/binary"
	"net/netip"

	"github.com/gopacket/gopacket/layers"
)

// segment is what a packet carries between two ports.
type segment struct {
	tcp                    bool
	source, target         netip.Addr
	sourcePort, targetPort uint16
	payload                []byte
	cut                    bool // the capture holds only the beginning of the packet

	// Of TCP (RFC 9293, section 3.1).
	flags byte
	seq   uint32
}

// verdict says what a packet turned out to be.
type verdict uint8

const (
	isSegment  verdict = iota
	isFragment         // of an IP packet; its ports or its rest are elsewhere
	isOther            // not IP, or neither UDP nor TCP
	isBad              // its headers contradict themselves or end early
)

// EtherTypes, protocols and what else the headers are told by.
const (
	etherIPv4 = 0x0800
	etherIPv6 = 0x86dd
	etherVLAN = 0x8100 // IEEE 802.1Q
	etherQinQ = 0x88a8 // IEEE 802.1ad
	etherOld  = 0x9100 // the same before it was a standard

	protoTCP      = 6
	protoUDP      = 17
	protoHopByHop = 0
	protoRouting  = 43
	protoFragment = 44
	protoAH       = 51
	protoDest     = 60

	maxTags       = 8 // VLAN tags and extension headers; real ones have two
	linkRawBSD    = 12
	linkRawOpen   = 14
	linkSLLHeader = 16
	linkSLL2Head  = 20
)

// dissect reads a packet's headers down to UDP or TCP.
func dissect(p packet) (segment, verdict) {
	switch p.link {
	case layers.LinkTypeEthernet:
		return ethernet(p.data)
	case layers.LinkTypeRaw, linkRawBSD, linkRawOpen:
		return rawIP(p.data)
	case layers.LinkTypeIPv4:
		return ipv4(p.data)
	case layers.LinkTypeIPv6:
		return ipv6(p.data)
	case layers.LinkTypeNull, layers.LinkTypeLoop:
		return loopback(p.data)
	case layers.LinkTypeLinuxSLL:
		if len(p.data) < linkSLLHeader {
			return segment{}, isBad
		}
		return typed(binary.BigEndian.Uint16(p.data[14:]), p.data[linkSLLHeader:])
	case layers.LinkTypeLinuxSLL2:
		if len(p.data) < linkSLL2Head {
			return segment{}, isBad
		}
		return typed(binary.BigEndian.Uint16(p.data), p.data[linkSLL2Head:])
	}
	return segment{}, isOther
}

func ethernet(b []byte) (segment, verdict) {
	if len(b) < 14 {
		return segment{}, isBad
	}
	return typed(binary.BigEndian.Uint16(b[12:]), b[14:])
}

// typed follows an EtherType through VLAN tags.
func typed(ether uint16, b []byte) (segment, verdict) {
	for range maxTags {
		switch ether {
		case etherIPv4:
			return ipv4(b)
		case etherIPv6:
			return ipv6(b)
		case etherVLAN, etherQinQ, etherOld:
			if len(b) < 4 {
				return segment{}, isBad
			}
			ether, b = binary.BigEndian.Uint16(b[2:]), b[4:]
		default:
			return segment{}, isOther
		}
	}
	return segment{}, isOther
}

// loopback has the address family before the packet, in the byte order of the
// machine that wrote it (BSD) or of the network (OpenBSD). Of IPv6 each system
// has its own number, and the packet itself tells.
func loopback(b []byte) (segment, verdict) {
	if len(b) < 4 {
		return segment{}, isBad
	}
	family := binary.LittleEndian.Uint32(b)
	if b[0] == 0 && b[1] == 0 {
		family = binary.BigEndian.Uint32(b)
	}
	switch family {
	case 2, 24, 28, 30:
		return rawIP(b[4:])
	}
	return segment{}, isOther
}

func rawIP(b []byte) (segment, verdict) {
	if len(b) == 0 {
		return segment{}, isBad
	}
	switch b[0] >> 4 {
	case 4:
		return ipv4(b)
	case 6:
		return ipv6(b)
	}
	return segment{}, isOther
}

// ipv4 is RFC 791, section 3.1.
func ipv4(b []byte) (segment, verdict) {
	if len(b) < 20 || b[0]>>4 != 4 {
		return segment{}, isBad
	}
	header := int(b[0]&15) * 4
	total := int(binary.BigEndian.Uint16(b[2:]))
	if total == 0 {
		total = len(b) // the network card was to cut it up, and to fill this in
	}
	if header < 20 || total < header || len(b) < header {
		return segment{}, isBad
	}
	if fragment := binary.BigEndian.Uint16(b[6:]); fragment&0x3fff != 0 {
		return segment{}, isFragment
	}
	s := segment{source: netip.AddrFrom4([4]byte(b[12:16])), target: netip.AddrFrom4([4]byte(b[16:20]))}
	s.cut = total > len(b)
	return s.transport(b[9], b[header:min(total, len(b))])
}

// ipv6 is RFC 8200, sections 3 and 4.
func ipv6(b []byte) (segment, verdict) {
	if len(b) < 40 || b[0]>>4 != 6 {
		return segment{}, isBad
	}
	s := segment{source: netip.AddrFrom16([16]byte(b[8:24])), target: netip.AddrFrom16([16]byte(b[24:40]))}
	next, size := b[6], int(binary.BigEndian.Uint16(b[4:]))
	b = b[40:]
	if size > 0 { // 0 as for IPv4, and of jumbograms
		s.cut = size > len(b)
		b = b[:min(size, len(b))]
	}
	for range maxTags {
		switch next {
		case protoHopByHop, protoRouting, protoDest, protoFragment, protoAH:
			if len(b) < 8 {
				return segment{}, isBad
			}
			length := 8 + int(b[1])*8
			switch next {
			case protoFragment:
				if binary.BigEndian.Uint16(b[2:])&0xfff9 != 0 {
					return segment{}, isFragment
				}
				length = 8
			case protoAH:
				length = 8 + int(b[1])*4
			}
			if len(b) < length {
				return segment{}, isBad
			}
			next, b = b[0], b[length:]
		default:
			return s.transport(next, b)
		}
	}
	return segment{}, isOther
}

func (s segment) transport(proto byte, b []byte) (segment, verdict) {
	switch proto {
	case protoUDP: // RFC 768
		if len(b) < 8 {
			return segment{}, isBad
		}
		if size := int(binary.BigEndian.Uint16(b[4:])); size >= 8 && size < len(b) {
			b = b[:size]
		} else if size != 0 && size < 8 {
			return segment{}, isBad
		}
		s.payload = b[8:]
	case protoTCP:
		if len(b) < 20 {
			return segment{}, isBad
		}
		header := int(b[12]>>4) * 4
		if header < 20 || header > len(b) && !s.cut {
			return segment{}, isBad
		}
		s.tcp, s.flags, s.seq = true, b[13], binary.BigEndian.Uint32(b[4:])
		s.payload = b[min(header, len(b)):]
	default:
		return segment{}, isOther
	}
	s.sourcePort, s.targetPort = binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
	return s, isSegment
}
