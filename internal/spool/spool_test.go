package spool_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/spool"
)

func open(t testing.TB, dir string, limits spool.Limits) *spool.Spool {
	t.Helper()
	s, err := spool.Open(dir, limits)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// inMemory is a folder in which fsync costs nothing, if there is one: for tests of
// what is done, over and over, and not of what survives.
func inMemory(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "tocsin-spool-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func reopen(t testing.TB, s *spool.Spool, dir string, limits spool.Limits) *spool.Spool {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return open(t, dir, limits)
}

func put(t testing.TB, s *spool.Spool, state string, items ...string) {
	t.Helper()
	var list [][]byte
	for _, i := range items {
		list = append(list, []byte(i))
	}
	if err := s.Append(list, []byte(state)); err != nil {
		t.Fatal(err)
	}
}

// drain delivers so many items, or all for -1.
func drain(t testing.TB, s *spool.Spool, n int) []string {
	t.Helper()
	got := []string{}
	for ; n != 0; n-- {
		id, item, err := s.Next()
		if errors.Is(err, spool.ErrEmpty) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(item))
		if err := s.Done(id); err != nil {
			t.Fatal(err)
		}
	}
	return got
}

func same[T any](t testing.TB, what string, want, got T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func segments(t testing.TB, dir string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(dir, "*.segment"))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestQueue(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "spool")
	s := open(t, dir, spool.Limits{})
	if _, _, err := s.Next(); !errors.Is(err, spool.ErrEmpty) || s.State() != nil {
		t.Errorf("a new spool: %v, state %q", err, s.State())
	}
	put(t, s, "s1", "one", "two")
	put(t, s, "s2", "", "three")
	id, item, err := s.Next()
	if id != 1 || string(item) != "one" || err != nil {
		t.Errorf("Next() = %d, %q, %v", id, item, err)
	}
	same(t, "the first", []string{"one"}, drain(t, s, 1))
	put(t, s, "s3") // a state alone
	s = reopen(t, s, dir, spool.Limits{})
	same(t, "state", "s3", string(s.State()))
	same(t, "waiting", 3, s.Len())
	put(t, s, "s4", "four")
	same(t, "the rest", []string{"two", "", "three", "four"}, drain(t, s, -1))
	same(t, "damage", nil, s.Damage())
	s = reopen(t, s, dir, spool.Limits{})
	same(t, "state", "s4", string(s.State()))
	same(t, "waiting", 0, s.Len())
	for range 5 {
		put(t, s, "longer state than before", []string{}...)
		put(t, s, "short", []string{}...)
	}
	s = reopen(t, s, dir, spool.Limits{})
	same(t, "state", "short", string(s.State()))
	put(t, s, "s5", "five")
	buffer := []byte("kept")
	if err := s.Append([][]byte{buffer}, buffer); err != nil {
		t.Fatal(err)
	}
	copy(buffer, "used again")
	s.State()[0] = 'x'
	same(t, "state", "kept", string(s.State()))
	if id, _, err := s.Next(); id != 6 || err != nil {
		t.Errorf("the sixth item has id %d, %v", id, err)
	}
}

func TestDoneIsForAllBefore(t *testing.T) {
	s := open(t, t.TempDir(), spool.Limits{})
	put(t, s, "", "one", "two", "three")
	for _, c := range []struct {
		id   uint64
		want int
	}{{2, 1}, {1, 1}, {2, 1}, {3, 0}} {
		if err := s.Done(c.id); err != nil {
			t.Fatal(err)
		}
		same(t, fmt.Sprintf("waiting after %d", c.id), c.want, s.Len())
	}
	if err := s.Done(4); err == nil || !strings.Contains(err.Error(), "there was none yet") {
		t.Errorf("an item that there was not is delivered: %v", err)
	}
}

func TestTheOldestGiveWay(t *testing.T) {
	dir := t.TempDir()
	limits := spool.Limits{Items: 3}
	s := open(t, dir, limits)
	put(t, s, "a", "1", "2")
	put(t, s, "b", "3", "4")
	id, _, err := s.Next()
	if id != 2 || err != nil {
		t.Fatal(id, err)
	}
	put(t, s, "c", "5", "6") // 2 gives way while it is being sent
	if err := s.Done(id); err != nil {
		t.Error(err)
	}
	same(t, "dropped", 3, s.Dropped())
	s = reopen(t, s, dir, limits)
	same(t, "dropped", 3, s.Dropped())
	same(t, "the rest", []string{"4", "5", "6"}, drain(t, s, -1))
	if err := s.Append(make([][]byte, 4), nil); !errors.Is(err, spool.ErrTooLarge) {
		t.Errorf("more items than there may be: %v", err)
	}
	same(t, "damage", nil, s.Damage())
}

func TestBytesAreBounded(t *testing.T) {
	dir := inMemory(t)
	limits := spool.Limits{Bytes: 10_000}
	s := open(t, dir, limits)
	text := strings.Repeat("x", 300)
	for i := range 1000 {
		put(t, s, text, fmt.Sprint(i)+text)
		if s.Bytes() > limits.Bytes {
			t.Fatalf("%d bytes after append %d", s.Bytes(), i)
		}
		var sum int64
		for _, name := range segments(t, dir) {
			info, err := os.Stat(name)
			if err != nil {
				t.Fatal(err)
			}
			sum += info.Size()
		}
		if sum != s.Bytes() {
			t.Fatalf("the segments have %d bytes, it says %d", sum, s.Bytes())
		}
	}
	same(t, "counted", 1000, s.Len()+int(s.Dropped()))
	if s.Len() < 10 {
		t.Errorf("only %d are left", s.Len())
	}
	s = reopen(t, s, dir, limits)
	same(t, "counted", 1000, s.Len()+int(s.Dropped()))
	left := drain(t, s, -1)
	same(t, "the newest", "999"+text, left[len(left)-1])
	same(t, "segments", 1, len(segments(t, dir)))
	if err := s.Append(nil, make([]byte, 10_000)); !errors.Is(err, spool.ErrTooLarge) {
		t.Errorf("a state that is too large: %v", err)
	}
	// One that fills it alone takes the place of everything.
	put(t, s, "s", "small")
	put(t, s, "s", strings.Repeat("y", 9_900))
	same(t, "waiting", 1, s.Len())
}

func TestOneOwner(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, spool.Limits{})
	if _, err := spool.Open(dir, spool.Limits{}); err == nil || !strings.Contains(err.Error(), "another process has it open") {
		t.Errorf("opened twice: %v", err)
	}
	reopen(t, s, dir, spool.Limits{})
}

func TestClosed(t *testing.T) {
	s := open(t, t.TempDir(), spool.Limits{})
	put(t, s, "s", "one")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, items := range [][][]byte{nil, {[]byte("x")}} {
		if err := s.Append(items, nil); !errors.Is(err, os.ErrClosed) {
			t.Errorf("append after close: %v", err)
		}
	}
	if _, _, err := s.Next(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("next after close: %v", err)
	}
	if _, err := spool.Open(t.TempDir(), spool.Limits{Items: -1}); err == nil {
		t.Error("a limit below nothing")
	}
}
