package tail_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/tail"
)

func listen(t *testing.T, address string, limits tail.LineLimits) *tail.Lines {
	t.Helper()
	l, err := tail.Listen(t.Context(), address, limits)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func dial(t *testing.T, l *tail.Lines) net.Conn {
	t.Helper()
	var d net.Dialer
	c, err := d.DialContext(t.Context(), l.Addr().Network(), l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func send(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
}

// wantStats waits for counts.
func wantStats(t *testing.T, l *tail.Lines, want tail.LineStats) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); l.Stats() != want; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("counts (-want +got):\n%s", cmp.Diff(want, l.Stats()))
		}
	}
}

func TestListen(t *testing.T) {
	for _, address := range []string{"unix:" + filepath.Join(t.TempDir(), "s"), "tcp://127.0.0.1:0"} {
		l := listen(t, address, tail.LineLimits{Line: 100, Connections: 2})
		in := bufio.NewReader(l)
		want := func(line string) {
			t.Helper()
			if got, err := in.ReadString('\n'); err != nil || got != line+"\n" {
				t.Fatalf("read %q, %v, want %q", got, err, line)
			}
		}
		one, two := dial(t, l), dial(t, l)
		send(t, one, "begun in one, ")
		send(t, two, "two\n")
		want("two")
		send(t, one, "ended there\nthree\nbroken off")
		want("begun in one, ended there")
		want("three")
		if _, err := dial(t, l).Read(make([]byte, 1)); err == nil {
			t.Error("a third connection is not hung up on")
		}
		wantStats(t, l, tail.LineStats{Connections: 2, Open: 2, Refused: 1})
		one.Close()
		wantStats(t, l, tail.LineStats{Connections: 2, Open: 1, Refused: 1, Broken: 1})
		// 99 bytes and an end fit; more do not, however many more.
		for _, n := range []int{99, 100, 101, 1000, 64 << 10} {
			send(t, two, strings.Repeat("x", n)+"\n"+fmt.Sprintf("after %d\n", n))
			if n == 99 {
				want(strings.Repeat("x", n))
			}
			want(fmt.Sprintf("after %d", n))
		}
		wantStats(t, l, tail.LineStats{Connections: 2, Open: 1, Refused: 1, Broken: 1, TooLong: 4})
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if n, err := l.Read(make([]byte, 9)); n != 0 || !errors.Is(err, io.EOF) {
			t.Errorf("after it was closed: %d, %v", n, err)
		}
	}
}

// Lines of several connections arrive whole, each connection's in its order,
// though they grow beyond the first buffer.
func TestListenMergesWholeLines(t *testing.T) {
	l := listen(t, "unix:"+filepath.Join(t.TempDir(), "s"), tail.LineLimits{})
	const senders, lines = 5, 60
	var sending sync.WaitGroup
	for s := range senders {
		c := dial(t, l)
		sending.Go(func() {
			out := bufio.NewWriterSize(c, 1000+s)
			for i := range lines {
				fmt.Fprintf(out, "%d %d %s\n", s, i, strings.Repeat("x", 40*i*i))
			}
			if err := out.Flush(); err != nil {
				t.Error(err)
			}
			c.Close()
		})
	}
	in, next := bufio.NewReader(l), [senders]int{}
	for range senders * lines {
		line, err := in.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		words := strings.Fields(line)
		s, err := strconv.Atoi(words[0])
		if err != nil || words[1] != strconv.Itoa(next[s]) || len(line) != len(words[0])+len(words[1])+3+40*next[s]*next[s] {
			t.Fatalf("read %.40q, want line %d of %d", line, next[s], s)
		}
		next[s]++
	}
	sending.Wait()
	wantStats(t, l, tail.LineStats{Connections: senders})
}

func TestListenRefuses(t *testing.T) {
	dir := t.TempDir()
	file, taken, stale := filepath.Join(dir, "file"), filepath.Join(dir, "taken"), filepath.Join(dir, "stale")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	listen(t, "unix:"+taken, tail.LineLimits{})
	for address, want := range map[string]string{
		"unix:" + file:         "not a socket; it is left alone",
		"unix:" + taken:        "another process listens there",
		"tcp://192.0.2.1:9999": "only a loopback address",
		"tcp://localhost:9999": "only a loopback address",
		"udp://127.0.0.1:9":    "unix:/path or tcp://127.0.0.1:port",
		"unix:":                "unix:/path or tcp://127.0.0.1:port",
	} {
		if _, err := tail.Listen(t.Context(), address, tail.LineLimits{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("listen at %s: %v, want %q", address, err, want)
		}
	}
	// One that a process left behind is replaced.
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: stale})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	listen(t, "unix:"+stale, tail.LineLimits{})
	if info, err := os.Stat(stale); err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("the socket is %v, %v", info, err)
	}
}

func TestListenEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	l, err := tail.Listen(ctx, "tcp://127.0.0.1:0", tail.LineLimits{})
	if err != nil {
		t.Fatal(err)
	}
	send(t, dial(t, l), "held\nand more\n")
	wantStats(t, l, tail.LineStats{Connections: 1, Open: 1})
	cancel()
	for err = nil; err == nil; {
		_, err = l.Read(make([]byte, 100))
	}
	if !errors.Is(err, io.EOF) {
		t.Error(err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}
