package haproxy_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/feed"
)

const program = "/usr/sbin/haproxy"

// patience is how long a test waits for what an engine does, before it fails.
const patience = 30 * time.Second

// proxy is a HAProxy before a small web server, and the folder of its maps.
type proxy struct {
	t       testing.TB
	dir     string
	listen  netip.AddrPort
	clients map[string]*http.Client // by the address that they come from
	log     *output
	cmd     *exec.Cmd
	ended   chan struct{}
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

// newProxy writes the configuration that feed.Connect gives for trying out, with a
// web server behind it that answers every request; it starts nothing.
func newProxy(t testing.TB) *proxy {
	t.Helper()
	if _, err := os.Stat(program); err != nil {
		t.Skip("SKIPPED: HAProxy is missing (Debian: haproxy): ", err)
	}
	// Not t.TempDir, whose name is too long for a socket, and which only its owner
	// may enter.
	dir, err := os.MkdirTemp("", "tocsin-haproxy-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "let through")
	}))
	t.Cleanup(web.Close)
	p := &proxy{t: t, dir: dir, listen: freePort(t), clients: map[string]*http.Client{}, log: new(output)}
	files, _, err := feed.Connect("haproxy", feed.ConnectConfig{
		Hub: netip.MustParseAddrPort("192.0.2.53:8453"), Key: "partner-1.", Secret: "c2VjcmV0",
		HubURL: "http://192.0.2.53:8440", TokenFile: "/dev/null",
		Standalone: true, Listen: p.listen, Forward: netip.MustParseAddrPort(web.Listener.Addr().String()), Dir: dir,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range feed.HAProxyMaps() {
		files[name] = ""
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if os.Getuid() == 0 {
		for _, path := range append(glob(t, dir), dir) {
			if err := os.Chown(path, nobody, nobody); err != nil {
				t.Fatal(err)
			}
		}
	}
	return p
}

const nobody = 65534

func glob(t testing.TB, dir string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// freePort is on an address of loopback that no other test process asks for.
func freePort(t testing.TB) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp", fmt.Sprintf("127.88.%d.%d:0", os.Getpid()>>8&255, os.Getpid()&255))
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	return l.Addr().(*net.TCPAddr).AddrPort()
}

// start runs HAProxy, as nobody if the test runs as root, and waits until it
// answers. It is stopped by its own id, at the test's end if not before.
func (p *proxy) start() {
	p.t.Helper()
	if os.Getuid() == 0 { // the maps may have been written by this process since
		for _, path := range glob(p.t, p.dir) {
			if err := os.Chown(path, nobody, nobody); err != nil {
				p.t.Fatal(err)
			}
		}
	}
	p.cmd = exec.Command(program, "-db", "-f", filepath.Join(p.dir, "haproxy.cfg"))
	p.cmd.Dir = p.dir
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	if os.Getuid() == 0 {
		p.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	ended := make(chan struct{})
	p.ended = ended
	go func(cmd *exec.Cmd) {
		_ = cmd.Wait() // it is killed
		close(ended)
	}(p.cmd)
	p.t.Cleanup(p.kill)
	p.until("HAProxy answers", func() bool {
		answers := true
		for network, address := range map[string]string{"tcp": p.listen.String(), "unix": filepath.Join(p.dir, feed.HAProxySocket)} {
			conn, err := net.Dial(network, address)
			if err != nil {
				answers = false
				continue
			}
			conn.Close()
		}
		select {
		case <-ended:
			p.t.Fatal("HAProxy ended: ", p.log)
		default:
		}
		return answers
	})
}

// kill gives it no time to clean up.
func (p *proxy) kill() {
	if p.cmd != nil {
		_ = p.cmd.Process.Kill() // it may have ended
		<-p.ended
		p.cmd = nil
	}
	for _, c := range p.clients {
		c.CloseIdleConnections()
	}
}

// until polls; what never happens fails the test.
func (p *proxy) until(what string, happened func() bool) {
	p.t.Helper()
	for begun := time.Now(); !happened(); time.Sleep(2 * time.Millisecond) {
		if time.Since(begun) > patience {
			p.t.Fatalf("not within %s: %s\n%s", patience, what, p.log)
		}
	}
}

// get asks for a URL, whose host is only named, from an address of loopback.
func (p *proxy) get(from, url string) int {
	p.t.Helper()
	if p.clients[from] == nil {
		dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
		p.clients[from] = &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, "tcp", p.listen.String())
		}}}
	}
	res, err := p.clients[from].Get(url)
	if err != nil {
		p.t.Fatalf("get %s: %v\n%s", url, err, p.log)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	if res.StatusCode == http.StatusOK && string(body) != "let through" {
		p.t.Fatalf("get %s: 200 %q", url, body)
	}
	return res.StatusCode
}

// expect holds what some URLs, asked for from 127.0.0.1, are answered with.
func (p *proxy) expect(status int, urls ...string) {
	p.t.Helper()
	for _, url := range urls {
		if got := p.get("127.0.0.1", url); got != status {
			p.t.Errorf("%s: %d, want %d", url, got, status)
		}
	}
}

// maps is what the map files say, for messages.
func (p *proxy) maps() string {
	var text strings.Builder
	for _, name := range feed.HAProxyMaps() {
		b, err := os.ReadFile(filepath.Join(p.dir, name))
		fmt.Fprintf(&text, "%s (%v):\n%s", name, err, b)
	}
	return text.String()
}
