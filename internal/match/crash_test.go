package match_test

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/match"
	"github.com/tocsin-project/tocsin/internal/observable"
)

const crashFile = "TOCSIN_MATCH_CRASH_FILE"

func generation(n int) match.Indicator {
	return match.Indicator{ID: "generation", Value: observable.Value{Type: observable.Domain, Text: fmt.Sprintf("generation%d.example", n)}}
}

// TestCompactForEver is the process that TestKilledWhileCompacting kills.
func TestCompactForEver(t *testing.T) {
	path := os.Getenv(crashFile)
	if path == "" {
		t.Skip("not asked to")
	}
	x, err := match.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; ; n++ {
		x.Forget("generation")
		x.Add(generation(n))
		if err := x.Compact(path); err != nil {
			t.Fatal(err)
		}
		fmt.Println("compacted", n)
	}
}

// A process that is killed while it compacts leaves the file of before or the
// one of after, whole.
func TestKilledWhileCompacting(t *testing.T) {
	if testing.Short() {
		t.Skip("kills a process several times")
	}
	rng := rand.New(rand.NewPCG(2, 4))
	path := filepath.Join(t.TempDir(), "snapshot")
	for round := range 8 {
		built, err := match.Build(path, func(yield func(match.Indicator) bool) {
			some(20_000)(yield)
			yield(generation(0))
		})
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestCompactForEver$")
		cmd.Env = append(os.Environ(), crashFile+"="+path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		last := 0
		for last < 2 && lines.Scan() {
			_, _ = fmt.Sscanf(lines.Text(), "compacted %d", &last) // other lines are the test's
		}
		waitForStaged(t, filepath.Dir(path), rng.Int64N(built.Bytes+built.Bytes/8))
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		rest, err := io.ReadAll(out)
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err == nil {
			t.Fatal("the process ended by itself")
		}
		for line := range strings.Lines(lines.Text() + "\n" + string(rest)) {
			_, _ = fmt.Sscanf(line, "compacted %d", &last) // the last may be cut off
		}
		x, err := match.Open(path)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if err := x.Check(); err != nil || x.Len() != 20_001 {
			t.Fatalf("round %d: %d indicators, %v", round, x.Len(), err)
		}
		_, old := x.Match(generation(last).Value)
		_, next := x.Match(generation(last + 1).Value)
		if old == next {
			t.Errorf("round %d: of generation %d %v, of the next %v", round, last, old, next)
		}
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// waitForStaged returns when a file is being written that has so many bytes, or
// that has ended before it had.
func waitForStaged(t *testing.T, dir string, size int64) {
	t.Helper()
	for seen := false; t.Context().Err() == nil; {
		staged, err := filepath.Glob(filepath.Join(dir, ".staging-*"))
		if err != nil {
			t.Fatal(err)
		}
		if seen && len(staged) == 0 {
			return
		}
		for _, path := range staged {
			if info, err := os.Stat(path); err == nil && info.Size() >= size {
				return
			}
			seen = true
		}
	}
}
