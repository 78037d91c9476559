package soc_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/soc"
)

// A real rsyslog takes every transport's records as RFC 5424 and finds in them
// what was sent.
func TestRsyslog(t *testing.T) {
	program, err := exec.LookPath("rsyslogd")
	if err != nil {
		t.Skip("SKIPPED: rsyslogd is not installed (apt-get install rsyslog): no real syslog server was asked")
	}
	dir := t.TempDir()
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := tcp.Addr().(*net.TCPAddr).Port
	tcp.Close()
	local := filepath.Join(dir, "log")
	out := filepath.Join(dir, "out")
	config := fmt.Sprintf(`
module(load="imudp") module(load="imtcp")
module(load="imuxsock" SysSock.Use="off")
input(type="imudp" address="127.0.0.1" port="%[1]d")
input(type="imtcp" address="127.0.0.1" port="%[1]d")
input(type="imuxsock" Socket="%[2]s" UseSpecialParser="off")
template(name="t" type="string" string="%%protocol-version%%|%%app-name%%|%%msgid%%|%%pri%%|%%structured-data%%|%%msg%%\n")
action(type="omfile" file="%[3]s" template="t")
`, port, local, out)
	path := filepath.Join(dir, "rsyslog.conf")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	engine := exec.CommandContext(t.Context(), program, "-n", "-f", path, "-i", filepath.Join(dir, "pid"))
	var said strings.Builder
	engine.Stdout, engine.Stderr = &said, &said
	if err := engine.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		engine.Process.Kill()
		engine.Wait()
	}()
	lines := func(n int) []string {
		for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			data, _ := os.ReadFile(out)
			if got := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n"); len(data) > 0 && len(got) >= n {
				return got
			}
			if time.Now().After(deadline) {
				t.Fatalf("rsyslog has written %q and said %s", data, said.String())
			}
		}
	}
	for {
		if _, err := os.Stat(local); err == nil {
			break
		}
		if time.Sleep(20 * time.Millisecond); engine.ProcessState != nil {
			t.Fatal(said.String())
		}
	}
	n := 0
	for _, spec := range []string{fmt.Sprintf("syslog:tcp://127.0.0.1:%d", port), fmt.Sprintf("syslog:udp://127.0.0.1:%d", port), "syslog:unix:" + local, fmt.Sprintf("syslog+cef:tcp://127.0.0.1:%d", port)} {
		t.Run(spec, func(t *testing.T) {
			s, err := soc.Open(spec, soc.Options{Window: -1})
			if err != nil {
				t.Fatal(err)
			}
			hostile := hit()
			hostile.Text = "a\n<14>1 - - - - - - forged\\\"]|="
			send(t, s, hit())
			send(t, s, hostile)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			n += 2
			got := lines(n)
			if len(got) != n {
				t.Fatalf("%d records: %q", len(got), got)
			}
			for i, line := range got[n-2:] {
				fields := strings.SplitN(line, "|", 6)
				if len(fields) != 6 || fields[0] != "1" || fields[1] != "tocsin" || fields[2] != "hit.must-resolve" || fields[3] != "129" {
					t.Fatalf("rsyslog reads %q", line)
				}
				value := []string{killSwitch, `a\\u{a}<14>1 - - - - - - forged\\\"\]|=`}[i]
				if strings.Contains(spec, "cef") {
					value = []string{killSwitch, `a\\u{a}<14>1 - - - - - - forged\\"]|\=`}[i]
				}
				if where := fields[4] + "|" + fields[5]; !strings.Contains(where, value) || !strings.Contains(where, "do not block") {
					t.Errorf("rsyslog reads %q", line)
				}
			}
		})
	}
}
