package hub_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// key presses keys, as on a keyboard.
func (b *browser) key(keys string, modifiers ...chromedp.KeyOption) {
	b.t.Helper()
	b.do(chromedp.KeyEvent(keys, modifiers...))
}

// Everything is reached by keyboard: a page by its name, a thing by its name, a page
// by its letter.
func TestThePaletteInABrowser(t *testing.T) {
	h := startHub(t, "", openPages)
	b := openBrowser(t, h.URL())
	everyPath(h)
	b.open("/")
	b.await("p", "Live: this page follows by itself")
	b.do(chromedp.Focus(chromedp.CSS(".brand")))
	b.key("k", chromedp.KeyModifiers(chromedp.ModifierCtrl))
	b.await("span", "Playbooks")
	b.is("the field has the focus", `document.activeElement.getAttribute("role") === "combobox"`)
	b.is("the first is chosen", `document.getElementById(document.activeElement.getAttribute("aria-activedescendant")).textContent.startsWith("Now")`)
	b.look("palette")
	b.key(kb.Escape)
	b.is("the focus is back", `document.activeElement.className === "brand" && !document.querySelector("dialog").open`)

	b.key("?")
	b.key("lazarus")
	b.await("span", "Lazarus Group")
	b.look("palette-found")
	b.key(kb.ArrowDown)
	b.key(kb.ArrowUp)
	b.is("the thing is chosen", `document.querySelector("[aria-selected=true]").dataset.path.startsWith("/objects/intrusion-set--")`)
	b.key(kb.Enter)
	b.await("h1", "Lazarus Group")
	b.key("g")
	b.key("r")
	b.await("h1", "Partners")
	b.key("/")
	b.is("the search has the focus", `document.activeElement.name === "q"`)
	b.key("g?/") // are letters there
	b.is("what was typed is there", `document.activeElement.value.endsWith("g?/") && !document.querySelector("dialog").open`)
	b.quiet("the palette")

	b.open("/palette")
	b.press("Single letters off")
	b.await(`button[@aria-pressed="true"]`, "Single letters off")
	b.key("?")
	b.is("letters do nothing", `document.body.dataset.keys === "off" && !document.querySelector("dialog").open`)
	b.quiet("without letters")
}

// What was chosen holds on the next page, and without a script; as long as nothing
// is chosen the system's scheme holds.
func TestTheChosenColoursInABrowser(t *testing.T) {
	h := startHub(t, "", openPages)
	b := openBrowser(t, h.URL())
	const dark, light = `getComputedStyle(document.body).backgroundColor === "rgb(20, 23, 28)"`, `getComputedStyle(document.body).backgroundColor === "rgb(250, 250, 248)"`
	command(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.open("/partners")
	b.is("as the system", light)
	b.press("Dark")
	b.await(`button[@aria-pressed="true"]`, "Dark")
	b.is("chosen", dark)
	b.open("/")
	b.is("on the next page", dark)
	b.look("chosen-dark")
	command(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}})
	b.press("Light")
	b.await(`button[@aria-pressed="true"]`, "Light")
	b.is("against the system", light)
	b.press("As the system")
	b.await(`button[@aria-pressed="true"]`, "As the system")
	b.is("as the system again", dark)

	// Without a script, the menu.
	b.do(chromedp.Click(chromedp.Search(`//summary[text()="More"]`)))
	b.await("a", "Playbooks")
	b.do(chromedp.Click(chromedp.Search(`//details//a[text()="Playbooks"]`)))
	b.await("h1", "Playbooks")
	b.quiet("without a script")
}

// Whoever points at a time is told it in the zone of the browser.
func TestLocalTimesInABrowser(t *testing.T) {
	h := startHub(t, "", openPages)
	b := openBrowser(t, h.URL())
	command(b, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: "Pacific/Chatham"})
	everyPath(h)
	b.open("/partners")
	point := func(selector string) {
		t.Helper()
		box, err := chromedp.Run(b, chromedp.Evaluate[[]float64](fmt.Sprintf(`(() => { const e = document.querySelector(%q); e.scrollIntoView({block: "center"}); const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()`, selector)))
		if err != nil {
			t.Fatal(err)
		}
		b.do(chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, box[0], box[1]))
	}
	b.is("nothing is said yet", `!document.querySelector("td time").title.includes("GMT+")`)
	b.is("a title of the page's own", `window.before = document.querySelector("td time").title, true`)
	point("td time")
	b.is("the zone of Chatham", `/GMT\+1[23]:45/.test(document.querySelector("td time").title)`)
	b.is("what it said before is still said", `document.querySelector("td time").title.startsWith(window.before)`)
	point("h1")
	b.is("and is as it was", `document.querySelector("td time").title === window.before`)

	// A time that came later, by keyboard.
	b.is("a time is put in", `document.querySelector("h1").innerHTML = '<a href="#x">It is <time datetime="2017-05-12T07:00:00Z">7:00</time></a>', true`)
	b.do(chromedp.Focus(chromedp.CSS("h1 a")))
	b.is("is told as well", `document.querySelector("h1 time").title.includes("GMT+12:45")`)
	b.quiet("local times")
}

// wide lists what makes the page wider than the screen.
const wide = `document.documentElement.scrollWidth <= 320 ? "" : "width " + document.documentElement.scrollWidth + ": " +
	[...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > 320 && !e.closest(".scroll *")).map((e) => e.outerHTML.slice(0, 80)).slice(0, 8).join(" ")`

// small lists what can be hit and is less than 24 pixels high or wide. Links within
// text are as high as their line.
const small = `[...document.querySelectorAll("a,button,input:not([type=hidden]),select,textarea,summary")].filter((e) => e.checkVisibility() && getComputedStyle(e).display !== "inline" && !e.matches(".skip,input[type=checkbox],input[type=radio]"))
	.filter((e) => { const r = e.getBoundingClientRect(); return r.width < 24 || r.height < 24; }).map((e) => e.outerHTML.slice(0, 160)).join(" ")`

// text is what an expression gives in the page.
func (b *browser) text(expression string) string {
	b.t.Helper()
	got, err := chromedp.Run(b, chromedp.Evaluate[string](expression))
	if err != nil {
		b.t.Fatal(err)
	}
	return got
}
