package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// TestExpiresByItself: what a filter has in force goes when its time has come,
// though the hub is dead and the edge stands still, so that nobody tells it to.
func TestExpiresByItself(t *testing.T) {
	t.Run("nft", func(t *testing.T) {
		needEngine(t, "nftables", "/usr/sbin/nft")
		space := namespace(t)
		space.has("198.51.100.7")
		s, away := shortLived(t)
		dir, start := space.connect(s)
		startGroup(t, start)
		expires(t, s, away, dir, "198.51.100.7", "reached", "dropped", space.reached)
	})
	t.Run("haproxy", func(t *testing.T) {
		needEngine(t, "haproxy", "/usr/sbin/haproxy")
		s, away := shortLived(t)
		p := connectProxy(t, s, "haproxy")
		startGroup(t, p.start)
		expires(t, s, away, p.dir, "evil.example", "200 OK", "403 Forbidden", p.status)
	})
}

// shortLived is firstHour with a hub by whose configuration nothing lasts long.
func shortLived(t *testing.T) (s session, restart func(away func())) {
	t.Helper()
	config := filepath.Join(t.TempDir(), "hub.toml")
	if err := os.WriteFile(config, []byte("[protect]\nlifetime = \"10s\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return firstHour(t, "--config", config)
}

func expires(t *testing.T, s session, away func(func()), dir, value, free, stopped string, look func(string) string) {
	t.Helper()
	now := func() string { return look(value) }
	eventually(t, "the engine answers", free, now)
	edge := awaited(t, "--state", filepath.Join(dir, "edge"))
	s.tocsin("coordinator", "protection", "add", "--polarity", "block", value, "--reason", "seen on the first day")
	eventually(t, "a push takes effect", stopped, now)
	if err := syscall.Kill(edge, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Kill(edge, syscall.SIGCONT) }) // so that it can be asked to end
	away(func() { eventually(t, "it goes by itself", free, now) })
}

// TestStartEndsWhatItStarted: of the engine and the edge that a start script runs,
// one that is killed takes the other with it.
func TestStartEndsWhatItStarted(t *testing.T) {
	s, _ := firstHour(t)
	for engine, program := range map[string]string{"haproxy": "/usr/sbin/haproxy", "nginx": "/usr/sbin/nginx"} {
		for _, who := range []string{"the edge", "the engine"} {
			t.Run(engine+" "+who, func(t *testing.T) {
				needEngine(t, engine, program)
				p := connectProxy(t, s, engine)
				g := startGroup(t, p.start)
				eventually(t, "the engine answers", "200 OK", func() string { return p.status("good.example") })
				victim := awaited(t, "--state", filepath.Join(p.dir, "edge"))
				if who == "the engine" {
					victim = engineOf(t, engine, p.dir)
				}
				if err := syscall.Kill(victim, syscall.SIGKILL); err != nil {
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
}

// engineOf is the id of the engine's first process.
func engineOf(t *testing.T, engine, dir string) int {
	t.Helper()
	if engine == "nginx" {
		text, err := os.ReadFile(filepath.Join(dir, "nginx.pid"))
		if err != nil {
			t.Fatal(err)
		}
		pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
		if err != nil {
			t.Fatal(err)
		}
		return pid
	}
	return awaited(t, "-f", filepath.Join(dir, engine+".cfg"))
}
