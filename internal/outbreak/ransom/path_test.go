package ransom

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/zeebo/xxh3"
)

func readPath(t testing.TB, text string) (*path, bool) {
	t.Helper()
	var p path
	_, ok := p.read(make([]byte, 0, maxPath+1), text)
	return &p, ok
}

func TestPaths(t *testing.T) {
	long := strings.Repeat("x", 300)
	for _, test := range []struct{ text, whole, name, extension string }{
		{`C:\Users\A\Report.DOCX`, "c:/users/a/report.docx", "report.docx", "docx"},
		{`c:/users//a/\report.docx`, "c:/users/a/report.docx", "report.docx", "docx"},
		{`\\?\C:\Users\A\x.wncry`, "c:/users/a/x.wncry", "x.wncry", "wncry"},
		{`\??\C:\Users\A\x.wncry`, "c:/users/a/x.wncry", "x.wncry", "wncry"},
		{`\\SRV\docs\7\x.wncry`, "//srv/docs/7/x.wncry", "x.wncry", "wncry"},
		{`\\?\UNC\SRV\docs\7\x.wncry`, "//srv/docs/7/x.wncry", "x.wncry", "wncry"},
		{`docs\7\x.wncry`, "docs/7/x.wncry", "x.wncry", "wncry"},
		{`C:\a\x.exe:Zone.Identifier`, "c:/a/x.exe", "x.exe", "exe"},
		{`\\SRV\a\x.exe:s:$DATA`, "//srv/a/x.exe", "x.exe", "exe"},
		{"/home/a/12:30 notes.txt", "/home/a/12:30 notes.txt", "12:30 notes.txt", "txt"},
		{"//home///a/x.Txt", "/home/a/x.txt", "x.txt", "txt"},
		{"/home/a/.profile", "/home/a/.profile", ".profile", ""},
		{"/home/a/.profile.wncry", "/home/a/.profile.wncry", ".profile.wncry", "wncry"},
		{"/home/a/x.", "/home/a/x.", "x.", ""},
		{"/home/a.b/x", "/home/a.b/x", "x", ""},
		{"x.\xff\xfe", "x.\xff\xfe", "x.\xff\xfe", "\xff\xfe"},
		{"/a/x." + long, "/a/x." + long, "x." + long, ""},
		{"x", "x", "x", ""},
		{"/a/Ü.Ä", "/a/Ü.Ä", "Ü.Ä", "Ä"}, // letters other than ASCII's stay as they are
		{"", "", "", ""},
		{"/", "", "", ""},
		{"C:", "", "", ""},
		{`C:\`, "", "", ""},
		{`C:\Users\`, "", "", ""},
		{"/home/a/..", "", "", ""},
		{".", "", "", ""},
		{strings.Repeat("a", maxPath+1), "", "", ""},
	} {
		p, ok := readPath(t, test.text)
		if ok != (test.whole != "") {
			if test.text != "C:" {
				t.Errorf("%.40q: %v", test.text, ok)
			}
			continue
		}
		if ok && (string(p.text) != test.whole || string(p.name()) != test.name || string(p.extension()) != test.extension) {
			t.Errorf("%.40q: %q %q %q", test.text, p.text, p.name(), p.extension())
		}
	}
}

func TestFormerExtensions(t *testing.T) {
	for text, want := range map[string]string{
		"a.docx":                              "docx",
		"a.docx.wncry":                        "docx",
		"a.tar.gz":                            "gz",
		"a.docx.id-7.[x@y.example].wncry":     "docx",
		"a.1.2.3.4.5.6.7.8.9.docx.wncry":      "wncry", // not looked at so far in
		"a..pdf.x":                            "pdf",
		"a":                                   "",
		"docx.wncry":                          "wncry", // "docx" is the name
		".docx.wncry":                         "wncry", // and here
		"a.docxdocxdocxdocxdocxdocx.pdf.q7x9": "pdf",
	} {
		p, ok := readPath(t, "/x/"+text)
		want := map[bool]uint64{true: xxh3.HashString(want)}[want != ""]
		if !ok || p.former() != want {
			t.Errorf("%s: %v %x, want %x", text, ok, p.former(), want)
		}
	}
}

func TestNumbering(t *testing.T) {
	for text, want := range map[string]bool{
		"1": true, "42": true, "20170512": true, "2017-05-12": true, "20170512_074500": true, "~": true, "~3~": true, "docx~": true,
		"bak1": true, "old-20170512": true, "tmp2": true, "orig_2": true,
		"777": false, "1234": false, "wncry": false, "bak": false, "v2": false, "locked": false, "20170512z": false, "x1": false, "-": true,
	} {
		if got := isNumbering([]byte(text)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

// What is listed twice would be of the last kind only.
func TestKindsAreToldApart(t *testing.T) {
	words := 0
	for _, list := range kindWords {
		words += len(strings.Fields(list))
	}
	if len(kinds) != words || words < 500 {
		t.Errorf("%d extensions are listed and %d told apart", words, len(kinds))
	}
	for _, text := range []string{"wncry", "wncryt", "wcry", "locked", "enc", "encrypted", "crypt", "lockbit", "conti", "ryk", "akira", "eking", "777"} {
		if k := kinds[xxh3.HashString(text)]; k != unknown {
			t.Errorf("%s, which ransomware uses, is known as %d", text, k)
		}
	}
}

func FuzzPath(f *testing.F) {
	for _, text := range []string{`\\?\UNC\a\b.c`, `\??\C:\a:b`, "/a/../b", "a.b.c.d.", `\\\\\`, "\x00.\xff", "C:x", "//./a", strings.Repeat("a.", 99)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, ok := readPath(t, text)
		if !ok {
			return
		}
		if len(p.text) > len(text)+1 || p.base > len(p.text) || p.dot < p.base || p.dot > len(p.text) || len(p.name()) == 0 || strings.ContainsAny(string(p.name()), `/\`) || len(p.extension()) > maxExtension {
			t.Fatalf("%q is %q, name at %d, extension at %d", text, p.text, p.base, p.dot)
		}
		if former, end, ok := p.inner(); ok && (end <= p.base || end >= len(p.text) || kinds[former] != content) {
			t.Fatalf("%q: the original's path ends at %d", text, end)
		}
		if again, ok := readPath(t, string(p.text)); !strings.Contains(text, ":") && !strings.HasPrefix(string(p.text), "//") && (!ok || string(again.text) != string(p.text)) {
			t.Fatalf("%q is %q, and that is %q", text, p.text, again.text)
		}
		if s := shown(p.name(), maxNote); !utf8.ValidString(s) || len(s) > maxNote || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Fatalf("%q is not printable", s)
		}
	})
}
