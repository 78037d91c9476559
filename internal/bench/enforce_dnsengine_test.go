package bench

import (
	"bytes"
	"encoding/binary"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/tocsin-project/tocsin/internal/feed"
)

// resolver is a real engine as a child process, and a socket to ask it with.
type resolver struct {
	r      *run
	engine string
	at     netip.AddrPort
	dir    string
	said   *logged
	cmd    *exec.Cmd
	ended  chan error
	conn   net.Conn
	asked  uint16
	began  time.Time // of the process
}

// step is between two questions to an engine that has not got there yet: the
// shortest that Go's timers know on Linux. To ask without a pause would take a
// core from the engine that is measured.
const step = time.Millisecond

// enginesThere are the engines that this machine has.
func enginesThere(b *testing.B) (names []string) {
	for _, one := range []struct{ name, program, packaged string }{{"bind", "/usr/sbin/named", "bind9"}, {"unbound", "/usr/sbin/unbound", "unbound"}} {
		if _, err := os.Stat(one.program); err != nil {
			b.Logf("NOT MEASURED on %s: %v (Debian: %s)", one.name, err, one.packaged)
			continue
		}
		names = append(names, one.name)
	}
	return names
}

// place is where an engine will stand, with nothing in its folder.
func (r *run) place(engine string, at netip.AddrPort) *resolver {
	r.Helper()
	if !at.IsValid() {
		tcp, udp := bothPorts(r)
		at = tcp.Addr().(*net.TCPAddr).AddrPort()
		_, _ = tcp.Close(), udp.Close() // the engine takes the port
	}
	return &resolver{r: r, engine: engine, at: at, dir: filepath.Join(r.TempDir(), engine), said: new(logged), ended: make(chan error, 1)}
}

// followHub connects the engine by what the command line prints, and starts it.
func (e *resolver) followHub(h *hub, token, upstream string) {
	e.r.Helper()
	program, err := built.program(e.r.Context(), h.probes != "")
	if err != nil {
		e.r.Fatal(err)
	}
	file := filepath.Join(e.r.TempDir(), "token")
	if err := os.WriteFile(file, []byte(token+"\n"), 0o600); err != nil {
		e.r.Fatal(err)
	}
	connect := exec.Command(program, "feed", "connect", e.engine, "--standalone", "--listen", e.at.String(), "--forward", upstream, "--dir", e.dir, "--hub", h.url, "--token-file", file)
	connect.Stderr = e.said
	printed, err := connect.Output()
	if err != nil {
		e.r.Fatalf("%v: %s", err, e.said.String())
	}
	lines := strings.Split(strings.TrimSpace(string(printed)), "\n")
	e.start("sh", "-c", "exec "+lines[len(lines)-1])
}

// followFloor is the same with the floor's primary.
func (e *resolver) followFloor(f *floor, upstream string) {
	e.r.Helper()
	c := f.connect()
	c.Listen, c.Forward, c.Dir = e.at, netip.MustParseAddrPort(upstream), e.dir
	files, command, err := feed.Connect(e.engine, c)
	if err != nil {
		e.r.Fatal(err)
	}
	if err := os.MkdirAll(e.dir, 0o755); err != nil {
		e.r.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(e.dir, name), []byte(text), 0o600); err != nil {
			e.r.Fatal(err)
		}
	}
	e.start(command[0], command[1:]...)
}

func (e *resolver) start(program string, args ...string) {
	e.r.Helper()
	e.cmd = exec.Command(program, args...)
	e.cmd.Stdout, e.cmd.Stderr = e.said, e.said
	e.began = time.Now()
	if err := e.cmd.Start(); err != nil {
		e.r.Fatal(err)
	}
	go func() { e.ended <- e.cmd.Wait() }()
	var err error
	if e.conn, err = net.Dial("udp", e.at.String()); err != nil {
		e.r.Fatal(err)
	}
	e.r.Cleanup(e.stop)
}

// stop kills the engine, which it may be told twice.
func (e *resolver) stop() {
	if e.conn == nil {
		return
	}
	_ = e.cmd.Process.Kill() // it may have ended by itself
	<-e.ended
	_ = e.conn.Close()
	e.conn = nil
}

// blocks asks the engine once; whether it answered at all is the second.
func (e *resolver) blocks(name string) (blocked, answered bool) {
	e.asked++
	q := new(dns.Msg).SetQuestion(name+".", dns.TypeA)
	q.Id = e.asked
	packet, err := q.Pack()
	if err != nil {
		e.r.Error(err)
		return false, false
	}
	if _, err := e.conn.Write(packet); err != nil {
		return false, false // nobody listens yet
	}
	if err := e.conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
		return false, false
	}
	answer := make([]byte, 1500)
	for {
		n, err := e.conn.Read(answer)
		if err != nil || n < 12 {
			return false, false
		}
		if binary.BigEndian.Uint16(answer) != e.asked {
			continue // late
		}
		code := int(answer[3] & 15)
		return code == dns.RcodeNameError, code == dns.RcodeNameError || code == dns.RcodeSuccess && answer[7] > 0
	}
}

// until asks until all names are answered as they should be, one after the other,
// and gives when the last was.
func (e *resolver) until(blocked bool, names ...string) time.Time {
	began := time.Now()
	for _, name := range names {
		for {
			got, answered := e.blocks(name)
			if answered && got == blocked {
				break
			}
			if time.Since(began) > patience {
				e.r.Errorf("%s: %s is blocked: %t, answered: %t, after %s\n%s", e.engine, name, got, answered, patience, e.said.String())
				return time.Now()
			}
			time.Sleep(step)
		}
	}
	return time.Now()
}

// untilAll has all engines asked at once, and gives for each how long it took
// since it began.
func untilAll(engines []*resolver, began time.Time, blocked bool, names ...string) []time.Duration {
	took := make([]time.Duration, len(engines))
	var all sync.WaitGroup
	for i, e := range engines {
		all.Go(func() { took[i] = e.until(blocked, names...).Sub(began) })
	}
	all.Wait()
	return took
}

// logged is what an engine wrote; it may be read while it grows.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logged) count(line string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Count(l.text.Bytes(), []byte(line))
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := l.text.String()
	return text[max(0, len(text)-4000):]
}
