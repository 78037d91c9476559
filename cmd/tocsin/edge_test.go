package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
)

// edgeProcess is an edge that runs as the real program.
type edgeProcess struct {
	t     *testing.T
	cmd   *exec.Cmd
	log   *transcript
	ended chan error
	feed  io.WriteCloser
}

func startEdge(s session, args ...string) *edgeProcess {
	s.t.Helper()
	e := &edgeProcess{t: s.t, log: new(transcript), ended: make(chan error, 1)}
	e.cmd = exec.Command("tocsin", append([]string{"edge", "--hub", s.hub, "--token-file", filepath.Join(s.dir, "contributor")}, args...)...)
	e.cmd.Stderr = e.log
	var err error
	if e.feed, err = e.cmd.StdinPipe(); err == nil {
		err = e.cmd.Start()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	go func() { e.ended <- e.cmd.Wait() }()
	s.t.Cleanup(func() { _ = e.cmd.Process.Kill() })
	return e
}

func (e *edgeProcess) until(what string, done func() bool) {
	e.t.Helper()
	for end := time.Now().Add(patience); !done(); time.Sleep(pause) {
		if time.Now().After(end) {
			e.t.Fatalf("not within %s: %s\n%s", patience, what, e.log)
		}
	}
}

// stop ends the edge by a signal and returns what it ended with.
func (e *edgeProcess) stop(signal syscall.Signal) error {
	e.t.Helper()
	if err := e.cmd.Process.Signal(signal); err != nil {
		e.t.Fatal(err)
	}
	select {
	case err := <-e.ended:
		return err
	case <-time.After(patience / 3):
		_ = e.cmd.Process.Kill()
		e.t.Fatalf("the edge goes on after %s\n%s", signal, e.log)
		return nil
	}
}

// hubWithPartner is a hub with one partner, whose tokens are kept by role.
func hubWithPartner(t *testing.T) (s session, partner string) {
	t.Helper()
	p, err := startHub(filepath.Join(t.TempDir(), "data"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	s = session{t, p.url, t.TempDir()}
	s.keep("admin", administrator)
	partner = s.tocsin("admin", "partner", "add", "Hospital One", "--sector", "healthcare", "--country", "GB", "--kind", "operator")
	for _, role := range []string{"contributor", "coordinator"} {
		s.keep(role, s.tocsin("admin", "token", "issue", partner, "--role", role))
	}
	s.tocsin("coordinator", "protection", "add", "--polarity", "block", "evil.example", "--reason", "seen at two hospitals")
	return s, partner
}

func (s session) inForce() bool {
	return strings.Contains(s.tocsin("coordinator", "protection", "list", "--receipts"), "in force")
}

// seen is how many events the hub has been told of for a value.
func (s session) seen(value string) (count int) {
	s.t.Helper()
	var answer struct {
		Sightings []struct {
			Count int `json:"count"`
		} `json:"sightings"`
	}
	text := caller{s.hub, administrator}.ask(s.t, http.MethodGet, "/api/v1/sightings?value="+value, "", http.StatusOK)
	if err := json.Unmarshal(text, &answer); err != nil {
		s.t.Fatal(err)
	}
	for _, one := range answer.Sightings {
		count += one.Count
	}
	return count
}

func asks(host int, name string) string {
	return fmt.Sprintf(`{"timestamp":"2017-05-12T07:24:03.000000+0000","event_type":"dns","src_ip":"192.0.2.%d","dns":{"type":"query","rrname":"%s","rrtype":"A"}}`+"\n", host, name)
}

// An edge that waits for telemetry on standard input ends when it is asked to,
// however long the sensor is silent.
func TestEdgeStopsWhileItsInputIsSilent(t *testing.T) {
	s, _ := hubWithPartner(t)
	e := startEdge(s, "--eve", "-", "--state", t.TempDir(), "--enforce", "files="+t.TempDir())
	e.until("the edge enforces", s.inForce)
	if _, err := io.WriteString(e.feed, asks(10, "evil.example")); err != nil {
		t.Fatal(err)
	}
	// What it reports at once it reports when it waits for more.
	e.until("the edge reports", func() bool { return s.seen("evil.example") == 1 })
	if err := e.stop(syscall.SIGTERM); err != nil {
		t.Errorf("the edge ended after SIGTERM with %v\n%s", err, e.log)
	}
}

// Killed in the middle of its work, over and over, across a rotation: each event
// counts once, and the SOC is told with what to do.
func TestKilledEdgesCountOnce(t *testing.T) {
	s, _ := hubWithPartner(t)
	dir := t.TempDir()
	log, hits := filepath.Join(dir, "eve.json"), filepath.Join(dir, "hits.jsonl")
	args := []string{"--eve", log, "--state", filepath.Join(dir, "state"), "--enforce", "files=" + filepath.Join(dir, "lists"), "--soc", "json:" + hits}
	write := func(from, to int) {
		f, err := os.OpenFile(log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for i := from; i < to; i++ {
			if _, err := io.WriteString(f, asks(i%250, "www.evil.example")+asks(i%250, "good.example")); err != nil {
				t.Fatal(err)
			}
		}
	}
	write(0, 2000)
	for life := range 4 {
		e := startEdge(s, args...)
		if life == 0 {
			e.until("the edge enforces", s.inForce)
		}
		write(2000+life*1000, 2500+life*1000)
		e.until("the edge reports", func() bool { return s.seen("evil.example") > life*1000 })
		if life == 2 {
			if err := os.Rename(log, log+".1"); err != nil {
				t.Fatal(err)
			}
		}
		write(2500+life*1000, 3000+life*1000)
		_ = e.stop(syscall.SIGKILL)
	}
	e := startEdge(s, args...)
	e.until("all is reported", func() bool { return s.seen("evil.example") >= 6000 })
	if err := e.stop(syscall.SIGTERM); err != nil {
		t.Errorf("%v\n%s", err, e.log)
	}
	if n := s.seen("evil.example"); n != 6000 {
		t.Errorf("%d events were counted, 6000 were written", n)
	}
	told, err := os.ReadFile(hits)
	if err != nil || !strings.Contains(string(told), "evil.example") || !strings.Contains(string(told), "192.0.2.") {
		t.Errorf("the SOC is told %.300q (%v)", told, err)
	}
}

// What --explain prints is what would leave: no address, no record, and the hub
// learns nothing of it.
func TestExplainSendsNothing(t *testing.T) {
	s, _ := hubWithPartner(t)
	dir := t.TempDir()
	log := filepath.Join(dir, "eve.json")
	if err := os.WriteFile(log, []byte(asks(77, "www.evil.example")+asks(78, "good.example")), 0o600); err != nil {
		t.Fatal(err)
	}
	explain := func(more ...string) string {
		cmd := exec.Command("tocsin", append([]string{"edge", "--hub", s.hub, "--token-file", filepath.Join(s.dir, "contributor"),
			"--eve", log, "--state", filepath.Join(dir, "state"), "--explain"}, more...)...)
		text, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	said := explain()
	for _, part := range []string{"POST /api/v1/sightings\n", `"value":"evil.example"`, `"count":1`, `"hosts":1`} {
		if !strings.Contains(said, part) {
			t.Errorf("%s lacks %s", said, part)
		}
	}
	for _, private := range []string{"192.0.2", "www", "good"} {
		if strings.Contains(said, private) {
			t.Errorf("%s has %s", said, private)
		}
	}
	if said := explain("--attach", "dns.rrname"); !strings.Contains(said, `"attached":{"dns.rrname":"www.evil.example"}`) || !strings.Contains(said, `"tlp":"amber"`) || strings.Contains(said, "192.0.2") {
		t.Errorf("with a field attached: %s", said)
	}
	if n := s.seen("evil.example"); n != 0 {
		t.Errorf("the hub has been told of %d events", n)
	}
	if _, err := os.Stat(filepath.Join(dir, "state")); err == nil {
		t.Error("something was kept")
	}
}

// fullDisk runs an edge whose directory is a small file system of its own, and
// fills that and frees it when files named so appear.
const fullDisk = `
mount -t tmpfs -o size=8m tmpfs "$STATE" || exit 9
"$@" &
edge=$!
until [ -e "$SIGNALS/fill" ]; do sleep 0.02; done
dd if=/dev/zero of="$STATE/fill" bs=64k 2>/dev/null
touch "$SIGNALS/full"
until [ -e "$SIGNALS/free" ]; do sleep 0.02; done
rm "$STATE/fill"
touch "$SIGNALS/freed"
until [ -e "$SIGNALS/end" ]; do sleep 0.02; done
kill -TERM $edge
wait $edge
`

// While the disk is full nothing is lost: what was seen is told when there is
// room again, once.
func TestAnEdgeWithAFullDisk(t *testing.T) {
	if out, err := exec.Command("unshare", "-rm", "true").CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: no mount namespace can be made here, an edge with a full disk is not tested: %v: %s", err, out)
	}
	s, _ := hubWithPartner(t)
	state, signals := t.TempDir(), t.TempDir()
	log := filepath.Join(signals, "eve.json")
	write := func(n int) {
		f, err := os.OpenFile(log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for i := range n {
			if _, err := io.WriteString(f, asks(i%250, "evil.example")); err != nil {
				t.Fatal(err)
			}
		}
	}
	write(100)
	signal := func(name string) {
		if err := os.WriteFile(filepath.Join(signals, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	e := &edgeProcess{t: t, log: new(transcript), ended: make(chan error, 1)}
	e.cmd = exec.Command("unshare", "-rm", "sh", "-c", fullDisk, "sh", "tocsin", "edge", "--hub", s.hub, "--token-file", filepath.Join(s.dir, "contributor"),
		"--eve", log, "--state", state, "--enforce", "files="+signals)
	e.cmd.Env = append(os.Environ(), "STATE="+state, "SIGNALS="+signals)
	e.cmd.Stderr = e.log
	e.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := e.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Kill(-e.cmd.Process.Pid, syscall.SIGKILL) }) // with what the shell started
	go func() { e.ended <- e.cmd.Wait() }()
	exists := func(name string) func() bool {
		return func() bool { _, err := os.Stat(filepath.Join(signals, name)); return err == nil }
	}
	e.until("the edge reports", func() bool { return s.seen("evil.example") == 100 })
	signal("fill")
	e.until("the disk is full", exists("full"))
	written := 100
	e.until("the edge says so", func() bool { // the last block of a file has room for some
		write(500)
		written += 500
		return strings.Contains(e.log.String(), "no space left on device")
	})
	write(1000)
	signal("free")
	e.until("there is room again", exists("freed"))
	write(100)
	written += 1100
	e.until("all is reported", func() bool { return s.seen("evil.example") >= written })
	signal("end")
	if err := <-e.ended; err != nil {
		t.Errorf("%v\n%s", err, e.log)
	}
	if n := s.seen("evil.example"); n != written {
		t.Errorf("%d events were counted, %d were written\n%s", n, written, e.log)
	}
}
