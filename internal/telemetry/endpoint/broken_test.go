package endpoint_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/telemetry"
	"github.com/tocsin-project/tocsin/internal/telemetry/endpoint"
)

// A broken line is counted, sampled with its place, and skipped; what comes
// before and after it is read.
func TestBrokenLines(t *testing.T) {
	const (
		sysmonGood  = `{"EventID":22,"UtcTime":"2017-05-12 07:24:03.1","QueryName":"evil.example"}`
		osqueryGood = `{"name":"q","columns":{"name":"evil.example","type":"A"},"unixTime":1494573843,"action":"added"}`
	)
	deep := strings.Repeat(`{"a":`, 70) + "1" + strings.Repeat("}", 70)
	tests := []struct {
		line, reason string // the reason's beginning
		at           int64  // in the line
	}{
		{`{"EventID":22,`, "not JSON", 14},
		{`no JSON`, "not JSON", 1},
		{`[1]`, "not a JSON object", 0},
		{`{"a":1}`, "it has n", 0},
		{`{"EventID":22,"columns":{},"x":1,"x":2}`, "not JSON: duplicate", 33},
		{`{"EventID":22,"columns":{"name":"a","name":"b"},"QueryName":"a","QueryName":"b"}`, "not JSON: duplicate", 0},
		{"{\"EventID\":22,\"columns\":{},\"QueryName\":\"\xff\"}", "not JSON: invalid UTF-8", 0},
		{`{"EventID":22,"columns":{}} {}`, "more follows", 27},
		{`{"EventID":22,"columns":{},"x":` + deep + `}`, "it nests deeper than 64", 0},
		{`{"EventID":22,"columns":{},"data":` + strings.ReplaceAll(deep, `"a"`, `"data"`) + `}`, "it nests deeper than 64", 0},
	}
	for _, test := range tests {
		for name, s := range map[string]struct {
			good   string
			source telemetry.Source
		}{
			"sysmon":  {sysmonGood, endpoint.NewSysmon(strings.NewReader(sysmonGood+"\n"+test.line+"\n\n"+sysmonGood), telemetry.Options{})},
			"osquery": {osqueryGood, endpoint.NewOsquery(strings.NewReader(osqueryGood+"\n"+test.line+"\n\n"+osqueryGood), telemetry.Options{})},
		} {
			events := all(t, s.source)
			stats := s.source.Stats()
			if len(events) != 2 || cmp.Diff(events[0], events[1]) != "" || stats.Lines != 4 || stats.Events != 2 || stats.Malformed != 1 || len(stats.Samples) != 1 {
				t.Errorf("%s: %s: %v, %+v", name, test.line, events, stats)
				continue
			}
			sample := stats.Samples[0]
			first := int64(len(s.good) + 1)
			if sample.Line != 2 || !strings.HasPrefix(sample.Reason, test.reason) || sample.Offset < first || sample.Offset > first+int64(len(test.line)) || test.at != 0 && sample.Offset != first+test.at {
				t.Errorf("%s: %s: %+v, want %q at %d", name, test.line, sample, test.reason, first+test.at)
			}
		}
	}
}

func TestFieldsOfTheWrongType(t *testing.T) {
	s := endpoint.NewSysmon(strings.NewReader(`{"EventID":22,"QueryName":{"x":1},"QueryResults":"192.0.2.1;","Image":true}`), telemetry.Options{})
	events := all(t, s)
	want := []string{"dns 0001-01-01T00:00:00Z", " answer false nxdomain false", "0 QueryResults: ipv4-addr=192.0.2.1 (answer)"}
	if diff := cmp.Diff([][]string{want}, events); diff != "" {
		t.Error(diff)
	}
	if stats := s.Stats(); stats.Mistyped != 1 || stats.Undated != 1 || !strings.Contains(stats.Samples[0].Reason, `"QueryName"`) {
		t.Errorf("%+v", stats)
	}
}

func TestLongLines(t *testing.T) {
	long := `{"EventID":22,"QueryName":"` + strings.Repeat("a", 200) + `"}`
	s := endpoint.NewSysmon(strings.NewReader(long+"\n"+`{"EventID":22}`), telemetry.Options{MaxLine: 100, Line: 7, Offset: 1000})
	e, err := s.Next()
	if err != nil || e.Line != 9 || e.Offset != 1000+int64(len(long))+1 || e.End != e.Offset+int64(len(`{"EventID":22}`)) {
		t.Errorf("%+v, %v", e, err)
	}
	if stats := s.Stats(); stats.TooLong != 1 || stats.Samples[0].Line != 8 || stats.Samples[0].Offset != 1000 {
		t.Errorf("%+v", stats)
	}
}

// A time that no report can be written with is none.
func TestTimesOutsideOfAllYears(t *testing.T) {
	for text, dated := range map[string]bool{
		"2017-05-12 07:24:03.1": true, "1970-01-01 00:00:00": true, "9999-12-31T23:59:59Z": true, "0000-01-01 00:00:00": false,
		"1969-12-31 23:59:59": false, "9999-12-31T23:59:59-10:00": false, "0000-01-01T00:00:00+10:00": false, "253402300800": false,
	} {
		s := endpoint.NewSysmon(strings.NewReader(`{"EventID":22,"UtcTime":"`+text+`","QueryName":"evil.example"}`), telemetry.Options{})
		e, err := s.Next()
		if err != nil || e.Time.IsZero() == dated || (s.Stats().Undated == 0) != dated {
			t.Errorf("%s: %v, %v, %+v", text, e, err, s.Stats())
		}
	}
}
