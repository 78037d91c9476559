package main

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// An edge that waits for telemetry on standard input ends when it is asked to,
// however long the sensor is silent.
func TestEdgeStopsWhileItsInputIsSilent(t *testing.T) {
	p, err := startHub(filepath.Join(t.TempDir(), "data"))
	if err != nil {
		t.Fatal(err)
	}
	defer p.kill()
	s := session{t, p.url, t.TempDir()}
	s.keep("admin", administrator)
	partner := s.tocsin("admin", "partner", "add", "Hospital One", "--sector", "healthcare", "--country", "GB", "--kind", "operator")
	for _, role := range []string{"contributor", "coordinator"} {
		s.keep(role, s.tocsin("admin", "token", "issue", partner, "--role", role))
	}
	s.tocsin("coordinator", "protection", "add", "--polarity", "block", "evil.example", "--reason", "test")

	log := new(transcript)
	cmd := exec.Command("tocsin", "edge", "--hub", p.url, "--token-file", filepath.Join(s.dir, "contributor"), "--eve", "-",
		"--state", t.TempDir(), "--enforce", "files="+t.TempDir())
	cmd.Stderr = log
	feed, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer feed.Close()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	until := func(what string, done func() bool) {
		t.Helper()
		for end := time.Now().Add(patience); !done(); time.Sleep(pause) {
			if time.Now().After(end) {
				t.Fatalf("not within %s: %s\n%s", patience, what, log)
			}
		}
	}
	until("the edge enforces", func() bool {
		return strings.Contains(s.tocsin("coordinator", "protection", "list", "--receipts"), "in force")
	})
	record := `{"timestamp":"2017-05-12T07:24:03.000000+0000","event_type":"dns","src_ip":"192.0.2.10","dns":{"type":"query","rrname":"evil.example","rrtype":"A"}}`
	if _, err := io.WriteString(feed, record+"\n"); err != nil {
		t.Fatal(err)
	}
	// What it reports at once it reports when it waits for more.
	admin := caller{p.url, administrator}
	until("the edge reports", func() bool {
		return strings.Contains(string(admin.ask(t, http.MethodGet, "/api/v1/sightings?value=evil.example", "", http.StatusOK)), partner)
	})
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("the edge ended after SIGTERM with %v\n%s", err, log)
		}
	case <-time.After(patience / 3):
		_ = cmd.Process.Signal(os.Kill)
		<-ended
		t.Errorf("the edge goes on after SIGTERM while its input is silent\n%s", log)
	}
}
