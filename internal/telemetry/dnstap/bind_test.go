package dnstap_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// BIND writes to our socket what its clients ask, what it answers, and what it
// asks others and is told.
func TestBIND(t *testing.T) {
	named, err := exec.LookPath("named")
	if err != nil {
		t.Skip("SKIPPED: BIND (named) is not installed, so dnstap was not tested against a real resolver")
	}
	if about, err := exec.CommandContext(t.Context(), named, "-V").Output(); err != nil || !strings.Contains(string(about), "enable-dnstap") {
		t.Skip("SKIPPED: this BIND was built without dnstap, so it was not tested against a real resolver")
	}
	l, path := listen(t)
	dir := filepath.Dir(path)
	port := freePort(t)
	upstream := authority(t)
	write(t, filepath.Join(dir, "zone"), "$TTL 60\n@ SOA ns.evil.example. root.evil.example. 1 60 60 60 60\n@ NS ns.evil.example.\nns A 127.0.0.1\nother A 203.0.113.66\nwww CNAME other\n")
	write(t, filepath.Join(dir, "named.conf"), fmt.Sprintf(`
options {
	directory "%[1]s"; pid-file none; session-keyfile none; managed-keys-directory "%[1]s";
	listen-on port %[2]d { 127.0.0.1; }; listen-on-v6 { none; };
	recursion yes; dnssec-validation no; empty-zones-enable no; notify no;
	dnstap { all; }; dnstap-output unix "%[3]s";
};
controls { };
zone "evil.example" { type primary; file "zone"; };
zone "far.example" { type forward; forward only; forwarders { 127.0.0.1 port %[4]d; }; };
`, dir, port, path, upstream))
	cmd := exec.CommandContext(t.Context(), named, "-g", "-c", filepath.Join(dir, "named.conf"), "-n", "1")
	var log strings.Builder
	cmd.Stderr, cmd.Stdout = &log, &log
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(log.String())
		}
	})
	resolver := fmt.Sprintf("127.0.0.1:%d", port)
	for name, want := range map[string]dnsmessage.RCode{"www.evil.example.": 0, "nosuch.evil.example.": dnsmessage.RCodeNameError, "www.far.example.": 0} {
		if got := ask(t, resolver, name); got != want {
			t.Fatalf("BIND answers %s with %v, want %v", name, got, want)
		}
	}

	want := map[string]string{ // what has to come, by name, who asks, and whether it is an answer
		"www.evil.example client question": "", "www.evil.example client answer": "dns.answers.rdata ipv4-addr=203.0.113.66",
		"nosuch.evil.example client question": "", "nosuch.evil.example client answer": "NXDOMAIN",
		"www.far.example client question": "", "www.far.example client answer": "dns.answers.rdata ipv4-addr=203.0.113.77",
		"www.far.example upstream question": "", "www.far.example upstream answer": "dns.answers.rdata ipv4-addr=203.0.113.77",
	}
	time.AfterFunc(20*time.Second, func() { _ = l.Close() })
	for len(want) > 0 {
		e, err := l.Next()
		if err != nil {
			t.Fatalf("%v; still missing: %v; %+v", err, want, l.Stats())
		}
		key := strings.Clone(e.Name)
		switch int(e.TargetPort) {
		case port:
			key += " client"
		case upstream:
			key += " upstream"
		}
		if e.DNSAnswer {
			key += " answer"
		} else {
			key += " question"
		}
		part, expected := want[key]
		if !expected {
			continue
		}
		all := fmt.Sprint(e.NXDomain)
		if e.NXDomain {
			all = "NXDOMAIN"
		}
		for _, s := range e.Observables {
			all += " " + s.Field + " " + s.Value.String()
		}
		if !strings.Contains(all, part) {
			t.Errorf("%s: %s, want %s", key, all, part)
		}
		local := netip.MustParseAddr("127.0.0.1")
		if strings.Contains(key, "upstream") {
			local = netip.Addr{} // BIND does not know from which of its addresses it asks
		}
		if age := time.Since(e.Time).Abs(); e.Source != local || e.Target.String() != "127.0.0.1" || age > time.Minute || e.SourcePort == 0 || e.Proto != "udp" {
			t.Errorf("%s: %+v", key, e)
		}
		delete(want, key)
	}
	if s := l.Stats(); s.Malformed+s.Mistyped+s.Undated+s.TooLong > 0 {
		t.Errorf("%+v", s)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// authority answers every question with one address, and says at which port.
func authority(t *testing.T) int {
	t.Helper()
	conn, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	go func() {
		room := make([]byte, 4096)
		for {
			n, from, err := conn.ReadFrom(room)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if err := m.Unpack(room[:n]); err != nil {
				continue
			}
			m.Response, m.Authoritative, m.Additionals = true, true, nil
			if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
				m.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 60},
					Body:   &dnsmessage.AResource{A: [4]byte{203, 0, 113, 77}},
				}}
			}
			if b, err := m.Pack(); err == nil {
				_, _ = conn.WriteTo(b, from)
			}
		}
	}()
	return conn.LocalAddr().(*net.UDPAddr).Port
}

// ask asks until there is an answer: the server may be about to start.
func ask(t *testing.T, resolver, name string) dnsmessage.RCode {
	t.Helper()
	question := message(t, name, false, 0, "")
	question[2] |= 1 // recursion desired
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for ctx.Err() == nil {
		if code, ok := try(ctx, resolver, question); ok {
			return code
		}
	}
	t.Fatalf("BIND does not answer")
	return 0
}

func try(ctx context.Context, resolver string, question []byte) (dnsmessage.RCode, bool) {
	conn, err := new(net.Dialer).DialContext(ctx, "udp", resolver)
	if err != nil {
		return 0, false
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(2 * time.Second)); err != nil {
		return 0, false
	}
	if _, err := conn.Write(question); err != nil {
		return 0, false
	}
	room := make([]byte, 4096)
	n, err := conn.Read(room) // refused at once while nobody listens there
	if err != nil {
		return 0, false
	}
	var p dnsmessage.Parser
	h, err := p.Start(room[:n])
	return h.RCode, err == nil
}
