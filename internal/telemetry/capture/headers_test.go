package capture

import (
	"bytes"
	"net/netip"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// FuzzHeaders holds our reading of headers against gopacket's, wherever both
// find UDP or TCP.
func FuzzHeaders(f *testing.F) {
	seed := func(l ...gopacket.SerializableLayer) {
		b := gopacket.NewSerializeBuffer()
		if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true}, l...); err != nil {
			f.Fatal(err)
		}
		f.Add(bytes.Clone(b.Bytes()))
	}
	eth := func(t layers.EthernetType) *layers.Ethernet {
		return &layers.Ethernet{SrcMAC: make([]byte, 6), DstMAC: make([]byte, 6), EthernetType: t}
	}
	ip4 := &layers.IPv4{Version: 4, SrcIP: []byte{192, 0, 2, 1}, DstIP: []byte{192, 0, 2, 2}, Protocol: layers.IPProtocolTCP,
		Options: []layers.IPv4Option{{OptionType: 1}}}
	ip6 := &layers.IPv6{Version: 6, SrcIP: make([]byte, 16), DstIP: make([]byte, 16), NextHeader: layers.IPProtocolUDP}
	tcp := &layers.TCP{SrcPort: 1, DstPort: 2, Seq: 3, SYN: true, Options: []layers.TCPOption{{OptionType: 2, OptionLength: 4, OptionData: []byte{5, 180}}}}
	seed(eth(layers.EthernetTypeIPv4), ip4, tcp, gopacket.Payload("abc"))
	seed(eth(layers.EthernetTypeDot1Q), &layers.Dot1Q{VLANIdentifier: 5, Type: layers.EthernetTypeIPv6}, ip6, &layers.UDP{SrcPort: 53, DstPort: 5}, gopacket.Payload("abc"))
	ext := *ip6
	ext.NextHeader = layers.IPProtocolIPv6Destination
	seed(eth(layers.EthernetTypeIPv6), &ext, gopacket.Payload([]byte{6, 0, 1, 4, 0, 0, 0, 0, 0, 1, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0, 0x50, 2, 0, 0, 0, 0, 0, 0}))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, what := dissect(packet{data: data, link: layers.LinkTypeEthernet})
		p := gopacket.NewPacket(data, layers.LayerTypeEthernet, gopacket.DecodeOptions{NoCopy: true})
		transport, network := p.TransportLayer(), p.NetworkLayer()
		if what != isSegment || transport == nil || p.ErrorLayer() != nil && p.ErrorLayer().LayerType() != gopacket.LayerTypeDecodeFailure {
			return
		}
		for _, l := range p.Layers() { // tunnels, and what gopacket cannot read
			switch l.LayerType() {
			case layers.LayerTypeEthernet, layers.LayerTypeDot1Q, layers.LayerTypeIPv4, layers.LayerTypeIPv6, layers.LayerTypeTCP, layers.LayerTypeUDP:
			case layers.LayerTypeIPv6HopByHop, layers.LayerTypeIPv6Destination, layers.LayerTypeIPv6Routing, layers.LayerTypeIPv6Fragment:
			default:
				if l.LayerType() == gopacket.LayerTypeDecodeFailure || layers.LayerClassIPNetwork.Contains(l.LayerType()) {
					return
				}
			}
		}
		from, _ := netip.AddrFromSlice(network.NetworkFlow().Src().Raw())
		to, _ := netip.AddrFromSlice(network.NetworkFlow().Dst().Raw())
		if from != s.source {
			t.Errorf("source %v, gopacket says %v", s.source, from)
		}
		routed := p.Layer(layers.LayerTypeIPv6Routing) != nil // gopacket takes the last hop
		if to != s.target && !routed {
			t.Errorf("target %v, gopacket says %v", s.target, to)
		}
		switch l := transport.(type) {
		case *layers.TCP:
			if !s.tcp || uint16(l.SrcPort) != s.sourcePort || uint16(l.DstPort) != s.targetPort || l.Seq != s.seq || l.SYN != (s.flags&flagSYN != 0) || !bytes.Equal(l.Payload, s.payload) {
				t.Errorf("%+v, gopacket says %+v", s, l)
			}
		case *layers.UDP:
			if s.tcp || uint16(l.SrcPort) != s.sourcePort || uint16(l.DstPort) != s.targetPort || !bytes.Equal(l.Payload, s.payload) {
				t.Errorf("%+v, gopacket says %+v", s, l)
			}
		}
	})
}
