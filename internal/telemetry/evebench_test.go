package telemetry_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/tocsin-project/tocsin/internal/telemetry"
)

// eveLines writes n records as a Suricata of version 6 or 7 does, in the mix of
// an office network, about 700 bytes each; the same seed, the same bytes.
func eveLines(seed uint64, n int) []byte {
	rng := rand.New(rand.NewPCG(seed, 1))
	var b []byte
	for i := range n {
		b = fmt.Appendf(b, `{"timestamp":"2017-05-12T%02d:%02d:%02d.%06d+0000","flow_id":%d,"in_iface":"eth0","event_type":`, rng.IntN(24), rng.IntN(60), rng.IntN(60), rng.IntN(1e6), rng.Uint64()>>1)
		ends := fmt.Sprintf(`,"vlan":[%d],"src_ip":"192.0.2.%d","src_port":%d,"dest_ip":"198.51.100.%d","dest_port":%%d,"proto":"%%s","pkt_src":"wire/pcap","community_id":"1:%024x=","tx_id":%d`,
			rng.IntN(100), rng.IntN(256), 1024+rng.IntN(60000), rng.IntN(256), rng.Uint64(), rng.IntN(5))
		name := fmt.Sprintf("%s-%x.cdn.host%d.example", []string{"www", "api", "img", "login"}[rng.IntN(4)], rng.Uint32(), rng.IntN(1000))
		flow := fmt.Sprintf(`"flow":{"pkts_toserver":%d,"pkts_toclient":%d,"bytes_toserver":%d,"bytes_toclient":%d,"start":"2017-05-12T07:24:01.000001+0000","end":"2017-05-12T07:24:09.000001+0000","age":8,"state":"established","reason":"timeout","alerted":false}`,
			rng.IntN(100), rng.IntN(100), rng.IntN(1e6), rng.IntN(1e6))
		switch k := rng.IntN(100); {
		case k < 45:
			b = fmt.Appendf(b, `"dns"`+ends+`,"dns":{"version":2,"type":"answer","id":%d,"flags":"8180","qr":true,"rd":true,"ra":true,"opcode":0,"rrname":"%s","rrtype":"A","rcode":"NOERROR","answers":[{"rrname":"%s","rrtype":"CNAME","ttl":300,"rdata":"edge.%s"},{"rrname":"edge.%s","rrtype":"A","ttl":60,"rdata":"203.0.113.%d"}],"grouped":{"CNAME":["edge.%s"],"A":["203.0.113.%d"]}}`,
				53, "UDP", rng.IntN(65536), name, name, name, name, i&255, name, i&255)
		case k < 65:
			b = fmt.Appendf(b, `"flow"`+ends+`,"app_proto":"tls",%s,"tcp":{"tcp_flags":"1b","tcp_flags_ts":"1b","tcp_flags_tc":"1b","syn":true,"fin":true,"psh":true,"ack":true,"state":"closed"}`, 443, "TCP", flow)
		case k < 80:
			b = fmt.Appendf(b, `"http"`+ends+`,"http":{"hostname":"%s","url":"\/static\/%x\/app.js?v=%d&lang=en","http_user_agent":"Mozilla\/5.0 (Windows NT 6.1; Win64; x64; rv:53.0) Gecko\/20100101 Firefox\/53.0","http_content_type":"application\/javascript","http_refer":"http:\/\/%s\/index.html","http_method":"GET","protocol":"HTTP\/1.1","status":200,"length":%d},"metadata":{"flowbits":["exe.no.referer","http.dottedquadhost"]}`,
				80, "TCP", name, rng.Uint64(), rng.IntN(100), name, rng.IntN(1e6))
		case k < 93:
			b = fmt.Appendf(b, `"tls"`+ends+`,"tls":{"subject":"CN=%s","issuerdn":"C=XX, O=Example Trust, CN=Example CA %d","serial":"00:%X","fingerprint":"%040x","sni":"%s","version":"TLS 1.2","notbefore":"2017-01-01T00:00:00","notafter":"2018-01-01T00:00:00","ja3":{"hash":"%032x","string":"771,49195-49199-52393-52392,0-10-11-13-16,29-23-24,0"},"ja3s":{"hash":"%032x","string":"771,49199,65281"}}`,
				443, "TCP", name, rng.IntN(9), rng.Uint64(), rng.Uint64(), name, rng.Uint64(), rng.Uint64())
		case k < 97:
			b = fmt.Appendf(b, `"fileinfo"`+ends+`,"http":{"hostname":"%s","url":"\/files\/%x.bin","http_method":"GET","status":200},"app_proto":"http","fileinfo":{"filename":"\/files\/%x.bin","sid":[],"magic":"data","gaps":false,"state":"CLOSED","md5":"%032x","sha256":"%064x","stored":false,"size":%d,"tx_id":0}`,
				80, "TCP", name, rng.Uint64(), rng.Uint64(), rng.Uint64(), rng.Uint64(), rng.IntN(1e7))
		default:
			b = fmt.Appendf(b, `"alert"`+ends+`,"alert":{"action":"allowed","gid":1,"signature_id":%d,"rev":3,"signature":"ET POLICY \"example\" rule","category":"Potentially Bad Traffic","severity":2},%s,"payload_printable":"GET / HTTP/1.1\r\n\r\n"`, 445, "TCP", rng.IntN(1e6), flow)
		}
		b = append(b, "}\n"...)
	}
	return b
}

// The benchmark is about the scanner, so its lines have to be the scanner's.
func TestGeneratedLinesAreWhole(t *testing.T) {
	const n = 2000
	input := eveLines(1, n)
	if size := len(input) / n; size < 600 || size > 800 {
		t.Errorf("a line has %d bytes on average", size)
	}
	events, stats := readAll(t, string(input), telemetry.Options{})
	if want := (telemetry.Stats{Lines: n, Events: n}); len(events) != n || stats.Lines != want.Lines || stats.Malformed+stats.Mistyped+stats.Undated+stats.Unusable > 0 {
		t.Errorf("%+v", stats)
	}
}

func BenchmarkEVE(b *testing.B) {
	const n = 20_000
	input := eveLines(1, n)
	b.SetBytes(int64(len(input) / n))
	b.ReportAllocs()
	reader := telemetry.NewEVE(bytes.NewReader(input), telemetry.Options{})
	for b.Loop() {
		_, err := reader.Next()
		if errors.Is(err, io.EOF) {
			reader = telemetry.NewEVE(bytes.NewReader(input), telemetry.Options{})
			_, err = reader.Next()
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}
