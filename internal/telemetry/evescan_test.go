package telemetry

import (
	"bytes"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// awkward are lines on which parsers of JSON differ.
var awkward = []string{
	`{}`, ` { } `, `{"src_ip":"192.0.2.1"}x`, `{"src_ip":"192.0.2.1"}{}`, `{"src_ip":"192.0.2.1",}`, `{,}`, `{"src_ip" "x"}`, `[{}]`, `null`, ``, `{`, `{"`, `{"a`, `{"a"`, `{"a":`,
	`{"a":01}`, `{"a":-}`, `{"a":-0}`, `{"a":1.}`, `{"a":.5}`, `{"a":1e}`, `{"a":1e+}`, `{"a":1E-7}`, `{"a":+1}`, `{"a":0x1}`, `{"a":NaN}`, `{"a":1 2}`,
	`{"a":tru}`, `{"a":true}`, `{"a":truex}`, `{"a":nul}`, `{"a":falsee}`, `{'a':1}`, `{"a":'x'}`,
	`{"dest_port":"445"}`, `{"dest_port":-1}`, `{"dest_port":445.0}`, `{"dest_port":65536}`, `{"dest_port":99999999999999999999}`, `{"dest_port":-0}`, `{"dest_port":null}`, `{"dest_port":[1]}`, `{"dest_port":true}`,
	`{"src_ip":null}`, `{"src_ip":["192.0.2.1"]}`, `{"src_ip":{"a":1}}`, `{"src_ip":true}`,
	`{"src_ip":"192.0.2.1","src_ip":"192.0.2.2"}`, `{"src_ip":"192.0.2.1","src\u005fip":"192.0.2.2"}`, `{"src\u005fip":"192.0.2.2"}`, `{"src_ip":null,"src_ip":"192.0.2.2"}`,
	`{"dns":{"rrname":"a.example"},"dns":{"rrname":"b.example"}}`, `{"dns":[{"rrname":"a.example"},{"rrname":"b.example"}]}`, `{"dns":[[{"rrname":"a.example"}]]}`, `{"dns":"x"}`, `{"dns":[1,null,"x",{}]}`, `{"dns":[]}`, `{"dns":[,]}`, `{"dns":[{},]}`,
	`{"dns":{"grouped":{"A":["192.0.2.1",null,2,["192.0.2.3"]],"CNAME":"a.example"}}}`, `{"dns":{"grouped":{"A":"192.0.2.1"},"answers":[{"rdata":"192.0.2.1","rrtype":"A"}]}}`,
	`{"dns":{"answer":{"rrname":"a.example","answer":{"rrname":"b.example"}},"rdata":"192.0.2.1","rrtype":"A"}}`, `{"dns":{"rdata":"192.0.2.1","rrtype":"A","answer":{"rrname":"a.example"}}}`,
	"{\"src_ip\":\"a\tb\"}", "{\"src_ip\":\"a\x00b\"}", "{\"src_ip\":\"a\x7fb\"}", "{\"x\":\"\xff\"}", "{\"x\":\"\xc0\xaf\"}", "{\"x\":\"\xed\xa0\x80\"}", `{"x":"ü€😀"}`, "{\"\xff\":1}", `{"ü":1}`,
	`{"src_ip":"\u00"}`, `{"src_ip":"\u00zz"}`, `{"src_ip":"\x41"}`, `{"src_ip":"\"}`, `{"src_ip":"\\"}`, `{"src_ip":"\\\"\/\b\f\n\r\t\u0041\u00e9\u20ac"}`, `{"src_ip":"\ud83d\ude00"}`, `{"src_ip":"\ud83d"}`, `{"src_ip":"\ude00\ud83d"}`, `{"src_ip":"\ud83dx"}`, `{"x":"\ud83d"}`,
	`{"x":"` + strings.Repeat("a", 7) + `\` + strings.Repeat("b", 9) + `"}`, `{"x":"` + strings.Repeat("a", 8) + "\x1f" + `"}`,
	`{"x":` + strings.Repeat("[", 63) + strings.Repeat("]", 63) + `}`, `{"x":` + strings.Repeat("[", 70) + strings.Repeat("]", 70) + `}`, strings.Repeat(`{"dns":`, 70) + `1` + strings.Repeat("}", 70), `{"x":` + strings.Repeat("[", 20000),
	`{"dns":{"answer":` + strings.Repeat(`{"answer":`, 100) + `{"rrname":"deep.example"}` + strings.Repeat("}", 102),
	"\ufeff{}", `{"http":{"hostname":"a.example","http_port":8080,"url":"\/x"}}`, `{"http":{"http_port":"8080"}}`, `{"files":[{"md5":"x","filename":"y"},{"filename":1}],"fileinfo":[]}`,
}

// checkAgreement says whether the scanner took the line. Where it did, the slow
// parser has to have read the same; and what the slow parser takes for JSON is
// what jsontext does.
func checkAgreement(t *testing.T, line []byte) (taken bool) {
	t.Helper()
	checkIn(t, line, inZeek)
	return checkIn(t, line, inRoot)
}

// practised has learned from all lines before.
var practised = newScanner()

func checkIn(t *testing.T, line []byte, in scope) (taken bool) {
	t.Helper()
	var fast, slow record
	fast.reset()
	slow.reset()
	s := newScanner()
	first := s.object(withRoom(line), in, &fast)
	for f := range fieldCount {
		fast.text[f], fast.count[f] = "of an earlier line", 77
	}
	fast.reset()
	taken = s.object(withRoom(line), in, &fast) // now it knows the members
	if taken != first {
		t.Fatalf("%q: taken the first time %v, then %v", line, first, taken)
	}
	fast.reset()
	if practised.object(withRoom(line), in, &fast) != first {
		t.Fatalf("%q: taken the first time %v, then not so", line, first)
	}
	err := parseSlowly(line, in, &slow)
	valid := jsontext.Value(line).IsValid(jsontext.AllowDuplicateNames(true))
	if notJSON := err != nil && strings.HasPrefix(err.reason, "not JSON") || err != nil && strings.HasPrefix(err.reason, "more follows"); notJSON == valid {
		t.Fatalf("%q: valid JSON %v, the slow parser says %+v", line, valid, err)
	}
	if err != nil && (err.offset < 0 || err.offset > int64(len(line))) {
		t.Fatalf("%q: offset %d", line, err.offset)
	}
	if !taken {
		return false
	}
	if err != nil {
		t.Fatalf("%q: the scanner takes what is wrong: %s", line, err.reason)
	}
	fast.arena, slow.arena = nil, nil
	onlyGiven(&fast)
	onlyGiven(&slow)
	if diff := cmp.Diff(slow, fast, cmp.AllowUnexported(record{}, answer{}, named{}), cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("%q: -slow +scanner\n%s", line, diff)
	}
	return true
}

// onlyGiven clears what is of an earlier line.
func onlyGiven(r *record) {
	for f := range fieldCount {
		w := members[f].want
		if !r.has(f) || w == wantObject || w == wantBool {
			r.text[f] = ""
		}
		if !r.has(f) || w == wantText || w == wantTime || w == wantObject {
			r.count[f] = 0
		}
	}
}

// withRoom is the line as lines gives it.
func withRoom(line []byte) []byte {
	return append(append(bytes.Clone(line), '\n'), make([]byte, room)...)[:len(line)]
}

func TestScannerAgrees(t *testing.T) {
	taken := 0
	for _, line := range awkward {
		if checkAgreement(t, []byte(line)) {
			taken++
		}
	}
	if taken < 20 {
		t.Errorf("the scanner takes only %d of %d lines", taken, len(awkward))
	}
}

// One byte changed, left out or doubled, everywhere in a line.
func TestScannerAgreesOnDamage(t *testing.T) {
	line := []byte(`{"timestamp":"2017-05-12T07:24:03.123456+0000","src_ip":"192.0.2.1","dest_port":53,"alert":{"x":[1,-2.5e3,true,null,"é\/\u0041"]},"dns":{"rrname":"a.example","grouped":{"A":["192.0.2.1"]}}}`)
	for i := range line {
		for _, c := range []byte("\"\\{}[]:,0.-eE \x00\x1f\x7f\x80\xffunt") {
			changed := bytes.Clone(line)
			changed[i] = c
			checkAgreement(t, changed)
		}
		checkAgreement(t, append(bytes.Clone(line[:i]), line[i+1:]...))
		checkAgreement(t, append(bytes.Clone(line[:i+1]), line[i:]...))
		checkAgreement(t, line[:i])
	}
}

func FuzzScannerAgrees(f *testing.F) {
	for _, line := range awkward {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) { checkAgreement(t, line) })
}
