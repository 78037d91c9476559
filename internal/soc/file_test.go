package soc_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/soc"
)

// A file that was renamed away, removed or left with half a line goes on
// rightly.
func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hits.jsonl")
	if err := os.WriteFile(path, []byte(`{"value":"half a li`), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := soc.Open("json:"+path, soc.Options{Window: -1})
	if err != nil {
		t.Fatal(err)
	}
	sent := uint64(0)
	write := func() {
		t.Helper()
		send(t, s, hit())
		for sent++; s.Stats().Records < sent; {
			time.Sleep(time.Millisecond)
		}
	}
	lines := func(path string, want int) {
		t.Helper()
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		whole := 0
		for line := range strings.Lines(string(data)) {
			if strings.HasPrefix(line, `{"value":"half`) {
				continue
			}
			judge(t, "json", strings.TrimSuffix(line, "\n"), hit())
			whole++
		}
		if whole != want || !bytes.HasSuffix(data, []byte("\n")) {
			t.Errorf("%d records, want %d, in %q", whole, want, data)
		}
	}
	write()
	write()
	lines(path, 2)
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	write()
	lines(path, 1)
	lines(path+".1", 2)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	write()
	lines(path, 1)
	if err := os.Truncate(path, 0); err != nil { // as copytruncate does
		t.Fatal(err)
	}
	write()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	lines(path, 1)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o007 != 0 {
		t.Errorf("everyone may read it: %v, %v", info.Mode(), err)
	}
}

func TestSpecs(t *testing.T) {
	for _, spec := range []string{"", "json", "json:", "xml:-", "syslog:ftp://192.0.2.5", "syslog:udp://", "syslog:udp://192.0.2.5:0", "cef:tcp://h:99999", "syslog:tcp://a/b:1", "json:unix:", "syslog:tls://user@h:1"} {
		if s, err := soc.Open(spec, soc.Options{}); err == nil {
			s.Close()
			t.Errorf("%q is taken", spec)
		} else if !strings.Contains(err.Error(), "SOC target") {
			t.Errorf("%q: %v", spec, err)
		}
	}
	for _, spec := range []string{"syslog:udp://192.0.2.5:514", "syslog:udp://192.0.2.5", "syslog:udp://[2001:db8::5]", "syslog:tls://siem.example", "cef:unix:/nowhere", "cef:unix:///nowhere"} {
		s, err := soc.Open(spec, soc.Options{Stdout: io.Discard})
		if err != nil {
			t.Errorf("%q: %v", spec, err)
			continue
		}
		if err := s.Close(); err != nil {
			t.Errorf("%q: %v", spec, err)
		}
	}
}
