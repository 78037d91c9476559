package hub_test

import (
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"
)

// A coordinator plays a scenario, and sees how far it is and what came of it
// without loading the page again.
func TestAnExerciseInABrowser(t *testing.T) {
	h := startHub(t, "")
	_, token := h.partner("Water works", "water", "NZ", "coordinator")
	b := openBrowser(t, h.URL())
	b.signIn(token)
	b.open("/exercise")
	b.await("p", "No exercise has been played")
	b.look("exercise-none")
	b.do(chromedp.SetValue(chromedp.CSS("#hosts"), "5000"), chromedp.SetValue(chromedp.CSS("#hours"), "6"), chromedp.SetValue(chromedp.CSS("#seeds"), "3"))
	b.press("Play it")
	b.await("h2", "What sharing saved")
	b.await("th", "no sharing")
	b.is("the curves are there", `document.querySelectorAll("#played svg .line").length >= 5`)
	b.look("exercise")
	b.do(chromedp.EmulateViewport(360, 740))
	b.is("on a telephone", `document.documentElement.scrollWidth <= 360`)
	b.do(chromedp.EmulateReset())
	b.quiet("/exercise")
}

// signIn signs in with a token.
func (b *browser) signIn(token string) {
	b.t.Helper()
	b.open("/sign-in")
	b.do(chromedp.SendKeys(chromedp.CSS("#token"), token+"\r"))
	b.await("button", "Sign out")
}

// An outbreak arrives at two readers with different roles without a reload; what
// only one of them may see, only it hears of.
func TestAnOutbreakArrivesInTwoBrowsers(t *testing.T) {
	h := startHub(t, "", openPages)
	var tokens []string
	for i, name := range []string{"Alpha", "Beta", "Gamma"} {
		_, token := h.partner(name, []string{"energy", "water", "mining"}[i], "FR", "coordinator")
		tokens = append(tokens, token)
	}
	guest, coordinator := openBrowser(t, h.URL()), openBrowser(t, h.URL())
	coordinator.signIn(tokens[0])
	for _, b := range []*browser{guest, coordinator} {
		b.open("/")
		b.await("p", "Live: this page follows by itself")
		b.is("a mark on the window", `window.marked = true`)
	}
	h.scans(tokens...)
	for _, b := range []*browser{guest, coordinator} {
		b.await("h1", "Spreading attack at 3 partners")
		b.is("the page was never loaded again", `window.marked`)
	}
	coordinator.open("/actions")
	guest.open("/actions")
	for _, b := range []*browser{guest, coordinator} {
		b.await("p", "Live: this page follows by itself")
	}
	h.post("/api/v1/actions", tokens[1], map[string]any{"kind": "patch", "title": "Patch the print servers", "asked_of": []string{"energy"},
		"audience": map[string]string{"tlp": "amber", "community": "default"}}, http.StatusCreated)
	h.post("/api/v1/actions", tokens[1], map[string]any{"kind": "patch", "title": "Patch everything", "asked_of": []string{"energy"},
		"audience": map[string]string{"tlp": "green", "community": "default"}}, http.StatusCreated)
	coordinator.await("a", "Patch the print servers")
	guest.await("a", "Patch everything")
	guest.is("a guest is not told of what is AMBER", `!document.body.textContent.includes("print servers")`)
	guest.quiet("guest")
	coordinator.quiet("coordinator")
}
