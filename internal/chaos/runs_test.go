package main

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// runs.tsv is what runs measured, and nothing else: every line has its fields, and
// none of them lost anything.
func TestRecordedRuns(t *testing.T) {
	text, err := os.ReadFile("runs.tsv")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if lines[0] != strings.TrimSpace(runsHead) {
		t.Fatalf("it begins with %q", lines[0])
	}
	kills := 0
	for _, line := range lines[1:] {
		fields := strings.Split(line, "\t")
		if len(fields) != strings.Count(runsHead, "\t")+1 {
			t.Fatalf("a run has %d fields: %q", len(fields), line)
		}
		n, err := strconv.Atoi(fields[6])
		if err != nil {
			t.Errorf("%v in %q", err, line)
		}
		kills += n
		if fields[9] != "0" {
			t.Errorf("something was lost: %q", line)
		}
	}
	t.Logf("%d kills in %d runs", kills, len(lines)-1)
}
