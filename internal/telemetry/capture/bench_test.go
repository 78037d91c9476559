package capture_test

import (
	"bytes"
	"fmt"
	"net/netip"
	"testing"

	"github.com/tocsin-project/tocsin/internal/telemetry/capture"
)

// repeated is the packets of a film over and over, as one file.
func repeated(f *film, times int) []byte {
	b := header(nil)
	for range times {
		for _, p := range f.data {
			b = record(b, p)
		}
	}
	return b
}

// run reads the file again and again; an operation is a packet.
func run(b *testing.B, file []byte) {
	b.ReportAllocs()
	packets, events, size := 0, 0, 0
	for packets < b.N {
		r, err := capture.New(bytes.NewReader(file), capture.Options{})
		if err != nil {
			b.Fatal(err)
		}
		for {
			if _, err := r.Next(); err != nil {
				break
			}
			events++
		}
		packets += r.Stats().Lines
		size += len(file)
	}
	b.ReportMetric(float64(packets)/b.Elapsed().Seconds(), "packets/s")
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64(size)/b.Elapsed().Seconds()/1e6, "MB/s")
}

// BenchmarkDNS: a question and its answer.
func BenchmarkDNS(b *testing.B) {
	f := newFilm(b)
	f.udp(client, resolver, query("www.evil.example.", 1))
	f.udp(resolver, client, answer("www.evil.example.", 1))
	run(b, repeated(f, 20000))
}

// BenchmarkBulk: what most of a capture is, segments of which nothing is read.
func BenchmarkBulk(b *testing.B) {
	f := newFilm(b)
	f.segment(server, client, "A", 1, bytes.Repeat([]byte{0x17, 3, 3}, 480))
	f.segment(client, server, "A", 1, nil)
	run(b, repeated(f, 10000))
}

// BenchmarkConversations: handshake, TLS hellos or a request, and the end.
func BenchmarkConversations(b *testing.B) {
	up, down := shakeHands(b, tlsClient("www.evil.example"))
	f := newFilm(b)
	for i := range uint16(200) {
		from := netip.AddrPortFrom(client.Addr(), 20000+i)
		k := f.connect(from, server)
		if i%2 == 0 {
			k.ask(up, 1400)
			k.reply(down, 1400)
		} else {
			k.ask(fmt.Appendf(nil, get, i), 0)
			k.reply([]byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), 0)
		}
		f.segment(from, server, "FA", k.up, nil)
		f.segment(server, from, "FA", k.down, nil)
	}
	run(b, repeated(f, 20))
}

// BenchmarkScan: SYNs that nobody answers.
func BenchmarkScan(b *testing.B) {
	f := newFilm(b)
	for i := range uint16(10000) {
		f.segment(netip.AddrPortFrom(client.Addr(), i), server, "S", 1, nil)
	}
	run(b, repeated(f, 1))
}
