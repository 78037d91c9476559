package bench

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/feed"
)

const haproxyProgram = "/usr/sbin/haproxy"

// proxy is HAProxy with the configuration that `tocsin feed connect` writes, and a
// server behind it.
type proxy struct {
	r        *run
	h        *hub
	dir, url string
	client   *http.Client
	cmd      *exec.Cmd
	said     strings.Builder
}

func startProxy(r *run) filterEngine {
	if _, err := os.Stat(haproxyProgram); err != nil {
		r.Skipf("NOT MEASURED: there is no HAProxy (Debian: haproxy): %v", err)
	}
	behind := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	r.Cleanup(behind.Close)
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.Fatal(err)
	}
	at := free.Addr().String()
	free.Close()
	transport := &http.Transport{}
	r.Cleanup(transport.CloseIdleConnections)
	p := &proxy{r: r, h: r.newHub(), dir: r.folder(), url: "http://" + at + "/", client: &http.Client{Transport: transport, Timeout: patience}}
	program, err := built.program(r.Context(), false)
	if err != nil {
		r.Fatal(err)
	}
	_, token := p.h.partner("Who connects the proxy", "contributor")
	secret := filepath.Join(r.TempDir(), "token")
	if err := os.WriteFile(secret, []byte(token), 0o600); err != nil {
		r.Fatal(err)
	}
	connect := exec.Command(program, "feed", "connect", "haproxy", "--standalone", "--listen", at, "--forward", strings.TrimPrefix(behind.URL, "http://"),
		"--dir", p.dir, "--hub", p.h.url, "--token-file", secret)
	if said, err := connect.CombinedOutput(); err != nil {
		r.Fatalf("feed connect haproxy: %v: %s", err, said)
	}
	p.empty()
	r.Cleanup(p.kill)
	return p
}

func (p *proxy) hub() *hub { return p.h }

func (p *proxy) edge(state, token string) *edge {
	return startEdge(p.h, token, state, "--enforce", "haproxy="+p.dir, "--max-blocks", "2000000")
}

func (p *proxy) one(i int) string  { return fmt.Sprintf("push%d.example", i) }
func (p *proxy) many(i int) string { return fmt.Sprintf("n%d.example", i) }

func (p *proxy) stopped(value string) bool {
	status, err := p.ask(value)
	if err != nil {
		p.r.Fatalf("%v\n%s", err, p.said.String())
	}
	return status == http.StatusForbidden
}

func (p *proxy) ask(host string) (status int, err error) {
	request, err := http.NewRequestWithContext(p.r.Context(), http.MethodGet, p.url, nil)
	if err != nil {
		return 0, err
	}
	request.Host = host
	answer, err := p.client.Do(request)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, answer.Body)
	answer.Body.Close()
	return answer.StatusCode, err
}

func (p *proxy) bare(value string) {
	p.tell(fmt.Sprintf("add map %s %s %d", filepath.Join(p.dir, feed.HAProxyNames), value, time.Now().Add(time.Hour).Unix()))
}

func (p *proxy) lift(value string) {
	p.tell("del map " + filepath.Join(p.dir, feed.HAProxyNames) + " " + value)
}

// tell gives one command to the runtime socket, by hand.
func (p *proxy) tell(command string) {
	conn, err := net.Dial("unix", filepath.Join(p.dir, feed.HAProxySocket))
	if err != nil {
		p.r.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, command+"\n"); err != nil {
		p.r.Fatal(err)
	}
	if answer, err := io.ReadAll(conn); err != nil || strings.TrimSpace(string(answer)) != "" {
		p.r.Fatalf("%s: %q %v", command, answer, err)
	}
}

func (p *proxy) empty() { p.start(0) }

// load is HAProxy's own start with the same names in its map.
func (p *proxy) load(n int) time.Duration { return p.start(n) }

// start starts HAProxy anew with many in its map and waits until it answers.
func (p *proxy) start(n int) time.Duration {
	p.kill()
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, "%s %d\n", p.many(i), time.Now().Add(time.Hour).Unix())
	}
	for _, name := range feed.HAProxyMaps() {
		content := ""
		if name == feed.HAProxyDomains {
			content = text.String()
		}
		if err := os.WriteFile(filepath.Join(p.dir, name), []byte(content), 0o600); err != nil {
			p.r.Fatal(err)
		}
	}
	p.cmd = exec.Command(haproxyProgram, "-db", "-f", filepath.Join(p.dir, "haproxy.cfg"))
	p.cmd.Stderr = &p.said
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		p.r.Fatal(err)
	}
	for time.Since(began) < patience {
		if _, err := p.ask("anything.example"); err == nil {
			return time.Since(began)
		}
		time.Sleep(betweenLook)
	}
	p.r.Fatalf("HAProxy does not answer\n%s", p.said.String())
	return 0
}

func (p *proxy) kill() {
	if p.cmd != nil {
		_ = p.cmd.Process.Kill() // it may have ended by itself
		_ = p.cmd.Wait()
	}
	p.cmd = nil
}
