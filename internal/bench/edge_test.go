package bench

import (
	"bufio"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// edge is `tocsin edge` as a child process.
type edge struct {
	tb         testing.TB
	cmd        *exec.Cmd
	said       lines
	alerts     chan string // what it told its partner's own SOC, until nobody asks
	complained atomic.Bool // about records that cannot be read
	ended      chan struct{}
	err        error
}

// maxAlerts is how many alerts wait for somebody who asks; the rest are dropped.
const maxAlerts = 1 << 16

// startEdge starts an edge of the partner whose token it is. It may not be
// following yet when this returns.
func startEdge(h *hub, token, state string, args ...string) *edge {
	h.tb.Helper()
	secret := filepath.Join(h.tb.TempDir(), "token")
	if err := os.WriteFile(secret, []byte(token), 0o600); err != nil {
		h.tb.Fatal(err)
	}
	program, err := built.program(h.tb.Context(), false)
	if err != nil {
		h.tb.Fatal(err)
	}
	e := &edge{tb: h.tb, alerts: make(chan string, maxAlerts), ended: make(chan struct{})}
	e.cmd = exec.Command(program, append([]string{"edge", "--hub", h.url, "--token-file", secret, "--state", state}, args...)...)
	said, err := e.cmd.StderrPipe()
	if err != nil {
		h.tb.Fatal(err)
	}
	told, err := e.cmd.StdoutPipe()
	if err != nil {
		h.tb.Fatal(err)
	}
	if err := e.cmd.Start(); err != nil {
		h.tb.Fatal(err)
	}
	go func() {
		read := make(chan struct{})
		go func() {
			e.hear(told)
			close(read)
		}()
		for scan := bufio.NewScanner(said); scan.Scan(); {
			e.said.add(scan.Text())
			if strings.Contains(scan.Text(), "records that cannot be read") {
				e.complained.Store(true)
			}
		}
		<-read
		e.err = e.cmd.Wait()
		close(e.ended)
	}()
	h.tb.Cleanup(e.kill)
	return e
}

func (e *edge) hear(from io.Reader) {
	for scan := bufio.NewScanner(from); scan.Scan(); {
		select {
		case e.alerts <- scan.Text():
		default:
		}
	}
}

// alert waits for one that has the text in it.
func (e *edge) alert(text string) {
	e.tb.Helper()
	for late := time.After(patience); ; {
		select {
		case line := <-e.alerts:
			if strings.Contains(line, text) {
				return
			}
		case <-e.ended:
			e.tb.Fatalf("the edge ended: %v\n%s", e.err, e.said.String())
		case <-late:
			e.tb.Fatalf("no alert of %s within %s\n%s", text, patience, e.said.String())
		}
	}
}

func (e *edge) pid() int { return e.cmd.Process.Pid }

func (e *edge) kill() {
	_ = e.cmd.Process.Kill() // it may have ended by itself
	<-e.ended
}

// stop asks the edge to end: what it found has to be at the hub then.
func (e *edge) stop() {
	e.tb.Helper()
	if err := e.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		e.tb.Fatal(err)
	}
	select {
	case <-e.ended:
	case <-time.After(patience):
		e.tb.Fatalf("the edge runs %s after SIGTERM\n%s", patience, e.said.String())
	}
	if e.err != nil {
		e.tb.Fatalf("the edge ended after SIGTERM with %v\n%s", e.err, e.said.String())
	}
}

// alive fails the test if the edge is not running.
func (e *edge) alive() {
	e.tb.Helper()
	select {
	case <-e.ended:
		e.tb.Fatalf("the edge ended: %v\n%s", e.err, e.said.String())
	default:
	}
}

// reading is which file of a folder a process has open, the one that sorts
// first if there are several; "" is none.
func reading(pid int, dir string) (name string) {
	fds, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid)) // none of a process that is gone
	for _, fd := range fds {
		path, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%s", pid, fd.Name()))
		if err == nil && filepath.Dir(path) == dir && (name == "" || filepath.Base(path) < name) {
			name = filepath.Base(path)
		}
	}
	return name
}

// sightings is how many events partners have reported for a value, of
// indicators only: an edge may report what it suspects, too.
func (c caller) sightings(value string) (events int) {
	c.tb.Helper()
	var found struct {
		Sightings []struct {
			Basis string `json:"basis"`
			Count int    `json:"count"`
		} `json:"sightings"`
	}
	c.get("/api/v1/sightings?value="+url.QueryEscape(value), &found)
	for _, one := range found.Sightings {
		if one.Basis == "indicator" {
			events += one.Count
		}
	}
	return events
}

// seen waits until the hub has so many events of a value.
func (c caller) seen(e *edge, value string, least int) {
	c.tb.Helper()
	for began := time.Now(); time.Since(began) < patience; time.Sleep(pause) {
		e.alive()
		if c.sightings(value) >= least {
			return
		}
	}
	c.tb.Fatalf("%s: the hub has %d events of %d after %s\n%s", value, c.sightings(value), least, patience, e.said.String())
}
