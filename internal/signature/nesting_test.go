package signature_test

import (
	"strings"
	"testing"
)

// What readers of JSON in other languages stumble over is refused here, and what
// they do not is taken.
func TestClientDataThatReadersDisagreeOn(t *testing.T) {
	nested := func(depth int) string { return strings.Repeat("[", depth) + strings.Repeat("]", depth) }
	for name, c := range map[string]struct {
		value string
		holds bool
	}{
		"15 deep in it":          {nested(15), true},
		"16 deep in it":          {nested(16), false},
		"a great integer":        {strings.Repeat("9", 400), true},
		"half a surrogate pair":  {`"\ud800"`, false},
		"a whole surrogate pair": {`"\ud83d\ude00"`, true},
	} {
		p, message := newPasskey(t), []byte("a message")
		p.client = func(text string) string { return strings.TrimSuffix(text, "}") + `,"more":` + c.value + "}" }
		if err := p.public().Verify(message, p.sign(message)); (err == nil) != c.holds {
			t.Errorf("%s: %v", name, err)
		}
	}
}
