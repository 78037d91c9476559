package hub_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/tocsin-project/tocsin/internal/web"
)

// aBrowserful is how many pages one browser looks at before the next one begins: its
// time is bounded.
const aBrowserful = 25

// Each page that there is, found by following links, is for a thumb and works without
// a script, for whoever is shown it: a page that is added is looked at, or fails here
// because nothing leads to it.
func TestEveryPageThereIsInABrowser(t *testing.T) {
	h, token := stocked(t)
	looked := map[string]bool{}
	for _, who := range []struct{ name, token string }{{"coordinator", token}, {"administrator", adminToken}} {
		v := h.visitor(who.token)
		var from []string
		if who.token == token {
			from = []string{v.looksOver("one.bad.org\nno value\n"), "/search?q=Night&type=malware"}
		}
		found := v.roams(from...)
		maps.DeleteFunc(found, func(pattern, _ string) bool { return looked[pattern] })
		for pattern := range found {
			looked[pattern] = true
		}
		paths := slices.Sorted(maps.Values(found))
		if who.token == token {
			paths = append(paths, from...)
		}
		for part := range slices.Chunk(paths, aBrowserful) {
			t.Run(fmt.Sprintf("%s from %s", who.name, part[0]), func(t *testing.T) {
				b := openBrowser(t, h.URL())
				b.signIn(who.token)
				b.forAThumb(part)
				b.withoutScripts(part)
			})
		}
	}
	for _, pattern := range web.Paths() {
		if !looked[pattern] && noPages[pattern] == "" {
			t.Errorf("no link leads to %s, or nobody is shown it", pattern)
		}
	}
	for pattern := range noPages {
		if !slices.Contains(web.Paths(), pattern) {
			t.Errorf("there is no path %s any more", pattern)
		}
	}
}

// A guest is shown what is for guests in the same way.
func TestEveryPageIsForAThumbInABrowser(t *testing.T) {
	h := startHub(t, "", openPages)
	everyPath(h)
	v := h.visitor("")
	paths := slices.DeleteFunc(append(plain(), "/search?q=WannaCry"), func(path string) bool {
		_, shown := v.page(path)
		return !shown
	})
	if len(paths) < 20 {
		t.Fatalf("a guest is shown %q", paths)
	}
	b := openBrowser(t, h.URL())
	b.forAThumb(paths)
	b.do(chromedp.EmulateReset())
	b.open("/")
	for i := range 12 {
		b.key("\t")
		b.is(fmt.Sprintf("after %d tabs the focus is seen", i+1), `document.activeElement !== document.body && getComputedStyle(document.activeElement).outlineStyle !== "none"`)
	}
	b.quiet("the keyboard")
}

// forAThumb holds that no page has to be moved sideways on the narrowest screen
// (WCAG 2.2, 1.4.10), and that what is there to be hit is large enough (2.5.8).
func (b *browser) forAThumb(paths []string) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(320, 640, chromedp.EmulateMobile))
	for _, path := range paths {
		b.open(path)
		for what, list := range map[string]string{"wider than the screen": wide, "too small to be hit": small} {
			if found := b.text(list); found != "" {
				b.t.Errorf("GET %s: %s: %s", path, what, found)
			}
		}
		b.is(path+" has one heading", `document.querySelectorAll("h1").length === 1`)
	}
	b.quiet("on a telephone")
}

// withoutScripts holds that pages say what they are about without a script.
func (b *browser) withoutScripts(paths []string) {
	b.t.Helper()
	b.do(chromedp.EmulateReset())
	command(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	for _, path := range paths {
		b.open(path)
		b.await("h1", "")
	}
	b.quiet("without a script")
}
