package dnstap_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	golang "github.com/dnstap/golang-dnstap"
	framestream "github.com/farsightsec/golang-framestream"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/dns/dnsmessage"
	"google.golang.org/protobuf/proto"

	"github.com/tocsin-project/tocsin/internal/telemetry"
	"github.com/tocsin-project/tocsin/internal/telemetry/dnstap"
)

var at = time.Date(2017, 5, 12, 7, 24, 3, 123456789, time.UTC)

// message is a DNS message; rdata is the address that it answers, if any.
func message(t testing.TB, name string, response bool, rcode dnsmessage.RCode, rdata string) []byte {
	t.Helper()
	n, err := dnsmessage.NewName(name)
	if err != nil {
		t.Fatal(err)
	}
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: 1, Response: response, RCode: rcode},
		Questions: []dnsmessage.Question{{Name: n, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}},
	}
	if rdata != "" {
		m.Answers = []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: n, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET},
			Body:   &dnsmessage.AResource{A: netip.MustParseAddr(rdata).As4()},
		}}
	}
	b, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// tap is a dnstap message of the given type around a DNS message.
func tap(t testing.TB, kind golang.Message_Type, dns []byte) []byte {
	t.Helper()
	m := &golang.Message{
		Type:            kind.Enum(),
		SocketFamily:    golang.SocketFamily_INET.Enum(),
		SocketProtocol:  golang.SocketProtocol_UDP.Enum(),
		QueryAddress:    []byte{192, 0, 2, 10},
		ResponseAddress: []byte{192, 0, 2, 53},
		QueryPort:       proto.Uint32(49152),
		ResponsePort:    proto.Uint32(53),
		QueryTimeSec:    proto.Uint64(uint64(at.Unix())),
		QueryTimeNsec:   proto.Uint32(uint32(at.Nanosecond())),
	}
	if kind%2 == 0 {
		m.ResponseTimeSec, m.ResponseTimeNsec = proto.Uint64(uint64(at.Unix())+1), proto.Uint32(0)
		m.ResponseMessage = dns
	} else {
		m.QueryMessage = dns
	}
	b, err := proto.Marshal(&golang.Dnstap{Type: golang.Dnstap_MESSAGE.Enum(), Identity: []byte("ns.example"), Message: m})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// file is a stream that is only written, as the library writes it.
func file(t testing.TB, frames ...[]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := golang.NewWriter(&b, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range frames {
		if _, err := w.WriteFrame(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func drain(t testing.TB, s telemetry.Source) (events []*telemetry.Event, err error) {
	t.Helper()
	for {
		e, err := s.Next()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return events, err
		}
		events = append(events, e.Clone())
	}
}

func sample(t testing.TB) []byte {
	return file(t,
		tap(t, golang.Message_CLIENT_QUERY, message(t, "WWW.Evil.example.", false, 0, "")),
		tap(t, golang.Message_CLIENT_RESPONSE, message(t, "WWW.Evil.example.", true, 0, "203.0.113.66")),
		tap(t, golang.Message_RESOLVER_QUERY, message(t, "b.example.", false, 0, "")),
		tap(t, golang.Message_RESOLVER_RESPONSE, message(t, "kill.example.", true, dnsmessage.RCodeNameError, "")),
	)
}

func TestEvents(t *testing.T) {
	in := sample(t)
	r := dnstap.New(bytes.NewReader(in), telemetry.Options{})
	events, err := drain(t, r)
	if err != nil || len(events) != 4 {
		t.Fatalf("%d events, %v, %+v", len(events), err, r.Stats())
	}
	type view struct {
		Name, Time       string
		Answer, NXDomain bool
	}
	var got []view
	for i, e := range events {
		got = append(got, view{e.Name, e.Timestamp, e.DNSAnswer, e.NXDomain})
		if e.Line != i+1 || e.Kind != telemetry.DNS || e.Proto != "udp" || e.Source.String() != "192.0.2.10" || e.SourcePort != 49152 || e.Target.String() != "192.0.2.53" || e.TargetPort != 53 {
			t.Errorf("event %d: %+v", i, e)
		}
		if i > 0 && e.Offset != events[i-1].End {
			t.Errorf("frame %d is at %d, the one before ends at %d", e.Line, e.Offset, events[i-1].End)
		}
		if !bytes.Contains(in[e.Offset:e.End], []byte("ns.example")) {
			t.Errorf("frame %d is not at %d to %d", e.Line, e.Offset, e.End)
		}
	}
	want := []view{
		{"www.evil.example", "2017-05-12T07:24:03.123456789Z", false, false}, {"www.evil.example", "2017-05-12T07:24:04Z", true, false},
		{"b.example", "2017-05-12T07:24:03.123456789Z", false, false}, {"kill.example", "2017-05-12T07:24:04Z", true, true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	var seen []string
	for _, s := range events[1].Observables {
		seen = append(seen, fmt.Sprint(s.Field, " ", s.Value, " ", s.Answer))
	}
	if diff := cmp.Diff([]string{"src_ip ipv4-addr=192.0.2.10 false", "dest_ip ipv4-addr=192.0.2.53 false",
		"dns.rrname domain-name=www.evil.example false", "dns.answers.rdata ipv4-addr=203.0.113.66 true"}, seen); diff != "" {
		t.Error(diff)
	}
}

// However the bytes arrive, the events are the same.
func TestOneByteAtATime(t *testing.T) {
	whole, err := drain(t, dnstap.New(bytes.NewReader(sample(t)), telemetry.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	slow, err := drain(t, dnstap.New(iotest.OneByteReader(bytes.NewReader(sample(t))), telemetry.Options{}))
	if diff := cmp.Diff(whole, slow, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

// Wherever the stream breaks, the frames before it are read, and the one that
// was broken is counted.
func TestBreaksAnywhere(t *testing.T) {
	in := sample(t)
	whole, _ := drain(t, dnstap.New(bytes.NewReader(in), telemetry.Options{}))
	for n := range len(in) {
		r := dnstap.New(bytes.NewReader(in[:n]), telemetry.Options{})
		events, err := drain(t, r)
		want, within := 0, n > int(whole[0].Offset)
		for _, e := range whole {
			if int(e.End) <= n {
				want++
			}
			within = within && int(e.End) != n
		}
		if len(events) != want {
			t.Errorf("of %d bytes %d events, want %d", n, len(events), want)
		}
		if inHandshake := n > 0 && n < int(whole[0].Offset); inHandshake != (err != nil) {
			t.Errorf("of %d bytes: %v", n, err)
		}
		if got := r.Stats().Malformed == 1; got != within {
			t.Errorf("of %d bytes: broken within a frame %v, counted %v: %+v", n, within, got, r.Stats())
		}
	}
}

// Frames that say nothing are counted with their place, and the rest is read.
func TestUnreadable(t *testing.T) {
	good := tap(t, golang.Message_CLIENT_QUERY, message(t, "a.example.", false, 0, ""))
	broken := message(t, "a.example.", true, 0, "203.0.113.66")
	empty, err := proto.Marshal(&golang.Dnstap{Type: golang.Dnstap_MESSAGE.Enum()})
	if err != nil {
		t.Fatal(err)
	}
	in := file(t, good, []byte("no protobuf"), empty, tap(t, golang.Message_CLIENT_QUERY, []byte("short")), make([]byte, 3000),
		tap(t, golang.Message_CLIENT_RESPONSE, broken[:len(broken)-2]), good)
	r := dnstap.New(bytes.NewReader(in), telemetry.Options{MaxLine: 2000})
	events, err := drain(t, r)
	if err != nil {
		t.Fatal(err)
	}
	s := r.Stats()
	if len(events) != 3 || s.Lines != 7 || s.Events != 3 || s.Malformed != 3 || s.TooLong != 1 || s.Mistyped != 1 || len(s.Samples) != 5 {
		t.Errorf("%d events, %+v", len(events), s)
	}
	if s.Samples[0].Line != 2 || s.Samples[0].Offset != events[0].End {
		t.Errorf("the place of the first: %+v", s.Samples[0])
	}
	if events[1].Name != "a.example" || events[2].Line != 7 {
		t.Errorf("what was read of the broken one, and what follows: %+v, %+v", events[1], events[2])
	}
}

func TestNoStream(t *testing.T) {
	var other bytes.Buffer
	if _, err := framestream.NewWriter(&other, &framestream.WriterOptions{ContentTypes: [][]byte{[]byte("protobuf:other.Thing")}}); err != nil {
		t.Fatal(err)
	}
	ready := []byte{0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, framestream.CONTROL_READY}
	for in, want := range map[string]string{
		"{\"event_type\":\"dns\"}\n": "no Frame Stream",
		other.String():               "protobuf:other.Thing",
		string(ready):                "asks for an answer",
		"\x00\x00\x00\x00\x00\x00\x00\x04\x00\x00\x00\x03": "want START",
		"\x00\x00\x00\x00\x00\x00\x00\x01\x00":             "want 4 to 512",
	} {
		r := dnstap.New(struct{ io.Reader }{strings.NewReader(in)}, telemetry.Options{})
		_, err := r.Next()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", in, err, want)
		}
		if _, again := r.Next(); again == nil || again.Error() != err.Error() {
			t.Errorf("%q: then %v", in, again)
		}
	}
}
