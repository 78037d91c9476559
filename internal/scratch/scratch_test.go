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
	limits := scratch.Limits{Most: 1 << 20, Share: 1 << 19, Patience: time.Hour, Arrival: time.Minute}
	return scratch.NewRoom[string](dir, limits, func() time.Time { return *now }), dir, now
}

// of is somebody of a house of the same name.
func of(name string) scratch.Owner { return scratch.Owner{House: name + " and sons", Name: name} }

func TestATextWaitsForItsOwner(t *testing.T) {
	r, dir, now := room(t)
	want := strings.Repeat("TLP:RED ", 20_000)
	kept, err := r.Keep(of("ann"), iotest.HalfReader(strings.NewReader(want)), 1<<20)
	if err != nil || kept.Size != int64(len(want)) {
		t.Fatalf("%d bytes are kept: %v", kept.Size, err)
	}
	r.Note(of("ann"), kept.ID, "from a file")
	if files, err := os.ReadDir(dir); err != nil || len(files) != 0 {
		t.Errorf("the folder shows %v, %v", files, err)
	}
	for range 2 {
		found, ok := r.Get(of("ann"), kept.ID)
		if !ok || found.Note != "from a file" {
			t.Fatal("it is not there for its owner")
		}
		if got, err := io.ReadAll(found.Open()); err != nil || !bytes.Equal(got, []byte(want)) {
			t.Errorf("%d bytes come back: %v", len(got), err)
		}
	}
	for _, other := range [][2]string{{"bob", kept.ID}, {"ann", "another"}} {
		if _, ok := r.Get(of(other[0]), other[1]); ok {
			t.Errorf("it is there for %v", other)
		}
	}
	*now = now.Add(time.Hour + time.Second)
	if _, ok := r.Get(of("ann"), kept.ID); ok {
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
		"too much": {strings.NewReader(strings.Repeat("x", 2<<20)), scratch.ErrShare},
		"broken":   {iotest.ErrReader(broken), broken},
	} {
		longest := int64(100)
		if name == "too much" {
			longest = 4 << 20
		}
		if _, err := r.Keep(of("ann"), c.text, longest); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i, owner := range strings.Split("abcdefghijklmnop", "") { // 16 of 64 KiB, at least
		if _, err := r.Keep(of(owner), strings.NewReader("short"), 100); err != nil {
			t.Fatalf("text %d: %v", i, err)
		}
	}
	if _, err := r.Keep(of("q"), strings.NewReader("short"), 100); !errors.Is(err, scratch.ErrFull) {
		t.Errorf("one more: %v", err)
	}
	first, err := r.Keep(of("a"), strings.NewReader("in its place"), 100)
	if err != nil {
		t.Errorf("in the place of another: %v", err)
	}
	r.Drop(of("a"))
	if _, ok := r.Get(of("a"), first.ID); ok {
		t.Error("what was dropped is there")
	}
	if _, err := r.Keep(of("q"), strings.NewReader("short"), 100); err != nil {
		t.Errorf("in the room of what was dropped: %v", err)
	}
}

// One house takes its share and no more, however many of its people send texts, and
// leaves the rest to others.
func TestTheRoomIsShared(t *testing.T) {
	r, _, _ := room(t)
	for i, name := range strings.Split("abcdefgh", "") { // 8 of 64 KiB are half of the room
		if _, err := r.Keep(scratch.Owner{House: "greedy", Name: name}, strings.NewReader("short"), 100); err != nil {
			t.Fatalf("text %d: %v", i, err)
		}
	}
	if _, err := r.Keep(scratch.Owner{House: "greedy", Name: "i"}, strings.NewReader("short"), 100); !errors.Is(err, scratch.ErrShare) {
		t.Errorf("one more of the same house: %v", err)
	}
	if _, err := r.Keep(of("ann"), strings.NewReader(strings.Repeat("x", 400<<10)), 1<<20); err != nil {
		t.Errorf("another house: %v", err)
	}
	r.Drop(scratch.Owner{House: "greedy", Name: "a"})
	if _, err := r.Keep(scratch.Owner{House: "greedy", Name: "i"}, strings.NewReader("short"), 100); err != nil {
		t.Errorf("in the room of a colleague's: %v", err)
	}
}

// While a text is on its way another of the same house is not taken in, and what is
// there stays; others send theirs. One that does not arrive ends.
func TestOneTextOfAHouseIsOnItsWay(t *testing.T) {
	r, _, now := room(t)
	colleague := scratch.Owner{House: of("ann").House, Name: "bob"}
	kept, err := r.Keep(colleague, strings.NewReader("there"), 100)
	if err != nil {
		t.Fatal(err)
	}
	tried := func() {
		if _, err := r.Keep(colleague, strings.NewReader("second"), 100); !errors.Is(err, scratch.ErrBusy) {
			t.Errorf("a second at the same time: %v", err)
		}
		if _, ok := r.Get(colleague, kept.ID); !ok {
			t.Error("a refused text drops the one that waits")
		}
		if _, err := r.Keep(of("eve"), strings.NewReader("another's"), 100); err != nil {
			t.Errorf("another house: %v", err)
		}
		*now = now.Add(time.Minute + time.Second)
	}
	if _, err := r.Keep(of("ann"), &slow{tried}, 100); !errors.Is(err, scratch.ErrSlow) {
		t.Errorf("a text that does not arrive: %v", err)
	}
	if _, err := r.Keep(colleague, strings.NewReader("second"), 100); err != nil {
		t.Errorf("after it: %v", err)
	}
}

// slow sends a byte at a time and never ends; before the first something happens.
type slow struct{ before func() }

func (s *slow) Read(b []byte) (int, error) {
	if s.before != nil {
		s.before()
		s.before = nil
	}
	b[0] = 'x'
	return 1, nil
}
