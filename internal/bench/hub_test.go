package bench

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const administrator = "administrator-of-the-benchmark"

// patience bounds every wait for something that must happen; pause is between
// two looks at it.
const (
	patience = 5 * time.Minute
	pause    = 5 * time.Millisecond
)

// unlimited is the configuration of a hub that takes as many requests as it can
// answer: what it can is the question here, and all callers share one address.
const unlimited = `[limits]
reads = { per_second = inf }
writes = { per_second = inf }
failures = { per_second = inf }
pages = { per_second = inf }
guests = { per_second = inf }
`

// hub is `tocsin serve` as a child process.
type hub struct {
	tb      testing.TB
	url     string // http://127.0.0.1:PORT
	data    string
	probes  string // folder of a probed hub's answers; empty if it is not
	asked   int    // signals that were sent to it
	started time.Time
	cmd     *exec.Cmd
	said    lines
	ended   chan struct{} // closed when it has ended; then err is set
	err     error
}

// startHub starts a hub on a data directory and waits until it listens, which
// may be before it is ready.
func startHub(tb testing.TB, data string, probed bool) *hub {
	tb.Helper()
	return startHubAt(tb, data, probed, "127.0.0.1:0")
}

// startHubAt starts it at an address: where those who follow it look for it.
func startHubAt(tb testing.TB, data string, probed bool, address string) *hub {
	tb.Helper()
	return startHubWith(tb, data, probed, address, "")
}

// startHubWith starts it with more in its configuration.
func startHubWith(tb testing.TB, data string, probed bool, address, more string) *hub {
	tb.Helper()
	return startConfigured(tb, data, probed, address, unlimited+more)
}

// startConfigured starts it with a configuration of its own.
func startConfigured(tb testing.TB, data string, probed bool, address, settings string) *hub {
	tb.Helper()
	program, err := built.program(tb.Context(), probed)
	if err != nil {
		tb.Fatal(err)
	}
	h := &hub{tb: tb, data: data, ended: make(chan struct{})}
	config := filepath.Join(tb.TempDir(), "hub.toml")
	if err := os.WriteFile(config, []byte(settings), 0o600); err != nil {
		tb.Fatal(err)
	}
	h.cmd = exec.Command(program, "serve", "--config", config, "--data", data, "--listen", address, "--dns-listen", "127.0.0.1:0", "--sinkhole", "127.0.0.1:0")
	h.cmd.Env = append(os.Environ(), "TOCSIN_ADMIN_TOKEN="+administrator)
	if probed {
		h.probes = tb.TempDir()
		h.cmd.Env = append(h.cmd.Env, "TOCSIN_PROBE="+h.probes)
	}
	said, err := h.cmd.StderrPipe()
	if err != nil {
		tb.Fatal(err)
	}
	h.started = time.Now()
	if err := h.cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	listening := make(chan string, 1)
	go func() {
		h.listen(said, listening)
		h.err = h.cmd.Wait()
		close(h.ended)
	}()
	tb.Cleanup(h.kill)
	select {
	case h.url = <-listening:
	case <-h.ended:
		tb.Fatalf("the hub ended before it served: %v\n%s", h.err, h.said.String())
	case <-time.After(patience):
		tb.Fatalf("the hub does not serve after %s\n%s", patience, h.said.String())
	}
	return h
}

func (h *hub) listen(from io.Reader, listening chan<- string) {
	for scan := bufio.NewScanner(from); scan.Scan(); {
		h.said.add(scan.Text())
		if _, rest, ok := strings.Cut(scan.Text(), "Tocsin serves "); ok {
			url, _, _ := strings.Cut(rest, ",")
			listening <- url
		}
	}
}

// ready waits until the hub says that its views hold what its ledger does, and
// gives the time since the process was started.
func (h *hub) ready() time.Duration {
	h.tb.Helper()
	for time.Since(h.started) < patience {
		answer, err := http.Get(h.url + "/readyz")
		if err != nil {
			h.tb.Fatalf("%v\n%s", err, h.said.String())
		}
		answer.Body.Close()
		if answer.StatusCode == http.StatusOK {
			return time.Since(h.started)
		}
		time.Sleep(pause)
	}
	h.tb.Fatalf("the hub is not ready after %s", patience)
	return 0
}

func (h *hub) address() string { return strings.TrimPrefix(h.url, "http://") }

func (h *hub) pid() int { return h.cmd.Process.Pid }

// stop asks the hub to end, which it has to do with status 0.
func (h *hub) stop() {
	h.tb.Helper()
	if err := h.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		h.tb.Fatal(err)
	}
	select {
	case <-h.ended:
	case <-time.After(patience):
		h.tb.Fatalf("the hub runs %s after SIGTERM\n%s", patience, h.said.String())
	}
	if h.err != nil {
		h.tb.Fatalf("the hub ended after SIGTERM with %v\n%s", h.err, h.said.String())
	}
}

func (h *hub) kill() {
	_ = h.cmd.Process.Kill() // it may have ended by itself
	<-h.ended
}

// restart stops the hub and starts it on the same data.
func (h *hub) restart() *hub {
	h.tb.Helper()
	h.stop()
	next := startHub(h.tb, h.data, h.probes != "")
	next.ready()
	return next
}

// forgetViews deletes the catalog of a hub that is stopped.
func (h *hub) forgetViews() {
	h.tb.Helper()
	views, err := filepath.Glob(filepath.Join(h.data, "catalog*"))
	if err != nil || len(views) == 0 {
		h.tb.Fatalf("there is no catalog to delete in %s: %v", h.data, err)
	}
	for _, view := range views {
		if err := os.RemoveAll(view); err != nil {
			h.tb.Fatal(err)
		}
	}
}

// probed is what a probed hub's runtime says of itself after a collection.
type probed struct {
	goroutines int
	heap       int64 // bytes that live
}

// probe sends the signal and waits for the answer.
func (h *hub) probe(s os.Signal) probed {
	h.tb.Helper()
	h.asked++
	if err := h.cmd.Process.Signal(s); err != nil {
		h.tb.Fatalf("%v\n%s", err, h.said.String())
	}
	path := filepath.Join(h.probes, fmt.Sprintf("answer.%d", h.asked))
	for began := time.Now(); time.Since(began) < patience; time.Sleep(pause) {
		text, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		var p probed
		if _, scan := fmt.Sscan(string(text), &p.goroutines, &p.heap); errors.Join(err, scan) != nil {
			h.tb.Fatalf("the probe answered %q: %v", text, errors.Join(err, scan))
		}
		return p
	}
	h.tb.Fatal("the probe does not answer")
	return probed{}
}

// lines is what the hub said, the last of it; it may be read while it grows.
type lines struct {
	mu   sync.Mutex
	last []string
}

func (l *lines) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = append(l.last, line)
	l.last = l.last[max(0, len(l.last)-50):]
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.last, "\n")
}
