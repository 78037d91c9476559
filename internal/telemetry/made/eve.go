package made

import "fmt"

// EVE writes Suricata records in the mix of an office network, about 730 bytes
// each.
type EVE struct {
	r *random
	n int
}

// NewEVE begins a stream of records.
func NewEVE(seed uint64, of Indicators, mix Mix) *EVE {
	return &EVE{r: newRandom(seed, of, mix)}
}

// Append appends the next record with its line's end. Records are a
// millisecond apart, from 2017-05-12T08:00:00Z on.
func (e *EVE) Append(b []byte) []byte {
	r := e.r
	at := e.n
	e.n++
	b = fmt.Appendf(b, `{"timestamp":"2017-05-%02dT%02d:%02d:%02d.%06d+0000","flow_id":%d,"in_iface":"eth0","event_type":`,
		12+(at/1000+8*3600)/86400%17, (at/3600_000+8)%24, at/60_000%60, at/1000%60, at%1000*1000, r.Uint64()>>1)
	ends := func(kind string, port int, proto string) {
		b = fmt.Appendf(b, `"%s","vlan":[%d],"src_ip":"192.0.2.%d","src_port":%d,"dest_ip":"%s","dest_port":%d,"proto":"%s","pkt_src":"wire/pcap","community_id":"1:%024x=","tx_id":%d`,
			kind, r.IntN(100), r.IntN(256), 1024+r.IntN(60000), r.address(), port, proto, r.Uint64(), r.IntN(5))
	}
	switch k := r.IntN(100); {
	case k < 45:
		ends("dns", 53, "UDP")
		b = r.appendDNS(b)
	case k < 65:
		ends("flow", 443, "TCP")
		b = append(b, `,"app_proto":"tls"`...)
		b = append(r.appendFlow(b), `,"tcp":{"tcp_flags":"1b","tcp_flags_ts":"1b","tcp_flags_tc":"1b","syn":true,"fin":true,"psh":true,"ack":true,"state":"closed"},"metadata":{"flowbits":["tls.established","session.resumed"]}`...)
	case k < 80:
		ends("http", 80, "TCP")
		host, path := r.link()
		b = fmt.Appendf(b, `,"http":{"hostname":"%s","url":"%s","http_user_agent":"Mozilla\/5.0 (Windows NT 6.1; Win64; x64; rv:53.0) Gecko\/20100101 Firefox\/53.0","http_content_type":"application\/javascript","http_refer":"http:\/\/%s\/index.html","http_method":"GET","protocol":"HTTP\/1.1","status":200,"length":%d},"metadata":{"flowbits":["exe.no.referer","http.dottedquadhost"]}`,
			host, path, r.benign(), r.IntN(1e6))
	case k < 93:
		ends("tls", 443, "TCP")
		name := r.benign()
		b = fmt.Appendf(b, `,"tls":{"subject":"CN=%s","issuerdn":"C=XX, O=Example Trust, CN=Example CA %d","serial":"00:%X","fingerprint":"%040x","sni":"%s","version":"TLS 1.2","notbefore":"2017-01-01T00:00:00","notafter":"2018-01-01T00:00:00","ja3":{"hash":"%s","string":"771,49195-49199-52393-52392,0-10-11-13-16,29-23-24,0"},"ja3s":{"hash":"%032x","string":"771,49199,65281"}}`,
			name, r.IntN(9), r.Uint64(), r.Uint64(), r.name(), r.ja3(), r.Uint64())
	case k < 97:
		ends("fileinfo", 80, "TCP")
		b = fmt.Appendf(b, `,"http":{"hostname":"%s","url":"\/files\/%x.bin","http_method":"GET","status":200},"app_proto":"http","fileinfo":{"filename":"\/files\/%x.bin","sid":[],"magic":"data","gaps":false,"state":"CLOSED","md5":"%032x","sha256":"%s","stored":false,"size":%d,"tx_id":0}`,
			r.benign(), r.Uint64(), r.Uint64(), r.Uint64(), r.hash(), r.IntN(1e7))
	default:
		ends("alert", 445, "TCP")
		b = fmt.Appendf(b, `,"alert":{"action":"allowed","gid":1,"signature_id":%d,"rev":3,"signature":"ET POLICY \"example\" rule","category":"Potentially Bad Traffic","severity":2}`, r.IntN(1e6))
		b = append(r.appendFlow(b), `,"payload_printable":"GET / HTTP/1.1\r\n\r\n"`...)
	}
	return append(b, "}\n"...)
}

func (r *random) appendDNS(b []byte) []byte {
	name, last := r.name(), r.IntN(256)
	return fmt.Appendf(b, `,"dns":{"version":2,"type":"answer","id":%d,"flags":"8180","qr":true,"rd":true,"ra":true,"opcode":0,"rrname":"%s","rrtype":"A","rcode":"NOERROR","answers":[{"rrname":"%s","rrtype":"CNAME","ttl":300,"rdata":"edge.host%d.example"},{"rrname":"edge.host%d.example","rrtype":"A","ttl":60,"rdata":"203.0.113.%d"}],"grouped":{"CNAME":["edge.host%d.example"],"A":["203.0.113.%d"]}}`,
		r.IntN(65536), name, name, last, last, last, last, last)
}

func (r *random) appendFlow(b []byte) []byte {
	return fmt.Appendf(b, `,"flow":{"pkts_toserver":%d,"pkts_toclient":%d,"bytes_toserver":%d,"bytes_toclient":%d,"start":"2017-05-12T07:24:01.000001+0000","end":"2017-05-12T07:24:09.000001+0000","age":8,"state":"established","reason":"timeout","alerted":false}`,
		r.IntN(100), 1+r.IntN(100), r.IntN(1e6), 1+r.IntN(1e6))
}
