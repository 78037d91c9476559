package telemetry_test

import (
	"fmt"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/telemetry"
)

// fileAct is what an event says of a file.
func fileAct(e *telemetry.Event) string {
	if e.FilePath == "" {
		return e.Kind.String()
	}
	line := fmt.Sprintf("%s %v>%v:%d %s", e.Kind, e.Source, e.Target, e.TargetPort, e.FilePath)
	for word, is := range map[string]bool{" written": e.FileWritten, " gone": e.FileGone} {
		if is {
			line += word
		}
	}
	if e.FileFrom != "" {
		line += " from " + e.FileFrom
	}
	return line
}

func TestSharedFilesOfEVE(t *testing.T) {
	const client, server = `"src_ip":"192.0.2.7","src_port":49200,"dest_ip":"192.0.2.20","dest_port":445`,
		`"src_ip":"192.0.2.20","src_port":445,"dest_ip":"192.0.2.7","dest_port":49200`
	tests := []struct{ name, ends, smb, want string }{
		{"made", client, `"command":"SMB2_COMMAND_CREATE","status":"STATUS_SUCCESS","status_code":"0x0","filename":"docs\\a.docx.WNCRY","disposition":"FILE_CREATE","access":"normal","created":0,"size":0,"fuid":"x"`,
			`fileinfo 192.0.2.7>192.0.2.20:445 docs\a.docx.WNCRY written`},
		{"made anew", client, `"filename":"a.docx","disposition":"FILE_OVERWRITE_IF","access":"normal"`, `fileinfo 192.0.2.7>192.0.2.20:445 a.docx written`},
		{"opened", client, `"filename":"a.docx","disposition":"FILE_OPEN","access":"normal"`, `fileinfo 192.0.2.7>192.0.2.20:445 a.docx`},
		{"perhaps made", client, `"filename":"a.docx","disposition":"FILE_OPEN_IF","access":"normal"`, `fileinfo 192.0.2.7>192.0.2.20:445 a.docx`},
		{"refused", client, `"status":"STATUS_ACCESS_DENIED","filename":"a.docx","disposition":"FILE_CREATE"`, `fileinfo 192.0.2.7>192.0.2.20:445 a.docx`},
		{"written", client, `"command":"SMB2_COMMAND_WRITE","status":"STATUS_SUCCESS","filename":"a.docx","share":"\\\\SRV\\docs","fuid":"x"`, `fileinfo 192.0.2.7>192.0.2.20:445 a.docx written`},
		{"read", client, `"command":"SMB2_COMMAND_READ","filename":"a.docx","share":"\\\\SRV\\docs"`, `fileinfo 192.0.2.7>192.0.2.20:445 a.docx`},
		{"renamed", client, `"command":"SMB2_COMMAND_SET_INFO","status":"STATUS_SUCCESS","set_info":{"class":"FILE_INFO","info_level":"SMB2_FILE_RENAME_INFO"},"rename":{"from":"docs\\a.docx","to":"docs\\a.docx.wncry"},"fuid":"x"`,
			`fileinfo 192.0.2.7>192.0.2.20:445 docs\a.docx.wncry written from docs\a.docx`},
		{"removed", client, `"filename":"a.docx","disposition":"FILE_OPEN","access":"delete on close"`, `fileinfo 192.0.2.7>192.0.2.20:445 a.docx gone`},
		{"as the server sent it", server, `"filename":"a.docx","disposition":"FILE_CREATE"`, `fileinfo 192.0.2.7>192.0.2.20:445 a.docx written`},
		{"the share itself", client, `"filename":"<share_root>","disposition":"FILE_OPEN"`, "other"},
		{"a folder", client, `"directory":"docs","disposition":"FILE_CREATE"`, "other"},
		{"another command", client, `"command":"SMB2_COMMAND_NEGOTIATE_PROTOCOL","client_dialects":["2.02"]`, "other"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			line := `{"timestamp":"2017-05-12T07:24:03.123456+0000","event_type":"smb",` + test.ends + `,"proto":"TCP","smb":{"id":1,"dialect":"3.11",` + test.smb + `,"session_id":1,"tree_id":2}}`
			events, stats := readAll(t, line, telemetry.Options{})
			if len(events) != 1 || stats.Mistyped+stats.Malformed > 0 {
				t.Fatalf("%d events, %+v", len(events), stats)
			}
			if got := fileAct(&events[0]); got != test.want {
				t.Errorf("%s\nwant %s", got, test.want)
			}
			if n := len(events[0].Observables); n != 2 || events[0].FileName != "" {
				t.Errorf("%d observables, file name %q; want those of the conversation alone", n, events[0].FileName)
			}
		})
	}
}

// A record of another kind that has the smb object as well says nothing of what
// was done, and the next record nothing of the one before.
func TestSharedFilesAreOfTheirOwnRecords(t *testing.T) {
	const smb = `"smb":{"filename":"a.docx","disposition":"FILE_CREATE","rename":{"from":"a","to":"b"}}`
	var input string
	for _, kind := range []string{"smb", "fileinfo", "alert", "flow", "anomaly"} {
		input += `{"timestamp":"2017-05-12T07:24:03.123456+0000","event_type":"` + kind + `"` + map[bool]string{true: "," + smb}[kind != "anomaly"] + "}\n"
	}
	events, _ := readAll(t, input, telemetry.Options{})
	var got []string
	for i := range events {
		got = append(got, events[i].FilePath+events[i].FileFrom)
	}
	if diff := gocmp.Diff([]string{"ba", "", "", "", ""}, got); diff != "" {
		t.Error(diff)
	}
}

func TestSharedFilesOfZeek(t *testing.T) {
	fields := ends + "fuid action path name size prev_name times.modified times.accessed times.created times.changed"
	const begin = "1494573843.123456 CHhAvVGS1DHFjwGM9 192.0.2.7 49200 192.0.2.20 445 - "
	tests := []struct{ row, json, want string }{
		{`SMB::FILE_OPEN \\SRV\docs 7\a.docx 12 - - - - -`, `"action":"SMB::FILE_OPEN","path":"\\\\SRV\\docs","name":"7\\a.docx","size":12`, `fileinfo 192.0.2.7>192.0.2.20:445 \\SRV\docs\7\a.docx`},
		{`SMB::FILE_WRITE \\SRV\docs a.docx 12 - - - - -`, `"action":"SMB::FILE_WRITE","path":"\\\\SRV\\docs","name":"a.docx","size":12`, `fileinfo 192.0.2.7>192.0.2.20:445 \\SRV\docs\a.docx written`},
		{`SMB::FILE_RENAME \\SRV\docs\ 7\a.docx.wncry 12 7\a.docx - - - -`, `"action":"SMB::FILE_RENAME","path":"\\\\SRV\\docs\\","name":"7\\a.docx.wncry","size":12,"prev_name":"7\\a.docx"`,
			`fileinfo 192.0.2.7>192.0.2.20:445 \\SRV\docs\7\a.docx.wncry written from \\SRV\docs\7\a.docx`},
		{`SMB::FILE_DELETE - a.docx 12 b.docx - - - -`, `"action":"SMB::FILE_DELETE","name":"a.docx","size":12,"prev_name":"b.docx"`, `fileinfo 192.0.2.7>192.0.2.20:445 a.docx gone`},
		{`SMB::PRINT_OPEN \\SRV\printer a 0 - - - - -`, `"action":"SMB::PRINT_OPEN","path":"\\\\SRV\\printer","name":"a"`, "other"},
		{`SMB::FILE_OPEN \\SRV\docs <share-root> 0 - - - - -`, `"action":"SMB::FILE_OPEN","path":"\\\\SRV\\docs","name":"<share_root>"`, "other"},
		{`SMB::FILE_OPEN \\SRV\docs - 0 - - - - -`, `"action":"SMB::FILE_OPEN","path":"\\\\SRV\\docs"`, "other"},
	}
	for _, test := range tests {
		row := strings.NewReplacer(`\`, `\x5c`, "FILE_", "FILE\x00", "PRINT_", "PRINT\x00", "share-root", "share\x00root").Replace(begin + test.row)
		tsv := strings.ReplaceAll(log("smb\x00files", fields, row), "\x00", "_")
		object := `{"ts":1494573843.123456,"uid":"x","id.orig_h":"192.0.2.7","id.orig_p":49200,"id.resp_h":"192.0.2.20","id.resp_p":445,` + test.json + "}"
		for name, input := range map[string]string{"TSV": tsv, "JSON": object, "streamed JSON": `{"_path":"smb_files",` + object[1:]} {
			t.Run(name, func(t *testing.T) {
				r := telemetry.NewZeek(strings.NewReader(input), telemetry.Options{})
				list := events(t, r)
				if len(list) != 1 || r.Stats().Mistyped+r.Stats().Malformed > 0 {
					t.Fatalf("%d events, %+v\n%s", len(list), r.Stats(), input)
				}
				if got := fileAct(&list[0]); got != test.want {
					t.Errorf("%s\nwant %s", got, test.want)
				}
			})
		}
	}
}

// Other logs have columns of the same names.
func TestNamesOfSharedFilesInOtherLogs(t *testing.T) {
	for _, line := range []string{
		`{"_path":"smtp","ts":1,"path":["192.0.2.1","192.0.2.2"],"action":"x"}`,
		`{"ts":1,"action":"Notice::ACTION_LOG","name":"a.docx","path":"b"}`,
		`{"_path":"weird","ts":1,"name":"SMB::FILE_WRITE"}`,
	} {
		r := telemetry.NewZeek(strings.NewReader(line), telemetry.Options{})
		if list := events(t, r); len(list) != 1 || fileAct(&list[0]) != "other" || r.Stats().Mistyped > 0 {
			t.Errorf("%s: %v, %+v", line, list, r.Stats())
		}
	}
}
