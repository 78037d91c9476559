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

// acts are what the events say was done to files, a line for each.
func acts(t *testing.T, s telemetry.Source) (lines []string) {
	t.Helper()
	for {
		e, err := s.Next()
		if errors.Is(err, io.EOF) {
			return lines
		}
		if err != nil {
			t.Fatal(err)
		}
		e = e.Clone()
		what := ""
		switch {
		case e.FileWritten && e.FileFrom != "":
			what = "renamed from " + e.FileFrom
		case e.FileWritten:
			what = "written"
		case e.FileGone:
			what = "gone"
		}
		lines = append(lines, fmt.Sprintf("%s %s %s by %s", e.Kind, e.FilePath, what, e.Actor))
	}
}

func TestSysmonFiles(t *testing.T) {
	for _, test := range []struct {
		id           int
		target, want string
	}{
		{11, `C:\\Users\\a\\x.docx.WNCRYT`, `fileinfo C:\Users\a\x.docx.WNCRYT written by C:\x\y.exe#4711@ws-07.example`},
		{11, `\\??\\C:\\Users\\a\\x.docx`, `fileinfo C:\Users\a\x.docx written by C:\x\y.exe#4711@ws-07.example`},
		{11, `C:\\Users\\a\\x.exe:Zone.Identifier`, `fileinfo C:\Users\a\x.exe  by C:\x\y.exe#4711@ws-07.example`},
		{15, `C:\\Users\\a\\x.exe:Zone.Identifier`, `fileinfo C:\Users\a\x.exe  by C:\x\y.exe#4711@ws-07.example`},
		{23, `C:\\Users\\a\\x.docx`, `fileinfo C:\Users\a\x.docx gone by C:\x\y.exe#4711@ws-07.example`},
		{26, `C:\\Users\\a\\x.docx`, `fileinfo C:\Users\a\x.docx gone by C:\x\y.exe#4711@ws-07.example`},
		{27, `C:\\Users\\a\\x.exe`, `fileinfo C:\Users\a\x.exe  by C:\x\y.exe#4711@ws-07.example`}, // it was kept from being made
		{2, `C:\\Users\\a\\x.docx`, `other   by `},
	} {
		fields := `"UtcTime":"2017-05-12 07:24:03.123","ProcessId":4711,"Image":"\\??\\C:\\x\\y.exe","TargetFilename":"` + test.target + `"`
		var listed []string
		for _, pair := range strings.Split(strings.ReplaceAll(fields, `:4711`, `:"4711"`), `","`) {
			name, value, _ := strings.Cut(strings.Trim(pair, `"`), `":"`)
			listed = append(listed, `{"@Name":"`+name+`","#text":"`+value+`"}`)
		}
		wazuh := strings.NewReplacer(`"UtcTime"`, `"utcTime"`, `"ProcessId"`, `"processId"`, `"Image"`, `"image"`, `"TargetFilename"`, `"targetFilename"`).Replace(fields)
		for shape, line := range map[string]string{
			"winlogbeat":            fmt.Sprintf(`{"winlog":{"event_id":"%d","computer_name":"ws-07.example","event_data":{%s}}}`, test.id, fields),
			"winlogbeat before ECS": fmt.Sprintf(`{"computer_name":"ws-07.example","event_data":{%s},"event_id":%d}`, fields, test.id),
			"flat":                  fmt.Sprintf(`{"EventID":%d,"Hostname":"ws-07.example",%s}`, test.id, fields),
			"raw":                   fmt.Sprintf(`{"Event":{"System":{"EventID":%d,"Computer":"ws-07.example"},"EventData":{%s}}}`, test.id, fields),
			"raw with a list":       fmt.Sprintf(`{"Event":{"System":{"EventID":"%d","Computer":"ws-07.example"},"EventData":{"Data":[%s]}}}`, test.id, strings.Join(listed, ",")),
			"wazuh":                 fmt.Sprintf(`{"data":{"win":{"system":{"eventID":"%d","computer":"ws-07.example"},"eventdata":{%s}}}}`, test.id, wazuh),
		} {
			got := acts(t, endpoint.NewSysmon(strings.NewReader(line), telemetry.Options{}))
			if diff := cmp.Diff([]string{test.want}, got); diff != "" {
				t.Errorf("event %d, %s (-want +got):\n%s", test.id, shape, diff)
			}
		}
	}
}

func TestOsqueryFiles(t *testing.T) {
	for _, test := range []struct{ name, columns, want string }{
		{"file_events", `"target_path":"/home/a/x.docx.wncry","category":"homes","action":"CREATED","transaction_id":"0","time":"1494573840"`,
			"fileinfo /home/a/x.docx.wncry written by #@host.example"},
		{"file_events, moved here", `"target_path":"/home/a/x.docx.wncry","action":"MOVED_TO"`, "fileinfo /home/a/x.docx.wncry written by #@host.example"},
		{"file_events, moved away", `"target_path":"/home/a/x.docx","action":"MOVED_FROM"`, "fileinfo /home/a/x.docx gone by #@host.example"},
		{"file_events, mode", `"target_path":"/home/a/x.docx","action":"ATTRIBUTES_MODIFIED"`, "fileinfo /home/a/x.docx  by "},
		{"process_file_events", `"operation":"rename","pid":"7","executable":"/tmp/x","cwd":"/","path":"/home/a/x.docx","dest_path":"/home/a/x.docx.wncry"`,
			"fileinfo /home/a/x.docx.wncry renamed from /home/a/x.docx by /tmp/x#7@host.example"},
		{"process_file_events, removed", `"operation":"unlink","pid":"7","executable":"/tmp/x","path":"/home/a/x.docx"`, "fileinfo /home/a/x.docx gone by /tmp/x#7@host.example"},
		{"process_file_events, linked", `"operation":"link","pid":"7","executable":"/tmp/x","path":"/home/a/x.docx","dest_path":"/home/a/y"`, "fileinfo /home/a/x.docx  by "},
		{"es_process_file_events", `"version":"7","pid":"7","parent":"1","path":"/tmp/x","filename":"/Users/a/x.docx","dest_filename":"/Users/a/x.docx.wncry","event_type":"rename"`,
			"fileinfo /Users/a/x.docx.wncry renamed from /Users/a/x.docx by /tmp/x#7@host.example"},
		{"es_process_file_events, made", `"pid":"7","path":"/tmp/x","filename":"/Users/a/x.txt","event_type":"create"`, "fileinfo /Users/a/x.txt written by /tmp/x#7@host.example"},
		{"es_process_events", `"pid":"7","path":"/tmp/x","event_type":"exec"`, "process   by "},
		{"ntfs_journal_events", `"action":"FileRename_NewName","old_path":"C:\\a\\x.docx","path":"C:\\a\\x.docx.wncry","partial":"0"`,
			`fileinfo C:\a\x.docx.wncry renamed from C:\a\x.docx by #@host.example`},
		{"ntfs_journal_events, removed", `"action":"FileDeletion","old_path":"","path":"C:\\a\\x.docx"`, `fileinfo C:\a\x.docx gone by #@host.example`},
		{"hash", `"path":"/home/a/x.docx","directory":"/home/a","md5":"` + strings.ToLower(md5Hex) + `"`, "fileinfo /home/a/x.docx  by "},
	} {
		got := acts(t, endpoint.NewOsquery(strings.NewReader(head+`"columns":{`+test.columns+`},"action":"added"}`), telemetry.Options{}))
		if diff := cmp.Diff([]string{test.want}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}
