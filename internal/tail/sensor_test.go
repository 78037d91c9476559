package tail_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/tail"
)

// sensor writes a log that is followed, line by line.
type sensor struct {
	t    *testing.T
	path string

	stop    func()
	lines   chan string
	file    *tail.File
	offset  int64 // of the stream, processed
	count   int64
	mu      sync.Mutex
	notices []tail.Notice
}

func newSensor(t *testing.T, content string) *sensor {
	t.Helper()
	s := &sensor{t: t, path: filepath.Join(t.TempDir(), "eve.json")}
	s.replace(s.path, content)
	return s
}

// follow begins to read, and ends when the test does or stop is called.
func (s *sensor) follow(from tail.Position) *sensor {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s.offset, s.count = 0, 0
	file, err := tail.Open(ctx, s.path, from, func(n tail.Notice) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.notices = append(s.notices, n)
	})
	if err != nil {
		cancel()
		s.t.Fatal(err)
	}
	lines, over := make(chan string, 100_000), make(chan struct{})
	go func() {
		defer close(over)
		for in := bufio.NewReader(file); ; {
			line, err := in.ReadString('\n')
			if err != nil {
				if line != "" {
					lines <- "without an end: " + line
				}
				return
			}
			lines <- line
		}
	}()
	s.file, s.lines = file, lines
	s.stop = sync.OnceFunc(func() {
		cancel()
		<-over // the reader ends with its context
		if err := file.Close(); err != nil {
			s.t.Error(err)
		}
	})
	s.t.Cleanup(s.stop)
	return s
}

func (s *sensor) replace(path, content string) {
	s.t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *sensor) append(path, content string) {
	s.t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o600)
	if err == nil {
		_, err = f.WriteString(content)
		f.Close()
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *sensor) rename(from, to string) {
	s.t.Helper()
	if err := os.Rename(from, to); err != nil {
		s.t.Fatal(err)
	}
}

// want reads lines; an empty list wants none to be there now.
func (s *sensor) want(lines ...string) {
	s.t.Helper()
	for _, want := range lines {
		select {
		case got := <-s.lines:
			s.offset += int64(len(got))
			s.count++
			if got != want+"\n" {
				s.t.Fatalf("read %q, want %q", got, want)
			}
		case <-time.After(30 * time.Second):
			s.t.Fatalf("%q is not read", want)
		}
	}
}

// at is the position after the lines that were wanted so far.
func (s *sensor) at() tail.Position { return s.file.At(s.offset, s.count) }

// all is what has been told so far.
func (s *sensor) all() []tail.Notice {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.notices)
}

// toldTimes waits until there are so many notices.
func (s *sensor) toldTimes(n int) {
	s.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for len(s.all()) < n {
		if time.Now().After(deadline) {
			s.t.Fatalf("%d notices, want %d", len(s.all()), n)
		}
		time.Sleep(time.Millisecond)
	}
}

// told waits until a notice of the kind has been given, and returns the last.
func (s *sensor) told(kind tail.Kind) tail.Notice {
	s.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		for _, n := range slices.Backward(s.all()) {
			if n.Kind == kind {
				return n
			}
		}
	}
	s.t.Fatalf("nothing %s is told of: %v", kind, s.all())
	return tail.Notice{}
}

// silent wants no notice but of rotations.
func (s *sensor) silent() {
	s.t.Helper()
	for _, n := range s.all() {
		if n.Kind != tail.Rotated {
			s.t.Errorf("notice %+v", n)
		}
	}
}

func numbered(from, to int) string {
	var b strings.Builder
	for i := from; i < to; i++ {
		fmt.Fprintf(&b, "line %d\n", i)
	}
	return b.String()
}

func (s *sensor) wantNumbered(from, to int) {
	s.t.Helper()
	for i := from; i < to; i++ {
		s.want(fmt.Sprintf("line %d", i))
	}
}
