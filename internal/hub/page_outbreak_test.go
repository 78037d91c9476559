package hub_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// outbreakLooks takes pictures of an outbreak's page into the folder of TOCSIN_LOOK,
// for people to look at.
func outbreakLooks(b *browser, name string) {
	dir := os.Getenv("TOCSIN_LOOK")
	if dir == "" {
		return
	}
	b.t.Helper()
	for _, width := range []int64{1280, 360} {
		for _, scheme := range []string{"light", "dark"} {
			b.do(chromedp.EmulateViewport(width, 900))
			command(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
			picture, err := chromedp.Run(b, chromedp.FullScreenshot(100))
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%d-%s.png", name, width, scheme)), picture, 0o600)
			}
			if err != nil {
				b.t.Fatal(err)
			}
		}
	}
	b.do(chromedp.EmulateReset())
	command(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{})
}

// rung is a hub with an outbreak, and the moments of what happened.
func rung(t *testing.T) (h *running, id string, tokens []string, heard time.Time) {
	h = startHub(t, "", openPages)
	for i, sector := range []string{"energy", "water", "mining"} {
		_, token := h.partner(fmt.Sprint("Partner ", i), sector, "FR", "contributor")
		tokens = append(tokens, token)
	}
	h.scans(tokens...)
	var list struct {
		Outbreaks []struct {
			ID string `json:"id"`
		} `json:"outbreaks"`
	}
	h.until("the alarm rings", func() bool {
		h.get("/api/v1/outbreaks", adminToken, &list)
		return len(list.Outbreaks) == 1
	})
	return h, list.Outbreaks[0].ID, tokens, time.Now()
}

const slider = `document.getElementById("when-slider")`

// The page of an outbreak follows what happens; its slider, moved by keys, shows what
// the hub knew at another moment, and so do the field and the links without JavaScript.
func TestAnOutbreakInABrowser(t *testing.T) {
	h, id, tokens, heard := rung(t)
	b := openBrowser(t, h.URL())
	page := "/outbreaks/" + id
	b.open("/outbreaks")
	b.await("a", "Spreading attack at 3 partners")
	b.quiet("the list")
	b.open(page)
	b.await("h1", "Spreading attack at 3 partners")
	b.await("p", "Live: this page follows by itself")
	b.is("a mark on the window", `window.marked = true`)
	h.until("a second passes", func() bool { return time.Since(heard) > 2*time.Second }) // the slider counts seconds
	h.post("/api/v1/protections", adminToken, map[string]string{"value": value, "polarity": "block", "reason": "it serves the attack; see " + id}, http.StatusCreated)
	b.await("td", value)
	b.await("li", "put a protection in force")
	for _, token := range tokens {
		h.post("/api/v1/receipts", token, map[string]any{"receipts": []map[string]any{{"protection": protectionOf(h, value), "outlet": "files", "in_force": true, "at": time.Now().UTC()}}}, http.StatusNoContent)
	}
	b.await(`td[starts-with(normalize-space(.), "3")]`, "3 of 3") // and not fewer
	b.is("the page was never loaded again", `window.marked`)
	outbreakLooks(b, "outbreak")
	b.quiet("an outbreak, live")

	b.open(page)
	b.is("the slider is there", slider+`.getBoundingClientRect().width > 100`)
	b.do(chromedp.Focus(chromedp.CSS("#when-slider")), chromedp.SendKeys(chromedp.CSS("#when-slider"), kb.Home))
	b.await("strong", "what the hub knew then")
	b.await("h1", "Spreading attack at 3 partners")
	b.await("p", "None belongs to it that you may see")
	b.is("the slider has the focus", `document.activeElement === `+slider)
	b.is("a moment of the past does not follow", `!document.querySelector("main").hasAttribute("data-live")`)
	b.is("nothing can be done", `!document.querySelector("main form[method=post]")`)
	b.is("another ground", `getComputedStyle(document.body).backgroundColor !== "rgb(250, 250, 248)"`)
	b.is("a mark on the window", `window.marked = true`)
	outbreakLooks(b, "outbreak-then")
	b.do(chromedp.SendKeys(chromedp.CSS("#when-slider"), kb.End))
	b.await("td", value)
	b.is("only its parts were fetched", `window.marked`)
	b.is("it says the time", slider+`.getAttribute("aria-valuetext").endsWith(" UTC")`)
	b.quiet("the slider")

	command(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.open(page + "?as-of=" + heard.UTC().Add(time.Second).Format(time.RFC3339))
	b.await("strong", "what the hub knew then")
	b.await("p", "None belongs to it that you may see")
	b.do(chromedp.Click(chromedp.Search(`//a[text()="The event after"]`)))
	b.await("td", value)
	b.do(chromedp.Click(chromedp.Search(`//a[text()="Back to now"]`)))
	b.await("a", "Reload it")
	b.quiet("without JavaScript")
}

// A coordinator ends an outbreak as a false alarm after having read what that does.
func TestAFalseAlarmInABrowser(t *testing.T) {
	h, id, _, _ := rung(t)
	b := openBrowser(t, h.URL())
	_, token := h.partner("National team", "government", "FR", "coordinator")
	page := "/outbreaks/" + id
	for i := range 5 {
		_, one := h.partner(fmt.Sprint("Hospital ", i), "healthcare", "FR", "contributor")
		h.post("/api/v1/exposure", one, map[string]any{"rows": []map[string]any{{"vulnerability": "CVE-2017-0144", "total": 100, "patched": 60, "exposed": 25, "unsupported": 5, "unknown": 10}}}, http.StatusCreated)
	}
	b.open(page)
	b.is("a guest is offered no act", `!document.querySelector("#end")`)
	b.open("/sign-in")
	b.do(chromedp.SendKeys(chromedp.CSS("#token"), token+"\r"))
	b.await("span", "National team · coordinator")
	for _, path := range []string{page, "/outbreaks", page + "?as-of=" + time.Now().UTC().Format(time.RFC3339), "/exposure", "/exposure/CVE-2017-0144", "/impact/" + id} {
		b.do(chromedp.EmulateViewport(360, 780, chromedp.EmulateMobile))
		b.open(path)
		b.is(path+" on a telephone", `document.documentElement.scrollWidth <= 360`)
		b.is(path+": every field has a label", `[...document.querySelectorAll("main input:not([type=hidden]), main textarea, main select")].every((i) => i.labels.length === 1)`)
		b.is(path+": one heading", `document.querySelectorAll("h1").length === 1`)
		b.do(chromedp.EmulateReset())
		outbreakLooks(b, "room"+strings.NewReplacer("/", "-", "?", "-").Replace(strings.Split(strings.ReplaceAll(path, id, "id"), "=")[0]))
	}
	b.open("/exposure/CVE-2017-0144")
	b.await("h2", "All partners together")
	b.is("a bar with its four parts and their signs", `[...document.querySelectorAll(".shares g:nth-of-type(-n+4) > text")].slice(0, 4).map((x) => x.textContent).join("") === "✓!×?"`)
	b.open(page)
	b.do(chromedp.Click(chromedp.Search(`//summary[text()="It was a false alarm"]`)))
	b.await("p", "only new evidence does")
	b.do(chromedp.SendKeys(chromedp.CSS("#false-reason"), "A scanner of ours"))
	b.press("End it as a false alarm")
	b.await("p", "it has ended as a false alarm")
	b.await("p", "A scanner of ours")
	b.quiet("a false alarm")
	b.open("/outbreaks?state=false")
	b.await("li", "A scanner of ours")
	b.quiet("the list")
}
