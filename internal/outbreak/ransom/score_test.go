package ransom_test

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/outbreak/ransom"
)

// What is meant to be found is found with each seed, and what is said to be
// missed is missed with each: a rule that came to find it would have to say so.
func TestScore(t *testing.T) {
	for _, b := range ransom.Score(ransom.Config{}, 5) {
		t.Logf("%-56s %2d/%d  files %4d %4d  after %v %v", b.Name, b.Found, b.Seeds, b.Files[0], b.Files[1], b.After[0], b.After[1])
		if want := map[bool]int{true: b.Seeds}[b.Expect]; b.Found != want {
			t.Errorf("%s: found with %d of %d seeds, want %d", b.Name, b.Found, b.Seeds, want)
		}
		if b.Expect == (b.Remark != "") {
			t.Errorf("%s: expected %v, remark %q", b.Name, b.Expect, b.Remark)
		}
	}
}

func TestFalseAlarmsOfRecordedTools(t *testing.T) {
	tools, err := ransom.FalseAlarms(ransom.Config{})
	if err != nil {
		t.Fatal(err)
	}
	events := 0
	for _, tool := range tools {
		events += tool.Events
		if (len(tool.Findings) > 0) != (tool.Remark != "") {
			t.Errorf("%s: findings %v, remark %q", tool.Name, tool.Findings, tool.Remark)
		}
	}
	t.Logf("%d tools, %d events", len(tools), events)
	if len(tools) < 30 || events < 15000 {
		t.Errorf("%d tools with %d events are recorded", len(tools), events)
	}
}

// The figure is of a made-up office; the recorded tools are the better evidence.
// What is flagged is what its program does that renames files of three kinds, and
// nothing once that is known.
func TestFalseAlarmsOfAnOffice(t *testing.T) {
	const n = 300_000
	for _, test := range []struct{ known, want []string }{{nil, []string{".booked"}}, {[]string{".Booked"}, nil}} {
		d, events := ransom.New(ransom.Config{Known: test.known}), 0
		ransom.Office(1, n, func(a ransom.Act) bool {
			d.Act(a)
			events++
			return true
		})
		var found []string
		for _, f := range d.Take() {
			found = append(found, f.Extension+f.Note)
		}
		t.Logf("%d events, findings %v, forgotten %v", events, found, d.Forgotten())
		if diff := cmp.Diff(test.want, found); events != n || diff != "" {
			t.Errorf("%d events; findings (-want +got):\n%s", events, diff)
		}
	}
}

// TestThresholds prints what other thresholds would have cost and gained; it
// judges nothing but that there is a figure for each.
func TestThresholds(t *testing.T) {
	if os.Getenv("TOCSIN_TOOLS") == "" {
		t.Skip("SKIPPED: it takes seconds; TOCSIN_TOOLS=all runs it")
	}
	for _, files := range []int{5, 10, 20, 40} {
		cfg := ransom.Config{Files: files}
		tools, err := ransom.FalseAlarms(cfg)
		if err != nil {
			t.Fatal(err)
		}
		alarms, flagged := 0, ""
		for _, tool := range tools {
			if alarms += len(tool.Findings); len(tool.Findings) > 0 && tool.Remark == "" {
				flagged += " " + tool.Name + ";"
			}
		}
		d := ransom.New(cfg)
		ransom.Office(1, 200_000, func(a ransom.Act) bool { d.Act(a); return true })
		t.Logf("%d files: %d findings of tools (not remarked:%s), office %v; WannaCry found after %v files (median, 95 of 100)", files, alarms, flagged, d.Take(), ransom.Score(cfg, 20)[0].Files)
	}
}
