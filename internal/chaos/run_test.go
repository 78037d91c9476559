package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// lastLine is what the program promises to say last.
var lastLine = regexp.MustCompile(`^(\d+) kills, (\d+) partitions, (\d+) acknowledged, (\d+) lost$`)

// Each mode, for a few seconds of faults that follow from a seed: whatever they are and
// however far the hubs get, no rule of the history is broken.
func TestShortRuns(t *testing.T) {
	dir := t.TempDir()
	tocsin, chaos := build(t, dir, "../../cmd/tocsin"), build(t, dir, ".")
	for _, m := range modes {
		t.Run(m.name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), chaos, "-program", tocsin, "-mode", m.name, "-seed", "1", "-seconds", "6", "-runs", filepath.Join(dir, "runs"))
			var out, said bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &said
			err := cmd.Run()
			t.Logf("%s", said.String())
			if strings.Contains(said.String(), "SKIPPED: the mode") {
				t.Skip("this machine does not allow it")
			}
			lines := strings.Split(strings.TrimSpace(out.String()), "\n")
			said4 := lastLine.FindStringSubmatch(lines[len(lines)-1])
			if err != nil || said4 == nil {
				t.Fatalf("%v, and it said last %q", err, lines[len(lines)-1])
			}
			if said4[3] == "0" || said4[4] != "0" {
				t.Errorf("it says %q", said4[0])
			}
			record(t, filepath.Join(dir, "runs"), m.name, said4[3])
		})
	}
}

// record looks at the line that was appended for a run.
func record(t *testing.T, path, mode, acknowledged string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	fields := strings.Split(lines[len(lines)-1], "\t")
	if len(fields) != strings.Count(runsHead, "\t")+1 || lines[0] != strings.TrimSpace(runsHead) || fields[2] != mode || fields[4] != "1" || fields[8] != acknowledged {
		t.Errorf("the run is recorded as %q", lines[len(lines)-1])
	}
}

func build(t *testing.T, dir, what string) string {
	t.Helper()
	out := filepath.Join(dir, "program"+strconv.Itoa(len(what)))
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", out, what)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", what, err, said)
	}
	return out
}
