package feed

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// script starts startBoth's for two programs that write down their ids and stay,
// and waits until both run.
func script(t *testing.T) (cmd *exec.Cmd, engine, edge int) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "it's here")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	stay := func(name string) []string { return []string{"sh", "-c", "echo $$ > " + name + "; exec sleep 600"} }
	path := filepath.Join(dir, "start")
	if err := os.WriteFile(path, []byte(startBoth(dir, []string{"a.map", "b.map"}, stay("engine"), stay("edge"))), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd = exec.Command("sh", path)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	id := func(name string) (pid int) {
		for begun := time.Now(); pid == 0; time.Sleep(2 * time.Millisecond) {
			text, _ := os.ReadFile(filepath.Join(dir, name)) // not there yet
			pid, _ = strconv.Atoi(strings.TrimSpace(string(text)))
			if time.Since(begun) > 30*time.Second {
				t.Fatalf("%s does not start", name)
			}
		}
		return pid
	}
	engine, edge = id("engine"), id("edge")
	for _, name := range []string{"a.map", "b.map"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	return cmd, engine, edge
}

func running(pid int) bool { return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }

func TestStartEndsBoth(t *testing.T) {
	for name, c := range map[string]struct {
		end    func(script, engine, edge int) error
		status int
	}{
		"asked to":           {func(s, _, _ int) error { return syscall.Kill(s, syscall.SIGTERM) }, 0},
		"interrupted":        {func(s, _, _ int) error { return syscall.Kill(s, syscall.SIGINT) }, 0},
		"the engine has":     {func(_, engine, _ int) error { return syscall.Kill(engine, syscall.SIGKILL) }, 1},
		"the edge has ended": {func(_, _, edge int) error { return syscall.Kill(edge, syscall.SIGTERM) }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			cmd, engine, edge := script(t)
			if err := c.end(cmd.Process.Pid, engine, edge); err != nil {
				t.Fatal(err)
			}
			timer := time.AfterFunc(30*time.Second, func() { _ = cmd.Process.Kill() })
			defer timer.Stop()
			_ = cmd.Wait() // its status is looked at
			if got := cmd.ProcessState.ExitCode(); got != c.status {
				t.Errorf("status %d, want %d", got, c.status)
			}
			if running(engine) || running(edge) {
				t.Errorf("still running: the engine %t, the edge %t", running(engine), running(edge))
			}
		})
	}
}
