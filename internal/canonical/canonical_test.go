package canonical_test

import (
	"testing"

	"github.com/tocsin-project/tocsin/internal/canonical"
)

func TestJSON(t *testing.T) {
	// RFC 8785, section 3.2: members sorted by UTF-16 code units, numbers as
	// ECMAScript writes them, no escape that is not needed.
	text, err := canonical.JSON(map[string]any{"b": 1e30, "a": 4.50, "\u20ac": "\u20ac\n<", "\U0001f600": 0.0, "\ufb33": nil})
	want := "{\"a\":4.5,\"b\":1e+30,\"\u20ac\":\"\u20ac\\n<\",\"\U0001f600\":0,\"\ufb33\":null}"
	if err != nil || string(text) != want {
		t.Errorf("%s, %v; want %s", text, err, want)
	}
	if _, err := canonical.JSON(map[string]any{"a": "\xff"}); err == nil {
		t.Error("what is not UTF-8 was written")
	}
}
