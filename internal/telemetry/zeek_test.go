package telemetry_test

import (
	"errors"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/telemetry"
)

func events(t *testing.T, r telemetry.Source) []telemetry.Event {
	t.Helper()
	var list []telemetry.Event
	for {
		e, err := r.Next()
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, *e.Clone())
	}
}

// log writes a log as Zeek does; columns are separated by one space here.
func log(path, fields string, rows ...string) string {
	tabs := strings.NewReplacer(" ", "\t", "_", " ").Replace
	b := "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\t" + path + "\n#open\t2017-05-12-07-24-03\n#fields\t" + strings.ReplaceAll(fields, " ", "\t") + "\n#types\tx\n"
	for _, row := range rows {
		b += tabs(row) + "\n"
	}
	return b + "#close\t2017-05-12-08-00-00\n"
}

const ends = "ts uid id.orig_h id.orig_p id.resp_h id.resp_p "

func TestZeekRecords(t *testing.T) {
	const begin = "1494573843.123456 CHhAvVGS1DHFjwGM9 192.0.2.7 40000 198.51.100.53 53 "
	source, target := seen("id.orig_h", "192.0.2.7", observable.IPv4, "192.0.2.7"), seen("id.resp_h", "198.51.100.53", observable.IPv4, "198.51.100.53")
	base := telemetry.Event{Timestamp: "1494573843.123456", Time: time.Date(2017, 5, 12, 7, 24, 3, 123456000, time.UTC),
		Source: addr("192.0.2.7"), Target: addr("198.51.100.53"), SourcePort: 40000, TargetPort: 53}
	dns := ends + "proto query qtype_name rcode rcode_name answers TTLs"
	files := "ts fuid uid id.orig_h id.orig_p id.resp_h id.resp_p is_orig mime_type filename total_bytes md5 sha1 sha256"
	tests := []struct {
		name, path, fields, row, json string
		want                          func(e *telemetry.Event)
	}{
		{"dns", "dns", dns, begin + "udp WWW.evil.example. A 0 NOERROR cdn.example,203.0.113.9,2001:DB8:0::1 60.000000,5.0,5.0",
			`"proto":"udp","query":"WWW.evil.example.","qtype_name":"A","rcode":0,"rcode_name":"NOERROR","answers":["cdn.example","203.0.113.9","2001:DB8:0::1"]`,
			func(e *telemetry.Event) {
				e.Kind, e.Proto, e.Name, e.DNSAnswer = telemetry.DNS, "udp", "www.evil.example", true
				e.Observables = []telemetry.Seen{source, target, seen("query", "WWW.evil.example.", observable.Domain, "www.evil.example"),
					answer(seen("answers", "cdn.example", observable.Domain, "cdn.example")), answer(seen("answers", "203.0.113.9", observable.IPv4, "203.0.113.9")),
					answer(seen("answers", "2001:DB8:0::1", observable.IPv6, "2001:db8::1"))}
			}},
		{"dns, no such name", "dns", dns, begin + "udp evil.example A 3 NXDOMAIN - -", `"proto":"udp","query":"evil.example","qtype_name":"A","rcode":3,"rcode_name":"NXDOMAIN"`,
			func(e *telemetry.Event) {
				e.Kind, e.Proto, e.Name, e.DNSAnswer, e.NXDomain = telemetry.DNS, "udp", "evil.example", true, true
				e.Observables = []telemetry.Seen{source, target, seen("query", "evil.example", observable.Domain, "evil.example")}
			}},
		{"dns, not answered, of a log by another name", "names", dns, begin + "udp evil.example A - - (empty) -", `"proto":"udp","query":"evil.example","qtype_name":"A","answers":[]`,
			func(e *telemetry.Event) {
				e.Kind, e.Proto, e.Name = telemetry.DNS, "udp", "evil.example"
				e.Observables = []telemetry.Seen{source, target, seen("query", "evil.example", observable.Domain, "evil.example")}
			}},
		{"dns, text is no name; a mail server is a name", "dns", dns, begin + "tcp evil.example MX 0 NOERROR TXT_4_a.example,mx.example -", `"proto":"tcp","query":"evil.example","qtype_name":"MX","rcode_name":"NOERROR","answers":["TXT 4 a.example","mx.example"]`,
			func(e *telemetry.Event) {
				e.Kind, e.Proto, e.Name, e.DNSAnswer = telemetry.DNS, "tcp", "evil.example", true
				e.Observables = []telemetry.Seen{source, target, seen("query", "evil.example", observable.Domain, "evil.example"), seen("answers", "mx.example", observable.Domain, "mx.example")}
			}},
		{"http, host and path apart", "http", ends + "method host uri user_agent version", begin + `GET Evil.Example /a\x09b?x=\x5c,- Mozilla 1.1`,
			`"method":"GET","host":"Evil.Example","uri":"\/a\tb?x=\\,-","user_agent":"Mozilla","version":"1.1"`,
			func(e *telemetry.Event) {
				e.Kind, e.Proto = telemetry.HTTP, "tcp"
				e.Observables = []telemetry.Seen{source, target, seen("host", "Evil.Example", observable.Domain, "evil.example"),
					seen("uri", "http://Evil.Example:53/a\tb?x=\\,-", observable.URL, "http://evil.example:53/a%09b?x=%5C,-")}
			}},
		{"tls", "ssl", ends + "version cipher server_name ja3 ja3s ja4", begin + "TLSv12 X xn--bcher-kva.example e7eca2baf4458d095b7f45da28c16c34 - t13d1516h2_8daaf6152771_b186095e22b6",
			`"version":"TLSv12","cipher":"X","server_name":"xn--bcher-kva.example","ja3":"e7eca2baf4458d095b7f45da28c16c34","ja4":"t13d1516h2_8daaf6152771_b186095e22b6"`,
			func(e *telemetry.Event) {
				e.Kind, e.Proto = telemetry.TLS, "tcp"
				e.Observables = []telemetry.Seen{source, target, seen("server_name", "xn--bcher-kva.example", observable.Domain, "xn--bcher-kva.example"),
					seen("ja3", "e7eca2baf4458d095b7f45da28c16c34", observable.JA3, "e7eca2baf4458d095b7f45da28c16c34"),
					seen("ja4", "t13d1516h2_8daaf6152771_b186095e22b6", observable.JA4, "t13d1516h2_8daaf6152771_b186095e22b6")}
			}},
		{"a file that the responder sent", "files", files, "1494573843.123456 F C 192.0.2.7 40000 198.51.100.53 53 F - /dl/Setup.EXE 17 84C82835A5D21BBCF75A61706D8AB549 - -",
			`"fuid":"F","is_orig":false,"filename":"/dl/Setup.EXE","total_bytes":17,"md5":"84C82835A5D21BBCF75A61706D8AB549"`,
			func(e *telemetry.Event) {
				e.Kind, e.Source, e.Target, e.SourcePort, e.TargetPort, e.FileName = telemetry.File, e.Target, e.Source, 53, 40000, "/dl/Setup.EXE"
				e.Observables = []telemetry.Seen{source, target, seen("filename", "/dl/Setup.EXE", observable.FileName, "setup.exe"),
					seen("md5", "84C82835A5D21BBCF75A61706D8AB549", observable.MD5, "84c82835a5d21bbcf75a61706d8ab549")}
			}},
		{"a log that is not known", "weird", ends + "name host", begin + "x 203.0.113.1", `"name":"x","host":"203.0.113.1"`,
			func(e *telemetry.Event) { e.Observables = []telemetry.Seen{source, target} }},
	}
	for _, test := range tests {
		want := base
		test.want(&want)
		row, object := log(test.path, test.fields, test.row), `{"ts":1494573843.123456,"id.orig_h":"192.0.2.7","id.orig_p":40000,"id.resp_h":"198.51.100.53","id.resp_p":53,`+test.json+"}\n"
		if strings.Contains(test.row, "t13d1516h2_") { // its underscores are none of the row's spaces
			row = strings.ReplaceAll(row, "t13d1516h2 8daaf6152771 ", "t13d1516h2_8daaf6152771_")
		}
		for form, input := range map[string]string{"tsv": row, "json": object, "dos": strings.ReplaceAll(row, "\n", "\r\n")} {
			t.Run(test.name+" "+form, func(t *testing.T) {
				r := telemetry.NewZeek(strings.NewReader(input), telemetry.Options{})
				got := events(t, r)
				if diff := cmp.Diff([]telemetry.Event{want}, got, cmpopts.EquateComparable(netip.Addr{}), cmpopts.EquateEmpty(), cmpopts.IgnoreFields(telemetry.Event{}, "Line", "Offset", "End", "Properties")); diff != "" {
					t.Error(diff)
				}
				if s := r.Stats(); s.Events != 1 || s.Malformed+s.Mistyped+s.Undated+s.Unusable > 0 {
					t.Errorf("%+v", s)
				}
			})
		}
	}
}

// The states as base/protocols/conn/main.zeek describes them.
func TestZeekContacts(t *testing.T) {
	tests := []struct {
		proto, state, packets string
		contact, failed       bool
	}{
		{"tcp", "S0", "0", true, true}, {"tcp", "REJ", "1", true, true}, {"tcp", "RSTOS0", "0", true, true}, {"tcp", "SH", "0", true, true},
		{"tcp", "S1", "5", true, false}, {"tcp", "SF", "5", true, false}, {"tcp", "S2", "5", true, false}, {"tcp", "S3", "5", true, false},
		{"tcp", "RSTO", "5", true, false}, {"tcp", "RSTR", "5", true, false},
		{"tcp", "RSTRH", "5", false, false}, {"tcp", "SHR", "5", false, false}, {"tcp", "OTH", "5", false, false}, {"tcp", "OTH", "0", false, false},
		{"udp", "SF", "1", true, false}, {"udp", "S0", "0", true, true}, {"udp", "SHR", "1", false, false},
		{"icmp", "OTH", "1", true, false}, {"icmp", "OTH", "0", true, true}, {"tcp", "-", "0", true, true}, {"tcp", "-", "-", true, false},
	}
	for _, test := range tests {
		input := log("conn", ends+"proto conn_state resp_pkts", "1.0 C 192.0.2.7 1 198.51.100.1 445 "+test.proto+" "+test.state+" "+test.packets)
		e := events(t, telemetry.NewZeek(strings.NewReader(input), telemetry.Options{}))[0]
		if e.Kind != telemetry.Flow || e.Contact != test.contact || e.Failed != test.failed {
			t.Errorf("%s %s, %s packets back: a %v, contact %v, failed %v; want %v, %v", test.proto, test.state, test.packets, e.Kind, e.Contact, e.Failed, test.contact, test.failed)
		}
	}
}

func TestZeekTimes(t *testing.T) {
	for text, want := range map[string]string{
		`1494573843.123456`: "2017-05-12T07:24:03.123456Z", `1494573843`: "2017-05-12T07:24:03Z", `1494573843.5`: "2017-05-12T07:24:03.5Z", `1494573843123`: "2017-05-12T07:24:03.123Z",
		`"2017-05-12T07:24:03.123456Z"`: "2017-05-12T07:24:03.123456Z", `1.494573843e9`: "2017-05-12T07:24:03Z", `-1.5`: "0001-01-01T00:00:00Z",
		`1e300`: "0001-01-01T00:00:00Z", `"NaN"`: "0001-01-01T00:00:00Z", `""`: "0001-01-01T00:00:00Z", `"soon"`: "0001-01-01T00:00:00Z",
	} {
		r := telemetry.NewZeek(strings.NewReader(`{"ts":`+text+`}`), telemetry.Options{})
		e := events(t, r)[0]
		if got := e.Time.Format(time.RFC3339Nano); got != want || (r.Stats().Undated == 1) != e.Time.IsZero() {
			t.Errorf("%s is %s, want %s; %d undated", text, got, want, r.Stats().Undated)
		}
	}
}
