package main

import (
	"strings"
	"syscall"
	"testing"
)

// TestStartEndsWhatItStarted: of the engine and the edge that a start script runs,
// one that is killed takes the other with it. Of nginx only the edge is killed: the
// workers of a master that is killed stay, whoever started it.
func TestStartEndsWhatItStarted(t *testing.T) {
	s, _ := firstHour(t)
	for _, c := range []struct {
		name, engine, program string
		victim                []string // a part of its command line; DIR stands for the folder
	}{
		{"edge-of-haproxy", "haproxy", "/usr/sbin/haproxy", []string{"--state", "DIR/edge"}},
		{"haproxy", "haproxy", "/usr/sbin/haproxy", []string{"-f", "DIR/haproxy.cfg"}},
		{"edge-of-nginx", "nginx", "/usr/sbin/nginx", []string{"--state", "DIR/edge"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			needEngine(t, c.engine, c.program)
			p := connectProxy(t, s, c.engine)
			g := startGroup(t, p.start)
			eventually(t, "the engine answers", "200 OK", func() string { return p.status("good.example") })
			if err := syscall.Kill(awaited(t, c.victim[0], strings.ReplaceAll(c.victim[1], "DIR", p.dir)), syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			g.over()
			if status := g.cmd.ProcessState.ExitCode(); status != 1 {
				t.Errorf("the script ended with %d, want 1", status)
			}
			if got := p.status("good.example"); got != "no answer" {
				t.Errorf("the engine still answers: %s", got)
			}
		})
	}
}
