package watch_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/patternset"
	"github.com/tocsin-project/tocsin/internal/telemetry"
	"github.com/tocsin-project/tocsin/internal/telemetry/endpoint"
	"github.com/tocsin-project/tocsin/internal/watch"
)

// cased are records of the same things, written in two ways each.
const cased = `{"EventID":11,"UtcTime":"2017-05-12 07:24:06.000","TargetFilename":"C:\\WINDOWS\\TaskSche.EXE"}
{"EventID":11,"UtcTime":"2017-05-12 07:24:06.000","TargetFilename":"C:\\Windows\\tasksche.exe"}
{"EventID":12,"UtcTime":"2017-05-12 07:24:06.000","EventType":"CreateKey","TargetObject":"HKLM\\SOFTWARE\\WanaCrypt0r"}
{"EventID":12,"UtcTime":"2017-05-12 07:24:06.000","EventType":"CreateKey","TargetObject":"HKLM\\software\\wanacrypt0r"}
{"winlog":{"event_id":7045,"channel":"System","provider_name":"Service Control Manager","event_data":{"ServiceName":"MSSECSVC2.0"}},"@timestamp":"2017-05-12T07:24:11Z"}
{"winlog":{"event_id":7045,"channel":"System","provider_name":"Service Control Manager","event_data":{"ServiceName":"mssecsvc2.0"}},"@timestamp":"2017-05-12T07:24:11Z"}
{"EventID":11,"UtcTime":"2017-05-12 07:24:06.000","TargetFilename":"C:\\Windows\\nottasksche.exe"}
{"EventID":11,"UtcTime":"2017-05-12 07:24:06.000","TargetFilename":"C:\\Windows\\tasksche.exe.txt"}
`

// found says which of the cased records a file of indicators hits, from 1.
func found(t *testing.T, indicators string) (hits []int) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "indicators")
	if err := os.WriteFile(file, []byte(indicators), 0o600); err != nil {
		t.Fatal(err)
	}
	l, problems, err := watch.LoadFile(file, "", patternset.Options{})
	if err != nil || problems.Count != 0 {
		t.Fatalf("%s: %v, %v", indicators, err, problems)
	}
	w, events := watch.New(l).Watcher(), endpoint.NewSysmon(strings.NewReader(cased), telemetry.Options{})
	for {
		e, err := events.Next()
		if errors.Is(err, io.EOF) {
			return hits
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(w.Hits(e, uint64(e.Line))) > 0 {
			hits = append(hits, e.Line)
		}
	}
}

func bundle(pattern string) string {
	return fmt.Sprintf(`{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[{"type":"indicator","spec_version":"2.1","id":"indicator--00000000-0000-4000-8000-000000000001",`+
		`"created":"2017-05-12T07:00:00.000Z","modified":"2017-05-12T07:00:00.000Z","valid_from":"2017-05-12T07:00:00Z","pattern_type":"stix","pattern":%q}]}`, pattern)
}

// TestNamesInAnyCase: what a list names is found in any case, and so it is by
// the pattern that it becomes on its way to others.
func TestNamesInAnyCase(t *testing.T) {
	for text, want := range map[string][]int{
		"file:name=tasksche.exe":            {1, 2},
		"file:name=TaskSche.EXE":            {1, 2},
		`C:\Windows\tasksche.EXE`:           {1, 2},
		`C:\Temp\tasksche.exe`:              nil,
		`HKLM\Software\WanaCrypt0r`:         {3, 4},
		"windows-service=mssecsvc2.0":       {5, 6},
		"windows-service=Mssecsvc2.0":       {5, 6},
		"windows-service=mssecsvc2x0":       nil,
		"windows-service=mssecsvc2.0.other": nil,
	} {
		v, err := observable.Infer(text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, found(t, text+"\n")); diff != "" {
			t.Errorf("listed as %s (-want +got):\n%s", text, diff)
		}
		if diff := cmp.Diff(want, found(t, bundle(v.Pattern()))); diff != "" {
			t.Errorf("%s, the pattern of %s (-want +got):\n%s", v.Pattern(), text, diff)
		}
	}
}

// TestNamesOfPatterns: "=" tells case apart (STIX 2.1, section 9.6.1). A registry
// key is there as the record has it and in lower case.
func TestNamesOfPatterns(t *testing.T) {
	for text, want := range map[string][]int{
		"[file:name = 'TaskSche.EXE']":                                               {1},
		"[file:name = 'tasksche.exe']":                                               {2},
		"[file:name = 'TASKSCHE.EXE']":                                               nil,
		"[file:name IN ('TaskSche.EXE', 'tasksche.exe')]":                            {1, 2},
		"[process:extensions.'windows-service-ext'.service_name = 'MSSECSVC2.0']":    {5},
		`[windows-registry-key:key = 'HKEY_LOCAL_MACHINE\\SOFTWARE\\WanaCrypt0r']`:   {3},
		`[windows-registry-key:key = 'HKEY_LOCAL_MACHINE\\software\\wanacrypt0r']`:   {3, 4},
		`[windows-registry-key:key = 'HKEY_LOCAL_MACHINE\\Software\\WanaCrypt0r']`:   nil,
		`[windows-registry-key:key MATCHES '(?i)\\\\Software\\\\WanaCrypt0r$']`:      {3, 4},
		"[domain-name:value = 'other.example' OR file:name LIKE 'task____.exe']":     {2},
		"[file:name = 'tasksche.exe' AND file:parent_directory_ref.path LIKE 'C:%']": {2},
	} {
		if diff := cmp.Diff(want, found(t, bundle(text))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}
