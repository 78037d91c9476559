package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestProxyEndToEnd is a partner's first hour with a real HAProxy, connected and
// started by exactly what `tocsin feed connect` says: it denies and lets pass
// with the hub, lets the kill switch through, and goes on while the hub is away.
func TestProxyEndToEnd(t *testing.T) {
	needEngine(t, "HAProxy", "/usr/sbin/haproxy")
	behind := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer behind.Close()
	s, restart := firstHour(t)
	at, err := freeAddress()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "haproxy")
	printed := s.tocsin("contributor", "feed", "connect", "haproxy", "--standalone", "--listen", at,
		"--forward", strings.TrimPrefix(behind.URL, "http://"), "--dir", dir, "--hub", s.hub, "--token-file", filepath.Join(s.dir, "contributor"))
	startGroup(t, printed[strings.LastIndex(printed, "\n")+1:])
	status := func(host string) string {
		request, err := http.NewRequest(http.MethodGet, "http://"+at+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Host = host
		answer, err := (&http.Client{Timeout: patience / 10}).Do(request)
		if err != nil {
			return "no answer"
		}
		answer.Body.Close()
		return answer.Status
	}
	story(t, s, restart, "200 OK", "403 Forbidden", map[string]string{"evil": "evil.example", "beneath": "www.evil.example", "other": "good.example", "later": "later.example"}, status)
	s.tocsin("coordinator", "protection", "add", "--polarity", "must-resolve", "killswitch.later.example", "--reason", "it stops the worm")
	eventually(t, "the kill switch below a block", "200 OK", func() string { return status("killswitch.later.example") })
}

// TestPacketFilterEndToEnd is the same with nftables in a network namespace that
// the test makes, in which the hub, the edge and the packets are.
func TestPacketFilterEndToEnd(t *testing.T) {
	needEngine(t, "nftables", "/usr/sbin/nft")
	space := namespace(t)
	const server = "198.51.100.7"
	for _, address := range []string{server, "198.51.100.8", "203.0.113.9"} {
		command(t, "ip", "-n", space, "address", "add", address+"/32", "dev", "lo")
	}
	command(t, "ip", "-n", space, "link", "set", "lo", "up")
	wrapper(t, space)
	s, restart := firstHour(t)
	dir := filepath.Join(t.TempDir(), "nft")
	printed := s.tocsin("contributor", "feed", "connect", "nft", "--standalone", "--listen", "127.0.0.1:1", "--forward", "127.0.0.1:1",
		"--dir", dir, "--hub", s.hub, "--token-file", filepath.Join(s.dir, "contributor"))
	startGroup(t, "ip netns exec "+space+" "+printed[strings.LastIndex(printed, "\n")+1:])
	reached := func(address string) string {
		// A port on which nobody listens: refused at once, or dropped.
		err := exec.Command("ip", "netns", "exec", space, "timeout", "1", "bash", "-c", "exec 3<>/dev/tcp/"+address+"/9").Run()
		var ended *exec.ExitError
		if errors.As(err, &ended) && ended.ExitCode() == 1 {
			return "reached"
		}
		return "dropped"
	}
	story(t, s, restart, "reached", "dropped", map[string]string{"evil": server, "beneath": server, "other": "198.51.100.8", "later": "203.0.113.9"}, reached)
}

// story is what every engine that an edge feeds has to go through. look says how a
// thing is met: free or stopped.
func story(t *testing.T, s session, restart func(away func()), free, stopped string, thing map[string]string, look func(string) string) {
	t.Helper()
	want := func(what, name, how string) {
		t.Helper()
		eventually(t, what+" ("+thing[name]+")", how, func() string { return look(thing[name]) })
	}
	want("the engine answers", "other", free)
	want("nothing is blocked yet", "evil", free)
	s.tocsin("coordinator", "protection", "add", "--polarity", "block", thing["evil"], "--reason", "seen on the first day")
	want("a push takes effect", "evil", stopped)
	want("on what is beneath it, too", "beneath", stopped)
	want("on nothing else", "other", free)
	s.refused("coordinator", "protection", "add", "--polarity", "block", "co.uk", "--reason", "a poisoned protection")
	restart(func() {
		want("it holds while the hub is away", "evil", stopped)
		want("and what was free stays so", "other", free)
	})
	s.tocsin("coordinator", "protection", "add", "--polarity", "block", thing["later"], "--reason", "after the hub came back")
	want("a push after the hub came back", "later", stopped)
	want("what was before holds", "evil", stopped)
	s.tocsin("coordinator", "protection", "recall", thing["evil"], "--reason", "over")
	want("a recall takes effect", "evil", free)
	eventually(t, "the receipt says so", "gone", func() string {
		if said := s.tocsin("coordinator", "protection", "list", "--receipts"); strings.Contains(said, "gone") {
			return "gone"
		}
		return "nothing"
	})
}

func eventually(t *testing.T, what, want string, look func() string) {
	t.Helper()
	began := time.Now()
	for {
		got := look()
		if got == want {
			t.Logf("%s: %s after %d ms", what, want, time.Since(began).Milliseconds())
			return
		}
		if time.Since(began) > patience/2 {
			t.Fatalf("%s: %s, want %s", what, got, want)
		}
		time.Sleep(pause)
	}
}

// firstHour is a hub with a partner, who has a contributor's and a coordinator's
// token, and what kills the hub, does something, and starts it again.
func firstHour(t *testing.T) (s session, restart func(away func())) {
	t.Helper()
	data := filepath.Join(t.TempDir(), "data")
	at, err := freeAddress()
	if err != nil {
		t.Fatal(err)
	}
	start := func() *process {
		p, err := startHub(data, "--listen", at)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	p := start()
	t.Cleanup(func() { p.kill() })
	s = session{t, p.url, t.TempDir()}
	s.keep("admin", administrator)
	partner := s.tocsin("admin", "partner", "add", "Hospital One", "--sector", "healthcare", "--country", "GB", "--kind", "operator")
	for _, role := range []string{"contributor", "coordinator"} {
		s.keep(role, s.tocsin("admin", "token", "issue", partner, "--role", role))
	}
	return s, func(away func()) {
		p.kill()
		away()
		p = start()
	}
}

// startGroup runs a command as a shell would, in a group of processes of its own,
// and asks it to end with the test: it has to end what it started.
func startGroup(t *testing.T, line string) {
	t.Helper()
	t.Logf("starting %s", line)
	said := new(transcript)
	cmd := exec.Command("sh", "-c", "exec "+line)
	cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = said, said, &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(patience / 2):
			t.Error("what was started does not end when it is asked to")
		}
		if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); err == nil {
			t.Error("what was started has left processes behind")
		}
		if t.Failed() {
			t.Logf("what was started wrote:\n%s", said)
		}
	})
}

// namespace makes a network namespace for the test.
func namespace(t *testing.T) string {
	t.Helper()
	name := fmt.Sprintf("tocsin-test-%d", os.Getpid())
	if out, err := exec.Command("ip", "netns", "add", name).CombinedOutput(); err != nil {
		t.Skipf("NOT RUN with packets: a network namespace cannot be made (root is needed): %v\n%s", err, out)
	}
	t.Cleanup(func() { command(t, "ip", "netns", "delete", name) })
	return name
}

// wrapper has `tocsin` mean the program within the namespace, for this test.
func wrapper(t *testing.T, space string) {
	t.Helper()
	program, err := exec.LookPath("tocsin")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	text := fmt.Sprintf("#!/bin/sh\nexec ip netns exec %s %s \"$@\"\n", space, program)
	if err := os.WriteFile(filepath.Join(dir, "tocsin"), []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
}

func command(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}
