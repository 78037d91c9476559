package telemetry

import (
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// What is quickly taken for normal is what observable.New leaves as it is.
func checkQuick(t interface{ Fatalf(string, ...any) }, text string) {
	same := func(what string, typ observable.Type) {
		if v, err := observable.New(typ, text); err != nil || v.Text != text {
			t.Fatalf("%q is taken for %s; in full it is %v, %v", text, what, v, err)
		}
	}
	if isPlainName(text) {
		same("a plain name", observable.Domain)
	}
	if isPlainHost(text) {
		if v, err := observable.Host(text); err != nil || v.Type != observable.Domain || v.Text != text {
			t.Fatalf("%q is taken for a plain host; in full it is %v, %v", text, v, err)
		}
	}
	if len(text) == 40 && isLowerHex(text) {
		same("a hash", observable.SHA1)
	}
	if isPlainPath(text) {
		if v, err := observable.New(observable.URL, "http://a.example/"+text); err != nil || v.Text != "http://a.example/"+text {
			t.Fatalf("%q is taken for a plain path; in full it is %v, %v", text, v, err)
		}
	}
	a, ok := dotted(text)
	b, err := netip.ParseAddr(text)
	if ok != (err == nil && b.Is4()) || ok && a != b {
		t.Fatalf("%q is taken for %v, %v; in full it is %v, %v", text, a, ok, b, err)
	}
}

func TestQuickValues(t *testing.T) {
	for _, text := range []string{"", ".", "a.example", "a..example", ".a.example", "a.example.", "aaaaaaa..example", "aaaaaaaa.example", "aaaaaaa.example.", "A.example", "a_b.example", "aé.example-",
		"1.2.3.4", "1.2.3.04", "1.2.3.256", "1.2.3", "1.2.3.4.", ".1.2.3.4", "1..2.3", "255.255.255.255", "0.0.0.0", "00.0.0.0", "1.2.3.4:5", "1234.1.1.1", "1.2.3.4.5",
		strings.Repeat("a", 63), strings.Repeat("a", 64), strings.Repeat("a.", 31) + "a", strings.Repeat("0f", 20), strings.Repeat("0F", 20), strings.Repeat("0g", 20),
		"x?a=b#c", "x%41", "x%zz", "x y", "x\\y", "é", "x|y", "a/b//c;d,e=f&g:h@i!$'()*+~_-.", "x\x7f"} {
		checkQuick(t, text)
	}
	shapes := []*rapid.Generator[string]{
		rapid.StringMatching(`[a-z0-9./:_A-Zé-]{0,70}`), rapid.StringMatching(`[0-9]{0,4}(\.[0-9]{0,4}){2,4}`), rapid.StringMatching(`[0-9a-fF]{39,41}`), rapid.StringMatching(`[!-~]{0,20}`), rapid.String(),
		rapid.StringMatching(`[a-z]{0,9}\.[a-z]{0,9}\.[a-z]{0,9}\.?[a-z]{0,9}`),
	}
	rapid.Check(t, func(t *rapid.T) {
		for _, shape := range shapes {
			checkQuick(t, shape.Draw(t, "text"))
		}
	})
}

// There is a fast way for what sensors write, and it is taken.
func TestQuickValuesAreQuick(t *testing.T) {
	if !isPlainName("www.evil-site.example") || !isPlainHost("a.b.example") || isPlainHost("198.51.100.1") || !isLowerHex(strings.Repeat("09af", 8)) || !isPlainPath("/a/b?c=d&e=f") {
		t.Error("an ordinary value takes the slow way")
	}
}
