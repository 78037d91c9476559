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

func readAll(t *testing.T, input string, opts telemetry.Options) ([]telemetry.Event, telemetry.Stats) {
	t.Helper()
	r := telemetry.NewEVE(strings.NewReader(input), opts)
	var events []telemetry.Event
	for {
		e, err := r.Next()
		if errors.Is(err, io.EOF) {
			return events, r.Stats()
		}
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, *e.Clone())
	}
}

func seen(field, raw string, t observable.Type, text string) telemetry.Seen {
	return telemetry.Seen{Value: observable.Value{Type: t, Text: text}, Field: field, Raw: raw}
}

// answer is what a DNS reply gives for the name.
func answer(s telemetry.Seen) telemetry.Seen {
	s.Answer = true
	return s
}

func ofObject(number int, s telemetry.Seen) telemetry.Seen {
	s.Object = number
	return s
}

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

// Records as Suricata 4 to 8 writes them, cut down to what is read.
func TestRecords(t *testing.T) {
	const head = `{"timestamp":"2017-05-12T07:24:03.123456+0000","flow_id":1,"in_iface":"eth0",`
	at := time.Date(2017, 5, 12, 7, 24, 3, 123456000, time.UTC)
	source, target := seen("src_ip", "192.0.2.7", observable.IPv4, "192.0.2.7"), seen("dest_ip", "198.51.100.53", observable.IPv4, "198.51.100.53")
	const between = `"src_ip":"192.0.2.7","src_port":40000,"dest_ip":"198.51.100.53","dest_port":53,"proto":"UDP",`
	base := telemetry.Event{Line: 1, Timestamp: "2017-05-12T07:24:03.123456+0000", Time: at, Source: addr("192.0.2.7"), Target: addr("198.51.100.53"),
		SourcePort: 40000, TargetPort: 53, Proto: "udp"}
	tests := []struct {
		name, line string
		want       func(e *telemetry.Event)
	}{
		{"dns query, format 1 and 2", head + `"event_type":"dns",` + between + `"dns":{"version":2,"type":"query","id":1,"rrname":"Evil.EXAMPLE.","rrtype":"A","tx_id":0}}`,
			func(e *telemetry.Event) {
				e.Kind, e.Name = telemetry.DNS, "evil.example"
				e.Observables = []telemetry.Seen{source, target, seen("dns.rrname", "Evil.EXAMPLE.", observable.Domain, "evil.example")}
			}},
		{"dns answer, format 1", head + `"event_type":"dns",` + between + `"dns":{"type":"answer","id":1,"rcode":"NOERROR","rrname":"evil.example","rrtype":"A","ttl":60,"rdata":"203.0.113.9"}}`,
			func(e *telemetry.Event) {
				e.Kind, e.Name, e.DNSAnswer = telemetry.DNS, "evil.example", true
				e.Observables = []telemetry.Seen{source, target, seen("dns.rrname", "evil.example", observable.Domain, "evil.example"), answer(seen("dns.rdata", "203.0.113.9", observable.IPv4, "203.0.113.9"))}
			}},
		{"dns answer, format 2: the chain of names, and grouped left out as a repetition", head + `"event_type":"dns",` + between + `"dns":{"version":2,"type":"answer","rrname":"www.good.example","rrtype":"A","rcode":"NOERROR",
			"answers":[{"rrname":"www.good.example","rrtype":"CNAME","ttl":5,"rdata":"cdn.evil.example"},{"rrname":"cdn.evil.example","rrtype":"AAAA","ttl":5,"rdata":"2001:0db8:0000:0000:0000:0000:0000:0001"},{"rrname":"cdn.evil.example","rrtype":"TXT","rdata":"text.example"}],
			"grouped":{"CNAME":["cdn.evil.example"],"AAAA":["2001:0db8::1"]}}}`,
			func(e *telemetry.Event) {
				e.Kind, e.Name, e.DNSAnswer = telemetry.DNS, "www.good.example", true
				e.Observables = []telemetry.Seen{source, target, seen("dns.rrname", "www.good.example", observable.Domain, "www.good.example"),
					answer(seen("dns.answers.rdata", "cdn.evil.example", observable.Domain, "cdn.evil.example")),
					seen("dns.answers.rrname", "cdn.evil.example", observable.Domain, "cdn.evil.example"),
					answer(seen("dns.answers.rdata", "2001:0db8:0000:0000:0000:0000:0000:0001", observable.IPv6, "2001:db8::1")),
					seen("dns.answers.rrname", "cdn.evil.example", observable.Domain, "cdn.evil.example")}
			}},
		{"dns answer, format 2 with grouped alone", head + `"event_type":"dns",` + between + `"dns":{"version":2,"type":"answer","rrname":"a.example","rcode":"NOERROR","grouped":{"A":["203.0.113.1","203.0.113.2"],"TXT":["b.example"]}}}`,
			func(e *telemetry.Event) {
				e.Kind, e.Name, e.DNSAnswer = telemetry.DNS, "a.example", true
				e.Observables = []telemetry.Seen{source, target, seen("dns.rrname", "a.example", observable.Domain, "a.example"),
					answer(seen("dns.grouped.A", "203.0.113.1", observable.IPv4, "203.0.113.1")), answer(seen("dns.grouped.A", "203.0.113.2", observable.IPv4, "203.0.113.2"))}
			}},
		{"dns response, format 3", head + `"event_type":"dns",` + between + `"dns":{"version":3,"type":"response","rcode":"NXDOMAIN","queries":[{"rrname":"kill.example","rrtype":"A"}]}}`,
			func(e *telemetry.Event) {
				e.Kind, e.Name, e.DNSAnswer, e.NXDomain = telemetry.DNS, "kill.example", true, true
				e.Observables = []telemetry.Seen{source, target, seen("dns.queries.rrname", "kill.example", observable.Domain, "kill.example")}
			}},
		{"dns answer logged as sent by the server is turned round", head + `"event_type":"dns","src_ip":"198.51.100.53","src_port":53,"dest_ip":"192.0.2.7","dest_port":40000,"proto":"UDP","dns":{"type":"answer","rcode":"NOERROR"}}`,
			func(e *telemetry.Event) {
				e.Kind, e.DNSAnswer = telemetry.DNS, true
				target, source := target, source
				target.Field, source.Field = "src_ip", "dest_ip"
				e.Observables = []telemetry.Seen{target, source}
			}},
		{"alert with its dns", head + `"event_type":"alert",` + between + `"alert":{"signature":"a \"b\"","action":"allowed"},"dns":{"query":[{"type":"query","rrname":"evil.example"}]}}`,
			func(e *telemetry.Event) {
				e.Kind, e.Name = telemetry.Alert, "evil.example"
				e.Observables = []telemetry.Seen{source, target, seen("dns.query.rrname", "evil.example", observable.Domain, "evil.example")}
			}},
		{"http", head + `"event_type":"http",` + between + `"http":{"hostname":"WWW.evil.example","http_port":8080,"url":"\/a%2fb\/..\/x?q=\u0041\"","http_method":"GET","status":200}}`,
			func(e *telemetry.Event) {
				e.Kind = telemetry.HTTP
				e.Observables = []telemetry.Seen{source, target, seen("http.hostname", "WWW.evil.example", observable.Domain, "www.evil.example"),
					seen("http.url", `http://WWW.evil.example:8080/a%2fb/../x?q=A"`, observable.URL, "http://www.evil.example:8080/a%2Fb/../x?q=A%22")}
			}},
		{"http through a proxy", head + `"event_type":"http",` + between + `"http":{"hostname":"proxy.example","url":"http://evil.example/x"}}`,
			func(e *telemetry.Event) {
				e.Kind = telemetry.HTTP
				e.Observables = []telemetry.Seen{source, target, seen("http.hostname", "proxy.example", observable.Domain, "proxy.example"),
					seen("http.url", "http://evil.example/x", observable.URL, "http://evil.example/x"), seen("http.url", "http://evil.example/x", observable.Domain, "evil.example")}
			}},
		{"http CONNECT", head + `"event_type":"http",` + between + `"http":{"hostname":"evil.example","http_method":"CONNECT","url":"evil.example:443"}}`,
			func(e *telemetry.Event) {
				e.Kind = telemetry.HTTP
				e.Observables = []telemetry.Seen{source, target, seen("http.hostname", "evil.example", observable.Domain, "evil.example")}
			}},
		{"http without a Host is to the target", head + `"event_type":"http",` + between + `"http":{"url":"/x"}}`,
			func(e *telemetry.Event) {
				e.Kind = telemetry.HTTP
				e.Observables = []telemetry.Seen{source, target, seen("http.url", "http://198.51.100.53:53/x", observable.URL, "http://198.51.100.53:53/x")}
			}},
		{"http to an IPv6 address", head + `"event_type":"http",` + between + `"http":{"hostname":"[2001:DB8::1]","url":"/x"}}`,
			func(e *telemetry.Event) {
				e.Kind = telemetry.HTTP
				e.Observables = []telemetry.Seen{source, target, seen("http.hostname", "[2001:DB8::1]", observable.IPv6, "2001:db8::1"),
					seen("http.url", "http://[2001:DB8::1]/x", observable.URL, "http://[2001:db8::1]/x")}
			}},
		{"tls", head + `"event_type":"tls",` + between + `"tls":{"subject":"CN=x","sni":"evil.example","ja3":{"string":"00"}}}`,
			func(e *telemetry.Event) {
				e.Kind = telemetry.TLS
				e.Observables = []telemetry.Seen{source, target, seen("tls.sni", "evil.example", observable.Domain, "evil.example")}
			}},
		{"file", head + `"event_type":"fileinfo",` + between + `"fileinfo":{"filename":"\/tasksche.exe","md5":"84C82835A5D21BBCF75A61706D8AB549","sha256":"` + strings.Repeat("aB", 32) + `","size":3514368}}`,
			func(e *telemetry.Event) {
				e.Kind, e.FileName = telemetry.File, "/tasksche.exe"
				e.Observables = []telemetry.Seen{source, target, seen("fileinfo.filename", "/tasksche.exe", observable.FileName, "tasksche.exe"), seen("fileinfo.md5", "84C82835A5D21BBCF75A61706D8AB549", observable.MD5, "84c82835a5d21bbcf75a61706d8ab549"),
					seen("fileinfo.sha256", strings.Repeat("aB", 32), observable.SHA256, strings.Repeat("ab", 32))}
			}},
		{"files of an alert", head + `"event_type":"alert",` + between + `"files":[{"filename":"a","sha1":"` + strings.Repeat("0", 40) + `"},{"filename":"b"}]}`,
			func(e *telemetry.Event) {
				e.Kind, e.FileName = telemetry.Alert, "a"
				e.Observables = []telemetry.Seen{source, target, seen("files.filename", "a", observable.FileName, "a"), seen("files.sha1", strings.Repeat("0", 40), observable.SHA1, strings.Repeat("0", 40)), ofObject(1, seen("files.filename", "b", observable.FileName, "b"))}
			}},
		{"IPv4 within IPv6", head + `"src_ip":"::ffff:192.0.2.7","dest_ip":"2001:DB8:0:0::1"}`,
			func(e *telemetry.Event) {
				e.Source, e.Target, e.SourcePort, e.TargetPort, e.Proto = addr("192.0.2.7"), addr("2001:db8::1"), 0, 0, ""
				e.Observables = []telemetry.Seen{seen("src_ip", "::ffff:192.0.2.7", observable.IPv4, "192.0.2.7"), seen("dest_ip", "2001:DB8:0:0::1", observable.IPv6, "2001:db8::1")}
			}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want := base
			test.want(&want)
			events, stats := readAll(t, strings.ReplaceAll(test.line, "\n", " ")+"\n", telemetry.Options{})
			want.End = want.Offset + int64(len(test.line)) + 1
			if diff := cmp.Diff([]telemetry.Event{want}, events, cmpopts.EquateComparable(netip.Addr{}), cmpopts.EquateEmpty(), cmpopts.IgnoreFields(telemetry.Event{}, "Properties")); diff != "" {
				t.Error(diff)
			}
			if want := (telemetry.Stats{Lines: 1, Events: 1}); !cmp.Equal(want, stats) {
				t.Error(cmp.Diff(want, stats))
			}
		})
	}
}

func TestContacts(t *testing.T) {
	tests := []struct {
		name, proto, flow, tcp string
		contact, failed        bool
	}{
		{"accepted", "TCP", `{"pkts_toclient":5,"bytes_toclient":300,"state":"closed"}`, `{"tcp_flags":"1b","tcp_flags_ts":"1b","tcp_flags_tc":"1b","syn":true,"state":"closed"}`, true, false},
		{"no answer", "TCP", `{"pkts_toserver":3,"pkts_toclient":0,"bytes_toclient":0,"state":"new"}`, `{"tcp_flags":"02","tcp_flags_ts":"02","tcp_flags_tc":"00","state":"syn_sent"}`, true, true},
		{"reset", "TCP", `{"pkts_toclient":1,"bytes_toclient":60,"state":"closed"}`, `{"tcp_flags":"16","tcp_flags_ts":"02","tcp_flags_tc":"14","state":"closed"}`, true, true},
		{"under way when the sensor came up", "TCP", `{"pkts_toclient":9,"state":"established"}`, `{"tcp_flags":"18","tcp_flags_ts":"18","tcp_flags_tc":"18","state":"established"}`, false, false},
		{"only the state", "TCP", `{"state":"new"}`, `null`, true, true},
		{"only the TCP state", "TCP", `{}`, `{"state":"syn_sent"}`, true, true},
		{"only the bytes", "TCP", `{"bytes_toclient":0}`, `{}`, true, true},
		{"datagrams answered", "UDP", `{"pkts_toclient":1,"state":"established"}`, `null`, true, false},
		{"datagrams not answered", "UDP", `{"pkts_toclient":0,"state":"new"}`, `null`, true, true},
		{"nothing known", "UDP", `{}`, `null`, true, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			events, _ := readAll(t, `{"event_type":"flow","proto":"`+test.proto+`","flow":`+test.flow+`,"tcp":`+test.tcp+`}`, telemetry.Options{})
			if e := events[0]; e.Contact != test.contact || e.Failed != test.failed {
				t.Errorf("contact %v, failed %v; want %v, %v", e.Contact, e.Failed, test.contact, test.failed)
			}
		})
	}
}

func TestTimestamps(t *testing.T) {
	tests := []struct{ text, want string }{
		{"2017-05-12T07:24:03.123456+0000", "2017-05-12T07:24:03.123456Z"},
		{"2017-05-12T09:24:03.123456+0200", "2017-05-12T07:24:03.123456Z"},
		{"2017-05-12T07:24:03Z", "2017-05-12T07:24:03Z"},
		{"2017-05-12T07:24:03.5-00:30", "2017-05-12T07:54:03.5Z"},
		{"2020-02-29T23:59:59.000001+0000", "2020-02-29T23:59:59.000001Z"},
		{"2019-02-29T23:59:59.000001+0000", "0001-01-01T00:00:00Z"},
		{"2017-05-12T24:24:03.123456+0000", "0001-01-01T00:00:00Z"},
		{"yesterday", "0001-01-01T00:00:00Z"},
	}
	for _, test := range tests {
		events, stats := readAll(t, `{"timestamp":"`+test.text+`"}`, telemetry.Options{})
		e := events[0]
		if got := e.Time.Format(time.RFC3339Nano); got != test.want {
			t.Errorf("%s is %s, want %s", test.text, got, test.want)
		}
		if e.Timestamp != test.text {
			t.Errorf("the text %q became %q", test.text, e.Timestamp)
		}
		if (stats.Undated == 1) != e.Time.IsZero() {
			t.Errorf("%s: %d undated", test.text, stats.Undated)
		}
	}
}
