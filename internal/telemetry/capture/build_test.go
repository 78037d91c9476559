package capture_test

import (
	"bytes"
	"errors"
	"io"
	"net/netip"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"github.com/tocsin-project/tocsin/internal/telemetry"
	"github.com/tocsin-project/tocsin/internal/telemetry/capture"
)

var (
	client  = netip.MustParseAddrPort("192.0.2.10:49152")
	server  = netip.MustParseAddrPort("198.51.100.7:443")
	client6 = netip.MustParseAddrPort("[2001:db8::10]:49152")
	server6 = netip.MustParseAddrPort("[2001:db8:1::7]:443")
	start   = time.Date(2017, 5, 12, 7, 24, 3, 123456000, time.UTC)
)

// film is a capture that a test makes: packets one millisecond apart, unless it
// says otherwise.
type film struct {
	t    testing.TB
	link layers.LinkType
	now  time.Time
	data [][]byte
	at   []time.Time
}

func newFilm(t testing.TB) *film {
	return &film{t: t, link: layers.LinkTypeEthernet, now: start}
}

// add makes a packet below which the link's own layer is put.
func (f *film) add(above ...gopacket.SerializableLayer) {
	f.t.Helper()
	f.packet(f.packed(above...))
}

func (f *film) packet(b []byte) {
	f.data, f.at = append(f.data, b), append(f.at, f.now)
	f.now = f.now.Add(time.Millisecond)
}

func (f *film) packed(above ...gopacket.SerializableLayer) []byte {
	f.t.Helper()
	ether := layers.EthernetTypeIPv4
	if _, six := above[0].(*layers.IPv6); six {
		ether = layers.EthernetTypeIPv6
	}
	var below gopacket.SerializableLayer
	switch f.link {
	case layers.LinkTypeEthernet:
		below = &layers.Ethernet{SrcMAC: make([]byte, 6), DstMAC: make([]byte, 6), EthernetType: ether}
	case layers.LinkTypeNull:
		below = &layers.Loopback{Family: layers.ProtocolFamilyIPv4}
		if ether == layers.EthernetTypeIPv6 {
			below = &layers.Loopback{Family: layers.ProtocolFamilyIPv6Darwin}
		}
	case layers.LinkTypeLinuxSLL:
		below = gopacket.Payload(append([]byte{0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0}, byte(ether>>8), byte(ether)))
	case layers.LinkTypeLinuxSLL2:
		below = gopacket.Payload(append([]byte{byte(ether >> 8), byte(ether)}, make([]byte, 18)...))
	}
	all := above
	if below != nil {
		all = append([]gopacket.SerializableLayer{below}, above...)
	}
	b := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, all...); err != nil {
		f.t.Fatal(err)
	}
	return bytes.Clone(b.Bytes())
}

// network is the IP layer between two ends.
func network(from, to netip.AddrPort, proto layers.IPProtocol) gopacket.SerializableLayer {
	if from.Addr().Is4() {
		return &layers.IPv4{Version: 4, TTL: 64, Protocol: proto, SrcIP: from.Addr().AsSlice(), DstIP: to.Addr().AsSlice()}
	}
	return &layers.IPv6{Version: 6, HopLimit: 64, NextHeader: proto, SrcIP: from.Addr().AsSlice(), DstIP: to.Addr().AsSlice()}
}

func (f *film) udp(from, to netip.AddrPort, payload []byte) {
	f.t.Helper()
	ip := network(from, to, layers.IPProtocolUDP)
	u := &layers.UDP{SrcPort: layers.UDPPort(from.Port()), DstPort: layers.UDPPort(to.Port())}
	f.checksum(u, ip)
	f.add(ip, u, gopacket.Payload(payload))
}

type checksummed interface {
	SetNetworkLayerForChecksum(gopacket.NetworkLayer) error
}

func (f *film) checksum(l checksummed, ip gopacket.SerializableLayer) {
	f.t.Helper()
	if err := l.SetNetworkLayerForChecksum(ip.(gopacket.NetworkLayer)); err != nil {
		f.t.Fatal(err)
	}
}

// segment is one TCP segment; flags are letters: S, A, F, R.
func (f *film) segment(from, to netip.AddrPort, flags string, seq uint32, payload []byte) {
	f.t.Helper()
	f.packet(f.tcp(from, to, flags, seq, payload))
}

func (f *film) tcp(from, to netip.AddrPort, flags string, seq uint32, payload []byte) []byte {
	f.t.Helper()
	ip := network(from, to, layers.IPProtocolTCP)
	s := &layers.TCP{SrcPort: layers.TCPPort(from.Port()), DstPort: layers.TCPPort(to.Port()), Seq: seq, Window: 65535}
	for _, c := range flags {
		switch c {
		case 'S':
			s.SYN = true
		case 'A':
			s.ACK = true
		case 'F':
			s.FIN = true
		case 'R':
			s.RST = true
		}
	}
	f.checksum(s, ip)
	return f.packed(ip, s, gopacket.Payload(payload))
}

// talk is a TCP conversation of which tests write one side after the other.
type talk struct {
	film           *film
	client, server netip.AddrPort
	up, down       uint32 // the next sequence numbers
}

func (f *film) connect(client, server netip.AddrPort) *talk {
	f.t.Helper()
	k := &talk{f, client, server, 0xfffffff0, 7000} // the client's numbers wrap round
	f.segment(client, server, "S", k.up, nil)
	f.segment(server, client, "SA", k.down, nil)
	k.up, k.down = k.up+1, k.down+1
	f.segment(client, server, "A", k.up, nil)
	return k
}

// ask and reply send bytes in segments of the given size, 0 for one.
func (k *talk) ask(b []byte, size int)   { k.send(k.client, k.server, &k.up, b, size) }
func (k *talk) reply(b []byte, size int) { k.send(k.server, k.client, &k.down, b, size) }

func (k *talk) send(from, to netip.AddrPort, seq *uint32, b []byte, size int) {
	k.film.t.Helper()
	for len(b) > 0 {
		n := len(b)
		if size > 0 {
			n = min(n, size)
		}
		k.film.segment(from, to, "A", *seq, b[:n])
		*seq += uint32(n)
		b = b[n:]
	}
}

// pcap is the film as a file; snap is how much of a packet it keeps, 0 for all.
func (f *film) pcap(snap int) []byte {
	f.t.Helper()
	var b bytes.Buffer
	w := pcapgo.NewWriterNanos(&b)
	if err := w.WriteFileHeader(1<<18, f.link); err != nil {
		f.t.Fatal(err)
	}
	for i, data := range f.data {
		n := len(data)
		if snap > 0 {
			n = min(n, snap)
		}
		if err := w.WritePacket(gopacket.CaptureInfo{Timestamp: f.at[i], CaptureLength: n, Length: len(data)}, data[:n]); err != nil {
			f.t.Fatal(err)
		}
	}
	return b.Bytes()
}

func (f *film) pcapng() []byte {
	f.t.Helper()
	var b bytes.Buffer
	w, err := pcapgo.NewNgWriter(&b, f.link)
	if err != nil {
		f.t.Fatal(err)
	}
	for i, data := range f.data {
		if err := w.WritePacket(gopacket.CaptureInfo{Timestamp: f.at[i], CaptureLength: len(data), Length: len(data)}, data); err != nil {
			f.t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		f.t.Fatal(err)
	}
	return b.Bytes()
}

// read gives all events of a file.
func read(t testing.TB, file []byte, opts capture.Options) ([]*telemetry.Event, *capture.Reader) {
	t.Helper()
	r, err := capture.New(bytes.NewReader(file), opts)
	if err != nil {
		t.Fatal(err)
	}
	return drain(t, r), r
}

func drain(t testing.TB, r *capture.Reader) (events []*telemetry.Event) {
	t.Helper()
	for {
		e, err := r.Next()
		if errors.Is(err, io.EOF) {
			return events
		}
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, e.Clone())
	}
}

// of are the events of one kind.
func of(kind telemetry.Kind, events []*telemetry.Event) (some []*telemetry.Event) {
	for _, e := range events {
		if e.Kind == kind {
			some = append(some, e)
		}
	}
	return some
}

// seen are an event's observables as "field type=value".
func seen(e *telemetry.Event) (lines []string) {
	for _, s := range e.Observables {
		lines = append(lines, s.Field+" "+s.Value.String())
	}
	return lines
}
