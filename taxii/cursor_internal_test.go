package taxii

import (
	"encoding/base64"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Nobody outside can make the inside of a cursor: what is sealed is opened
// again, and what was sealed by another version of this program is refused.
func FuzzSealedCursor(f *testing.F) {
	f.Add("match%5Btype%5D=indicator&added_after=2017-05-12T07%3A44%3A00Z", "1000", 100, `{"filter":"","after":"","limit":1,"new":1}`)
	f.Add("match[other]=x", "\xff", -1, `[]`)
	h := &Handler{}
	at := place{root: "default", collection: Collection{ID: "c"}}
	f.Fuzz(func(t *testing.T, filter, after string, limit int, inside string) {
		c := cursor{Filter: filter, After: after, Limit: limit}
		if next, err := h.seal(c, at, objects); err == nil {
			got, _, err := h.open(next, at, objects)
			if err == nil && !cmp.Equal(c, got) || err != nil && !errors.Is(err, ErrCursor) {
				t.Errorf("%+v is opened as %+v, %v", c, got, err)
			}
		}
		aead, err := h.sealer()
		if err != nil {
			t.Fatal(err)
		}
		next := base64.RawURLEncoding.EncodeToString(aead.Seal(nil, nil, []byte(inside), resource(at, objects)))
		if _, _, err := h.open(next, at, objects); err != nil && !errors.Is(err, ErrCursor) {
			t.Errorf("%q: %v", inside, err)
		}
	})
}
