package rpz_test

import (
	"encoding/binary"
	"io"
	"net"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// FuzzServer sends a packet as it is over UDP and TCP, and, if it can be read
// as a message, once more signed with the key: behind the signature is more to
// reach. The server must go on answering and log no panic.
func FuzzServer(f *testing.F) {
	for _, m := range []*dns.Msg{
		question("kill.example.", dns.TypeA), question(zone, dns.TypeSOA).SetEdns0(4096, true), axfr(zone), axfr(hotZone), ixfr(zone, 1), ixfr(hotZone, 2),
		signed(question("x."+zone, dns.TypeANY), key), new(dns.Msg).SetNotify(zone), new(dns.Msg).SetUpdate(zone),
		question(`\000\.*.evil.example.`+zone, dns.TypeA), question("*."+zone, dns.TypeA), {},
	} {
		packet, err := m.Pack()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(packet)
	}
	f.Add([]byte{})
	f.Add([]byte("\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00")) // a question is promised, and none there
	s := open(f)
	publish(f, s, block("evil.example"), mustResolve("kill.example", "192.0.2.80"))
	publish(f, s, block("evil.example"), mustResolve("kill.evil.example", "192.0.2.80"))
	udp, err := net.Dial("udp", s.Addr().String())
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { udp.Close() })
	f.Fuzz(func(t *testing.T, packet []byte) {
		packet = packet[:min(len(packet), 4096)]
		udp.Write(packet) // a packet too long for the socket is the fuzzer's loss
		exchange(t, s.Addr().String(), packet)
		m := new(dns.Msg)
		if m.Unpack(packet) == nil {
			signed(m, key)
			if packet, _, err := dns.TsigGenerate(m, key.Secret, "", false); err == nil {
				exchange(t, s.Addr().String(), packet)
			}
		}
		if r := ask(t, s, "udp", question(zone, dns.TypeSOA)); len(r.Answer) != 1 {
			t.Fatalf("after %x: %v", packet, r)
		}
	})
}

// exchange sends a packet over a connection of its own and takes all that
// comes back.
func exchange(t *testing.T, addr string, packet []byte) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(packet))), packet...)); err != nil {
		t.Fatal(err)
	}
	conn.(*net.TCPConn).CloseWrite()
	io.Copy(io.Discard, conn) // whatever it says, or a reset
}
