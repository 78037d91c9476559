package shelf_test

import (
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/catalog/shelf"
)

// related is a version, or a relationship between two ids that may have none.
type related struct{ id, source, target string }

// TestEnds has relationships found from both of their ends as by looking at all of them:
// after stages and erasures, and when the files are opened again. An id may be known by
// relationships alone, of which some are erased.
func TestEnds(t *testing.T) {
	ids := rapid.SampledFrom([]string{"a", "b", "c", "d", "e"})
	rapid.Check(t, func(r *rapid.T) {
		path := filepath.Join(t.TempDir(), "shelf")
		s := open(t, path, shelf.Lengths{})
		var all []related
		var lengths shelf.Lengths
		erased := map[int]bool{}
		for seq := range uint64(rapid.IntRange(1, 5).Draw(r, "stages")) {
			st := s.Stage(0)
			st.Begin(seq+1, int64(1000*seq))
			for range rapid.IntRange(0, 6).Draw(r, "versions") {
				one := related{id: ids.Draw(r, "id")}
				v := shelf.Version{Key: shelf.KeyOf(one.id), Audience: 10, Modified: int64(len(all))}
				if rapid.Bool().Draw(r, "relationship") {
					one.id, one.source, one.target = "between "+one.id, ids.Draw(r, "source"), ids.Draw(r, "target")
					v.Key, v.Source, v.Target, v.Flags = shelf.KeyOf(one.id), shelf.KeyOf(one.source), shelf.KeyOf(one.target), shelf.Relationship
				}
				if _, err := st.Add(v, []byte("{}")); err != nil {
					r.Fatal(err)
				}
				all = append(all, one)
			}
			lengths = st.Lengths()
			if err := st.Write(); err != nil {
				r.Fatal(err)
			}
			st.Publish()
			var gone []shelf.Number
			for i := range all {
				if rapid.IntRange(0, 3).Draw(r, "gone") == 0 {
					gone, erased[i] = append(gone, shelf.Number(i+1)), true
				}
			}
			c := s.Change(nil, gone)
			c.Publish()
			if err := c.Blank(); err != nil {
				r.Fatal(err)
			}
			wantEnds(r, s, all, erased)
		}
		wantEnds(r, open(t, path, lengths), all, erased)
	})
}

func wantEnds(r *rapid.T, s *shelf.Shelf, all []related, erased map[int]bool) {
	v := s.View()
	defer v.Close()
	for _, id := range []string{"a", "b", "c", "d", "e", "f"} {
		var got, want []shelf.Number
		for n, err := range v.Relationships(shelf.KeyOf(id)) {
			if err != nil {
				r.Fatal(err)
			}
			if v.At(n).Flags&shelf.Erased == 0 {
				got = append(got, n)
			}
		}
		for i, one := range slices.Backward(all) {
			for _, end := range []string{one.source, one.target} {
				if end == id && !erased[i] {
					want = append(want, shelf.Number(i+1))
				}
			}
		}
		if !slices.Equal(got, want) {
			r.Fatalf("the relationships of %q are %v, want %v", id, got, want)
		}
	}
}
