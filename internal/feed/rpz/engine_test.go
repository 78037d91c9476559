package rpz_test

import (
	"bytes"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/feed/rpz"
)

// upstream is the resolver that an engine forwards to: names beneath
// ".example" have addresses, others do not exist.
func upstream(t *testing.T) netip.AddrPort {
	t.Helper()
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	udp, err := net.ListenPacket("udp", tcp.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	handler := dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		name, qtype := q.Question[0].Name, q.Question[0].Qtype
		hdr := dns.RR_Header{Name: name, Rrtype: qtype, Class: dns.ClassINET}
		switch {
		case !dns.IsSubDomain("example.", name):
			m.Rcode = dns.RcodeNameError
		case qtype == dns.TypeA:
			m.Answer = []dns.RR{&dns.A{Hdr: hdr, A: net.ParseIP("198.51.100.1")}}
		case qtype == dns.TypeAAAA:
			m.Answer = []dns.RR{&dns.AAAA{Hdr: hdr, AAAA: net.ParseIP("2001:db8:bad::1")}}
		}
		w.WriteMsg(m)
	})
	for _, srv := range []*dns.Server{{Listener: tcp, Handler: handler}, {PacketConn: udp, Handler: handler}} {
		started := make(chan struct{})
		srv.NotifyStartedFunc = func() { close(started) }
		done := make(chan error, 1)
		go func() { done <- srv.ActivateAndServe() }()
		<-started
		t.Cleanup(func() {
			srv.Shutdown()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
	return tcp.Addr().(*net.TCPAddr).AddrPort()
}

// freePort is one that is free for TCP and UDP; it may be taken by the time
// that it is used, which then fails with a message of its own.
func freePort(t *testing.T) netip.AddrPort {
	t.Helper()
	for range 20 {
		tcp, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		udp, err := net.ListenPacket("udp", tcp.Addr().String())
		tcp.Close()
		if err == nil {
			udp.Close()
			return tcp.Addr().(*net.TCPAddr).AddrPort()
		}
	}
	t.Fatal("no port is free for both TCP and UDP")
	panic("unreachable")
}

// engine is a running resolver.
type engine struct {
	addr netip.AddrPort
	log  *output
}

// output is what an engine has written so far.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// start runs an engine with the configuration that feed.Connect gives for trying
// out, as nobody if the test runs as root, and stops it by its own id.
// The configuration may be edited before.
func start(t *testing.T, name string, hub *rpz.Server, listen netip.AddrPort, k transferKey, dir string, edits ...string) *engine {
	t.Helper()
	files, start, err := feed.Connect(name, feed.ConnectConfig{
		Hub: hub.Addr(), Key: k.Name, Secret: k.Secret, TLS: hub.TLSAddr(), TLSName: rpz.TLSName, CA: string(hub.CA()),
		Standalone: true, Listen: listen, Forward: upstream(t), Dir: dir,
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(strings.NewReplacer(edits...).Replace(text)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(start[0]); err != nil {
		lacking(t, name+": "+err.Error())
	}
	cmd := exec.Command(start[0], start[1:]...)
	cmd.Dir = dir
	if os.Getuid() == 0 {
		const nobody = 65534
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		for _, name := range append([]string{"."}, fileNames(files)...) {
			if err := os.Chown(filepath.Join(dir, name), nobody, nobody); err != nil {
				t.Fatal(err)
			}
		}
	}
	e := &engine{addr: listen, log: new(output)}
	cmd.Stdout, cmd.Stderr = e.log, e.log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		// Killed, not asked to stop: BIND 9.18 was seen to crash while it ended
		// with a transfer under way, which says nothing about this package.
		select {
		case err := <-ended:
			t.Errorf("%s ended by itself: %v", name, err)
		default:
			if err := cmd.Process.Kill(); err != nil {
				t.Error(err)
			}
			<-ended
		}
		if t.Failed() {
			t.Logf("%s wrote:\n%s", name, e.log)
		}
	})
	return e
}

// folder is one that the engine may enter, which t.TempDir is not.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "tocsin-engine-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// lacking fails where all engines are to be there, and skips loudly elsewhere.
func lacking(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("TOCSIN_REQUIRE_ENGINES") == "1" {
		t.Fatal("TOCSIN_REQUIRE_ENGINES=1, but there is no " + what)
	}
	t.Skip("NOT RUN on the real engine: there is no " + what)
}

func fileNames(files map[string]string) []string {
	var names []string
	for name := range files {
		names = append(names, name)
	}
	return names
}

// try gives the first address of a name, or the status in capital letters, or
// "" if nothing answers.
func (e *engine) try(name string, qtype uint16) string {
	c := &dns.Client{Timeout: 2 * time.Second}
	r, _, err := c.Exchange(question(name, qtype), e.addr.String())
	if err != nil {
		return ""
	}
	for _, rr := range r.Answer {
		switch rr := rr.(type) {
		case *dns.A:
			return rr.A.String()
		case *dns.AAAA:
			return rr.AAAA.String()
		}
	}
	if r.Rcode == dns.RcodeSuccess {
		return "NODATA"
	}
	return dns.RcodeToString[r.Rcode]
}

// becomes waits until the engine answers so, and gives how long it took.
func (e *engine) becomes(t *testing.T, name string, qtype uint16, want string) time.Duration {
	t.Helper()
	return wait(t, name+" is "+want, func() bool { return e.try(name, qtype) == want })
}

func (e *engine) is(t *testing.T, name string, qtype uint16, want string) {
	t.Helper()
	if got := e.try(name, qtype); got != want {
		t.Errorf("%s %s: %s, want %s", name, dns.TypeToString[qtype], got, want)
	}
}
