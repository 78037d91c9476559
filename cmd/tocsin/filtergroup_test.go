package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// group is what a command started, in a group of processes of its own.
type group struct {
	t     *testing.T
	cmd   *exec.Cmd
	said  *transcript
	ended chan struct{}
}

// startGroup runs a command as a shell would, in a group of processes of its own,
// and asks it to end with the test: it has to end what it started.
func startGroup(t *testing.T, line string) *group {
	t.Helper()
	t.Logf("starting %s", line)
	g := &group{t: t, cmd: exec.Command("sh", "-c", "exec "+line), said: new(transcript), ended: make(chan struct{})}
	g.cmd.Stdout, g.cmd.Stderr, g.cmd.SysProcAttr = g.said, g.said, &syscall.SysProcAttr{Setpgid: true}
	if err := g.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = g.cmd.Wait() // its status is looked at by those who want one
		close(g.ended)
	}()
	t.Cleanup(func() {
		_ = g.cmd.Process.Signal(syscall.SIGTERM) // it may have ended by itself
		g.over()
		if t.Failed() {
			t.Logf("what was started wrote:\n%s", g.said)
		}
	})
	return g
}

// over waits until the command has ended, which leaves nothing behind.
func (g *group) over() {
	g.t.Helper()
	select {
	case <-g.ended:
	case <-time.After(patience / 2):
		g.t.Error("what was started does not end")
	}
	if err := syscall.Kill(-g.cmd.Process.Pid, syscall.SIGKILL); err == nil {
		g.t.Error("what was started has left processes behind")
	}
}

// running finds a process by the words of its command line, which follow one
// another.
func running(words ...string) (pid int) {
	all, _ := filepath.Glob("/proc/[0-9]*/cmdline") // the pattern is none that fails
	for _, path := range all {
		text, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
			continue // it has ended
		}
		have := bytes.Split(text, []byte{0})
		for i := range have {
			if len(have)-i >= len(words) && slices.EqualFunc(have[i:i+len(words)], words, func(b []byte, s string) bool { return string(b) == s }) {
				pid, _ = strconv.Atoi(filepath.Base(filepath.Dir(path)))
				return pid
			}
		}
	}
	return 0
}

// awaited is running of what may just be starting.
func awaited(t *testing.T, words ...string) (pid int) {
	t.Helper()
	eventually(t, "it runs", "yes", func() string {
		if pid = running(words...); pid == 0 {
			return "no"
		}
		return "yes"
	})
	return pid
}
