package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is a hub that runs as the real program, and what it said of itself.
type process struct {
	url, dns, sinkhole string
	claim              string // the secret to claim it with, if nobody administers it yet

	cmd   *exec.Cmd
	log   *transcript
	ready chan struct{} // closed when it serves
	ended chan struct{} // closed when it has ended; then err is set
	err   error
}

// patience bounds every wait for something that must happen; on a busy machine
// it may take long, and nothing is measured by it.
const patience = 60 * time.Second

// pause is between two looks at something that is waited for.
const pause = 20 * time.Millisecond

// startHub starts a hub on free ports, unless args name others, and waits until
// it serves.
func startHub(data string, args ...string) (*process, error) {
	return serving(launchHub("", []string{"TOCSIN_ADMIN_TOKEN=" + administrator}, data, args...))
}

func serving(p *process, err error) (*process, error) {
	if err != nil {
		return nil, err
	}
	select {
	case <-p.ready:
		return p, nil
	case <-p.ended:
		return nil, fmt.Errorf("the hub ended before it served: %w\n%s", p.err, p.log)
	case <-time.After(patience):
		p.kill()
		return nil, fmt.Errorf("the hub does not serve after %s\n%s", patience, p.log)
	}
}

// launchHub starts a hub in a working directory, with more environment, and does
// not wait for it.
func launchHub(dir string, env []string, data string, args ...string) (*process, error) {
	args = append([]string{"serve", "--data", data, "--listen", "127.0.0.1:0", "--dns-listen", "127.0.0.1:0", "--sinkhole", "127.0.0.1:0"}, args...)
	p := &process{cmd: exec.Command("tocsin", args...), log: new(transcript), ready: make(chan struct{}), ended: make(chan struct{})}
	p.cmd.Dir, p.cmd.Env = dir, append(os.Environ(), env...)
	said, err := p.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		p.listen(said)
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	return p, nil
}

// listen reads what the hub says of itself to its end.
func (p *process) listen(said io.Reader) {
	lines := bufio.NewScanner(said)
	for lines.Scan() {
		line := lines.Text()
		fmt.Fprintln(p.log, line)
		if strings.HasPrefix(line, "tocsin_claim_") {
			p.claim = line
		}
		if n, _ := fmt.Sscanf(line, "Tocsin serves %s DNS on %s sinkhole on %s", &p.url, &p.dns, &p.sinkhole); n == 3 {
			p.url, p.dns = strings.TrimSuffix(p.url, ","), strings.TrimSuffix(p.dns, ",")
			close(p.ready)
		}
	}
}

func (p *process) pid() string { return strconv.Itoa(p.cmd.Process.Pid) }

// kill ends the hub with SIGKILL; one that has ended, or none, is left alone.
func (p *process) kill() {
	if p == nil {
		return
	}
	_ = p.cmd.Process.Kill() // it may have ended by itself
	<-p.ended
}

// stop asks the hub to end, which it has to do with status 0.
func (p *process) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.kill()
		return fmt.Errorf("the hub runs %s after SIGTERM\n%s", patience, p.log)
	}
	if p.err != nil {
		return fmt.Errorf("the hub ended after SIGTERM with %w\n%s", p.err, p.log)
	}
	return nil
}

// transcript is what a program wrote; it may be read while it grows.
type transcript struct {
	mu   sync.Mutex
	text strings.Builder
}

func (t *transcript) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.Write(b)
}

func (t *transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}

// processes are running hubs by process id.
type processes struct {
	mu sync.Mutex
	by map[string]*process
}

func (ps *processes) put(p *process) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if ps.by == nil {
		ps.by = map[string]*process{}
	}
	ps.by[p.pid()] = p
}

// take gives the process up; nil if it was given before.
func (ps *processes) take(pid string) *process {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	p := ps.by[pid]
	delete(ps.by, pid)
	return p
}

// freeAddress finds a port that is free for TCP and UDP, for a program that has
// to come back on the same one. It lies below the ports that the kernel gives
// to callers (from 32768), so that nobody is given it meanwhile.
func freeAddress() (string, error) {
	for range 100 {
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(10_000+rand.IntN(20_000)))
		stream, err := net.Listen("tcp", address)
		if err != nil {
			continue
		}
		packets, err := net.ListenPacket("udp", address)
		if errors.Join(stream.Close(), err) != nil {
			continue
		}
		return address, packets.Close()
	}
	return "", os.ErrExist
}
