package endpoint_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/telemetry"
	"github.com/tocsin-project/tocsin/internal/telemetry/endpoint"
)

// told is all that an event says, a line for each thing.
func told(e *telemetry.Event) []string {
	lines := []string{e.Kind.String() + " " + e.Time.Format("2006-01-02T15:04:05.999Z07:00")}
	if e.Source.IsValid() || e.Target.IsValid() {
		lines = append(lines, fmt.Sprintf("%s %v:%d > %v:%d contact %v failed %v", e.Proto, e.Source, e.SourcePort, e.Target, e.TargetPort, e.Contact, e.Failed))
	}
	if e.Kind == telemetry.DNS {
		lines = append(lines, fmt.Sprintf("%s answer %v nxdomain %v", e.Name, e.DNSAnswer, e.NXDomain))
	}
	for _, o := range e.Observables {
		line := fmt.Sprintf("%d %s: %s", o.Object, o.Field, o.Value)
		if o.Answer {
			line += " (answer)"
		}
		lines = append(lines, line)
	}
	for _, p := range e.Properties {
		line := fmt.Sprintf("%d %s = %s", p.Object, p.Path, p.Text)
		if p.Number {
			line += " (number)"
		}
		lines = append(lines, line)
	}
	return lines
}

// all reads to the end.
func all(t *testing.T, s telemetry.Source) (events [][]string) {
	t.Helper()
	for {
		e, err := s.Next()
		if errors.Is(err, io.EOF) {
			return events
		}
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, told(e))
	}
}

const (
	md5Hex    = "DB349B97C37D22F5EA1D1841E3C89EB4"
	sha256Hex = "24D004A104D4D54034DBCFFC2A4B19A11F39008A575AA614EA04703480B1022C"
	processes = `"UtcTime":"2017-05-12 07:24:03.123","ProcessGuid":"{1}","ProcessId":"4711","Image":"C:\\Windows\\TaskSche.exe",` +
		`"CommandLine":"C:\\Windows\\tasksche.exe /i","CurrentDirectory":"C:\\Windows\\","User":"EXAMPLE\\someone","LogonId":"0x3e7",` +
		`"Hashes":"MD5=` + md5Hex + `,SHA256=` + sha256Hex + `,IMPHASH=00000000000000000000000000000000",` +
		`"ParentProcessId":815,"ParentImage":"\\??\\C:\\WINDOWS\\mssecsvc.exe","ParentCommandLine":"C:\\WINDOWS\\mssecsvc.exe -m security"`
)

var processTold = []string{
	"process 2017-05-12T07:24:03.123Z",
	`0 Image: file:path=c:\windows\tasksche.exe`,
	"0 Image: file:name=tasksche.exe",
	"0 Hashes: file:md5=" + strings.ToLower(md5Hex),
	"0 Hashes: file:sha-256=" + strings.ToLower(sha256Hex),
	`2 ParentImage: file:path=c:\windows\mssecsvc.exe`,
	"2 ParentImage: file:name=mssecsvc.exe",
	"0 process:image_ref.name = TaskSche.exe",
	`0 process:image_ref.parent_directory_ref.path = C:\Windows`,
	"0 process:image_ref.hashes.MD5 = " + strings.ToLower(md5Hex),
	"0 process:image_ref.hashes.'SHA-256' = " + strings.ToLower(sha256Hex),
	"0 process:pid = 4711 (number)",
	`0 process:command_line = C:\Windows\tasksche.exe /i`,
	`0 process:cwd = C:\Windows\`,
	"0 process:parent_ref.image_ref.name = mssecsvc.exe",
	`0 process:parent_ref.image_ref.parent_directory_ref.path = C:\WINDOWS`,
	"0 process:parent_ref.pid = 815 (number)",
	`0 process:parent_ref.command_line = C:\WINDOWS\mssecsvc.exe -m security`,
}

// Every shape says the same.
func TestSysmonShapes(t *testing.T) {
	var listed []string
	for _, pair := range strings.Split(strings.ReplaceAll(processes, `"ParentProcessId":815`, `"ParentProcessId":"815"`), `","`) {
		name, value, _ := strings.Cut(strings.Trim(pair, `"`), `":"`)
		listed = append(listed, `{"@Name":"`+name+`","#text":"`+value+`"}`)
	}
	wazuh := processes
	for _, name := range []string{"UtcTime", "ProcessId", "Image", "CommandLine", "CurrentDirectory", "User", "Hashes", "ParentProcessId", "ParentImage", "ParentCommandLine"} {
		wazuh = strings.ReplaceAll(wazuh, `"`+name+`":`, `"`+strings.ToLower(name[:1])+name[1:]+`":`)
	}
	for shape, line := range map[string]string{
		"winlogbeat":            `{"@timestamp":"2017-05-12T07:24:04.000Z","event":{"code":"1","original":"<Event/>"},"winlog":{"channel":"Microsoft-Windows-Sysmon/Operational","event_data":{` + processes + `},"event_id":"1","provider_name":"Microsoft-Windows-Sysmon","process":{"pid":2828}}}`,
		"winlogbeat before ECS": `{"@timestamp":"2017-05-12T07:24:04.000Z","event_data":{` + processes + `},"event_id":1,"source_name":"Microsoft-Windows-Sysmon"}`,
		"flat":                  `{"EventTime":"2017-05-12 09:24:04","Keywords":-9223372036854775808,"EventType":"INFO","EventID":1,"SourceName":"Microsoft-Windows-Sysmon","ProcessID":11220,"Channel":"Microsoft-Windows-Sysmon/Operational",` + processes + `,"Message":"Process Create:\r\nImage: x"}`,
		"flat without a source": `{"EventID":1,` + processes + `}`,
		"raw":                   `{"Event":{"#attributes":{"xmlns":"x"},"System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Sysmon","Guid":"5"}},"EventID":1,"TimeCreated":{"#attributes":{"SystemTime":"2017-05-12T07:24:04.000Z"}},"Channel":"Microsoft-Windows-Sysmon/Operational","Security":{"#attributes":{"UserID":"S-1-5-18"}}},"EventData":{` + processes + `}}}`,
		"raw with attributes":   `{"Event":{"System":{"EventID":{"#text":"1","#attributes":{"Qualifiers":"0"}},"Correlation":null},"EventData":{` + processes + `}}}`,
		"raw with a list":       `{"Event":{"System":{"EventID":"1"},"EventData":{"Data":[` + strings.Join(listed, ",") + `]}}}`,
		"wazuh":                 `{"rule":{"id":"61603"},"data":{"win":{"system":{"providerName":"Microsoft-Windows-Sysmon","eventID":"1","systemTime":"2017-05-12T07:24:04.000Z","channel":"Microsoft-Windows-Sysmon/Operational"},"eventdata":{` + wazuh + `}}},"timestamp":"2017-05-12T07:24:05.000+0000"}`,
	} {
		s := endpoint.NewSysmon(strings.NewReader(line+"\n"), telemetry.Options{})
		if diff := cmp.Diff([][]string{processTold}, all(t, s)); diff != "" {
			t.Errorf("%s (-want +got):\n%s%v", shape, diff, s.Stats().Samples)
		}
	}
}

func TestSysmonEvents(t *testing.T) {
	actor := []string{
		`1 Image: file:path=c:\windows\x.exe`, "1 Image: file:name=x.exe",
		"0 process:image_ref.name = x.exe", `0 process:image_ref.parent_directory_ref.path = C:\Windows`, "0 process:pid = 4 (number)",
	}
	tests := map[string]struct {
		id   int
		data string
		want []string // without the time, and without the actor
	}{
		"connection": {3, `"Protocol":"TCP","Initiated":"true","SourceIp":"192.0.2.7","SourcePort":"49732","DestinationIp":"2001:db8:0::1","DestinationHostname":"trusted.example","DestinationPort":445`, []string{
			"flow", "tcp 192.0.2.7:49732 > 2001:db8::1:445 contact true failed false", "0 SourceIp: ipv4-addr=192.0.2.7", "0 DestinationIp: ipv6-addr=2001:db8::1"}},
		"driver": {6, `"ImageLoaded":"C:\\Windows\\System32\\drivers\\D.sys","Hashes":"SHA1=` + strings.Repeat("Ab", 20) + `,IMPHASH=` + md5Hex + `"`, []string{
			"fileinfo", `0 ImageLoaded: file:path=c:\windows\system32\drivers\d.sys`, "0 ImageLoaded: file:name=d.sys", "0 Hashes: file:sha-1=" + strings.Repeat("ab", 20),
			"0 file:hashes.IMPHASH = " + strings.ToLower(md5Hex)}},
		"image":  {7, `"ImageLoaded":"C:\\D.dll"`, []string{"fileinfo", `0 ImageLoaded: file:path=c:\d.dll`, "0 ImageLoaded: file:name=d.dll"}},
		"create": {11, `"TargetFilename":"\\\\Server\\Share\\B.wnry"`, []string{"fileinfo", `0 TargetFilename: file:path=\\server\share\b.wnry`, "0 TargetFilename: file:name=b.wnry"}},
		"key": {12, `"EventType":"CreateKey","TargetObject":"HKLM\\SOFTWARE\\WanaCrypt0r"`, []string{
			"registry", `0 TargetObject: windows-registry-key=HKEY_LOCAL_MACHINE\software\wanacrypt0r`, `0 windows-registry-key:key = HKEY_LOCAL_MACHINE\SOFTWARE\WanaCrypt0r`}},
		"value": {13, `"TargetObject":"HKU\\S-1-5-21-1-2-3-1001\\Software\\Run\\Evil","Details":"C:\\evil.exe"`, []string{
			"registry", `0 TargetObject: windows-registry-key=HKEY_CURRENT_USER\software\run\evil`, `0 TargetObject: windows-registry-key=HKEY_CURRENT_USER\software\run`,
			`0 windows-registry-key:key = HKEY_CURRENT_USER\Software\Run`, "0 windows-registry-key:values[*].name = Evil", `0 windows-registry-key:values[*].data = C:\evil.exe`}},
		"number": {13, `"TargetObject":"HKLM\\System\\CurrentControlSet\\Services\\X\\Start","Details":"DWORD (0x00000002)"`, []string{
			"registry", `0 TargetObject: windows-registry-key=HKEY_LOCAL_MACHINE\system\currentcontrolset\services\x\start`, `0 TargetObject: windows-registry-key=HKEY_LOCAL_MACHINE\system\currentcontrolset\services\x`,
			`0 windows-registry-key:key = HKEY_LOCAL_MACHINE\System\CurrentControlSet\Services\X`, "0 windows-registry-key:values[*].name = Start",
			"0 windows-registry-key:values[*].data = 0x00000002", "0 windows-registry-key:values[*].data_type = REG_DWORD"}},
		"rename": {14, `"TargetObject":"HKLM\\A\\B","NewName":"HKLM\\A\\C"`, []string{
			"registry", `0 TargetObject: windows-registry-key=HKEY_LOCAL_MACHINE\a\b`, `0 NewName: windows-registry-key=HKEY_LOCAL_MACHINE\a\c`,
			`0 windows-registry-key:key = HKEY_LOCAL_MACHINE\A\B`, `0 windows-registry-key:key = HKEY_LOCAL_MACHINE\A\C`}},
		"stream": {15, `"TargetFilename":"C:\\U\\setup.exe:Zone.Identifier","Hash":"MD5=` + md5Hex + `","Contents":"[ZoneTransfer]  ZoneId=3  ReferrerUrl=about:internet  HostUrl=http://Evil.example/setup.exe  "`, []string{
			"fileinfo", `0 TargetFilename: file:path=c:\u\setup.exe`, "0 TargetFilename: file:name=setup.exe", "0 Hashes: file:md5=" + strings.ToLower(md5Hex),
			"0 Contents: url=http://evil.example/setup.exe", "0 Contents: domain-name=evil.example"}},
		"lookup": {22, `"QueryName":"Evil.example","QueryStatus":"0","QueryResults":"type:  5 cdn.evil.example;::ffff:192.0.2.1;2001:db8::1;type:  16 x.example;"`, []string{
			"dns", "evil.example answer true nxdomain false", "0 QueryName: domain-name=evil.example", "0 QueryResults: domain-name=cdn.evil.example (answer)",
			"0 QueryResults: ipv4-addr=192.0.2.1 (answer)", "0 QueryResults: ipv6-addr=2001:db8::1 (answer)"}},
		"no such name": {22, `"QueryName":"evil.example","QueryStatus":"9003","QueryResults":"-"`, []string{
			"dns", "evil.example answer true nxdomain true", "0 QueryName: domain-name=evil.example"}},
		"delete": {23, `"TargetFilename":"C:\\x.exe","Hashes":"MD5=` + md5Hex + `"`, []string{
			"fileinfo", `0 TargetFilename: file:path=c:\x.exe`, "0 TargetFilename: file:name=x.exe", "0 Hashes: file:md5=" + strings.ToLower(md5Hex)}},
		"delete, logged": {26, `"TargetFilename":"C:\\x.exe"`, []string{"fileinfo", `0 TargetFilename: file:path=c:\x.exe`, "0 TargetFilename: file:name=x.exe"}},
	}
	for name, test := range tests {
		line := fmt.Sprintf(`{"EventID":%d,"UtcTime":"2017-05-12 07:24:03.123","Image":"C:\\Windows\\x.exe","ProcessId":4,"User":"EXAMPLE\\someone",%s}`, test.id, test.data)
		s := endpoint.NewSysmon(strings.NewReader(line), telemetry.Options{})
		want := append([]string{test.want[0] + " 2017-05-12T07:24:03.123Z"}, test.want[1:]...)
		want = withActor(want, actor)
		if diff := cmp.Diff([][]string{want}, all(t, s)); diff != "" {
			t.Errorf("%s (-want +got):\n%s%+v", name, diff, s.Stats())
		}
		if s.Stats().Unusable != 0 {
			t.Errorf("%s: %+v", name, s.Stats())
		}
	}
}

// withActor puts the process's observables after the event's own, and its
// properties last.
func withActor(want, actor []string) []string {
	at := len(want)
	for at > 1 && strings.Contains(want[at-1], " = ") {
		at--
	}
	return append(append(append(append([]string{}, want[:at]...), actor[:2]...), want[at:]...), actor[2:]...)
}

func TestServiceInstalled(t *testing.T) {
	for image, want := range map[string]string{
		`C:\\Windows\\mssecsvc.exe -m security`:  `c:\windows\mssecsvc.exe`,
		`\"C:\\Program Files\\X\\x y.exe\" -k`:   `c:\program files\x\x y.exe`,
		`C:\\Program Files\\X.Y\\svc.exe -k a.b`: `c:\program files\x.y\svc.exe`,
		`\\??\\C:\\x.sys`:                        `c:\x.sys`,
		`\\SystemRoot\\System32\\drivers\\x.sys`: `\systemroot\system32\drivers\x.sys`,
		`%COMSPEC% /C start`:                     "",
		`C:\\tools\\noextension`:                 `c:\tools\noextension`,
	} {
		line := `{"winlog":{"event_id":7045,"channel":"System","provider_name":"Service Control Manager","event_data":{"ServiceName":"mssecsvc2.0","ImagePath":"` + image + `","AccountName":"LocalSystem"}},"@timestamp":"2017-05-12T07:24:03Z"}`
		s := endpoint.NewSysmon(strings.NewReader(line), telemetry.Options{})
		events := all(t, s)
		if len(events) != 1 || events[0][0] != "process 2017-05-12T07:24:03Z" || events[0][1] != "0 ServiceName: windows-service=mssecsvc2.0" {
			t.Fatalf("%s: %v", image, events)
		}
		got := ""
		for _, line := range events[0] {
			if path, ok := strings.CutPrefix(line, "0 ImagePath: file:path="); ok {
				got = path
			}
		}
		if got != want {
			t.Errorf("%s: %q, want %q (%v)", image, got, want, events[0])
		}
	}
}

// Of what collectors say twice, the first counts.
func TestFirstOfTwo(t *testing.T) {
	line := `{"EventID":22,"QueryName":"a.example","winlog":{"event_id":1,"event_data":{"QueryName":"b.example","Image":"C:\\x.exe"}}}`
	s := endpoint.NewSysmon(strings.NewReader(line), telemetry.Options{})
	e, err := s.Next()
	if err != nil || e.Kind != telemetry.DNS || e.Name != "a.example" {
		t.Errorf("%+v, %v", e, err)
	}
}

// Events of other programs have the same numbers; nothing of them is taken.
func TestEventsOfOthers(t *testing.T) {
	for _, line := range []string{
		`{"winlog":{"event_id":1,"provider_name":"Microsoft-Windows-Kernel-General","event_data":{"Image":"C:\\x.exe"}}}`,
		`{"EventID":7,"Channel":"System","ImageLoaded":"C:\\x.exe"}`,
		`{"EventID":7045,"SourceName":"Microsoft-Windows-Sysmon","ServiceName":"x"}`,
		`{"EventID":255,"SourceName":"Microsoft-Windows-Sysmon","Image":"C:\\x.exe"}`,
	} {
		s := endpoint.NewSysmon(strings.NewReader(line), telemetry.Options{})
		if events := all(t, s); len(events) != 1 || len(events[0]) != 1 || !strings.HasPrefix(events[0][0], "other ") {
			t.Errorf("%s: %v", line, events)
		}
	}
}
