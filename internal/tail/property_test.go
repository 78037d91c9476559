package tail_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/tail"
)

// rotator is a sensor and the program that rotates its log; names follow one of
// the two habits of logrotate.
type rotator struct {
	t       *rapid.T
	path    string
	dated   bool
	count   int      // of rotations
	old     []string // paths, the newest first
	writing string   // where the sensor writes to; "" until it has opened a new file
	written int      // lines
	half    string   // the end of a line that has been begun
}

func (r *rotator) must(err error) {
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rotator) append(text string) {
	f, err := os.OpenFile(r.writing, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o600)
	r.must(err)
	defer f.Close()
	_, err = f.WriteString(text)
	r.must(err)
}

// write appends so many lines, and maybe the beginning of another.
func (r *rotator) write(n int, half bool) {
	var b strings.Builder
	b.WriteString(r.half)
	r.half = ""
	for range n {
		r.written++
		fmt.Fprintf(&b, "line %d %s\n", r.written, strings.Repeat("x", r.written*31%200))
	}
	if half {
		r.written++
		fmt.Fprintf(&b, "line %d ", r.written)
		r.half = "the end\n"
	}
	r.append(b.String())
}

// shift makes room for a new rotation, and says what it is to be called.
func (r *rotator) shift() string {
	r.count++
	to := fmt.Sprintf("%s-%08d", r.path, 20260100+r.count)
	if !r.dated {
		for i := len(r.old) - 1; i >= 0; i-- {
			next := fmt.Sprintf("%s.%d%s", r.path, i+2, strings.TrimPrefix(filepath.Ext(r.old[i]), fmt.Sprintf(".%d", i+1)))
			r.must(os.Rename(r.old[i], next))
			if r.writing == r.old[i] {
				r.writing = next
			}
			r.old[i] = next
		}
		to = r.path + ".1"
	}
	r.old = slices.Insert(r.old, 0, to)
	return to
}

// rename rotates by renaming; the sensor writes on to the old file until opened.
func (r *rotator) rename() {
	if r.writing != r.path {
		r.open()
	}
	to := r.shift()
	r.must(os.Rename(r.path, to))
	r.writing = to
}

// open lets the sensor open the new file.
func (r *rotator) open() {
	r.write(0, false) // a line is ended before that
	r.writing = r.path
	r.write(0, false)
}

// copyTruncate rotates by copying.
func (r *rotator) copyTruncate() {
	if r.writing != r.path {
		r.open()
	}
	r.write(1, false)
	content, err := os.ReadFile(r.path)
	r.must(err)
	r.must(os.WriteFile(r.shift(), content, 0o600))
	r.must(os.Truncate(r.path, 0))
}

// pack packs an old file that nobody writes to any more, as gzip(1) does.
func (r *rotator) pack(i int) {
	if i >= len(r.old) || r.old[i] == r.writing || strings.HasSuffix(r.old[i], ".gz") {
		return
	}
	content, err := os.ReadFile(r.old[i])
	r.must(err)
	info, err := os.Stat(r.old[i])
	r.must(err)
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err = z.Write(content)
	r.must(err)
	r.must(z.Close())
	r.must(os.WriteFile(r.old[i]+".gz", b.Bytes(), 0o600))
	r.must(os.Chtimes(r.old[i]+".gz", info.ModTime(), info.ModTime()))
	r.must(os.Remove(r.old[i]))
	r.old[i] += ".gz"
}

// noDeadline hides that of the test: it is not to be asked for in a bubble.
type noDeadline struct{ rapid.TB }

// Whatever the rotations and restarts, every line is given once and in order.
func TestEveryLineOnce(t *testing.T) {
	base := t.TempDir()
	run := 0
	synctest.Test(t, func(t *testing.T) {
		rapid.Check(noDeadline{t}, func(t *rapid.T) {
			run++
			dir := filepath.Join(base, fmt.Sprint(run))
			r := &rotator{t: t, path: filepath.Join(dir, "eve.json"), dated: rapid.Bool().Draw(t, "dated")}
			r.must(os.Mkdir(dir, 0o700))
			r.writing = r.path
			r.write(1, false)
			var file *tail.File
			var in *bufio.Reader
			var stop context.CancelFunc
			read, offset, count := 0, int64(0), int64(0)
			var notices []tail.Notice
			open := func(from tail.Position) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				var err error
				file, err = tail.Open(ctx, r.path, from, func(n tail.Notice) {
					notices = append(notices, n)
					if n.Missing != 0 || n.Kind == tail.Gone {
						t.Fatalf("notice %+v", n)
					}
				})
				r.must(err)
				in, stop, offset, count = bufio.NewReaderSize(file, 4096), cancel, 0, 0
			}
			readTo := func(n int) {
				for read < n {
					line, err := in.ReadString('\n')
					if err != nil {
						t.Fatalf("line %d of %d: %v, notices %v", read+1, n, err, notices)
					}
					offset, count, read = offset+int64(len(line)), count+1, read+1
					if !strings.HasPrefix(line, fmt.Sprintf("line %d ", read)) {
						t.Fatalf("%.40q is read, want line %d", line, read)
					}
				}
			}
			whole := func() int {
				if r.half != "" {
					return r.written - 1
				}
				return r.written
			}
			open(tail.Position{})
			t.Repeat(map[string]func(*rapid.T){
				"write":    func(t *rapid.T) { r.write(rapid.IntRange(0, 30).Draw(t, "lines"), rapid.Bool().Draw(t, "half")) },
				"rename":   func(*rapid.T) { r.rename() },
				"open":     func(*rapid.T) { r.open() },
				"truncate": func(*rapid.T) { r.copyTruncate() },
				"pack":     func(t *rapid.T) { r.pack(rapid.IntRange(0, 3).Draw(t, "which")) },
				"read":     func(t *rapid.T) { readTo(rapid.IntRange(read, whole()).Draw(t, "to")) },
				"read all": func(*rapid.T) { readTo(whole()) },
				"restart": func(*rapid.T) {
					p := file.At(offset, count)
					stop()
					r.must(file.Close())
					if rapid.Bool().Draw(t, "while away") {
						r.write(3, false)
						r.rename()
						r.open()
						r.write(3, false)
						r.pack(0)
					}
					open(p)
				},
			})
			r.open()
			r.write(1, false)
			readTo(whole())
			p := file.At(offset, count)
			content, err := os.ReadFile(r.path)
			r.must(err)
			if p.Offset != int64(len(content)) || p.Line != int64(bytes.Count(content, []byte("\n"))) {
				t.Fatalf("the position is %+v in a file of %d bytes, %d lines", p, len(content), bytes.Count(content, []byte("\n")))
			}
			stop()
			r.must(file.Close())
		})
	})
}
