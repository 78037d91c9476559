package capture_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/telemetry"
	"github.com/tocsin-project/tocsin/internal/telemetry/capture"
)

var web = netip.MustParseAddrPort("198.51.100.7:8080")

// requests is what a capture of one conversation shows, as "URL agent".
func requests(t *testing.T, to netip.AddrPort, text string, size int) (lines []string, r *capture.Reader) {
	t.Helper()
	f := newFilm(t)
	f.connect(client, to).ask([]byte(text), size)
	events, r := read(t, f.pcap(0), capture.Options{})
	for _, e := range of(telemetry.HTTP, events) {
		line := "-"
		for _, s := range e.Observables {
			if s.Field == "http.url" && line == "-" {
				line = s.Text
			}
		}
		for _, p := range e.Properties {
			if strings.HasSuffix(p.Path, "'User-Agent'") {
				line += " " + p.Text
			}
		}
		lines = append(lines, line)
	}
	return lines, r
}

const (
	get  = "GET /%d HTTP/1.1\r\nHost: Evil.example:8080\r\nUser-Agent: agent/1 (x)\r\nAccept: */*\r\n\r\n"
	post = "POST /up HTTP/1.1\r\nhost: evil.example\r\nContent-Length: %d\r\n\r\n%s"
)

func TestRequests(t *testing.T) {
	f := newFilm(t)
	f.connect(client, web).ask(fmt.Appendf(nil, get, 1), 0)
	events, _ := read(t, f.pcap(0), capture.Options{})
	h := of(telemetry.HTTP, events)
	if len(h) != 1 || h[0].Source != client.Addr() || h[0].Target != web.Addr() || h[0].TargetPort != 8080 {
		t.Fatalf("%+v", h)
	}
	want := []string{"src_ip ipv4-addr=192.0.2.10", "dest_ip ipv4-addr=198.51.100.7", "http.hostname domain-name=evil.example", "http.url url=http://evil.example:8080/1"}
	if diff := cmp.Diff(want, seen(h[0])); diff != "" {
		t.Error(diff)
	}
	const ext = "network-traffic:extensions.'http-request-ext'."
	wantProperties := []telemetry.Property{
		{Path: ext + "request_method", Text: "GET"}, {Path: ext + "request_value", Text: "/1"}, {Path: ext + "request_version", Text: "1.1"},
		{Path: ext + "request_header.Host", Text: "Evil.example:8080"}, {Path: ext + "request_header.'User-Agent'", Text: "agent/1 (x)"},
	}
	if diff := cmp.Diff(wantProperties, h[0].Properties); diff != "" {
		t.Error(diff)
	}
}

// Several requests of one conversation, with bodies that look like requests,
// cut anywhere.
func TestConversation(t *testing.T) {
	body := fmt.Sprintf(get, 99)
	text := fmt.Sprintf(get, 1) + fmt.Sprintf(post, len(body), body) + fmt.Sprintf(get, 2) + strings.ReplaceAll(fmt.Sprintf(get, 3), "\r", "")
	want := []string{"http://evil.example:8080/1 agent/1 (x)", "http://evil.example/up", "http://evil.example:8080/2 agent/1 (x)", "http://evil.example:8080/3 agent/1 (x)"}
	for size := range 60 {
		if got, r := requests(t, web, text, size); !slices.Equal(got, want) || r.Counts().Buffered != 0 {
			t.Fatalf("in segments of %d: %q, %+v", size, got, r.Counts())
		}
	}
}

func TestForms(t *testing.T) {
	for text, want := range map[string]string{
		"GET / HTTP/1.0\r\n\r\n": "http://198.51.100.7:8080/",
		"GET http://evil.example/a%20b?c HTTP/1.1\r\nHost: proxy.example\r\n\r\n":       "http://evil.example/a%20b?c",
		"OPTIONS * HTTP/1.1\r\nHost: evil.example\r\n\r\n":                              "-",
		"GET /a b HTTP/1.1\r\nHost: evil.example\r\n\r\n":                               "http://evil.example/a%20b",
		"GET /x HTTP/1.1\r\nHost: [2001:db8::7]:80\r\n\r\n":                             "http://[2001:db8::7]/x",
		"GET /\xff HTTP/1.1\r\nHost: evil.example\r\nUser-Agent: caf\xe9\r\n\r\n":       "http://evil.example/%FF caf\ufffd",
		"M-SEARCH /s HTTP/1.1\r\nHost:evil.example \r\n\r\n":                            "http://evil.example/s",
		"GET /nohost HTTP/1.1\r\nX: y\r\nContent-Length: x\r\n\r\nGET /no HTTP/1.1\r\n": "http://198.51.100.7:8080/nohost",
	} {
		if got, r := requests(t, web, text, 0); len(got) != 1 || got[0] != want {
			t.Errorf("%q: %q, want %q; %+v", text, got, want, r.Stats())
		}
	}
	for _, text := range []string{
		"EHLO evil.example\r\nMAIL FROM:<a@evil.example>\r\n\r\n", "GET /\r\n\r\n", "GET / HTTP/2.0\r\n\r\n", "get / HTTP/1.1\r\n\r\n",
		"HTTP/1.1 200 OK\r\n\r\n", "SSH-2.0-x\r\n", strings.Repeat("A", 100), "GET  HTTP/1.1\r\n\r\n",
	} {
		if got, _ := requests(t, web, text, 0); len(got) != 0 {
			t.Errorf("%q is no request of HTTP/1: %q", text, got)
		}
	}
}

// A head that the capture cuts off, or that is too long, gives what there is.
func TestPartOfAHead(t *testing.T) {
	f := newFilm(t)
	f.connect(client, web).ask(fmt.Appendf(nil, get, 1), 0)
	head := 14 + 20 + 20 + strings.Index(fmt.Sprintf(get, 1), "Accept")
	events, r := read(t, f.pcap(head), capture.Options{})
	if h := of(telemetry.HTTP, events); len(h) != 1 || len(h[0].Properties) != 5 || r.Counts().Cut == 0 {
		t.Errorf("cut off: %+v, %+v", h, r.Counts())
	}
	long := "GET /1 HTTP/1.1\r\nHost: evil.example\r\nCookie: " + strings.Repeat("c", 20<<10) + "\r\n\r\n" + fmt.Sprintf(get, 2)
	got, r := requests(t, web, long, 1000)
	if want := []string{"http://evil.example/1"}; !slices.Equal(got, want) || r.Counts().Overlong != 1 {
		t.Errorf("too long: %q, %+v", got, r.Counts())
	}
	// The conversation ends before the head does.
	f = newFilm(t)
	k := f.connect(client, web)
	k.ask([]byte("GET /1 HTTP/1.1\r\nHost: evil.example\r\nX: "), 0)
	f.segment(client, web, "RA", k.up, nil)
	if events, _ := read(t, f.pcap(0), capture.Options{}); len(of(telemetry.HTTP, events)) != 1 {
		t.Error("a request that was never finished is not told")
	}
}

// What begins late is found: STARTTLS, and a request after a chunked body.
func TestLate(t *testing.T) {
	up, _ := shakeHands(t, tlsClient("www.evil.example"))
	f := newFilm(t)
	k := f.connect(client, netip.MustParseAddrPort("198.51.100.7:25"))
	k.ask([]byte("EHLO a.example\r\n"), 0)
	k.ask([]byte("STARTTLS\r\n"), 0)
	k.ask(up, 100)
	chunked := f.connect(netip.MustParseAddrPort("192.0.2.10:50001"), web)
	chunked.ask([]byte("POST /c HTTP/1.1\r\nHost: evil.example\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"), 80)
	chunked.ask(fmt.Appendf(nil, get, 7), 0)
	events, r := read(t, f.pcap(0), capture.Options{})
	if len(of(telemetry.TLS, events)) != 1 || len(of(telemetry.HTTP, events)) != 2 {
		t.Errorf("%d events, %+v, %+v", len(events), r.Stats(), r.Counts())
	}
}
