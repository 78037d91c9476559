package tail_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/tail"
)

// A file that is in memory, read through a buffer as the readers of telemetry
// have; beside it what the file itself gives.
func BenchmarkRead(b *testing.B) {
	path := filepath.Join(b.TempDir(), "eve.json")
	line := append(bytes.Repeat([]byte("x"), 729), '\n')
	content := bytes.Repeat(line, 350_000)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		b.Fatal(err)
	}
	buffer := make([]byte, 256<<10)
	drain := func(b *testing.B, r io.Reader) {
		for left := len(content); left > 0; {
			n, err := r.Read(buffer)
			if err != nil {
				b.Fatal(err)
			}
			left -= n
		}
	}
	b.Run("os.File", func(b *testing.B) {
		b.SetBytes(int64(len(content)))
		for b.Loop() {
			f, err := os.Open(path)
			if err != nil {
				b.Fatal(err)
			}
			drain(b, f)
			f.Close()
		}
	})
	b.Run("tail", func(b *testing.B) {
		b.SetBytes(int64(len(content)))
		for b.Loop() {
			f, err := tail.Open(b.Context(), path, tail.Position{}, nil)
			if err != nil {
				b.Fatal(err)
			}
			drain(b, f)
			f.Close()
		}
	})
}

// To find a file again among a thousand rotations, and to read them all.
func BenchmarkResume(b *testing.B) {
	path := filepath.Join(b.TempDir(), "eve.json")
	if err := os.WriteFile(path, []byte(numbered(0, 150)), 0o600); err != nil {
		b.Fatal(err)
	}
	f, err := tail.Open(b.Context(), path, tail.Position{}, nil)
	if err != nil {
		b.Fatal(err)
	}
	buffer := make([]byte, 256<<10)
	if _, err := f.Read(buffer); err != nil {
		b.Fatal(err)
	}
	from := f.At(100, 10)
	f.Close()
	if err := os.Rename(path, path+".1000"); err != nil {
		b.Fatal(err)
	}
	for i := 999; i >= 0; i-- {
		name := fmt.Sprintf("%s.%d", path, i)
		if i == 0 {
			name = path
		}
		if err := os.WriteFile(name, []byte(numbered(1000-i, 1150-i)), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	current := info.Sys().(*syscall.Stat_t).Ino
	open := func() *tail.File {
		f, err := tail.Open(b.Context(), path, from, nil)
		if err == nil {
			_, err = f.Read(buffer)
		}
		if err != nil {
			b.Fatal(err)
		}
		return f
	}
	b.Run("first line", func(b *testing.B) {
		for b.Loop() {
			open().Close()
		}
	})
	b.Run("all", func(b *testing.B) {
		for b.Loop() {
			f := open()
			for f.At(1<<60, 1<<60).Inode != current {
				if _, err := f.Read(buffer); err != nil {
					b.Fatal(err)
				}
			}
			f.Close()
		}
	})
}

// What a second costs in which nothing is written.
func BenchmarkIdle(b *testing.B) {
	path := filepath.Join(b.TempDir(), "eve.json")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		b.Fatal(err)
	}
	used := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	before, waited := used(), time.Duration(0)
	for b.Loop() {
		ctx, cancel := context.WithTimeout(b.Context(), time.Second)
		f, err := tail.Open(ctx, path, tail.Position{}, nil)
		if err != nil {
			b.Fatal(err)
		}
		if n, err := f.Read(make([]byte, 10)); n > 0 || err != io.EOF {
			b.Fatal(n, err)
		}
		f.Close()
		cancel()
		waited += time.Second
	}
	b.ReportMetric(100*float64(used()-before)/float64(waited), "%core")
}

// From the write of a line until it has been read.
func BenchmarkLatency(b *testing.B) {
	path := filepath.Join(b.TempDir(), "eve.json")
	out, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		b.Fatal(err)
	}
	defer out.Close()
	f, err := tail.Open(b.Context(), path, tail.Position{}, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	wrote, buffer := make(chan struct{}), make([]byte, 4096)
	for b.Loop() {
		go func() {
			time.Sleep(7 * time.Millisecond) // until the reader waits
			if _, err := out.WriteString("a line\n"); err != nil {
				b.Error(err)
			}
			close(wrote)
		}()
		if _, err := f.Read(buffer); err != nil {
			b.Fatal(err)
		}
		<-wrote
		wrote = make(chan struct{})
	}
}
