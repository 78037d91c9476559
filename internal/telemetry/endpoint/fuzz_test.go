package endpoint_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/telemetry"
	"github.com/tocsin-project/tocsin/internal/telemetry/endpoint"
)

func FuzzSysmon(f *testing.F) {
	for _, text := range []string{
		`{"EventID":1,` + processes + `}`,
		`{"winlog":{"event_id":"22","event_data":{"QueryName":"Evil.example","QueryResults":"type:  5 a.example;::ffff:192.0.2.1;type: 1 x;;"}}}`,
		`{"Event":{"System":{"EventID":{"#text":13}},"EventData":{"Data":[{"@Name":"TargetObject","#text":"HKU\\S-1-5-21-1_Classes\\x"},{"@Name":"Details","#text":"DWORD (0x1)"},1]}}}`,
		`{"EventID":15,"TargetFilename":"C:\\ü.exe:x","Contents":"HostUrl=http://x/ ReferrerUrl=://"}` + "\n\n{",
		`{"EventID":7045,"ServiceName":"\u0041","ImagePath":"\"C:\\x y"}`,
		`{"EventID":3,"SourceIp":"::1%eth0","DestinationIp":"192.0.2.1","DestinationPort":65536}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		checkSource(t, endpoint.NewSysmon(bytes.NewReader(input), telemetry.Options{MaxLine: 4096}), input)
	})
}

func FuzzOsquery(f *testing.F) {
	for _, text := range []string{
		head + `"columns":{"name":"x.example","type":"A","path":"/x"},"action":"added"}`,
		head + `"snapshot":[{"path":"C:\\x.exe","pid":1},{},{"key":"HKLM\\x","path":"HKLM\\x\\y"},1],"action":"snapshot"}`,
		`{"diffResults":{"added":[{"remote_address":"192.0.2.1","local_address":"::","action":"accept"}],"removed":""},"unixTime":"1"}`,
		`{"columns":{"object_name":"x","object_type":"mutant","session_id":0}}` + "\nx\n" + `{"columns":[]}`,
		`{"columns":{"name":"s","path":"\"a b\" c","start_type":"x","module_path":"C:\\d.dll"}}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		checkSource(t, endpoint.NewOsquery(bytes.NewReader(input), telemetry.Options{MaxLine: 4096}), input)
	})
}

// checkSource: reading ends, events are in order and within the input, what
// they name is normal, the counts add up, and a copy of an event outlives it.
func checkSource(t *testing.T, s telemetry.Source, input []byte) {
	t.Helper()
	var last *telemetry.Event
	var lastTold string
	events, offset := 0, int64(0)
	for {
		e, err := s.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if last != nil && strings.Join(told(last), "\n") != lastTold {
			t.Fatalf("a clone changed: %s, then %v", lastTold, told(last))
		}
		events++
		if e.Offset < offset || e.End < e.Offset || e.End > int64(len(input)) {
			t.Fatalf("offset %d, end %d after offset %d of %d", e.Offset, e.End, offset, len(input))
		}
		offset = e.Offset
		for _, o := range e.Observables {
			if again, err := observable.New(o.Type, o.Text); err != nil || again != o.Value {
				t.Fatalf("%s: %v is not normal: %v, %v", o.Field, o.Value, again, err)
			}
		}
		e.Terms(func(path, text string) bool { return path != "" && text != "" })
		_ = e.Observed()
		last = e.Clone()
		lastTold = strings.Join(told(last), "\n")
	}
	stats := s.Stats()
	lines := bytes.Count(input, []byte("\n"))
	if len(input) > 0 && input[len(input)-1] != '\n' {
		lines++
	}
	if stats.Lines != lines || stats.Events != events || stats.Malformed+stats.TooLong > lines {
		t.Fatalf("%+v, %d lines, %d events", stats, lines, events)
	}
}
