package rules_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/feed/rules"
)

func TestCompilers(t *testing.T) {
	if s := story(); len(s.MustResolve()) != 1 || len(s.Left()) != 2 {
		t.Fatalf("the story has lost its must-resolve name: %v, left %v", s.MustResolve(), s.Left())
	}
	for name, compile := range rules.All {
		t.Run(name, func(t *testing.T) {
			text, left := compiled(t, compile, story())
			golden(t, name, withLeft(text, left))
			if again, _ := compiled(t, compile, story()); again != text {
				t.Error("the same set gives other bytes")
			}
			if _, err := compile(full{}, story()); text != "" && !errors.Is(err, errFull) {
				t.Errorf("on a full disk: %v", err)
			}
			empty, left := compiled(t, compile, effective())
			if len(left) > 0 || strings.Contains(empty, "example") {
				t.Errorf("of nothing: %q, left %v", empty, left)
			}
		})
	}
}

var errFull = errors.New("no space left")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }
