package feed_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/tocsin-project/tocsin/internal/feed"
)

func TestCompilers(t *testing.T) {
	compilers := map[string]func(io.Writer, feed.Set) error{
		"list.json": feed.JSON,
	}
	for name, compile := range compilers {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := compile(&out, effective(story()...)); err != nil {
				t.Fatal(err)
			}
			golden(t, name, out.Bytes())
			if err := compile(full{}, effective(story()...)); !errors.Is(err, errFull) {
				t.Errorf("on a full disk: %v", err)
			}
		})
	}
}

func TestJSONOfNothing(t *testing.T) {
	var out bytes.Buffer
	if err := feed.JSON(&out, effective()); err != nil {
		t.Fatal(err)
	}
	if want := "{\"protections\":[\n]}\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

var errFull = errors.New("no space left")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }
