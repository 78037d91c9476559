package main

import (
	"net"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
)

// A service manager is told when the hub serves, not when its process begins, and
// when it stops; the log is JSON where that is asked for.
func TestTheServiceManagerIsTold(t *testing.T) {
	dir := t.TempDir()
	socket := filepath.Join(dir, "notify")
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer manager.Close()
	told := func() string {
		t.Helper()
		_ = manager.SetReadDeadline(time.Now().Add(patience))
		text := make([]byte, 100)
		n, err := manager.Read(text)
		if err != nil {
			t.Fatal(err)
		}
		return string(text[:n])
	}
	p, err := serving(launchHub("", []string{"NOTIFY_SOCKET=" + socket, "TOCSIN_ADMIN_TOKEN=short"}, filepath.Join(dir, "data"), "--log-format", "json"))
	if err != nil {
		t.Fatal(err)
	}
	defer p.kill()
	if got := told(); got != "READY=1" {
		t.Errorf("first it was told %q", got)
	}
	if status, _, err := (caller{p.url, "short"}).call(t.Context(), "GET", "/healthz", "", ""); err != nil || status != 200 {
		t.Errorf("told that it serves, it answers %d, %v", status, err)
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if got := told(); got != "STOPPING=1" {
		t.Errorf("then it was told %q", got)
	}
	<-p.ended
	warned := false
	for line := range strings.Lines(p.log.String()) {
		if !strings.HasPrefix(line, "{") {
			continue
		}
		var record struct{ Level, Msg string }
		if err := json.Unmarshal([]byte(line), &record, json.MatchCaseInsensitiveNames(true)); err != nil {
			t.Errorf("%v in %s", err, line)
		}
		warned = warned || record.Level == "WARN" && strings.Contains(record.Msg, "so short")
	}
	if !warned {
		t.Errorf("the log has no warning of the short token as JSON: %s", p.log)
	}
}
