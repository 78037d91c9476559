package stix_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/stix"
)

// Whatever the text, Validate comes to an end, and each finding says what and
// where; even of text that nobody has checked.
func FuzzValidate(f *testing.F) {
	for _, seed := range []string{
		tool(1),
		`{"type":"file","id":"file--1","name":"x","extensions":{"ntfs-ext":{"alternate_data_streams":[{"hashes":{"MD5":"x"}}]},"x":{"":[]}},"~/":[]}`,
		`{"type":"observed-data","objects":{"0":{"type":"url","value":"u"},"1":{"type":"file","parent_directory_ref":"0"}}}`,
		`{"type":"language-content","contents":{"de":{"name":["a",{"b":1}]}},"granular_markings":[{"lang":"de","selectors":["contents.de.name.[1].b","x.[0]"]}]}`,
		`{"type":"marking-definition","definition_type":"tlp","definition":{"tlp":"red"}}`,
		`{"type":"indicator","created":"2016-12-31T23:59:60Z","valid_from":"","labels":["\ud83d\ude00"],"confidence":1e3}`,
		`{"type":"tool","labels":[`, `{"type":"tool",`, `{"a"`, `{"type":"tool" "id"}`, `["`, ``,
	} {
		f.Add([]byte(seed), "tool")
	}
	f.Fuzz(func(t *testing.T, raw []byte, objectType string) {
		unchecked := stix.Object{Raw: raw, Line: 1, Header: stix.Header{Type: objectType}}
		for _, finding := range append(stix.ValidateRaw(raw), stix.Validate(unchecked)...) {
			if finding.Err.Message == "" || finding.Err.Rule == "" || finding.Err.Line < 1 {
				t.Fatalf("%+v says too little", finding.Err)
			}
			if p := finding.Err.Pointer; p != "" && p[0] != '/' {
				t.Fatalf("%q is no JSON pointer", p)
			}
		}
	})
}

func FuzzParseTimestamp(f *testing.F) {
	for _, seed := range []string{"2017-05-12T07:43:00.123Z", "2016-12-31T23:59:60Z", "2016-12-31T23:58:60Z", "2017-02-29T00:00:00Z", "2017-05-12T07:43:00.Z", "0000-01-01T00:00:00.0000000001Z"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at, err := stix.ParseTimestamp(text)
		if err != nil {
			return
		}
		if !strings.HasSuffix(text, "Z") || at.Location() != time.UTC {
			t.Fatalf("%q is read as %v", text, at)
		}
		again, err := stix.ParseTimestamp(stix.FormatTimestamp(at))
		if err != nil || !again.Equal(at.Truncate(time.Microsecond)) {
			t.Fatalf("%q is %v, written and read %v, %v", text, at, again, err)
		}
		// What the standard library reads of the same form is the same time.
		if std, err := time.Parse(time.RFC3339Nano, text); err == nil && !std.Equal(at) {
			t.Fatalf("%q is %v, not %v", text, std, at)
		} else if err != nil && !strings.Contains(text, ":60") {
			t.Fatalf("%q is no time: %v", text, err)
		}
	})
}

func FuzzRedact(f *testing.F) {
	red := `"granular_markings":[` + marking(redMarking, `"labels.[0]","external_references.[0].url"`) + `,{"lang":"de","selectors":["labels.[1]","name"]}]`
	f.Add([]byte(toolStart + `"name":"n","labels":["a","b"],"external_references":[{"source_name":"s","url":"https://a.example","external_id":"x"}],` + red + `}`))
	f.Add([]byte(toolStart + `"name":"n",` + red + `}`))
	f.Add([]byte(`{"granular_markings":[{"marking_ref":"` + redMarking + `","selectors":["a","a.b","[0]",""]}],"a":{"b":1},"type":"x-y"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		out, removed, err := hideRed(raw)
		switch {
		case err != nil:
			if out != nil {
				t.Fatalf("%s beside %v", out, err)
			}
			return
		case !removed:
			if !bytes.Equal(out, raw) {
				t.Fatalf("%s is not %s", out, raw)
			}
			return
		case !out.IsValid():
			t.Fatalf("%s is no JSON", out)
		}
		h, err := stix.ParseHeader(out)
		if err != nil || slices.Contains(h.GranularMarkingRefs, redMarking) {
			t.Fatalf("%s still has the hidden marking, or %v", out, err)
		}
		if _, again, err := hideRed(out); again || err != nil {
			t.Fatalf("%s is to be redacted again: %v", out, err)
		}
		for _, finding := range stix.ValidateRaw(out) {
			if finding.Err.Rule == stix.RuleSelector && len(broken(raw)) == 0 {
				t.Fatalf("%s: %v", out, finding.Err)
			}
		}
	})
}

// An unknown property keeps every byte of its value, a number's digits
// included, through reading, validating and redacting.
func TestUnknownPropertiesKeepTheirBytes(t *testing.T) {
	const own = `"x_own":{"n":1.000000000000000000001,"e":1E5,"u":"\u00e4\/","l":[ null,{"a" : -0}]}`
	text := toolStart + `"name":"n","description":"d",` + own + `,"granular_markings":[` + marking(redMarking, `"description"`) + `]}`
	out, removed, err := hideRed(jsontext.Value(text))
	if err != nil || !removed || !strings.Contains(string(out), own) {
		t.Errorf("%s, %v, %v", out, removed, err)
	}
	if _, _, err := hideRed(jsontext.Value(text[:len(text)-1])); err == nil || errors.Is(err, stix.ErrWithheld) {
		t.Errorf("a text that was cut off: %v", err)
	}
}
