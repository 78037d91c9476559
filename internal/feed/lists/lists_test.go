package lists_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/feed/lists"
)

func TestCompilers(t *testing.T) {
	if s := story(); len(s.MustResolve()) != 1 || len(s.Left()) != 2 {
		t.Fatalf("the story has lost its must-resolve name: %v, left %v", s.MustResolve(), s.Left())
	}
	for name, compile := range lists.All {
		t.Run(name, func(t *testing.T) {
			text, left := compiled(t, compile, story())
			golden(t, name, withLeft(text, left))
			if again, _ := compiled(t, compile, story()); again != text {
				t.Error("the same set gives other bytes")
			}
			if text != "" && !strings.HasSuffix(text, "\n") {
				t.Error("the last line has no end")
			}
			if _, err := compile(full{}, story()); text != "" && !errors.Is(err, errFull) {
				t.Errorf("on a full disk: %v", err)
			}
		})
	}
}

// What a list holds must not be cut at a buffer's end.
func TestALongListIsWhole(t *testing.T) {
	s := large(20_000)
	text, _ := compiled(t, lists.All["block.txt"], s)
	if n := strings.Count(text, "\n"); n != len(s.Blocks()) {
		t.Errorf("%d lines of %d protections", n, len(s.Blocks()))
	}
}

var errFull = errors.New("no space left")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }
