package shelf_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/catalog/shelf"
)

// everyTenth is the owner of an audience in the tests.
func everyTenth(audience uint32) uint32 { return audience / 10 }

func open(t testing.TB, path string, committed shelf.Lengths) *shelf.Shelf {
	t.Helper()
	s, err := shelf.Open(path, committed, nil, everyTenth)
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

// placed is a version as a test puts it on the shelf.
type placed struct {
	seq      uint64
	added    int64
	id       string
	modified int64
	audience uint32
	raw      string
}

// put puts versions on the shelf in one stage, and says what they were.
func put(t testing.TB, s *shelf.Shelf, versions ...placed) shelf.Lengths {
	t.Helper()
	st := s.Stage(0)
	seq := uint64(0)
	for _, p := range versions {
		if p.seq != seq {
			st.Begin(p.seq, p.added)
			seq = p.seq
		}
		if _, err := st.Add(shelf.Version{Key: shelf.KeyOf(p.id), Modified: p.modified, Audience: p.audience}, []byte(p.raw)); err != nil {
			t.Fatal(err)
		}
	}
	lengths := st.Lengths()
	if err := st.Write(); err != nil {
		t.Fatal(err)
	}
	st.Publish()
	return lengths
}

// The places, times and entries of versions are found as by looking at all of
// them, before and after the files are opened again.
func TestPlaces(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		path := filepath.Join(t.TempDir(), "shelf")
		s := open(t, path, shelf.Lengths{})
		var all []placed
		var lengths shelf.Lengths
		seq, added := uint64(0), int64(100)
		for range rapid.IntRange(1, 5).Draw(r, "stages") {
			var some []placed
			for range rapid.IntRange(0, 4).Draw(r, "entries") {
				seq += rapid.Uint64Range(1, 3).Draw(r, "gap")
				added += rapid.Int64Range(0, 3).Draw(r, "pause")
				for range rapid.IntRange(0, 3).Draw(r, "versions") {
					some = append(some, placed{seq: seq, added: added, id: fmt.Sprint(len(all) + len(some)), raw: fmt.Sprint("raw ", len(all)+len(some))})
					added++
				}
			}
			lengths = put(t, s, some...)
			all = append(all, some...)
		}
		for _, s := range []*shelf.Shelf{s, open(t, path, lengths)} {
			checkPlaces(r, s, all, seq, added)
		}
	})
}

func checkPlaces(r *rapid.T, s *shelf.Shelf, all []placed, seq uint64, added int64) {
	v := s.View()
	defer v.Close()
	if int(v.Len()) != len(all) {
		r.Fatalf("%d versions, want %d", v.Len(), len(all))
	}
	ordinals := map[uint64]uint32{}
	for i, p := range all {
		n := shelf.Number(i + 1)
		ordinals[p.seq]++
		gotSeq, ordinal, at := v.Place(n)
		if gotSeq != p.seq || ordinal != ordinals[p.seq] || at != p.added {
			r.Fatalf("version %d is at %d, %d, %d; want %+v", n, gotSeq, ordinal, at, p)
		}
		raw, err := v.Raw(n)
		newest, found := v.Newest(shelf.KeyOf(p.id))
		if err != nil || found != nil || string(raw) != p.raw || newest != n {
			r.Fatalf("version %d is %q, %v, and the newest of its id is %d, %v", n, raw, err, newest, found)
		}
		if got := v.After(p.seq, ordinal); got != n {
			r.Fatalf("version %d is found at %d", n, got)
		}
	}
	last := func(before func(placed) bool) (n shelf.Number) {
		for _, p := range all {
			if before(p) {
				n++
			}
		}
		return n
	}
	for q := range seq + 3 {
		if got, want := v.After(q, 0), last(func(p placed) bool { return p.seq < q }); got != want {
			r.Fatalf("before entry %d: %d, want %d", q, got, want)
		}
		if got, want := v.After(q, 1<<20-1), last(func(p placed) bool { return p.seq <= q }); got != want {
			r.Fatalf("after entry %d: %d, want %d", q, got, want)
		}
		first, end := v.Entry(q)
		if got, want := int(end)-int(first)+1, int(ordinals[q]); got != want {
			r.Fatalf("entry %d has %d versions, want %d", q, got, want)
		}
	}
	for at := int64(99); at <= added+1; at++ {
		if got, want := v.AddedBy(at), last(func(p placed) bool { return p.added <= at }); got != want {
			r.Fatalf("added by %d: %d, want %d", at, got, want)
		}
	}
}

// A stage that is dropped leaves nothing, in memory or, after the next one, in
// the files.
func TestDroppedStage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shelf")
	s := open(t, path, shelf.Lengths{})
	put(t, s, placed{seq: 1, added: 1, id: "1", audience: 10, raw: "first"})
	dropped := s.Stage(0)
	dropped.Begin(2, 5)
	for _, id := range []string{"1", "2"} {
		if _, err := dropped.Add(shelf.Version{Key: shelf.KeyOf(id), Audience: 11}, []byte("dropped")); err != nil {
			t.Fatal(err)
		}
	}
	if err := dropped.Write(); err != nil {
		t.Fatal(err)
	}
	lengths := put(t, s, placed{seq: 2, added: 5, id: "3", audience: 10, raw: "second"})
	for _, s := range []*shelf.Shelf{s, open(t, path, lengths)} {
		v := s.View()
		var got []string
		for n := range v.Len() {
			raw, err := v.Raw(n + 1)
			got = append(got, fmt.Sprint(string(raw), v.At(n+1).Flags&(shelf.Behind|shelf.Contested), err))
		}
		if want := []string{"first0 <nil>", "second0 <nil>"}; !slices.Equal(got, want) {
			t.Errorf("there is %v, want %v", got, want)
		}
		if n, err := v.Newest(shelf.KeyOf("2")); n != 0 || err != nil {
			t.Errorf("what was dropped is found at %d, %v", n, err)
		}
		v.Close()
	}
}

func TestDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shelf")
	lengths := put(t, open(t, path, shelf.Lengths{}), placed{seq: 1, added: 1, id: "1", raw: "first"})
	for _, more := range []shelf.Lengths{{Versions: lengths.Versions + 1, Bytes: lengths.Bytes}, {Versions: lengths.Versions, Bytes: lengths.Bytes + 1}, {Versions: lengths.Versions, Bytes: 2}} {
		if _, err := shelf.Open(path, more, nil, everyTenth); !errors.Is(err, shelf.ErrDamaged) {
			t.Errorf("%+v: %v", more, err)
		}
		if err := os.WriteFile(path+".bytes", []byte("first,"), 0o600); err != nil { // what the last one cut off
			t.Fatal(err)
		}
	}
}
