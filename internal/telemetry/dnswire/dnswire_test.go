package dnswire_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/dns/dnsmessage"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/telemetry/dnswire"
)

func reply(t testing.TB, name string, bodies ...dnsmessage.ResourceBody) []byte {
	t.Helper()
	n := dnsmessage.MustNewName(name)
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: 9, Response: true},
		Questions: []dnsmessage.Question{{Name: n, Type: dnsmessage.TypeALL, Class: dnsmessage.ClassINET}},
	}
	for _, b := range bodies {
		m.Answers = append(m.Answers, dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: n, Class: dnsmessage.ClassINET}, Body: b})
	}
	b, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func values(m *dnswire.Message) (lines []string) {
	for _, v := range m.Values {
		lines = append(lines, fmt.Sprintf("%s %s %s", v.Field, v.Value, v.Raw))
	}
	return lines
}

// Which types' data is told, and that a name is told as it stood and normalised.
func TestTypes(t *testing.T) {
	name := dnsmessage.MustNewName
	var p dnswire.Parser
	m, err := p.Parse(reply(t, "Evil.example.",
		&dnsmessage.NSResource{NS: name("NS.example.")}, &dnsmessage.PTRResource{PTR: name("ptr.example.")},
		&dnsmessage.MXResource{MX: name("mx.example.")}, &dnsmessage.SOAResource{NS: name("soa.example."), MBox: name("x.example.")},
		&dnsmessage.TXTResource{TXT: []string{"txt.example"}}, &dnsmessage.SRVResource{Target: name("srv.example.")},
		&dnsmessage.AAAAResource{AAAA: [16]byte{10: 0xff, 11: 0xff, 12: 192, 13: 0, 14: 2, 15: 1}}))
	if err != nil || m.Broken != nil || !m.Answer || m.ID != 9 || m.Name != "evil.example" {
		t.Fatalf("%+v, %v", m, err)
	}
	want := []string{
		"dns.rrname domain-name=evil.example Evil.example", "dns.answers.rdata domain-name=ns.example NS.example",
		"dns.answers.rdata domain-name=ptr.example ptr.example", "dns.answers.rdata domain-name=mx.example mx.example",
		"dns.answers.rdata ipv4-addr=192.0.2.1 192.0.2.1",
	}
	if diff := cmp.Diff(want, values(m)); diff != "" {
		t.Error(diff)
	}
}

func TestUnusable(t *testing.T) {
	var p dnswire.Parser
	m, err := p.Parse(reply(t, ".", &dnsmessage.CNAMEResource{CNAME: dnsmessage.MustNewName("a b.example.")}))
	if err != nil || m.Name != "" || len(m.Values) != 0 || m.Unusable != 3 {
		t.Errorf("%+v, %v", m, err)
	}
	if _, err := p.Parse(make([]byte, dnswire.MaxMessage+1)); err == nil || !strings.Contains(err.Error(), "the longest possible") {
		t.Errorf("too long: %v", err)
	}
}

func FuzzDNSWire(f *testing.F) {
	f.Add(reply(f, "evil.example.", &dnsmessage.AResource{A: [4]byte{192, 0, 2, 1}}, &dnsmessage.CNAMEResource{CNAME: dnsmessage.MustNewName("c.example.")}))
	f.Add(append(bytes.Repeat([]byte{0, 1}, 6), 0xc0, 12, 0, 1, 0, 1))
	var p dnswire.Parser
	f.Fuzz(func(t *testing.T, wire []byte) {
		m, err := p.Parse(wire)
		if (m == nil) != (err != nil) {
			t.Fatalf("%v, %v", m, err)
		}
		if err != nil {
			return
		}
		for _, v := range m.Values {
			if again, err := observable.New(v.Type, v.Text); err != nil || again != v.Value || !utf8.ValidString(v.Raw) {
				t.Errorf("%v from %q: %v", v.Value, v.Raw, err)
			}
		}
	})
}
