package hub_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// signInWith signs the browser in with a token.
func (b *browser) signInWith(token string) {
	b.t.Helper()
	b.open("/sign-in")
	b.do(chromedp.SendKeys(chromedp.CSS("#token"), token+"\r"))
	b.await("button", "Sign out")
}

func (b *browser) fill(field, text string) {
	b.t.Helper()
	b.do(chromedp.SendKeys(chromedp.CSS("#"+field), text))
}

func (b *browser) follow(link string) {
	b.t.Helper()
	b.do(chromedp.Click(chromedp.Search(fmt.Sprintf(`//main//a[text()=%q]`, link))))
}

// noScripts has the browser run none, or run them again.
func (b *browser) noScripts(off bool) {
	b.t.Helper()
	command(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: off})
}

// has has partners' engines say that a value is in force, all but the last one.
func (r *running) has(value string, tokens ...string) {
	r.t.Helper()
	id := protectionOf(r, value)
	for _, token := range tokens {
		r.post("/api/v1/receipts", token, map[string]any{"receipts": []map[string]any{{"protection": id, "outlet": "nft", "in_force": true, "at": time.Now().UTC()}}}, http.StatusNoContent)
	}
}

// A coordinator blocks a value after a look, everybody who watches sees it, and it is
// recalled after a question; what must answer outranks; automation is stopped and goes
// on. All of it works without JavaScript as well, but for what follows by itself.
func TestProtectionsInABrowser(t *testing.T) {
	h := startHub(t, "", openPages)
	var tokens []string
	for i, sector := range []string{"energy", "energy", "water", "health", "transport"} {
		_, token := h.partner(fmt.Sprint("Partner ", i), sector, "FR", "contributor")
		tokens = append(tokens, token)
	}
	_, coordinator := h.partner("CERT", "government", "FR", "coordinator")
	for i := range 6 {
		value := fmt.Sprintf("old%d.example", i)
		h.post("/api/v1/protections", adminToken, map[string]string{"value": value, "polarity": "block", "reason": "it serves the attack"}, http.StatusCreated)
		h.has(value, tokens[:i]...)
	}
	h.post("/api/v1/protections", adminToken, map[string]string{"value": "kill.example", "polarity": "must-resolve", "reason": "it stops the attack"}, http.StatusCreated)
	watching := openBrowser(t, h.URL())
	watching.open("/protections")
	watching.await("p", "Automation runs")
	watching.is("a mark on the window", `window.marked = true`)

	b := openBrowser(t, h.URL())
	b.signInWith(coordinator)
	b.open("/protections")
	b.follow("Add a protection")
	b.await("h1", "Add a protection")
	b.look("protection-new")
	b.fill("value", value)
	b.do(chromedp.Click(chromedp.CSS("#block")))
	b.fill("reason", "it serves the attack")
	b.press("Look what it will do")
	b.await("h2", "It will be blocked at once at 5 of 6 partners")
	b.look("protection-look")
	b.press("Block it")
	b.await("p", "Decided: it is on its way to the engines")
	watching.await("td", value)
	h.has(value, tokens[:3]...)
	b.await("td", "it has said nothing about it yet")
	b.look("why")
	b.quiet("adding")

	b.open("/protections")
	b.is("the picture has a cell for each sector", `document.querySelectorAll("svg.matrix .of").length === 8 * 5`)
	b.is("what a cell says", `[...document.querySelectorAll("svg.matrix title")].some((t) => t.textContent === "bad.example, energy: in force at 2 of 2")`)
	b.is("labels of the picture stand apart", strings.ReplaceAll(labelsApart, `"text"`, `"text:not(.column)"`)) // those of columns lean
	b.look("protections")
	b.follow("Show single partners")
	b.await("p", "By partner")
	b.is("a column for each partner", `document.querySelectorAll("svg.matrix .column").length === 6`)
	b.is("labels of the picture stand apart", strings.ReplaceAll(labelsApart, `"text"`, `"text:not(.column)"`)) // those of columns lean
	b.look("protections-partners")

	b.open("/protections/why?value=" + value)
	b.follow("Recall it")
	b.await("h1", "Recall bad.example?")
	b.await("li", "It ends at 3 partners")
	b.look("protection-recall")
	b.fill("reason", "it was taken down")
	b.press("Recall it")
	b.await("p", "Recalled: it is on its way to the engines")
	watching.is("the page was never loaded again", `window.marked`)
	watching.quiet("watching")

	b.noScripts(true)
	b.open("/protections/new?value=kill.example&polarity=block")
	b.fill("reason", "it looks bad")
	b.press("Look what it will do")
	b.await("p", "A name that must answer outranks every block")
	b.look("protection-conflict")
	b.quietBut("a conflict", "409")
	b.open("/protections/automation")
	b.do(chromedp.Click(chromedp.Search(`//summary[text()="Stop the whole hub's automation"]`)))
	b.fill("hub-reason", "the rule is wrong")
	b.press("Stop the whole hub's automation")
	b.await("h2", "Automation is stopped, for the whole hub")
	b.look("automation")
	b.noScripts(false)
	watching.await("h2", "Automation is stopped, for the whole hub")
	b.do(chromedp.Click(chromedp.Search(`//summary[text()="Have it go on"]`)), chromedp.SendKeys(chromedp.CSS(".stopped textarea"), "it was repaired"))
	b.press("Have it go on")
	b.await("p", "It goes on")
	watching.await("p", "Automation runs")
	b.open("/protections/refusals")
	b.await("div", "refused by guard must-resolve")
	b.look("refusals")
	b.quiet("the emergency stop")
}
