package tail_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/tail"
)

func TestGrowth(t *testing.T) {
	s := newSensor(t, "one\ntwo\nth").follow(tail.Position{})
	s.want("one", "two")
	s.append(s.path, "r")
	s.append(s.path, "ee\nfour\n")
	s.want("three", "four")
	s.silent()
	p := s.at()
	if p.Offset != 19 || p.Line != 4 || p.HeadLength != 19 {
		t.Errorf("the position is %+v", p)
	}
	s.stop()
	if n, err := s.file.Read(make([]byte, 10)); n != 0 || err == nil {
		t.Errorf("a file that was closed gives %d bytes, %v", n, err)
	}
}

func TestRotation(t *testing.T) {
	s := newSensor(t, "one\n").follow(tail.Position{})
	s.want("one")
	old := s.path + ".1"
	s.rename(s.path, old)
	s.append(old, "two\n") // the sensor has not noticed yet
	s.want("two")
	s.replace(s.path, "")
	for i := range 3 { // and writes on until it opens the new one
		line := fmt.Sprintf("three-%d", i)
		s.append(old, line+"\n")
		s.want(line)
	}
	s.append(old, "half")
	s.append(s.path, "four\n")
	s.want("half", "four")
	s.silent()
}

func TestLinesLongerThanTheBuffer(t *testing.T) {
	long := strings.Repeat("x", 300_000)
	s := newSensor(t, long+"\nshort\n"+long).follow(tail.Position{})
	s.want(long, "short")
	s.append(s.path, "y\nlast\n")
	s.want(long+"y", "last")
}

func TestTruncationWithoutACopy(t *testing.T) {
	s := newSensor(t, "one\ntwo\nhalf a li").follow(tail.Position{})
	s.want("one", "two")
	s.replace(s.path, "new\n")
	s.want("new")
	if n := s.told(tail.Truncated); n.Missing != -1 || !strings.Contains(n.Text, "after byte 8") {
		t.Errorf("notice %+v", n)
	}
	// Filled beyond the place that had been read.
	s.replace(s.path, "newer and longer than it was before\n")
	s.want("newer and longer than it was before")
	if p := s.at(); p.Offset != 36 || p.Line != 1 {
		t.Errorf("the position is %+v", p)
	}
}

func TestCopyTruncate(t *testing.T) {
	s := newSensor(t, numbered(0, 10)).follow(tail.Position{})
	s.wantNumbered(0, 10)
	// Between two looks: more, a copy, and again.
	s.replace(s.path+".2", numbered(0, 20))
	s.replace(s.path+".1", numbered(20, 30)+"half")
	s.replace(s.path, numbered(30, 100))
	s.wantNumbered(10, 30)
	s.want("half")
	s.wantNumbered(30, 100)
	if n := s.told(tail.Truncated); n.Missing != 0 {
		t.Errorf("notice %+v", n)
	}
}

// A sensor that does not append goes on where it was: a hole comes first.
func TestAHoleAfterTruncation(t *testing.T) {
	s := newSensor(t, numbered(0, 1000)).follow(tail.Position{})
	s.wantNumbered(0, 1000)
	f, err := os.OpenFile(s.path, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s.told(tail.Truncated)
	if _, err := f.WriteAt([]byte("after\n"), 1_000_000); err != nil {
		t.Fatal(err)
	}
	s.want("after")
	if p := s.at(); p.Offset != 1_000_006 || p.Line != 1 {
		t.Errorf("the position is %+v", p)
	}
}

func TestDeletedAndMadeAnew(t *testing.T) {
	s := newSensor(t, "one\n").follow(tail.Position{})
	s.want("one")
	if err := os.Remove(s.path); err != nil {
		t.Fatal(err)
	}
	s.replace(s.path, "two\n")
	s.want("two")
	s.silent()
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "eve.json")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path string
		from tail.Position
		want string
	}{
		{filepath.Join(dir, "none"), tail.Position{}, "no such file"},
		{dir, tail.Position{}, "not a regular file"},
		{file, tail.Position{Path: "/elsewhere"}, "position is one of /elsewhere"},
		{file, tail.Position{Path: file, Offset: -1}, "position is damaged"},
		{file, tail.Position{Path: file, HeadLength: 5000}, "position is damaged"},
	} {
		_, err := tail.Open(t.Context(), c.path, c.from, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Open(%s, %+v) = %v, want %q", c.path, c.from, err, c.want)
		}
	}
}

func TestPositionsAreOfWhatWasProcessed(t *testing.T) {
	s := newSensor(t, "a\nbb\nccc\n").follow(tail.Position{})
	s.want("a", "bb", "ccc")
	var got [][2]int64
	for _, at := range [][2]int64{{0, 0}, {2, 1}, {5, 2}, {9, 3}, {100, 100}} {
		p := s.file.At(at[0], at[1])
		got = append(got, [2]int64{p.Offset, p.Line})
	}
	if diff := cmp.Diff([][2]int64{{0, 0}, {2, 1}, {5, 2}, {9, 3}, {9, 3}}, got); diff != "" {
		t.Errorf("offsets and lines (-want +got):\n%s", diff)
	}
}

// The end that is added to a line is in no file, and so in no position.
func TestThePositionAfterAnEndThatWasAdded(t *testing.T) {
	s := newSensor(t, "one\nhalf")
	f, err := tail.Open(t.Context(), s.path, tail.Position{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	read := func(want string) {
		t.Helper()
		buffer := make([]byte, 100)
		if n, err := f.Read(buffer); err != nil || string(buffer[:n]) != want {
			t.Fatalf("read %q, %v, want %q", buffer[:n], err, want)
		}
	}
	read("one\n")
	s.rename(s.path, s.path+".1")
	s.replace(s.path, "two\n")
	read("half")
	read("\n")
	if p := f.At(9, 2); p.Offset != 8 || p.Line != 2 {
		t.Errorf("the position is %+v", p)
	}
	read("two\n")
	if p := f.At(9, 2); p.Offset != 0 || p.Line != 0 {
		t.Errorf("at the beginning of the next file the position is %+v", p)
	}
	if p := f.At(13, 3); p.Offset != 4 || p.Line != 1 {
		t.Errorf("the position is %+v", p)
	}
}

// A sensor that takes its time to open the new file writes to the old one.
func TestAnEmptyFileIsWaitedFor(t *testing.T) {
	s := newSensor(t, "one\n")
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		f, err := tail.Open(ctx, s.path, tail.Position{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		s.rename(s.path, s.path+".1")
		s.replace(s.path, "")
		go func() {
			for _, path := range []string{s.path + ".1", s.path + ".1", s.path} {
				time.Sleep(time.Minute)
				s.append(path, "a minute later\n")
			}
		}()
		in := bufio.NewReader(f)
		for _, want := range []string{"one\n", "a minute later\n", "a minute later\n", "a minute later\n"} {
			if got, err := in.ReadString('\n'); err != nil || got != want {
				t.Fatalf("read %q, %v, want %q", got, err, want)
			}
		}
	})
}
