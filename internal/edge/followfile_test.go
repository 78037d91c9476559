package edge_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/edge"
)

// sensor writes a log that is followed.
type sensor struct {
	t     *testing.T
	path  string
	lines chan string
}

func newSensor(t *testing.T, content string) *sensor {
	s := &sensor{t: t, path: filepath.Join(t.TempDir(), "eve.json"), lines: make(chan string, 10_000)}
	s.replace(content)
	ctx, cancel := context.WithCancel(context.Background())
	in, err := edge.FollowFile(ctx, s.path)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for scanner := bufio.NewScanner(in); scanner.Scan(); {
			s.lines <- scanner.Text()
		}
		close(s.lines)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended // the reader ends with its context
		if err := in.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func (s *sensor) replace(content string) {
	s.t.Helper()
	if err := os.WriteFile(s.path, []byte(content), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *sensor) append(path, content string) {
	s.t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteString(content)
		f.Close()
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *sensor) want(lines ...string) {
	s.t.Helper()
	for _, want := range lines {
		select {
		case got := <-s.lines:
			if got != want {
				s.t.Fatalf("read %q, want %q", got, want)
			}
		case <-time.After(30 * time.Second):
			s.t.Fatalf("%q is not read", want)
		}
	}
}

func TestFollowFile(t *testing.T) {
	t.Run("growth", func(t *testing.T) {
		s := newSensor(t, "one\ntwo\n")
		s.want("one", "two")
		s.append(s.path, "thr")
		s.append(s.path, "ee\nfour\n")
		s.want("three", "four")
	})
	t.Run("rotation", func(t *testing.T) {
		s := newSensor(t, "one\n")
		s.want("one")
		old := s.path + ".1"
		if err := os.Rename(s.path, old); err != nil {
			t.Fatal(err)
		}
		s.append(old, "two\n") // the sensor has not noticed yet
		s.want("two")
		s.replace("")
		for i := range 3 { // and writes on until it opens the new one
			line := fmt.Sprintf("three-%d", i)
			s.append(old, line+"\n")
			s.want(line) // then the reader looks for a new file at once
		}
		s.append(old, "half")
		s.append(s.path, "four\n")
		s.want("half", "four")
	})
	t.Run("truncation", func(t *testing.T) {
		s := newSensor(t, "one\ntwo\nhalf a li")
		s.want("one", "two")
		s.replace("new\n")
		s.want("half a li", "new")
	})
	t.Run("rotations under load", func(t *testing.T) {
		s := newSensor(t, "")
		n := 0
		for round := range 5 {
			for range 200 {
				s.append(s.path, fmt.Sprintf("line %d\n", n))
				n++
			}
			if round == 4 {
				break
			}
			// As sensors do it: the new file appears with its first line.
			fresh := s.path + ".new"
			if err := os.WriteFile(fresh, fmt.Appendf(nil, "line %d\n", n), 0o600); err != nil {
				t.Fatal(err)
			}
			n++
			if err := os.Rename(s.path, fmt.Sprintf("%s.%d", s.path, round)); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(fresh, s.path); err != nil {
				t.Fatal(err)
			}
			// One file at a time: a reader that slept through a whole one cannot know of it.
			for i := round * 201; i < n; i++ {
				s.want(fmt.Sprintf("line %d", i))
			}
		}
		for i := 4 * 201; i < n; i++ {
			s.want(fmt.Sprintf("line %d", i))
		}
	})
	if _, err := edge.FollowFile(t.Context(), filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a file that is not there is followed")
	}
}
