package watch_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	tap "github.com/dnstap/golang-dnstap"
	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
	"golang.org/x/net/dns/dnsmessage"
	"google.golang.org/protobuf/proto"

	"github.com/tocsin-project/tocsin/internal/telemetry"
	"github.com/tocsin-project/tocsin/internal/telemetry/capture"
	"github.com/tocsin-project/tocsin/internal/telemetry/dnstap"
	"github.com/tocsin-project/tocsin/internal/telemetry/endpoint"
	"github.com/tocsin-project/tocsin/internal/telemetry/made"
)

// records are events of every reader, by its name.
func records(t *testing.T) map[string][]*telemetry.Event {
	of := made.Indicators{Seed: 4, N: 1000}
	mix := made.Mix{Hits: .2, NearMisses: .2}
	generated, answers := made.NewEVE(4, of, mix), made.NewZeekDNS(4, of, mix)
	var eve []byte
	zeek := []byte(made.ZeekDNSHeader)
	for range 60 {
		eve, zeek = generated.Append(eve), answers.Append(zeek)
	}
	read := telemetry.Options{}
	packets, err := capture.New(bytes.NewReader(pcap(t)), capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]*telemetry.Event{
		"EVE":         drained(t, telemetry.NewEVE(bytes.NewReader(eve), read)),
		"EVE, others": drained(t, telemetry.NewEVE(strings.NewReader(eveLines), read)),
		"Zeek":        drained(t, telemetry.NewZeek(bytes.NewReader(zeek), read)),
		"Zeek, JSON":  drained(t, telemetry.NewZeek(strings.NewReader(zeekLines), read)),
		"Sysmon":      drained(t, endpoint.NewSysmon(strings.NewReader(sysmonLines), read)),
		"osquery":     drained(t, endpoint.NewOsquery(strings.NewReader(osqueryLines), read)),
		"capture":     drained(t, packets),
		"dnstap":      drained(t, dnstap.New(bytes.NewReader(frames(t)), read)),
	}
}

func drained(t *testing.T, s telemetry.Source) (events []*telemetry.Event) {
	t.Helper()
	for {
		e, err := s.Next()
		if errors.Is(err, io.EOF) {
			return events
		}
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, e.Clone())
	}
}

const eveLines = `{"timestamp":"2017-05-12T07:24:03.123456+0000","event_type":"http","src_ip":"192.0.2.7","src_port":40000,"dest_ip":"198.51.100.1","dest_port":80,"proto":"TCP","http":{"hostname":"A.example","url":"\/x's%20_y?z=%\\","http_user_agent":"Mozilla\/5.0","http_refer":"http:\/\/b.example\/","http_content_type":"text\/html","http_method":"GET","protocol":"HTTP\/1.1","status":200}}
{"timestamp":"2017-05-12T07:24:04.000000+0000","event_type":"tls","src_ip":"2001:db8::7","src_port":40000,"dest_ip":"::ffff:198.51.100.1","dest_port":443,"proto":"TCP","tls":{"sni":"A.example","subject":"CN=a.example","issuerdn":"O=An \"Issuer\"","serial":"0C:00:99","fingerprint":"8F:51:12:06:a0:cc:4e:cd:e8:a3:8b:38:f8:87:59:e5:af:95:ca:cd","ja3":{"hash":"e7d705a3286e19ea42f587b344ee6865"},"ja4":"t13d1516h2_8daaf6152771_b186095e22b6"}}
{"timestamp":"2017-05-12T07:24:05.000000+0000","event_type":"alert","alert":{"signature":"ET \"x\"","signature_id":2024217},"files":[{"filename":"\/a\/b.EXE","size":1,"md5":"84c82835a5d21bbcf75a61706d8ab549"},{"filename":"443","size":443}]}
{"timestamp":"2017-05-12T07:24:06.000000+0000","event_type":"fileinfo","src_ip":"192.0.2.7","dest_ip":"198.51.100.1","proto":"TCP","fileinfo":{"filename":"\/dl\/TaskSche.EXE","size":3514368,"sha256":"ed01ebfbc9eb5bbea545af4d01bf5f1071661840480439c6e5babe8e080e41aa"}}
{"timestamp":"2017-05-12T07:24:07.000000+0000","event_type":"smtp","smtp":{"mail_from":"<X@a.example>","rcpt_to":["<y@b.example>"]},"email":{"from":"\"A, Name\" <x@a.example>","to":["y@b.example"],"subject":"caf\u00e9 \u2603","attachment":["Invoice.exe"],"url":["https:\/\/d.example\/"]}}
`

const zeekLines = `{"_path":"http","ts":1494573843.123456,"id.orig_h":"192.0.2.7","id.orig_p":40000,"id.resp_h":"198.51.100.53","id.resp_p":80,"method":"GET","host":"Evil.Example","uri":"/a\tb?x=\\,-","user_agent":"Mozilla","version":"1.1"}
{"_path":"conn","ts":1494573844.5,"id.orig_h":"2001:db8::7","id.orig_p":40000,"id.resp_h":"2001:db8::9","id.resp_p":445,"proto":"tcp","conn_state":"S0","orig_bytes":12,"resp_bytes":0}
{"_path":"ssl","ts":1494573845.5,"id.orig_h":"192.0.2.7","id.orig_p":40000,"id.resp_h":"198.51.100.53","id.resp_p":443,"server_name":"evil.example","ja3":"e7d705a3286e19ea42f587b344ee6865"}
{"_path":"files","ts":1494573846.5,"id.orig_h":"192.0.2.7","id.orig_p":40000,"id.resp_h":"198.51.100.53","id.resp_p":80,"mime_type":"application/x-dosexec","filename":"A b.EXE","total_bytes":77,"md5":"84c82835a5d21bbcf75a61706d8ab549"}
`

const process = `"UtcTime":"2017-05-12 07:24:03.123","ProcessId":"4711","Image":"C:\\Windows\\TaskSche.EXE","CommandLine":"\"C:\\Windows\\tasksche.exe\" /i 'x'","CurrentDirectory":"C:\\Windows\\",` +
	`"Hashes":"MD5=DB349B97C37D22F5EA1D1841E3C89EB4,SHA256=24D004A104D4D54034DBCFFC2A4B19A11F39008A575AA614EA04703480B1022C,IMPHASH=00000000000000000000000000000000","ParentProcessId":815,"ParentImage":"\\??\\C:\\WINDOWS\\mssecsvc.exe","ParentCommandLine":"x -m security"`

const sysmonLines = `{"EventID":1,` + process + `}
{"EventID":3,"UtcTime":"2017-05-12 07:24:04.000","Image":"C:\\x.exe","ProcessId":4,"Protocol":"TCP","Initiated":"true","SourceIp":"192.0.2.7","SourcePort":"49732","DestinationIp":"2001:db8:0::1","DestinationPort":445}
{"EventID":6,"UtcTime":"2017-05-12 07:24:05.000","ImageLoaded":"C:\\D.sys","Hashes":"IMPHASH=DB349B97C37D22F5EA1D1841E3C89EB4"}
{"EventID":11,"UtcTime":"2017-05-12 07:24:06.000","Image":"C:\\x.exe","TargetFilename":"\\\\Server\\Share\\B.wnry"}
{"EventID":13,"UtcTime":"2017-05-12 07:24:07.000","Image":"C:\\x.exe","TargetObject":"HKU\\S-1-5-21-1-2-3-1001\\Software\\Run\\Evil","Details":"C:\\evil.exe"}
{"EventID":13,"UtcTime":"2017-05-12 07:24:08.000","Image":"C:\\x.exe","TargetObject":"HKLM\\System\\CurrentControlSet\\Services\\X\\Start","Details":"DWORD (0x00000002)"}
{"EventID":15,"UtcTime":"2017-05-12 07:24:09.000","Image":"C:\\x.exe","TargetFilename":"C:\\U\\setup.exe:Zone.Identifier","Contents":"[ZoneTransfer]  ZoneId=3  HostUrl=http://Evil.example/setup.exe  "}
{"EventID":22,"UtcTime":"2017-05-12 07:24:10.000","Image":"C:\\x.exe","QueryName":"Evil.example","QueryStatus":"0","QueryResults":"type:  5 cdn.evil.example;::ffff:192.0.2.1;2001:db8::1;"}
{"winlog":{"event_id":7045,"channel":"System","provider_name":"Service Control Manager","event_data":{"ServiceName":"mssecsvc2.0","ImagePath":"C:\\Windows\\mssecsvc.exe -m security"}},"@timestamp":"2017-05-12T07:24:11Z"}
`

const osqueryLines = `{"name":"p","unixTime":1494573843,"columns":{"name":"tasksche.exe","path":"C:\\Windows\\TaskSche.exe","cmdline":"tasksche.exe /i","cwd":"C:\\Windows","pid":"4711","parent":"815"},"action":"added"}
{"name":"p","unixTime":1494573844,"columns":{"action":"CREATED","target_path":"/tmp/B.wnry","md5":"0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a","time":"1494570000"},"action":"added"}
{"name":"p","unixTime":1494573845,"columns":{"key":"HKEY_LOCAL_MACHINE\\Software\\Run","path":"HKEY_LOCAL_MACHINE\\Software\\Run\\Evil","name":"Evil","type":"REG_SZ","data":"C:\\evil.exe"},"action":"added"}
{"name":"p","unixTime":1494573846,"columns":{"name":"mssecsvc2.0","service_type":"OWN_PROCESS","display_name":"A Service","path":"C:\\Windows\\mssecsvc.exe -m security"},"action":"added"}
{"name":"p","unixTime":1494573847,"columns":{"session_id":"0","object_name":"MsWinZonesCacheCounterMutexA","object_type":"Mutant"},"action":"added"}
{"name":"p","unixTime":1494573848,"columns":{"action":"connect","pid":"7","path":"/bin/x","family":"2","protocol":"6","remote_address":"192.0.2.1","remote_port":"445"},"action":"added"}
`

// reply is a DNS message that answers with a name and its address.
func reply(t *testing.T) []byte {
	t.Helper()
	name := dnsmessage.MustNewName("WWW.Evil.example.")
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: 7, Response: true},
		Questions: []dnsmessage.Question{{Name: name, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}},
		Answers: []dnsmessage.Resource{
			{Header: dnsmessage.ResourceHeader{Name: name, Type: dnsmessage.TypeCNAME, Class: dnsmessage.ClassINET}, Body: &dnsmessage.CNAMEResource{CNAME: dnsmessage.MustNewName("cdn.example.")}},
			{Header: dnsmessage.ResourceHeader{Name: dnsmessage.MustNewName("cdn.example."), Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}, Body: &dnsmessage.AResource{A: [4]byte{203, 0, 113, 66}}},
		},
	}
	b, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// pcap is a capture of a DNS reply and of an HTTP request.
func pcap(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	w := pcapgo.NewWriterNanos(&b)
	if err := w.WriteFileHeader(1<<18, layers.LinkTypeEthernet); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2017, 5, 12, 7, 24, 3, 0, time.UTC)
	client, server := netip.MustParseAddr("192.0.2.10"), netip.MustParseAddr("198.51.100.7")
	packet := func(from, to netip.Addr, proto layers.IPProtocol, above gopacket.SerializableLayer, payload string) {
		ip := &layers.IPv4{Version: 4, TTL: 64, Protocol: proto, SrcIP: from.AsSlice(), DstIP: to.AsSlice()}
		if err := above.(interface {
			SetNetworkLayerForChecksum(gopacket.NetworkLayer) error
		}).SetNetworkLayerForChecksum(ip); err != nil {
			t.Fatal(err)
		}
		ether := &layers.Ethernet{SrcMAC: make([]byte, 6), DstMAC: make([]byte, 6), EthernetType: layers.EthernetTypeIPv4}
		out := gopacket.NewSerializeBuffer()
		err := gopacket.SerializeLayers(out, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, ether, ip, above, gopacket.Payload(payload))
		if err == nil {
			at = at.Add(time.Millisecond)
			err = w.WritePacket(gopacket.CaptureInfo{Timestamp: at, CaptureLength: len(out.Bytes()), Length: len(out.Bytes())}, out.Bytes())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	packet(server, client, layers.IPProtocolUDP, &layers.UDP{SrcPort: 53, DstPort: 49152}, string(reply(t)))
	segment := func(from, to netip.Addr, s layers.TCP, payload string) {
		s.Window = 65535
		packet(from, to, layers.IPProtocolTCP, &s, payload)
	}
	segment(client, server, layers.TCP{SrcPort: 49152, DstPort: 8080, Seq: 10, SYN: true}, "")
	segment(server, client, layers.TCP{SrcPort: 8080, DstPort: 49152, Seq: 20, Ack: 11, SYN: true, ACK: true}, "")
	segment(client, server, layers.TCP{SrcPort: 49152, DstPort: 8080, Seq: 11, Ack: 21, ACK: true}, "GET /a_b HTTP/1.1\r\nHost: Evil.example:8080\r\nUser-Agent: agent/1 (x)\r\n\r\n")
	return b.Bytes()
}

// frames is a dnstap file of one message.
func frames(t *testing.T) []byte {
	t.Helper()
	frame, err := proto.Marshal(&tap.Dnstap{Type: tap.Dnstap_MESSAGE.Enum(), Message: &tap.Message{
		Type: tap.Message_CLIENT_RESPONSE.Enum(), SocketFamily: tap.SocketFamily_INET.Enum(), SocketProtocol: tap.SocketProtocol_UDP.Enum(),
		QueryAddress: []byte{192, 0, 2, 10}, ResponseAddress: []byte{192, 0, 2, 53}, QueryPort: proto.Uint32(49152), ResponsePort: proto.Uint32(53),
		ResponseTimeSec: proto.Uint64(1494573843), ResponseTimeNsec: proto.Uint32(0), ResponseMessage: reply(t),
	}})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w, err := tap.NewWriter(&b, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.WriteFrame(frame); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRecordsAreRead(t *testing.T) {
	want := "EVE 60, EVE, others 5, Zeek 60, Zeek, JSON 4, Sysmon 9, osquery 6, capture 3, dnstap 1"
	got, all := "", records(t)
	for _, name := range []string{"EVE", "EVE, others", "Zeek", "Zeek, JSON", "Sysmon", "osquery", "capture", "dnstap"} {
		got += fmt.Sprintf("%s %d, ", name, len(all[name]))
	}
	if strings.TrimSuffix(got, ", ") != want {
		t.Errorf("%swant %s", got, want)
	}
}
