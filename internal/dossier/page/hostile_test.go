package page_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/dossier/page"
)

// prose replaces every text in the case that people write, also those that are
// checked today: the page does not lean on who calls it. Ids, enumerations and
// times stay, since they are what the case hangs together by.
func prose(v reflect.Value, write func() string) {
	keep := map[string]bool{"ID": true, "Case": true, "Finding": true, "Digest": true, "Previous": true, "Statement": true, "Evidence": true,
		"Hypothesis": true, "Replaces": true, "By": true, "Partner": true, "Policy": true, "Act": true, "Vote": true, "Kind": true, "Key": true}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if f.IsExported() && (!keep[f.Name] || f.Anonymous || v.Field(i).Kind() == reflect.Slice) {
				prose(v.Field(i), write)
			}
		}
	case reflect.Pointer:
		if !v.IsNil() {
			prose(v.Elem(), write)
		}
	case reflect.Slice:
		for i := range v.Len() {
			prose(v.Index(i), write)
		}
	case reflect.Map:
		if v.Type().Elem().Kind() == reflect.String {
			for _, k := range v.MapKeys() {
				v.SetMapIndex(k, reflect.ValueOf(write()))
			}
		}
	case reflect.String:
		if v.CanSet() && v.Type() == reflect.TypeFor[string]() && v.String() != "" {
			v.SetString(write())
		}
	}
}

var allowed = map[string]bool{
	"html": true, "head": true, "meta": true, "title": true, "style": true, "body": true, "main": true, "section": true, "article": true, "div": true,
	"h1": true, "h2": true, "h3": true, "h4": true, "p": true, "a": true, "bdi": true, "blockquote": true, "code": true, "details": true, "summary": true,
	"dl": true, "dt": true, "dd": true, "ul": true, "li": true, "span": true, "strong": true, "table": true, "caption": true, "thead": true, "tbody": true,
	"tr": true, "th": true, "td": true, "time": true,
}

var attributes = map[string]bool{
	"lang": true, "charset": true, "name": true, "content": true, "http-equiv": true, "class": true, "id": true, "href": true, "rel": true, "datetime": true, "scope": true,
}

// wellFormed says what is wrong with a page: an element or attribute that the
// template does not have, a tag that is not closed, a link to elsewhere than an
// anchor or the web, or that a browser would build another tree than is written.
func wellFormed(text []byte) error {
	var open []string
	z := html.NewTokenizer(strings.NewReader(string(text)))
	for {
		switch z.Next() {
		case html.ErrorToken:
			if len(open) > 0 {
				return fmt.Errorf("not closed: %v", open)
			}
			return roundTrip(string(text))
		case html.CommentToken:
			return fmt.Errorf("a comment: %s", z.Raw())
		case html.StartTagToken:
			token := z.Token()
			if !allowed[token.Data] {
				return fmt.Errorf("an element that the template does not have: %s", token)
			}
			for _, a := range token.Attr {
				if !attributes[a.Key] {
					return fmt.Errorf("an attribute that the template does not have: %s", token)
				}
				if a.Key == "href" && !strings.HasPrefix(a.Val, "#") && !strings.HasPrefix(a.Val, "http://") && !strings.HasPrefix(a.Val, "https://") {
					return fmt.Errorf("a link that leads neither into the page nor to the web: %s", token)
				}
			}
			if token.Data != "meta" {
				open = append(open, token.Data)
			}
		case html.EndTagToken:
			token := z.Token()
			if len(open) == 0 || open[len(open)-1] != token.Data {
				return fmt.Errorf("%s closes %v", token, open)
			}
			open = open[:len(open)-1]
		}
	}
}

// roundTrip holds what a browser builds, written again, against the text.
func roundTrip(text string) error {
	tree, err := html.Parse(strings.NewReader(text))
	if err != nil {
		return err
	}
	var b strings.Builder
	if err := html.Render(&b, tree); err != nil {
		return err
	}
	// Render writes void elements with a slash, other line ends at the top and at
	// the end, and every quotation mark as an entity; nothing else is different.
	same := func(text string) string {
		return html.UnescapeString(strings.NewReplacer("/>", ">", "\n", "").Replace(text))
	}
	if got, want := same(b.String()), same(text); got != want {
		i := 0
		for i < min(len(got), len(want)) && got[i] == want[i] {
			i++
		}
		return fmt.Errorf("a browser builds another tree, from byte %d: %.80q, written is %.80q", i, got[max(0, i-20):], want[max(0, i-20):])
	}
	return nil
}

func hidden(text []byte) error {
	for i, r := range string(text) {
		if r < 0x20 && r != '\n' || r >= 0x7F && r <= 0x9F || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 || r == 0x200E || r == 0x200F || r == 0x61C {
			return fmt.Errorf("%U stands in the page at byte %d", r, i)
		}
	}
	if !utf8.Valid(text) {
		return fmt.Errorf("the page is not UTF-8")
	}
	return nil
}

func TestPagesAreWellFormed(t *testing.T) {
	records := tale(t)
	for n := 1; n <= len(records); n++ {
		if err := wellFormed(page.Render(input(replay(t, records, n)))); err != nil {
			t.Errorf("the page of %d records: %v", n, err)
		}
	}
}

func TestNoTextGetsOutOfItsPlace(t *testing.T) {
	records := tale(t)
	plain := string(page.Render(input(replay(t, records, 0))))
	elements := strings.Count(plain, "<")
	links := strings.Count(plain, "rel=")
	rapid.Check(t, func(rt *rapid.T) {
		hostile := rapid.OneOf(
			rapid.SampledFrom([]string{
				"<script>alert(1)</script>", "</title></style><script src=//evil.example></script>", `" onmouseover="alert(1)`, "' autofocus onfocus='",
				"javascript:alert(1)", "data:text/html,<b>", "https://evil.example/\"><img src=x>", "&lt;b&gt;", "&#60;b>", "<!--", "-->", "]]>",
				"\u202Eesrever\u202C", "\u2066x\u2069", "a\r\nb\nc\rd", "\x00\x1b[31m\x7f\u0085", "\U000E0041tag", "\uFEFF\u200B", "</bdi></p></main>", "%s %d %!",
			}),
			rapid.String(),
		)
		c := replay(t, records, 0)
		prose(reflect.ValueOf(c).Elem(), func() string { return "x" + hostile.Draw(rt, "text") })
		text := page.Render(input(c))
		if err := wellFormed(text); err != nil {
			rt.Fatal(err)
		}
		if err := hidden(text); err != nil {
			rt.Fatal(err)
		}
		// No source is a link any more: each link is an element with its end.
		if got, want := strings.Count(string(text), "<"), elements-2*links; got != want {
			rt.Fatalf("%d tags, with harmless texts there are %d", got, want)
		}
	})
}

func TestOnlyTheWebBecomesALink(t *testing.T) {
	records := tale(t)
	for text, want := range map[string]string{
		"https://a.example/x?y=1&z=(2)#3": `<a href="https://a.example/x?y=1&amp;z=(2)#3" rel="noreferrer">`,
		"http://192.0.2.1/":               `<a href="http://192.0.2.1/" rel="noreferrer">`,
		"javascript:alert(1)":             "<dt>Source</dt><dd><bdi>javascript:alert(1)</bdi></dd>",
		"https://a.example/\n":            "<dt>Source</dt><dd><bdi>https://a.example/\n</bdi></dd>",
		"https://a.example/ b":            "<dt>Source</dt><dd><bdi>https://a.example/ b</bdi></dd>",
		"https://a.example/'":             "<dt>Source</dt><dd><bdi>https://a.example/&#39;</bdi></dd>",
		`"a" & 'b' <c>`:                   "<dt>Source</dt><dd><bdi>&#34;a&#34; &amp; &#39;b&#39; &lt;c&gt;</bdi></dd>",
		"a\r\nb\rc\x00":                   "<dt>Source</dt><dd><bdi>a\nb[U+000D]c[U+0000]</bdi></dd>",
		" https://a.example/":             "<dt>Source</dt><dd><bdi> https://a.example/</bdi></dd>",
		"https://\u202Egpj.exe":           "<dt>Source</dt><dd><bdi>https://[U+202E]gpj.exe</bdi></dd>",
	} {
		c := replay(t, records, 0)
		c.Evidence[0].Source = text
		if got := string(page.Render(input(c))); !strings.Contains(got, want) {
			t.Errorf("source %q: the page does not have %s", text, want)
		}
	}
}
