package shelf_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/catalog/shelf"
)

// stand is which of the versions stand, by the rule as it is written: of an
// owner's versions with the same id and time the last one, unless it is for the
// same audience as the one that stood.
func stand(all []placed, erased map[int]bool) []bool {
	type word struct {
		id       string
		modified int64
		owner    uint32
	}
	standing, stands := map[word]int{}, make([]bool, len(all))
	for i, p := range all {
		w := word{p.id, p.modified, everyTenth(p.audience)}
		was, any := standing[w]
		switch {
		case erased[i], any && all[was].audience == p.audience:
			continue
		case any:
			stands[was] = false
		}
		standing[w], stands[i] = i, true
	}
	return stands
}

func wantStanding(r *rapid.T, s *shelf.Shelf, all []placed, erased map[int]bool) {
	v := s.View()
	defer v.Close()
	want := stand(all, erased)
	for i, p := range all {
		if got := v.At(shelf.Number(i+1)).Flags&(shelf.Behind|shelf.Erased) == 0; got != want[i] {
			r.Fatalf("version %d of %d, %+v: it stands: %v, want %v", i+1, len(all), p, got, want[i])
		}
		if modified, err := v.Modified(shelf.Number(i + 1)); !erased[i] && (err != nil || modified != p.modified) {
			r.Fatalf("version %d is of %d, %v; want %d", i+1, modified, err, p.modified)
		}
	}
	for _, id := range []string{"one", "two"} {
		var got, want []shelf.Number
		n, err := v.Newest(shelf.KeyOf(id))
		for ; n != 0; n = v.At(n).Prev {
			if v.At(n).Flags&shelf.Erased == 0 {
				got = append(got, n)
			}
		}
		for i, p := range slices.Backward(all) {
			if p.id == id && !erased[i] {
				want = append(want, shelf.Number(i+1))
			}
		}
		if err != nil || !slices.Equal(got, want) {
			r.Fatalf("the versions of %q are %v, %v; want %v", id, got, err, want)
		}
	}
}

// Of an id with many versions in any order the same ones stand as of any other:
// after stages, some of which are dropped, moves and erasures, and when the
// files are opened again.
func TestManyVersionsOfAnID(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		path := filepath.Join(t.TempDir(), "shelf")
		s := open(t, path, shelf.Lengths{})
		var all []placed
		var lengths shelf.Lengths
		erased, moved := map[int]bool{}, map[shelf.Number]uint32{}
		for seq := uint64(1); seq <= 6; seq++ {
			var some []placed
			for n := rapid.IntRange(1, 120).Draw(r, "versions"); len(some) < n; {
				p := placed{
					seq: seq*1000 + uint64(len(some)), added: int64(len(all) + len(some)),
					id:       rapid.SampledFrom([]string{"one", "one", "one", "two"}).Draw(r, "id"),
					modified: rapid.Int64Range(0, 12).Draw(r, "modified"), audience: rapid.SampledFrom([]uint32{10, 11, 12, 20, 21}).Draw(r, "audience"),
				}
				p.raw = fmt.Sprint(p.id, p.modified)
				some = append(some, p)
			}
			if rapid.Bool().Draw(r, "dropped") {
				st := s.Stage(0)
				st.Begin(seq*1000, int64(len(all)))
				for _, p := range some {
					if _, err := st.Add(shelf.Version{Key: shelf.KeyOf(p.id), Modified: p.modified, Audience: p.audience}, []byte("dropped")); err != nil {
						r.Fatal(err)
					}
				}
				continue
			}
			lengths = put(t, s, some...)
			all = append(all, some...)
			gone, to := []shelf.Number{}, map[shelf.Number]uint32{}
			for _, i := range rapid.SliceOfN(rapid.IntRange(0, len(all)-1), 0, 20).Draw(r, "changed") {
				if n := shelf.Number(i + 1); rapid.Bool().Draw(r, "gone") {
					gone, erased[i] = append(gone, n), true
				} else {
					all[i].audience = everyTenth(all[i].audience)*10 + 9
					to[n], moved[n] = all[i].audience, all[i].audience
				}
			}
			s.Change(to, nil).Publish()
			c := s.Change(nil, gone)
			c.Publish()
			if err := c.Blank(); err != nil {
				r.Fatal(err)
			}
			wantStanding(r, s, all, erased)
		}
		again, err := shelf.Open(path, lengths, moved, everyTenth)
		if err != nil {
			r.Fatal(err)
		}
		defer again.Close()
		wantStanding(r, again, all, erased)
	})
}

// BenchmarkManyVersions adds the versions of one id, the newest first, and
// opens them again: the time for one must not grow with their number.
func BenchmarkManyVersions(b *testing.B) {
	for _, many := range []int{1000, 10_000, 100_000} {
		versions := make([]placed, many)
		for i := range versions {
			versions[i] = placed{seq: 1, id: "one", modified: int64(-i), audience: 10, raw: "{}"}
		}
		b.Run(fmt.Sprint(many), func(b *testing.B) {
			for b.Loop() {
				path := filepath.Join(b.TempDir(), "shelf")
				lengths := shelf.Lengths{}
				s := open(b, path, lengths)
				for some := range slices.Chunk(versions, 1000) {
					lengths = put(b, s, some...)
				}
				open(b, path, lengths)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*many), "ns/version")
		})
	}
}
