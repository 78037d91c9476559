package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// patience bounds every wait for something that must happen; nothing is measured by
// it, and a busy machine may take long.
const patience = 2 * time.Minute

const pause = 10 * time.Millisecond

// member is one hub: its data, and the process that serves it, if there is one.
type member struct {
	name    string
	url     string
	data    string
	logPath string
	command []string // what is started

	mu     sync.Mutex
	now    *process // nil: none
	frozen bool
}

// process is one life of a hub.
type process struct {
	cmd    *exec.Cmd
	serves chan struct{} // closed when it says that it serves
	ended  chan struct{} // closed when it has ended
	meant  bool          // it was to end; guarded by the member
}

// launch starts a process and does not wait for it.
func (m *member) launch() (*process, error) {
	log, err := os.OpenFile(m.logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	p := &process{serves: make(chan struct{}), ended: make(chan struct{})}
	p.cmd = exec.Command(m.command[0], m.command[1:]...) //nolint:noctx // it is killed when it is time
	p.cmd.Env = append(os.Environ(), "TOCSIN_ADMIN_TOKEN="+administrator)
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	said, err := p.cmd.StderrPipe()
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	go func() {
		p.listen(said, log)
		err := p.cmd.Wait()
		fmt.Fprintf(log, "--- %v\n", err)
		_ = log.Close() // it is for whoever looks for a cause
		close(p.ended)
	}()
	m.mu.Lock()
	m.now, m.frozen = p, false
	m.mu.Unlock()
	return p, nil
}

func (p *process) listen(said io.Reader, log io.Writer) {
	for lines := bufio.NewScanner(said); lines.Scan(); {
		fmt.Fprintln(log, lines.Text())
		if strings.HasPrefix(lines.Text(), "Tocsin serves ") {
			close(p.serves)
		}
	}
	_, _ = io.Copy(log, said) // after a line that is too long
}

// start starts a process and waits until it serves.
func (m *member) start() error {
	p, err := m.launch()
	if err != nil {
		return err
	}
	return m.serving(p)
}

// serving waits until a process serves.
func (m *member) serving(p *process) error {
	select {
	case <-p.serves:
		return nil
	case <-p.ended:
		m.end(syscall.SIGKILL)
		return fmt.Errorf("%s ended before it served:\n%s", m.name, m.tail())
	case <-time.After(patience):
		return fmt.Errorf("%s does not serve after %s:\n%s", m.name, patience, m.tail())
	}
}

// signal sends a signal to the process that there is, and says whether there was one.
func (m *member) signal(s syscall.Signal) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.now == nil {
		return false
	}
	select {
	case <-m.now.ended:
		return false
	default:
	}
	m.frozen = s == syscall.SIGSTOP || m.frozen && s != syscall.SIGCONT
	return m.now.cmd.Process.Signal(s) == nil
}

// end has the process end by a signal, waits for it, and says whether there was one.
func (m *member) end(s syscall.Signal) bool {
	m.mu.Lock()
	p := m.now
	if p != nil {
		p.meant = true
	}
	m.mu.Unlock()
	if p == nil {
		return false
	}
	was := m.signal(s)
	select {
	case <-p.ended:
	case <-time.After(patience):
		_ = p.cmd.Process.Kill() // who asked for less finds it ended, too
		<-p.ended
		was = false
	}
	m.mu.Lock()
	m.now = nil
	m.mu.Unlock()
	return was
}

// byItself says whether the process ended without having been told to.
func (m *member) byItself() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.now == nil || m.now.meant {
		return false
	}
	select {
	case <-m.now.ended:
		return true
	default:
		return false
	}
}

// runs says whether there is a process.
func (m *member) runs() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now != nil
}

// tail is the last of what the hub said.
func (m *member) tail() string {
	text, err := os.ReadFile(m.logPath)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-2000):])
}
