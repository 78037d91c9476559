package tail_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tocsin-project/tocsin/internal/tail"
)

// Whatever a file holds and however much is read at once: what is given is the
// file up to its last end of a line, and the position is there.
func FuzzWholeLines(f *testing.F) {
	f.Add([]byte("one\ntwo\nthr"), 5, 4)
	f.Add([]byte("no end"), 3, 1)
	f.Add([]byte("\n\n\n"), 1, 2)
	f.Add([]byte{}, 1, 0)
	f.Add(append(bytes.Repeat([]byte("#"), 3000), '\n'), 7, 1500)
	path := filepath.Join(f.TempDir(), "log")
	f.Fuzz(func(t *testing.T, content []byte, size, restart int) {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		size = 1 + max(0, size)%5000
		whole := content[:bytes.LastIndexByte(content, '\n')+1]
		synctest.Test(t, func(t *testing.T) {
			// all reads to the end of what is there.
			all := func(from tail.Position) ([]byte, *tail.File) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				file, err := tail.Open(ctx, path, from, func(n tail.Notice) { t.Fatalf("notice %+v", n) })
				if err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(struct{ io.Reader }{chunks{file, size}})
				if err != nil {
					t.Fatal(err)
				}
				return got, file
			}
			got, file := all(tail.Position{})
			if !bytes.Equal(got, whole) {
				t.Fatalf("%q is given of %q", got, content)
			}
			// On from the end of any line.
			at := int64(bytes.LastIndexByte(whole[:min(max(0, restart), len(whole))], '\n') + 1)
			lines := int64(bytes.Count(whole[:at], []byte("\n")))
			p := file.At(at, lines)
			if p.Offset != at || p.Line != lines {
				t.Fatalf("the position is %+v, want %d, line %d", p, at, lines)
			}
			if err := file.Close(); err != nil {
				t.Fatal(err)
			}
			got, file = all(p)
			if !bytes.HasSuffix(got, whole[at:]) || len(content) > 0 && content[0] != '#' && len(got) != len(whole[at:]) {
				t.Fatalf("after byte %d %q is given of %q", at, got, content)
			}
			if p := file.At(int64(len(got)), int64(bytes.Count(got, []byte("\n")))); p.Offset != int64(len(whole)) {
				t.Fatalf("at the end the position is %+v", p)
			}
			if err := file.Close(); err != nil {
				t.Fatal(err)
			}
		})
	})
}

// chunks reads a few bytes at a time.
type chunks struct {
	r    io.Reader
	size int
}

func (c chunks) Read(p []byte) (int, error) { return c.r.Read(p[:min(len(p), c.size)]) }
