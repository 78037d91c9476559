package telemetry_test

import (
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/telemetry"
)

type place struct {
	Line        int
	Offset, End int64
	First       string
}

func placeOf(e *telemetry.Event) place {
	p := place{e.Line, e.Offset, e.End, ""}
	if len(e.Observables) > 0 {
		p.First = strings.Clone(e.Observables[0].Raw)
	}
	return p
}

// A reader that starts where another stopped goes on as that would have.
func TestResume(t *testing.T) {
	zeek := log("dns", ends+"query", "1.0 C 192.0.2.1 1 198.51.100.1 53 a.example", "2.0 C 192.0.2.2 1 198.51.100.1 53 b.example") +
		"#separator \\x7c\n#fields|id.orig_h|query|x\n192.0.2.3|c.example|y\nbroken\n192.0.2.4|d.example|y\n" +
		`{"id.orig_h":"192.0.2.5"}` + "\n192.0.2.6|-|(empty)\n"
	tests := []struct {
		name, input string
		events      int
		open        func(r io.Reader, opts telemetry.Options) telemetry.Source
	}{
		{"eve", "{\"src_ip\":\"192.0.2.1\"}\n\nbroken\n{\"src_ip\":\"192.0.2.2\"}\r\n{\"src_ip\":\"192.0.2.3\"}\n{\"src_ip\":\"192.0.2.4\"}", 4,
			func(r io.Reader, opts telemetry.Options) telemetry.Source { return telemetry.NewEVE(r, opts) }},
		{"zeek", zeek, 6, func(r io.Reader, opts telemetry.Options) telemetry.Source { return telemetry.NewZeek(r, opts) }},
		{"list", "192.0.2.1\n# no\n\n192.0.2.2 # yes\nbroken!\n192.0.2.3", 3, func(r io.Reader, opts telemetry.Options) telemetry.Source { return telemetry.NewList(r, opts) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var whole []place
			var headers [][]byte
			r := test.open(strings.NewReader(test.input), telemetry.Options{})
			for {
				e, err := r.Next()
				if err != nil {
					break
				}
				if line := test.input[e.Offset:e.End]; strings.Count(strings.TrimSuffix(line, "\n"), "\n") > 0 || strings.Count(test.input[:e.Offset], "\n") != e.Line-1 {
					t.Errorf("line %d is not %q", e.Line, line)
				}
				whole = append(whole, placeOf(e))
				if z, ok := r.(*telemetry.ZeekReader); ok {
					headers = append(headers, z.Header())
				} else {
					headers = append(headers, nil)
				}
			}
			if len(whole) != test.events {
				t.Fatalf("%d events, want %d", len(whole), test.events)
			}
			for i := range whole {
				opts := telemetry.Options{Offset: whole[i].End, Line: whole[i].Line, Header: headers[i]}
				rest := []place{}
				for _, e := range events(t, test.open(strings.NewReader(test.input[whole[i].End:]), opts)) {
					rest = append(rest, placeOf(&e))
				}
				if diff := cmp.Diff(whole[i+1:], rest); diff != "" {
					t.Errorf("after event %d: %s", i, diff)
				}
			}
		})
	}
}

// A list says what each line may be an indicator of.
func TestList(t *testing.T) {
	r := telemetry.NewList(strings.NewReader("# seen last week\nEvil.Example.\n  http://a.example:80/x # why\n"+`C:\Temp\Setup.exe`+"\n192.0.2.0/24\n\nno observable\n"), telemetry.Options{})
	var got []string
	for _, e := range events(t, r) {
		for _, o := range e.Observables {
			got = append(got, o.String()+" "+o.Raw)
		}
	}
	want := []string{"domain-name=evil.example Evil.Example.", "url=http://a.example/x http://a.example:80/x", "domain-name=a.example http://a.example:80/x",
		`file:path=c:\temp\setup.exe C:\Temp\Setup.exe`, `file:name=setup.exe C:\Temp\Setup.exe`, "ipv4-addr=192.0.2.0/24 192.0.2.0/24"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if s := r.Stats(); s.Lines != 7 || s.Events != 4 || s.Malformed != 1 || s.Undated != 0 || s.Samples[0].Line != 7 {
		t.Errorf("%+v", s)
	}
}
