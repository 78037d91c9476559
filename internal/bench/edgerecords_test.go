package bench

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/telemetry/made"
)

// noise is EVE records without a hit. To make them takes longer than to read
// them: the same come again and again, with other times.
type noise struct {
	text  []byte
	lines []int // where each begins, and the end
}

func newNoise(seed uint64, of made.Indicators, records int) noise {
	eve, n := made.NewEVE(seed, of, made.Mix{NearMisses: 0.05}), noise{lines: []int{0}}
	for range records {
		n.text = eve.Append(n.text)
		n.lines = append(n.lines, len(n.text))
	}
	return n
}

const timestampFormat = "2006-01-02T15:04:05.000000-0700"

// dateAt is where a record's time begins.
const dateAt = len(`{"timestamp":"`)

// some is count records with the time of now, valid until the next call.
func (n noise) some(r *rand.Rand, count int, now string) []byte {
	first := r.IntN(len(n.lines) - count)
	for _, at := range n.lines[first : first+count] {
		copy(n.text[at+dateAt:], now)
	}
	return n.text[n.lines[first]:n.lines[first+count]]
}

// bystander is a server that no indicator names.
const bystander = "198.51.100.7"

// appendHit adds a record that shows an indicator, in one field of it or in
// several: it counts once. What is no address is seen at a server.
func appendHit(b []byte, r *rand.Rand, v observable.Value, server, now string) []byte {
	begin := func(kind, target string) {
		b = fmt.Appendf(b, `{"timestamp":%q,"flow_id":%d,"event_type":%q,"src_ip":"192.0.2.%d","src_port":%d,"dest_ip":%q,"dest_port":443,"proto":"TCP"`,
			now, r.Uint64()>>1, kind, r.IntN(256), 1024+r.IntN(60000), target)
	}
	switch v.Type {
	case observable.Domain:
		name := []string{v.Text, strings.ToUpper(v.Text), v.Text + "."}[r.IntN(3)]
		switch r.IntN(3) {
		case 0:
			begin("dns", server)
			b = fmt.Appendf(b, `,"dns":{"version":2,"type":"answer","rrname":%q,"rrtype":"A","rcode":"NOERROR","answers":[{"rrname":%q,"rrtype":"A","ttl":60,"rdata":"203.0.113.5"}]}`, name, v.Text)
		case 1:
			begin("tls", server)
			b = fmt.Appendf(b, `,"tls":{"sni":%q,"version":"TLS 1.2"}`, name)
		default:
			begin("http", server)
			b = fmt.Appendf(b, `,"http":{"hostname":%q,"url":"\/","http_method":"GET"}`, v.Text)
		}
	case observable.IPv4:
		begin("flow", []string{v.Text, "::ffff:" + v.Text}[r.IntN(2)])
		b = append(b, `,"flow":{"pkts_toserver":3,"pkts_toclient":2,"state":"established"}`...)
	case observable.SHA256:
		begin("fileinfo", server)
		b = fmt.Appendf(b, `,"fileinfo":{"filename":"x.bin","sha256":%q,"state":"CLOSED"}`, v.Text)
	case observable.URL:
		host, path, _ := strings.Cut(strings.TrimPrefix(v.Text, "http://"), "/")
		begin("http", server)
		b = fmt.Appendf(b, `,"http":{"hostname":%q,"url":"\/%s","http_method":"GET"}`, host, strings.ReplaceAll(path, "/", `\/`))
	default:
		begin("tls", server)
		b = fmt.Appendf(b, `,"tls":{"version":"TLS 1.2","ja3":{"hash":%q}}`, v.Text)
	}
	return append(b, "}\n"...)
}
