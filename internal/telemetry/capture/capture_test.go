package capture_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"github.com/tocsin-project/tocsin/internal/telemetry"
	"github.com/tocsin-project/tocsin/internal/telemetry/capture"
)

// Every link type that is read shows the same question and the same contact.
func TestLinkTypes(t *testing.T) {
	for _, link := range []layers.LinkType{layers.LinkTypeEthernet, layers.LinkTypeRaw, layers.LinkTypeNull, layers.LinkTypeLinuxSLL, layers.LinkTypeLinuxSLL2} {
		for _, six := range []bool{false, true} {
			f := newFilm(t)
			f.link = link
			c, s := client, server
			if six {
				c, s = client6, server6
			}
			f.udp(c, netip.AddrPortFrom(s.Addr(), 53), query("Evil.example.", 1))
			f.connect(c, s)
			for name, file := range map[string][]byte{"pcap": f.pcap(0), "pcapng": f.pcapng()} {
				events, r := read(t, file, capture.Options{})
				if len(events) != 2 || events[0].Name != "evil.example" || events[1].Kind != telemetry.Flow || events[1].Failed {
					t.Errorf("%s, %v, %s: %d events, %+v", link, c, name, len(events), r.Stats())
					continue
				}
				if e := events[1]; e.Source != c.Addr() || e.SourcePort != c.Port() || e.Target != s.Addr() || e.TargetPort != s.Port() || e.Proto != "tcp" {
					t.Errorf("%s, %v, %s: %+v", link, c, name, e)
				}
				if !events[0].Time.Equal(start) || events[0].Timestamp != "2017-05-12T07:24:03.123456Z" {
					t.Errorf("%s: time %q", name, events[0].Timestamp)
				}
			}
		}
	}
}

// Places are those in the file: what stands between Offset and End is the packet.
func TestPlaces(t *testing.T) {
	f := newFilm(t)
	f.udp(client, netip.MustParseAddrPort("192.0.2.53:53"), query("a.example.", 1))
	f.add(&layers.ARP{AddrType: layers.LinkTypeEthernet, Protocol: layers.EthernetTypeIPv4, HwAddressSize: 6, ProtAddressSize: 4,
		SourceHwAddress: make([]byte, 6), SourceProtAddress: make([]byte, 4), DstHwAddress: make([]byte, 6), DstProtAddress: make([]byte, 4)})
	f.udp(client, netip.MustParseAddrPort("192.0.2.53:53"), query("b.example.", 2))
	for name, file := range map[string][]byte{"pcap": f.pcap(0), "pcapng": f.pcapng()} {
		events, r := read(t, file, capture.Options{})
		if len(events) != 2 || events[0].Line != 1 || events[1].Line != 3 {
			t.Fatalf("%s: %d events, %+v", name, len(events), r.Stats())
		}
		for i, packet := range []int{0, 2} {
			e := events[i]
			if part := file[e.Offset:e.End]; !bytes.Contains(part, f.data[packet]) || len(part) > len(f.data[packet])+40 {
				t.Errorf("%s: packet %d is said to be at %d to %d", name, packet+1, e.Offset, e.End)
			}
		}
		if events[1].End != int64(len(file)) && name == "pcap" {
			t.Errorf("%s: the last packet ends at %d of %d", name, events[1].End, len(file))
		}
	}
}

func TestTagsAndFragments(t *testing.T) {
	f := newFilm(t)
	inner := f.tcp(client, server, "S", 1, nil)
	tag := []byte{0x88, 0xa8, 0, 1, 0x81, 0, 0, 2}
	f.packet(append(append(bytes.Clone(inner[:12]), tag...), inner[12:]...))

	ip := network(client6, server6, layers.IPProtocolIPv6HopByHop).(*layers.IPv6)
	options := []byte{byte(layers.IPProtocolTCP), 0, 1, 4, 0, 0, 0, 0}
	plain := f.tcp(client6, server6, "S", 1, nil)
	f.add(ip, gopacket.Payload(append(options, plain[14+40:]...)))

	whole := f.tcp(client, server, "A", 2, bytes.Repeat([]byte("x"), 64))
	for _, fragment := range []uint16{0x2000, 0x0003} {
		b := bytes.Clone(whole)
		b[14+6], b[14+7] = byte(fragment>>8), byte(fragment)
		f.packet(b)
	}
	atomic := []byte{byte(layers.IPProtocolUDP), 0, 0, 0, 0, 0, 0, 1}
	later := []byte{byte(layers.IPProtocolUDP), 0, 0, 8, 0, 0, 0, 1}
	for _, fragment := range [][]byte{atomic, later} {
		u := f.udpBytes(client6, netip.AddrPortFrom(server6.Addr(), 53), query("frag.example.", 3))
		f.add(network(client6, server6, layers.IPProtocolIPv6Fragment), gopacket.Payload(append(bytes.Clone(fragment), u...)))
	}
	events, r := read(t, f.pcap(0), capture.Options{})
	if n := len(of(telemetry.Flow, events)); n != 2 {
		t.Errorf("%d flows, want one with VLAN tags and one with an extension header", n)
	}
	if d := of(telemetry.DNS, events); len(d) != 1 || d[0].Name != "frag.example" {
		t.Errorf("%d questions; a fragment that is the whole packet is read", len(d))
	}
	if got := r.Counts().Fragments; got != 3 {
		t.Errorf("%d fragments, want 3", got)
	}
}

func (f *film) udpBytes(from, to netip.AddrPort, payload []byte) []byte {
	ip := network(from, to, layers.IPProtocolUDP)
	u := &layers.UDP{SrcPort: layers.UDPPort(from.Port()), DstPort: layers.UDPPort(to.Port())}
	f.checksum(u, ip)
	b := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, u, gopacket.Payload(payload)); err != nil {
		f.t.Fatal(err)
	}
	return b.Bytes()
}

// A capture that was cut off loses its last packet, and says so.
func TestCutOff(t *testing.T) {
	f := newFilm(t)
	f.udp(client, netip.MustParseAddrPort("192.0.2.53:53"), query("a.example.", 1))
	f.udp(client, netip.MustParseAddrPort("192.0.2.53:53"), query("b.example.", 2))
	for name, file := range map[string][]byte{"pcap": f.pcap(0), "pcapng": f.pcapng()} {
		for _, missing := range []int{1, 4, len(f.data[1]), len(f.data[1]) + 10} {
			events, r := read(t, file[:len(file)-missing], capture.Options{})
			s := r.Stats()
			if len(events) != 1 || s.Malformed != 1 || len(s.Samples) != 1 || !strings.Contains(s.Samples[0].Reason, "ends within") {
				t.Errorf("%s without its last %d bytes: %d events, %+v", name, missing, len(events), s)
			}
		}
	}
}

// What cannot be gone on from is an error that names the place, after what was
// read before.
func TestBroken(t *testing.T) {
	f := newFilm(t)
	f.udp(client, netip.MustParseAddrPort("192.0.2.53:53"), query("a.example.", 1))
	f.segment(client, server, "S", 1, nil)
	for name, file := range map[string][]byte{"pcap": f.pcap(0), "pcapng": f.pcapng()} {
		r, err := capture.New(bytes.NewReader(append(file, bytes.Repeat([]byte{0xff}, 64)...)), capture.Options{})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for err == nil {
			if _, err = r.Next(); err == nil {
				n++
			}
		}
		if n != 2 || err == io.EOF || !strings.Contains(err.Error(), "after packet 2") {
			t.Errorf("%s: %d events, then %v", name, n, err)
		}
	}
}

func TestNoCapture(t *testing.T) {
	for _, text := range []string{"", "x", "{\"a\":1}\n", "\x1f\x8b"} {
		if _, err := capture.New(strings.NewReader(text), capture.Options{}); err == nil || !strings.HasPrefix(err.Error(), "open capture: ") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestCompressed(t *testing.T) {
	f := newFilm(t)
	f.segment(client, server, "S", 1, nil)
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(f.pcap(0)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	plain, _ := read(t, f.pcap(0), capture.Options{})
	packed, _ := read(t, b.Bytes(), capture.Options{})
	if diff := cmp.Diff(plain, packed, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
}

// A file that grows is read as far as it goes, and then on.
func TestGrowing(t *testing.T) {
	f := newFilm(t)
	to := netip.MustParseAddrPort("192.0.2.53:53")
	f.udp(client, to, query("a.example.", 1))
	f.udp(client, to, query("b.example.", 2))
	for name, file := range map[string][]byte{"pcap": f.pcap(0), "pcapng": f.pcapng()} {
		in, out := io.Pipe()
		half := len(file) - len(f.data[1])
		more := make(chan bool)
		go func() {
			_, _ = out.Write(file[:half])
			<-more
			_, _ = out.Write(file[half:])
			_ = out.Close()
		}()
		r, err := capture.New(in, capture.Options{})
		if err != nil {
			t.Fatal(err)
		}
		e, err := r.Next()
		if err != nil || e.Name != "a.example" {
			t.Fatalf("%s: %v, %v", name, e, err)
		}
		close(more)
		if e, err = r.Next(); err != nil || e.Name != "b.example" {
			t.Errorf("%s: %v, %v", name, e, err)
		}
	}
}

// A packet whose header claims more than there was is stepped over.
func TestStepsOver(t *testing.T) {
	f := newFilm(t)
	for _, name := range []string{"a.example.", "b.example.", "c.example."} {
		f.udp(client, resolver, query(name, 1))
	}
	file := header(nil)
	for i, p := range f.data {
		file = record(file, p)
		if i == 1 {
			file[len(file)-len(p)-4]-- // it was shorter than what was captured of it
		}
	}
	events, r := read(t, file, capture.Options{})
	if s := r.Stats(); len(events) != 2 || events[1].Name != "c.example" || events[1].Line != 3 || s.Malformed != 1 || s.Samples[0].Line != 2 {
		t.Errorf("%d events, %+v", len(events), s)
	}
	// One that is over the reader's limit, too.
	long := record(record(header(nil), make([]byte, 300)), f.data[0])
	if events, r := read(t, long, capture.Options{MaxPacket: 200}); len(events) != 1 || r.Stats().TooLong != 1 {
		t.Errorf("%d events, %+v", len(events), r.Stats())
	}
}

// Headers that end early are counted, and what is not IP is no fault.
func TestHeaders(t *testing.T) {
	f := newFilm(t)
	whole := f.tcp(client, server, "S", 1, nil)[:14+20+20]
	for n := range len(whole) {
		f.packet(whole[:n])
	}
	events, r := read(t, f.pcap(0), capture.Options{})
	if s := r.Stats(); len(events) != 0 || s.Malformed != len(whole) {
		t.Errorf("%d events, %+v", len(events), s)
	}
}
