package publiclog_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"testing"
)

const crashDir = "TOCSIN_TEST_PUBLICLOG"

// TestAKilledProcess kills a process that appends and logs, again and again, and
// looks at what is there then.
func TestAKilledProcess(t *testing.T) {
	if dir := os.Getenv(crashDir); dir != "" {
		s := open(t, dir)
		for { // until it is killed
			s.append(4)
			fmt.Println(s.log.Tree().Size)
		}
	}
	dir := t.TempDir()
	for n := range 4 {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestAKilledProcess$")
		cmd.Env = append(os.Environ(), crashDir+"="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for range 5 + 7*n {
			if !lines.Scan() {
				t.Fatalf("the process ended by itself: %v", lines.Err())
			}
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it was killed
		s := open(t, dir)
		s.append(3)
		s.committed()
		s.check()
		s.stop()
	}
}
