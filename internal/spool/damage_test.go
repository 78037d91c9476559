package spool_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/spool"
)

// damaged has ten records of one item each in one segment, whose bytes change
// changes.
func damaged(t *testing.T, change func(segment []byte) []byte) (*spool.Spool, string) {
	t.Helper()
	dir := t.TempDir()
	s := open(t, dir, spool.Limits{})
	for i := range 10 {
		put(t, s, fmt.Sprintf("state %d", i), fmt.Sprintf("item %d", i))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	path := segments(t, dir)[0]
	data, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, change(data), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return open(t, dir, spool.Limits{}), path
}

const recordLength = 60 + 8 + 6 + 7

func TestDamage(t *testing.T) {
	var all []string
	for i := range 10 {
		all = append(all, fmt.Sprintf("item %d", i))
	}
	flip := func(at int) func([]byte) []byte {
		return func(b []byte) []byte { b[at] ^= 0x10; return b }
	}
	for _, c := range []struct {
		name   string
		change func([]byte) []byte
		want   []string
		state  string
		damage []spool.Damage
	}{
		{"none", func(b []byte) []byte { return b }, all, "state 9", nil},
		{"in a marker", flip(3 * recordLength), slices.Delete(slices.Clone(all), 3, 4), "state 9",
			[]spool.Damage{{Offset: 3 * recordLength, Length: recordLength, Items: 1}}},
		{"in a length", flip(3*recordLength + 48), slices.Delete(slices.Clone(all), 3, 4), "state 9",
			[]spool.Damage{{Offset: 3 * recordLength, Length: recordLength, Items: 1}}},
		{"in an item", flip(4*recordLength + 70), slices.Delete(slices.Clone(all), 4, 5), "state 9",
			[]spool.Damage{{Offset: 4 * recordLength, Length: recordLength, Items: 1}}},
		{"twice", func(b []byte) []byte { return flip(1 * recordLength)(flip(7*recordLength + 80)(b)) },
			slices.Delete(slices.Delete(slices.Clone(all), 7, 8), 1, 2), "state 9",
			[]spool.Damage{{Offset: recordLength, Length: recordLength, Items: 1}, {Offset: 7 * recordLength, Length: recordLength, Items: 1}}},
		{"a hole", func(b []byte) []byte { clear(b[2*recordLength+10 : 5*recordLength+1]); return b },
			slices.Delete(slices.Clone(all), 2, 6), "state 9",
			[]spool.Damage{{Offset: 2 * recordLength, Length: 4 * recordLength, Items: 4}}},
		{"at the beginning", flip(0), all[1:], "state 9", []spool.Damage{{Length: recordLength, Items: 1}}},
		{"a torn tail", func(b []byte) []byte { return b[:10*recordLength-1] }, all[:9], "state 8",
			[]spool.Damage{{Offset: 9 * recordLength, Length: recordLength - 1, Torn: true}}},
		{"zeroes at the end", func(b []byte) []byte { return append(b, make([]byte, 4096)...) }, all, "state 9",
			[]spool.Damage{{Offset: 10 * recordLength, Length: 4096, Torn: true}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, path := damaged(t, c.change)
			for i := range c.damage {
				c.damage[i].Path = path
			}
			same(t, "damage", c.damage, s.Damage())
			for _, d := range s.Damage() {
				if !strings.Contains(d.String(), fmt.Sprint(d.Offset)) {
					t.Errorf("it says %q", d)
				}
			}
			same(t, "state", c.state, string(s.State()))
			put(t, s, "after", "more")
			same(t, "items", append(slices.Clone(c.want), "more"), drain(t, s, -1))
		})
	}
}

// Bytes that rot while the spool is open are noticed when they are read.
func TestDamageWhileOpen(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, spool.Limits{})
	put(t, s, "s", "one", "two", "three")
	path := segments(t, dir)[0]
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := strings.Index(string(data), "two")
	data[at] = 'T'
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	same(t, "items", []string{"one", "three"}, drain(t, s, -1))
	same(t, "damage", []spool.Damage{{Path: path, Offset: int64(at), Length: 3, Items: 1}}, s.Damage())
}

func TestAMissingSegment(t *testing.T) {
	dir := t.TempDir()
	limits := spool.Limits{Bytes: 100_000}
	s := open(t, dir, limits)
	for i := range 20 {
		put(t, s, "s", fmt.Sprint(i, strings.Repeat("x", 2000)))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	paths := segments(t, dir)
	if len(paths) < 3 {
		t.Fatalf("there are only %d segments", len(paths))
	}
	if err := os.Remove(paths[1]); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, limits)
	lost := 20 - s.Len()
	same(t, "damage", []spool.Damage{{Path: paths[2], Items: uint64(lost)}}, s.Damage())
	if lost == 0 || !strings.Contains(s.Damage()[0].String(), "a segment is missing") {
		t.Errorf("%d are lost, it says %q", lost, s.Damage())
	}
}

// An append that failed half-way, and whose rest could not be cut off either, is
// made again with the same number: the second one counts.
func TestARecordMadeAgainReplacesTheFirst(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	s := open(t, dir, spool.Limits{})
	put(t, s, "s1", "one")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(other, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	a, b := open(t, dir, spool.Limits{}), open(t, other, spool.Limits{})
	put(t, a, "s2", "two", "three")
	put(t, b, "s2 again", "two again")
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	// The second segment of the same spool: its name has the next number.
	from := segments(t, other)[0]
	to := strings.Replace(strings.Replace(from, other, dir, 1), "0000000000000001-", "0000000000000002-", 1)
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, spool.Limits{})
	same(t, "damage", nil, s.Damage())
	same(t, "state", "s2 again", string(s.State()))
	same(t, "items", []string{"one", "two again"}, drain(t, s, -1))
}

// A state that is broken off while it is written leaves the one before.
func TestATornState(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, spool.Limits{})
	put(t, s, "with an item", "one")
	for _, state := range []string{"first", "second", "third"} {
		put(t, s, state)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct{ torn, left string }{{"third", "second"}, {"second", "with an item"}} {
		for _, name := range []string{"state-0", "state-1"} {
			path := filepath.Join(dir, name)
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(string(text), want.torn) {
				if err := os.Truncate(path, int64(len(text)-1)); err != nil {
					t.Fatal(err)
				}
			}
		}
		s = reopen(t, s, dir, spool.Limits{})
		same(t, "state without "+want.torn, want.left, string(s.State()))
	}
	put(t, s, "after")
	s = reopen(t, s, dir, spool.Limits{})
	same(t, "state", "after", string(s.State()))
}
