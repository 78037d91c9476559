package endpoint_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/telemetry"
	"github.com/tocsin-project/tocsin/internal/telemetry/endpoint"
)

const head = `{"name":"pack_x_y","hostIdentifier":"host.example","calendarTime":"Fri May 12 07:24:03 2017 UTC","unixTime":1494573843,"epoch":0,"counter":1,"numerics":false,"decorations":{"username":"someone"},`

func TestOsqueryTables(t *testing.T) {
	const hash = "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"
	tests := map[string]struct {
		columns string
		want    []string // without the time
	}{
		"processes": {`"name":"tasksche.exe","path":"C:\\Windows\\TaskSche.exe","cmdline":"tasksche.exe /i","cwd":"C:\\Windows","pid":"4711","parent":"815","uid":"1000"`, []string{
			"process", `0 path: file:path=c:\windows\tasksche.exe`, "0 path: file:name=tasksche.exe", "0 process:image_ref.name = TaskSche.exe", `0 process:image_ref.parent_directory_ref.path = C:\Windows`,
			"0 process:pid = 4711 (number)", "0 process:command_line = tasksche.exe /i", `0 process:cwd = C:\Windows`, "0 process:parent_ref.pid = 815 (number)"}},
		"processes, names only": {`"name":"TaskSche.exe","pid":"4711"`, []string{
			"process", "0 name: file:name=tasksche.exe", "0 process:image_ref.name = TaskSche.exe", "0 process:pid = 4711 (number)"}},
		"process_events": {`"pid":"7","path":"/tmp/.X","cmdline":"./.X","ppid":"1","time":"1494570000"`, []string{
			"process@2017-05-12T06:20:00Z", "0 path: file:path=/tmp/.X", "0 path: file:name=.x", "0 process:image_ref.name = .X", "0 process:image_ref.parent_directory_ref.path = /tmp",
			"0 process:pid = 7 (number)", "0 process:command_line = ./.X", "0 process:parent_ref.pid = 1 (number)"}},
		"file_events": {`"action":"CREATED","target_path":"/tmp/B.wnry","md5":"` + hash + `","sha256":"","time":"1494570000","uid":"0"`, []string{
			"fileinfo@2017-05-12T06:20:00Z", "0 target_path: file:path=/tmp/B.wnry", "0 target_path: file:name=b.wnry", "0 md5: file:md5=" + hash}},
		"process_file_events": {`"operation":"write","pid":"7","executable":"/usr/bin/x","path":"/tmp/a","dest_path":"/tmp/b"`, []string{
			"fileinfo", "0 path: file:path=/tmp/a", "0 path: file:name=a", "1 executable: file:path=/usr/bin/x", "1 executable: file:name=x", "3 dest_path: file:path=/tmp/b", "3 dest_path: file:name=b",
			"0 process:image_ref.name = x", "0 process:image_ref.parent_directory_ref.path = /usr/bin", "0 process:pid = 7 (number)"}},
		"hash": {`"path":"/bin/x","sha1":"` + hash + `0a0a0a0a","sha256":"` + hash + hash + `"`, []string{
			"fileinfo", "0 path: file:path=/bin/x", "0 path: file:name=x", "0 sha1: file:sha-1=" + hash + "0a0a0a0a", "0 sha256: file:sha-256=" + hash + hash}},
		"a time that is none": {`"path":"/bin/x","time":"120"`, []string{"fileinfo", "0 path: file:path=/bin/x", "0 path: file:name=x"}},
		"dns_cache":           {`"name":"Evil.example","type":"AAAA","flags":"0"`, []string{"dns", "evil.example answer false nxdomain false", "0 name: domain-name=evil.example"}},
		"dns_lookup_events": {`"pid":"7","path":"C:\\x.exe","name":"evil.example","type":"A","type_id":"1","status":"0","response":"type:  5 cdn.evil.example;::ffff:192.0.2.1;"`, []string{
			"dns", "evil.example answer true nxdomain false", "0 name: domain-name=evil.example", "0 response: domain-name=cdn.evil.example (answer)", "0 response: ipv4-addr=192.0.2.1 (answer)",
			`1 path: file:path=c:\x.exe`, "1 path: file:name=x.exe", "0 process:image_ref.name = x.exe", `0 process:image_ref.parent_directory_ref.path = C:\`, "0 process:pid = 7 (number)"}},
		"dns_resolvers": {`"id":"0","type":"nameserver","address":"192.0.2.53","netmask":"32","options":"1"`, []string{"other", "0 address: ipv4-addr=192.0.2.53"}},
		"socket_events": {`"action":"connect","pid":"7","path":"/bin/x","status":"failed","family":"2","protocol":"6","local_address":"","remote_address":"192.0.2.1","local_port":"0","remote_port":"445"`, []string{
			"flow", "tcp invalid IP:0 > 192.0.2.1:445 contact true failed true", "0 remote_address: ipv4-addr=192.0.2.1",
			"1 path: file:path=/bin/x", "1 path: file:name=x", "0 process:image_ref.name = x", "0 process:image_ref.parent_directory_ref.path = /bin", "0 process:pid = 7 (number)"}},
		"accepted": {`"action":"accept","protocol":"6","local_address":"192.0.2.7","remote_address":"192.0.2.1","local_port":"445","remote_port":"50000"`, []string{
			"flow", "tcp 192.0.2.1:50000 > 192.0.2.7:445 contact true failed false", "0 local_address: ipv4-addr=192.0.2.7", "0 remote_address: ipv4-addr=192.0.2.1"}},
		"listening_ports":          {`"pid":"7","port":"445","protocol":"6","family":"2","address":"0.0.0.0","path":""`, []string{"other", "0 process:pid = 7 (number)"}},
		"open socket that listens": {`"pid":"7","protocol":"6","local_address":"0.0.0.0","remote_address":"0.0.0.0","local_port":"445","remote_port":"0"`, []string{"flow", "0 process:pid = 7 (number)"}},
		"registry": {`"key":"HKEY_USERS\\S-1-5-21-1-2-3-1001\\Software\\Run","path":"HKEY_USERS\\S-1-5-21-1-2-3-1001\\Software\\Run\\Evil","name":"Evil","type":"REG_SZ","data":"C:\\evil.exe","mtime":"1"`, []string{
			"registry", `0 key: windows-registry-key=HKEY_CURRENT_USER\software\run`, `0 path: windows-registry-key=HKEY_CURRENT_USER\software\run\evil`, `0 windows-registry-key:key = HKEY_CURRENT_USER\Software\Run`,
			"0 windows-registry-key:values[*].name = Evil", `0 windows-registry-key:values[*].data = C:\evil.exe`, "0 windows-registry-key:values[*].data_type = REG_SZ"}},
		"services": {`"name":"mssecsvc2.0","service_type":"OWN_PROCESS","display_name":"A Service","path":"C:\\Windows\\mssecsvc.exe -m security","module_path":"","user_account":"LocalSystem"`, []string{
			"process", "0 name: windows-service=mssecsvc2.0", `0 path: file:path=c:\windows\mssecsvc.exe`, "0 path: file:name=mssecsvc.exe",
			"0 process:extensions.'windows-service-ext'.display_name = A Service", `0 process:command_line = C:\Windows\mssecsvc.exe -m security`}},
		"winbaseobj":            {`"session_id":"0","object_name":"MsWinZonesCacheCounterMutexA","object_type":"Mutant"`, []string{"other", `0 object_name: mutex=Global\MsWinZonesCacheCounterMutexA`}},
		"winbaseobj, a session": {`"session_id":"1","object_name":"A","object_type":"Mutant"`, []string{"other", "0 object_name: mutex=A"}},
		"winbaseobj, an event":  {`"session_id":"1","object_name":"A","object_type":"Event"`, []string{"other"}},
		"users":                 {`"username":"someone","description":"x","directory":"/home/someone"`, []string{"other"}},
	}
	for name, test := range tests {
		kind, at, given := strings.Cut(test.want[0], "@")
		if !given {
			at = "2017-05-12T07:24:03Z"
		}
		want := [][]string{append([]string{kind + " " + at}, test.want[1:]...)}
		for shape, line := range map[string]string{
			"event":    head + `"columns":{` + test.columns + `},"action":"added"}`,
			"snapshot": head + `"snapshot":[{` + test.columns + `}],"action":"snapshot"}`,
			"batch":    head + `"diffResults":{"removed":[{"name":"gone.example","type":"A"}],"added":[{` + test.columns + `}]}}`,
		} {
			s := endpoint.NewOsquery(strings.NewReader(line), telemetry.Options{})
			if diff := cmp.Diff(want, all(t, s)); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s%+v", name, shape, diff, s.Stats())
			}
			if s.Stats().Unusable != 0 {
				t.Errorf("%s, %s: %+v", name, shape, s.Stats())
			}
		}
	}
}

func TestOsqueryLeavesOutWhatIsGone(t *testing.T) {
	for _, line := range []string{
		head + `"columns":{"name":"evil.example","type":"A"},"action":"removed"}`,
		`{"action":"removed","columns":{"name":"evil.example","type":"A"}}`,
		head + `"diffResults":{"removed":[{"name":"evil.example","type":"A"}],"added":""}}`,
		head + `"snapshot":[],"action":"snapshot"}`,
	} {
		s := endpoint.NewOsquery(strings.NewReader(line), telemetry.Options{})
		if events := all(t, s); len(events) != 0 || s.Stats().Malformed != 0 || s.Stats().Lines != 1 {
			t.Errorf("%s: %v, %+v", line, events, s.Stats())
		}
	}
}

// A line's rows are events of their own. Reading again from any event's End
// repeats rows at most, and misses none.
func TestOsqueryGoesOn(t *testing.T) {
	line := head + `"snapshot":[{"name":"a.example","type":"A"},{"name":"b.example","type":"A"},{"name":"c.example","type":"A"}],"action":"snapshot"}` + "\n"
	input := line + strings.ReplaceAll(line, ".example", ".test")
	names := []string{"a.example", "b.example", "c.example", "a.test", "b.test", "c.test"}
	s := endpoint.NewOsquery(strings.NewReader(input), telemetry.Options{})
	for i := range names {
		e, err := s.Next()
		if err != nil || e.Name != names[i] || e.Line != i/3+1 {
			t.Fatalf("%+v, %v", e, err)
		}
		rest := endpoint.NewOsquery(strings.NewReader(input[e.End:]), telemetry.Options{Offset: e.End})
		var seen []string
		for {
			next, err := rest.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			seen = append(seen, strings.Clone(next.Name))
		}
		if from := (i + 1) / 3 * 3; cmp.Diff(names[from:], append([]string{}, seen...)) != "" {
			t.Errorf("after %s: %v", names[i], seen)
		}
	}
}
