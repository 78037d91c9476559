package dnstap_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	golang "github.com/dnstap/golang-dnstap"

	"github.com/tocsin-project/tocsin/internal/telemetry"
	"github.com/tocsin-project/tocsin/internal/telemetry/dnstap"
)

func listen(t testing.TB) (*dnstap.Listener, string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "tap") //nolint:usetesting // the path of a socket has 107 bytes at most
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path := filepath.Join(dir, "s")
	l, err := dnstap.Listen(path, telemetry.Options{MaxLine: 4096})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l, path
}

// fakeResolver speaks as a resolver does, by the library's own writer: READY,
// ACCEPT, START, data.
type fakeResolver struct {
	conn net.Conn
	golang.Writer
}

func dial(t testing.TB, path string, twoWay bool) *fakeResolver {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	w, err := golang.NewWriter(conn, &golang.WriterOptions{Bidirectional: twoWay})
	if err != nil {
		t.Fatal(err)
	}
	return &fakeResolver{conn, w}
}

// Several resolvers at once, some with a handshake and some without: nothing is
// lost, each one's order is kept, and lines count them all.
func TestListenerMerges(t *testing.T) {
	const resolvers, each = 6, 200
	l, path := listen(t)
	var wg sync.WaitGroup
	for i := range resolvers {
		w := dial(t, path, i%2 == 0)
		wg.Go(func() {
			for n := range each {
				if _, err := w.WriteFrame(tap(t, golang.Message_CLIENT_QUERY, message(t, fmt.Sprintf("n%d.r%d.example.", n, i), false, 0, ""))); err != nil {
					t.Error(err)
				}
			}
			if err := w.Close(); err != nil { // of the two-way ones it waits for FINISH
				t.Error(err)
			}
		})
	}
	next := map[string]int{}
	for line := range resolvers * each {
		e, err := l.Next()
		if err != nil {
			t.Fatal(err)
		}
		number, of, _ := strings.Cut(strings.Clone(e.Name), ".")
		if number != fmt.Sprintf("n%d", next[of]) || e.Line != line+1 {
			t.Fatalf("line %d is %s after %d of %s", e.Line, e.Name, next[of], of)
		}
		next[of]++
	}
	wg.Wait()
	if s := l.Stats(); s.Events != resolvers*each || s.Malformed != 0 {
		t.Errorf("%+v", s)
	}
}

// A resolver that breaks off loses nothing that it had written whole, and does
// not disturb the others.
func TestListenerOutlivesAStream(t *testing.T) {
	l, path := listen(t)
	frame := tap(t, golang.Message_CLIENT_QUERY, message(t, "a.example.", false, 0, ""))
	broken := dial(t, path, true)
	if _, err := broken.WriteFrame(frame); err != nil {
		t.Fatal(err)
	}
	if err := broken.Writer.(interface{ Flush() error }).Flush(); err != nil {
		t.Fatal(err)
	}
	if _, err := broken.conn.Write([]byte{0, 0, 0, 99, 'x'}); err != nil {
		t.Fatal(err)
	}
	_ = broken.conn.Close()
	if e, err := l.Next(); err != nil || e.Name != "a.example" {
		t.Fatal(e, err)
	}
	stranger, err := new(net.Dialer).DialContext(t.Context(), "unix", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stranger.Write([]byte("GET / HTTP/1.1\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	// The listener hangs up on it.
	if _, err := io.ReadAll(stranger); err != nil && !strings.Contains(err.Error(), "reset") {
		t.Fatal(err)
	}
	_ = stranger.Close()
	// What is said of a closed stream comes between the events of others, so that
	// it may take a few until it has been said of both.
	events := 1
	for events == 1 || l.Stats().Malformed < 2 && events < 1000 {
		good := dial(t, path, true)
		if _, err := good.WriteFrame(frame); err != nil {
			t.Fatal(err)
		}
		closed := make(chan error, 1)
		go func() { closed <- good.Close() }()
		if e, err := l.Next(); err != nil || e.Name != "a.example" {
			t.Fatal(e, err)
		}
		if err := <-closed; err != nil {
			t.Error(err)
		}
		events++
	}
	s := l.Stats()
	if s.Events != events || s.Malformed != 2 || len(s.Samples) != 2 || !strings.Contains(s.Samples[0].Reason+s.Samples[1].Reason, "no Frame Stream") {
		t.Errorf("%+v", s)
	}
}

func TestClose(t *testing.T) {
	l, path := listen(t)
	dial(t, path, true)
	ended := make(chan error, 1)
	go func() {
		_, err := l.Next()
		ended <- err
	}()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, io.EOF) {
		t.Errorf("Next after Close: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Errorf("Close again: %v", err)
	}
	if _, err := os.Lstat(path); err == nil {
		t.Error("the socket is still there")
	}
}

func TestPath(t *testing.T) {
	_, path := listen(t)
	if _, err := dnstap.Listen(path, telemetry.Options{}); err == nil || !strings.Contains(err.Error(), "another program listens") {
		t.Errorf("a socket in use: %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	dir := filepath.Dir(path)
	plain := filepath.Join(dir, "file")
	if err := os.WriteFile(plain, []byte("keep"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := dnstap.Listen(plain, telemetry.Options{}); err == nil || !strings.Contains(err.Error(), "is no socket") {
		t.Errorf("a file: %v", err)
	}
	// A socket that a process left behind when it died.
	left, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, "left"), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	left.SetUnlinkOnClose(false)
	_ = left.Close()
	l, err := dnstap.Listen(filepath.Join(dir, "left"), telemetry.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
}
