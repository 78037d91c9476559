package telemetry_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/telemetry"
)

func TestLines(t *testing.T) {
	const good = `{"src_ip":"192.0.2.1"}` // 22 bytes
	tests := []struct {
		name, input string
		opts        telemetry.Options
		lines       []int // of the events
		want        telemetry.Stats
	}{
		{"empty", "", telemetry.Options{}, nil, telemetry.Stats{}},
		{"without a line's end", good, telemetry.Options{}, []int{1}, telemetry.Stats{Lines: 1, Events: 1, Undated: 1}},
		{"with one", good + "\n", telemetry.Options{}, []int{1}, telemetry.Stats{Lines: 1, Events: 1, Undated: 1}},
		{"blank lines and line ends of other systems", "\n" + good + "\r\n \t\r\n" + good, telemetry.Options{}, []int{2, 4}, telemetry.Stats{Lines: 4, Events: 2, Undated: 2}},
		{"malformed ones between", good + "\n{\"a\":}\n[]\n" + good + "\n", telemetry.Options{}, []int{1, 4},
			telemetry.Stats{Lines: 4, Events: 2, Malformed: 2, Undated: 2, Samples: []telemetry.Sample{
				{Line: 2, Offset: 23 + 5, Reason: "not JSON: missing value after object name"},
				{Line: 3, Offset: 23 + 7, Reason: "not a JSON object"}}}},
		{"broken off", good + "\n" + good[:15], telemetry.Options{}, []int{1},
			telemetry.Stats{Lines: 2, Events: 1, Malformed: 1, Undated: 1, Samples: []telemetry.Sample{{Line: 2, Offset: 23 + 15, Reason: "not JSON: unexpected EOF"}}}},
		{"exactly the limit", good + "\n", telemetry.Options{MaxLine: 22}, []int{1}, telemetry.Stats{Lines: 1, Events: 1, Undated: 1}},
		{"over the limit", good + "\n" + good + " \n" + good, telemetry.Options{MaxLine: 22}, []int{1, 3},
			telemetry.Stats{Lines: 3, Events: 2, TooLong: 1, Undated: 2, Samples: []telemetry.Sample{{Line: 2, Offset: 23, Reason: "the line is longer than 22 bytes"}}}},
		{"far over the limit", `{"a":"` + strings.Repeat("x", 5<<20) + "\"}\n" + good + "\n", telemetry.Options{}, []int{2},
			telemetry.Stats{Lines: 2, Events: 1, TooLong: 1, Undated: 1, Samples: []telemetry.Sample{{Line: 1, Offset: 0, Reason: "the line is longer than 1048576 bytes"}}}},
		{"far over the limit and without an end", good + "\n" + strings.Repeat("x", 3<<20), telemetry.Options{}, []int{1},
			telemetry.Stats{Lines: 2, Events: 1, TooLong: 1, Undated: 1, Samples: []telemetry.Sample{{Line: 2, Offset: 23, Reason: "the line is longer than 1048576 bytes"}}}},
		{"longer than the buffer", `{"src_ip":"192.0.2.1","a":"` + strings.Repeat("x", 900<<10) + "\"}\n" + good + "\n", telemetry.Options{}, []int{1, 2}, telemetry.Stats{Lines: 2, Events: 2, Undated: 2}},
		{"given twice", `{"src_ip":"192.0.2.1","src_ip":"192.0.2.2"}`, telemetry.Options{}, nil,
			telemetry.Stats{Lines: 1, Malformed: 1, Samples: []telemetry.Sample{{Line: 1, Reason: `"src_ip" is given twice`}}}},
		{"given twice where it is not read", `{"x":1,"x":2,"alert":{"a":1,"a":1}}`, telemetry.Options{}, []int{1}, telemetry.Stats{Lines: 1, Events: 1, Undated: 1}},
		{"of the wrong type", `{"src_ip":17,"dest_ip":"192.0.2.1","dest_port":65536}`, telemetry.Options{}, []int{1},
			telemetry.Stats{Lines: 1, Events: 1, Mistyped: 1, Undated: 1, Samples: []telemetry.Sample{{Line: 1, Reason: `"src_ip" has an unexpected type; the rest of the record was read`}}}},
		{"no observable", `{"dns":{"rrname":""},"src_ip":"192.0.2.0/24"}`, telemetry.Options{}, []int{1}, telemetry.Stats{Lines: 1, Events: 1, Undated: 1, Unusable: 2}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			events, stats := readAll(t, test.input, test.opts)
			var lines []int
			for _, e := range events {
				lines = append(lines, e.Line)
			}
			if diff := cmp.Diff(test.lines, lines); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.want, stats); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Every part of the input makes the same lines, however it comes.
func TestInputInPieces(t *testing.T) {
	input := strings.Repeat(`{"src_ip":"192.0.2.1"}`+"\n\n", 50) + `{"src_ip":`
	r := telemetry.NewEVE(iotest.OneByteReader(strings.NewReader(input)), telemetry.Options{})
	for {
		if _, err := r.Next(); err != nil {
			break
		}
	}
	if s := r.Stats(); s.Lines != 101 || s.Events != 50 || s.Malformed != 1 {
		t.Errorf("%+v", s)
	}
}

// A failing input is told from its end, and a line that it broke off is not
// taken for a whole one.
func TestFailingInput(t *testing.T) {
	failure := errors.New("disk on fire")
	r := telemetry.NewEVE(io.MultiReader(strings.NewReader("{}\n{}"), iotest.ErrReader(failure)), telemetry.Options{})
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	if e, err := r.Next(); !errors.Is(err, failure) {
		t.Errorf("got %v, %v; want the input's error", e, err)
	}
	if s := r.Stats(); s.Lines != 1 || s.Events != 1 {
		t.Errorf("%+v", s)
	}
}

func TestSamplesAreBounded(t *testing.T) {
	_, stats := readAll(t, strings.Repeat("x\n", 1000), telemetry.Options{})
	if stats.Malformed != 1000 || len(stats.Samples) != 5 {
		t.Errorf("%d malformed, %d samples", stats.Malformed, len(stats.Samples))
	}
}

// An event stays as it was when it is cloned, whatever is read after it.
func TestClone(t *testing.T) {
	var input strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&input, `{"timestamp":"%04d","proto":"P%04d","event_type":"dns","dns":{"rrname":"H%04d.Example"},"http":{"url":"\/%04d","hostname":"h%04d.example"},"fileinfo":{"filename":"\/f%04d"}}`+"\n", i, i, i, i, i, i)
	}
	events, _ := readAll(t, input.String(), telemetry.Options{})
	for i, e := range events {
		got := []string{e.Timestamp, e.Proto, e.Name, e.FileName}
		for _, o := range e.Observables {
			got = append(got, o.Text, o.Raw)
		}
		want := strings.ReplaceAll("#|p#|h#.example|/f#|h#.example|H#.Example|h#.example|h#.example|f#|/f#|http://h#.example/#|http://h#.example/#", "#", fmt.Sprintf("%04d", i))
		if diff := cmp.Diff(want, strings.Join(got, "|")); diff != "" {
			t.Fatal(diff)
		}
	}
}
