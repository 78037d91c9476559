package telemetry_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/telemetry"
)

func TestZeekLines(t *testing.T) {
	tests := []struct {
		name, input string
		lines       []int // of the events
		want        telemetry.Stats
	}{
		{"a row before any header", "1.0\tC\n" + log("dns", ends+"query", "1.0 C 192.0.2.1 1 198.51.100.1 53 a.example"), []int{10},
			telemetry.Stats{Lines: 11, Events: 1, Malformed: 1, Samples: []telemetry.Sample{{Line: 1, Offset: 0, Reason: "no #fields line says what the columns are"}}}},
		{"a column too few, one too many", "#fields\tts\tquery\n1.0\n1.0\ta.example\tx\n1.0\ta.example\n", []int{4},
			telemetry.Stats{Lines: 4, Events: 1, Malformed: 2, Samples: []telemetry.Sample{{Line: 2, Offset: 17, Reason: "1 columns, where the header has 2"}, {Line: 3, Offset: 21, Reason: "3 columns, where the header has 2"}}}},
		{"a column given twice", "#fields\tquery\tts\tquery\nx\ty\n", nil,
			telemetry.Stats{Lines: 2, Malformed: 2, Samples: []telemetry.Sample{{Line: 1, Reason: `the column "query" is given twice`}, {Line: 2, Offset: 23, Reason: "no #fields line says what the columns are"}}}},
		{"a separator of two bytes", "#separator \\x09\\x09\n", nil, telemetry.Stats{Lines: 1, Malformed: 1, Samples: []telemetry.Sample{{Line: 1, Reason: `the separator "\\x09\\x09" is not one byte`}}}},
		{"not UTF-8", "#fields\tts\tquery\n1.0\t\xff.example\n", nil, telemetry.Stats{Lines: 2, Malformed: 1, Samples: []telemetry.Sample{{Line: 2, Offset: 17, Reason: "the line is not UTF-8"}}}},
		{"a number that is none", "#fields\tts\tid.orig_p\tid.resp_p\tis_orig\n1.0\tx\t65536\tmaybe\n", []int{2},
			telemetry.Stats{Lines: 2, Events: 1, Mistyped: 1, Samples: []telemetry.Sample{{Line: 2, Offset: 39, Reason: `"id.orig_p" has an unexpected type; the rest of the record was read`}}}},
		{"no time, no address", "#fields\tts\tid.orig_h\n-\t192.0.2.256\n", []int{2}, telemetry.Stats{Lines: 2, Events: 1, Undated: 1, Unusable: 1}},
		{"broken JSON", "{\"ts\":1.0,\"query\":}\n{\"ts\":1.0,\"query\":\"a.example\",\"query\":\"b.example\"}\n", nil,
			telemetry.Stats{Lines: 2, Malformed: 2, Samples: []telemetry.Sample{{Line: 1, Offset: 18, Reason: "not JSON: missing value after object name"}, {Line: 2, Offset: 20, Reason: `"query" is given twice`}}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := telemetry.NewZeek(strings.NewReader(test.input), telemetry.Options{})
			var lines []int
			for _, e := range events(t, r) {
				lines = append(lines, e.Line)
			}
			if diff := cmp.Diff(test.lines, lines); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.want, r.Stats()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What a log's own header says of separators holds until the next.
func TestZeekHeaders(t *testing.T) {
	input := "#separator \\x7c\n#set_separator|;\n#empty_field|EMPTY\n#unset_field|\\x2d\\x2d\n#path|dns\n#fields|ts|query|qtype_name|answers\n" +
		"1.0|a.example|A|b.example;--;192.0.2.9\n" + "2.0|--|A|EMPTY\n" + "3.0|-|A|192.0.2.1,192.0.2.2\n" + `4.0|x\x7cy.example|A|c.example\x3bd.example` + "\n" +
		log("files", "ts filename sha1", `5.0 a\x09b\xff.exe -`, `6.0 \x2d -`, `7.0 \\x41\xc3\xa9 -`)
	var got []string
	for _, e := range events(t, telemetry.NewZeek(strings.NewReader(input), telemetry.Options{})) {
		line := e.Timestamp
		for _, o := range e.Observables {
			line += " " + o.Raw
		}
		got = append(got, line)
	}
	want := []string{"1.0 a.example b.example 192.0.2.9", "2.0", "3.0 -", "4.0", `5.0 a\x09b\xff.exe`, "6.0 -", `7.0 \x41é`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Records that are written to be taken for others.
func TestZeekNearMisses(t *testing.T) {
	input := log("dns", ends+"query qtype_name answers", "1.0 C ::ffff:192.0.2.7 1 2001:DB8:0:0::1 53 Evil.Example. A ::ffff:203.0.113.9,EVIL.example.good.example.,xn--bcher-kva.example,bücher.example")
	e := events(t, telemetry.NewZeek(strings.NewReader(input), telemetry.Options{}))[0]
	var got []string
	for _, o := range e.Observables {
		got = append(got, o.String())
	}
	want := []string{"ipv4-addr=192.0.2.7", "ipv6-addr=2001:db8::1", "domain-name=evil.example", "ipv4-addr=203.0.113.9", "domain-name=evil.example.good.example",
		"domain-name=xn--bcher-kva.example", "domain-name=xn--bcher-kva.example"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// No input stops the reader, makes it lose count or observe what is not normal;
// and it goes on from any place as if it had not stopped.
func FuzzZeek(f *testing.F) {
	f.Add([]byte(log("dns", ends+"query qtype_name answers", "1.0 C 192.0.2.1 1 198.51.100.1 53 a.example A 192.0.2.1,b.example")))
	f.Add([]byte(log("http", ends+"host uri", `1.0 C ::1 1 2001:db8::1 80 [::1] /\x5c%zz`) + log("files", "ts fuid tx_hosts rx_hosts filename is_orig", "1 F 192.0.2.1,::1 - a F")))
	f.Add([]byte("#separator \\x7c\n#fields|ts|query\n1|a\n{\"ts\":\"2017-05-12T07:24:03Z\",\"answers\":[\"a\",null,[1]],\"is_orig\":true}\n{\"is_orig\":1}\n"))
	f.Add([]byte("#fields\tanswers\n,,\n\\x\n"))
	f.Add([]byte(`{"ts":1,"action":"SMB::FILE_RENAME","path":"\\\\S\\d\\","name":"\\a","prev_name":"b"}` + "\n" + `{"_path":"smb_files","path":["a",1],"name":null}`))
	f.Fuzz(func(t *testing.T, input []byte) {
		r := telemetry.NewZeek(strings.NewReader(string(input)), telemetry.Options{})
		count := 0
		for {
			e, err := r.Next()
			if err != nil {
				break
			}
			count++
			for _, o := range e.Observables {
				if again, err := observable.New(o.Type, o.Text); err != nil || again != o.Value {
					t.Fatalf("%v is not normal: %v, %v", o, again, err)
				}
			}
			if count == 2 {
				rest := telemetry.NewZeek(strings.NewReader(string(input[e.End:])), telemetry.Options{Offset: e.End, Line: e.Line, Header: r.Header()})
				want, _ := r.Next()
				got, _ := rest.Next()
				if (want == nil) != (got == nil) || want != nil && cmp.Diff(placeOf(want), placeOf(got)) != "" {
					t.Fatalf("after line %d: %v, and resumed %v", e.Line, want, got)
				}
				if want != nil {
					count++
				}
			}
		}
		lines := strings.Count(string(input), "\n")
		if len(input) > 0 && input[len(input)-1] != '\n' {
			lines++
		}
		if s := r.Stats(); s.Lines != lines || s.Events != count || s.Events+s.Malformed+s.TooLong > s.Lines {
			t.Fatalf("%d lines, %d events, but %+v", lines, count, s)
		}
	})
}
