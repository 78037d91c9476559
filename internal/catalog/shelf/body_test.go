package shelf_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/catalog/shelf"
)

// plain has no ReadFrom, so that everything is copied.
type plain struct{ io.Writer }

// A body is its pieces, whether they are sent as files or copied, and it may
// be written twice.
func TestBody(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "shelf"), shelf.Lengths{})
	var versions []placed
	for i := range 40 {
		versions = append(versions, placed{seq: 1, added: 1, id: fmt.Sprint(i), raw: fmt.Sprintf("%d:%s", i, strings.Repeat("x", i*1000))})
	}
	put(t, s, versions...)
	for name, numbers := range map[string][]shelf.Number{
		"nothing": {}, "one": {7}, "a run": {5, 6, 7, 8}, "all": nil, "every other": {1, 3, 5, 39}, "backwards": {40, 39, 38}, "own bytes between": {1, 0, 2, 3},
	} {
		if numbers == nil {
			for i := range versions {
				numbers = append(numbers, shelf.Number(i+1))
			}
		}
		body, want := s.Body(), []string{}
		v := s.View()
		for _, n := range numbers {
			if n == 0 {
				body.AddBytes([]byte("own"))
				want = append(want, "own")
				continue
			}
			if err := body.Add(v, n); err != nil {
				t.Fatal(err)
			}
			want = append(want, versions[n-1].raw)
		}
		v.Close()
		for _, direct := range []bool{true, false} {
			var got bytes.Buffer
			w := io.Writer(&got)
			if !direct {
				w = plain{&got}
			}
			n, err := body.WriteTo(w)
			if err != nil || n != body.Len() || got.String() != strings.Join(want, ",") {
				t.Errorf("%s, direct %v: %d of %d bytes, %v, got %.60q", name, direct, n, body.Len(), err, got.String())
			}
		}
		if err := body.Close(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// failing takes some bytes and no more.
type failing struct{ left int }

var errFull = errors.New("full")

func (f *failing) Write(b []byte) (int, error) {
	if f.left -= len(b); f.left < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func TestBodyToAWriterThatFails(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "shelf"), shelf.Lengths{})
	put(t, s, placed{seq: 1, added: 1, id: "1", raw: strings.Repeat("x", 1<<20)})
	body, v := s.Body(), s.View()
	if err := body.Add(v, 1); err != nil {
		t.Fatal(err)
	}
	v.Close()
	if n, err := body.WriteTo(&failing{300 << 10}); !errors.Is(err, errFull) || n != 256<<10 {
		t.Errorf("%d bytes, %v", n, err)
	}
	if err := body.Close(); err != nil {
		t.Error(err)
	}
}
