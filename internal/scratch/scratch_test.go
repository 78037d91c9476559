package scratch_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/tocsin-project/tocsin/internal/scratch"
)

// room has place for a megabyte, and a clock that the test sets.
func room(t *testing.T) (r *scratch.Room[string], dir string, now *time.Time) {
	t.Helper()
	dir, now = t.TempDir(), new(time.Time)
	*now = time.Date(2026, 5, 12, 3, 0, 0, 0, time.UTC)
	return scratch.NewRoom[string](dir, 1<<20, time.Hour, func() time.Time { return *now }), dir, now
}

func TestATextWaitsForItsOwner(t *testing.T) {
	r, dir, now := room(t)
	want := strings.Repeat("TLP:RED ", 20_000)
	kept, err := r.Keep("ann", iotest.HalfReader(strings.NewReader(want)), 1<<20)
	if err != nil || kept.Size != int64(len(want)) {
		t.Fatalf("%d bytes are kept: %v", kept.Size, err)
	}
	r.Note("ann", kept.ID, "from a file")
	if files, err := os.ReadDir(dir); err != nil || len(files) != 0 {
		t.Errorf("the folder shows %v, %v", files, err)
	}
	for range 2 {
		found, ok := r.Get("ann", kept.ID)
		if !ok || found.Note != "from a file" {
			t.Fatal("it is not there for its owner")
		}
		if got, err := io.ReadAll(found.Open()); err != nil || !bytes.Equal(got, []byte(want)) {
			t.Errorf("%d bytes come back: %v", len(got), err)
		}
	}
	for _, other := range [][2]string{{"bob", kept.ID}, {"ann", "another"}} {
		if _, ok := r.Get(other[0], other[1]); ok {
			t.Errorf("it is there for %v", other)
		}
	}
	*now = now.Add(time.Hour + time.Second)
	if _, ok := r.Get("ann", kept.ID); ok {
		t.Error("it is there after an hour")
	}
	if _, err := io.ReadAll(kept.Open()); err == nil {
		t.Error("what was dropped can be read")
	}
}

func TestTheRoomIsBounded(t *testing.T) {
	r, _, _ := room(t)
	broken := errors.New("the line broke")
	for name, c := range map[string]struct {
		text io.Reader
		want error
	}{
		"too long": {strings.NewReader(strings.Repeat("x", 101)), scratch.ErrLong},
		"too much": {strings.NewReader(strings.Repeat("x", 2<<20)), scratch.ErrFull},
		"broken":   {iotest.ErrReader(broken), broken},
	} {
		longest := int64(100)
		if name == "too much" {
			longest = 4 << 20
		}
		if _, err := r.Keep("ann", c.text, longest); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i, owner := range strings.Split("abcdefghijklmnop", "") { // 16 of 64 KiB, at least
		if _, err := r.Keep(owner, strings.NewReader("short"), 100); err != nil {
			t.Fatalf("text %d: %v", i, err)
		}
	}
	if _, err := r.Keep("q", strings.NewReader("short"), 100); !errors.Is(err, scratch.ErrFull) {
		t.Errorf("one more: %v", err)
	}
	first, err := r.Keep("a", strings.NewReader("in its place"), 100)
	if err != nil {
		t.Errorf("in the place of another: %v", err)
	}
	r.Drop("a")
	if _, ok := r.Get("a", first.ID); ok {
		t.Error("what was dropped is there")
	}
	if _, err := r.Keep("q", strings.NewReader("short"), 100); err != nil {
		t.Errorf("in the room of what was dropped: %v", err)
	}
}
