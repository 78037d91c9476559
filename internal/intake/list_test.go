package intake_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/intake"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/tabular"
	"github.com/tocsin-project/tocsin/stix"
	"github.com/tocsin-project/tocsin/stix/pattern"
)

func TestAListBecomesIndicators(t *testing.T) {
	list := "\ufeff# seen today\r\n\r\nEvil.Example.\t# the first\n198.51.100.7\n203.0.113.0/24\n2001:DB8::1\n" +
		"http://Evil.example/a#b\n24D004A104D4D54034DBCFFC2A4B19A11F39008A575AA614EA04703480B1022C\ndb349b97c37d22f5ea1d1841e3c89eb4\nevil.example"
	out, err := read(t, list, intake.Submission{})
	if err != nil {
		t.Fatal(err)
	}
	if out.Accepted != 7 || out.Repeated != 1 || len(out.Drafts) != 1 {
		t.Fatalf("accepted %d, repeated %d, %d drafts", out.Accepted, out.Repeated, len(out.Drafts))
	}
	p := part(t, out.Drafts[0])
	if p.Source != "list" {
		t.Errorf("source %q", p.Source)
	}
	var terms []pattern.Term
	for _, raw := range p.Objects {
		for _, f := range stix.ValidateRaw(raw) {
			if f.Level == stix.LevelError {
				t.Errorf("%s: %v", raw, f.Err)
			}
		}
		h, err := stix.ParseHeader(raw)
		if err != nil {
			t.Fatal(err)
		}
		v, err := observable.Infer(h.Name)
		if err != nil || h.ID != tabular.IndicatorID(string(partner), v) || h.CreatedByRef != string(partner) {
			t.Errorf("%s is %s by %s", h.Name, h.ID, h.CreatedByRef)
		}
		if labelled := len(h.Labels) == 1 && h.Labels[0] == tabular.LabelSubdomains; labelled != (v.Type == observable.Domain) {
			t.Errorf("%s has the labels %v", h.Name, h.Labels)
		}
		q, err := pattern.Parse(h.Pattern)
		if err != nil {
			t.Fatal(err)
		}
		found, complete := pattern.Terms(q)
		if !complete {
			t.Errorf("%s says more than one value", h.Pattern)
		}
		terms = append(terms, found...)
	}
	want := []pattern.Term{
		{Path: "domain-name:value", Value: "evil.example"},
		{Path: "ipv4-addr:value", Value: "198.51.100.7"},
		{Path: "ipv4-addr:value", Value: "203.0.113.0/24", Subset: true},
		{Path: "ipv6-addr:value", Value: "2001:db8::1"},
		{Path: "url:value", Value: "http://evil.example/a"},
		{Path: "file:hashes.'SHA-256'", Value: "24d004a104d4d54034dbcffc2a4b19a11f39008a575aa614ea04703480b1022c"},
		{Path: "file:hashes.MD5", Value: "db349b97c37d22f5ea1d1841e3c89eb4"},
	}
	if diff := cmp.Diff(want, terms); diff != "" {
		t.Errorf("values (-want +got)\n%s", diff)
	}
}

func TestJunkInAListIsRejectedWithItsLine(t *testing.T) {
	lines := []string{
		"ok.example", "/", "localhost", "com", "1.2.3", "256.1.1.1", "0.0.0.0/0", "::/0", "127.0.0.1", "10.1.2.3", "169.254.1.1",
		"224.0.0.1", "255.255.255.255", "0.0.0.0", "::1", "fe80::1", "printer.local", "1.2.0.192.in-addr.arpa", "http://localhost/x",
		"http://192.168.1.1/x", "d41d8cd98f00b204e9800998ecf8427e", "evil example", "a\xffb.example", "x.invalid",
		strings.Repeat("x", 9000), "ok2.example",
	}
	_, err := read(t, strings.Join(lines, "\n"), intake.Submission{})
	var refused *intake.Refused
	if !errors.As(err, &refused) {
		t.Fatalf("error %v", err)
	}
	out, err := read(t, strings.Join(lines, "\n"), intake.Submission{PerObject: true})
	if err != nil {
		t.Fatal(err)
	}
	if out.Accepted != 2 || len(out.Rejected) != len(lines)-2 {
		t.Errorf("accepted %d, rejected %d of %d", out.Accepted, len(out.Rejected), len(lines))
	}
	for i, r := range out.Rejected {
		if r.Line != i+2 || !strings.HasPrefix(r.Reason, fmt.Sprintf("line %d: ", i+2)) {
			t.Errorf("%+v, want line %d", r, i+2)
		}
	}
}

func TestAListHasLimits(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		max  int64
	}{
		"junk without end": {strings.Repeat("/\n", 10_001), 0},
		"too many bytes":   {strings.Repeat("a.example\n", 200), 1999},
	} {
		_, err := read(t, c.text, intake.Submission{PerObject: true, MaxBytes: c.max})
		var refused *intake.Refused
		if !errors.As(err, &refused) || refused.Cause == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("evil.example\n198.51.100.0/24 # x\nhttp://a.example/b#c\n"), true)
	f.Add([]byte(bundle(tool(1, ""), tool(2, marked(stix.TLPMarking("red"))))), true)
	f.Add([]byte("\ufeff"+bundle("5")), false)
	f.Add([]byte("\x1f\x8b\x08\x00"), false)
	f.Fuzz(func(t *testing.T, text []byte, perObject bool) {
		out, err := intake.Read(t.Context(), strings.NewReader(string(text)), intake.Submission{Partner: partner, PerObject: perObject, MaxBytes: 1 << 20})
		if err != nil {
			if len(out.Drafts) > 0 {
				t.Fatal("an error and drafts")
			}
			return
		}
		objects := 0
		for _, d := range out.Drafts {
			if err := d.Validate(); err != nil {
				t.Fatal(err)
			}
			for _, raw := range part(t, d).Objects {
				if _, err := stix.ParseHeader(raw); err != nil {
					t.Fatalf("%v in %s", err, raw)
				}
				objects++
			}
		}
		if objects != out.Accepted {
			t.Fatalf("accepted %d, drafted %d", out.Accepted, objects)
		}
	})
}
