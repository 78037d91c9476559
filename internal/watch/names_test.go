package watch_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/patternset"
	"github.com/tocsin-project/tocsin/internal/telemetry/endpoint"
	"github.com/tocsin-project/tocsin/internal/telemetry"
	"github.com/tocsin-project/tocsin/internal/watch"
)

func TestProbe(t *testing.T) {
	recs := []string{
		`{"EventID":11,"UtcTime":"2017-05-12 07:24:06.000","TargetFilename":"C:\\Windows\\TaskSche.EXE"}`,
		`{"EventID":11,"UtcTime":"2017-05-12 07:24:06.000","TargetFilename":"C:\\Windows\\tasksche.exe"}`,
		`{"EventID":12,"UtcTime":"2017-05-12 07:24:06.000","EventType":"CreateKey","TargetObject":"HKLM\\SOFTWARE\\WanaCrypt0r"}`,
		`{"EventID":12,"UtcTime":"2017-05-12 07:24:06.000","EventType":"CreateKey","TargetObject":"HKLM\\software\\wanacrypt0r"}`,
		`{"winlog":{"event_id":7045,"channel":"System","provider_name":"Service Control Manager","event_data":{"ServiceName":"MSSECSVC2.0","ImagePath":"C:\\x.exe"}},"@timestamp":"2017-05-12T07:24:11Z"}`,
		`{"winlog":{"event_id":7045,"channel":"System","provider_name":"Service Control Manager","event_data":{"ServiceName":"mssecsvc2.0","ImagePath":"C:\\x.exe"}},"@timestamp":"2017-05-12T07:24:11Z"}`,
	}
	var inputs []string
	for _, v := range []string{"file:name=tasksche.exe", "file:name=TaskSche.EXE", `file:path=C:\Windows\TaskSche.EXE`, `HKLM\Software\WanaCrypt0r`, "windows-service=mssecsvc2.0", "windows-service=Mssecsvc2.0"} {
		inputs = append(inputs, v)
		o, err := observable.Infer(v)
		if err != nil { t.Log(v, err); continue }
		inputs = append(inputs, o.Pattern())
	}
	inputs = append(inputs, `[file:name = 'TaskSche.EXE']`, `[windows-registry-key:key = 'HKEY_LOCAL_MACHINE\\SOFTWARE\\WanaCrypt0r']`,`[windows-registry-key:key = 'HKEY_LOCAL_MACHINE\\Software\\WanaCrypt0r']`, `[windows-registry-key:key = 'HKEY_LOCAL_MACHINE\\software\\wanacrypt0r']`)
	for _, in := range inputs {
		text := in + "\n"
		if in[0] == '[' {
			text = fmt.Sprintf(`{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[{"type":"indicator","spec_version":"2.1","id":"indicator--00000000-0000-4000-8000-000000000001","created":"2017-05-12T07:00:00.000Z","modified":"2017-05-12T07:00:00.000Z","valid_from":"2017-05-12T07:00:00Z","pattern_type":"stix","pattern":%q}]}`, in)
		}
		f := filepath.Join(t.TempDir(), "x")
		os.WriteFile(f, []byte(text), 0o600)
		l, p, err := watch.LoadFile(f, "", patternset.Options{})
		if err != nil { t.Log(in, err, p); continue }
		w := watch.New(l).Watcher()
		out := ""
		for i, r := range recs {
			e, _ := endpoint.NewSysmon(strings.NewReader(r), telemetry.Options{}).Next()
			out += fmt.Sprintf(" %d", min(1,len(w.Hits(e, uint64(i)))))
		}
		t.Logf("%-70s %s", in, out)
	}
}
