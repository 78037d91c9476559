package hub_test

import (
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"
)

// signedIn opens the browser's session with a token.
func (b *browser) signedIn(token string) {
	b.t.Helper()
	b.open("/sign-in")
	b.do(chromedp.SendKeys(chromedp.CSS("#token"), token+"\r"))
	b.await("button", "Sign out")
}

// An administrator finds a partner, invites a person, changes how its word weighs
// and ends its taking part, each asked for first.
func TestPartnersInABrowser(t *testing.T) {
	h := startHub(t, "")
	id, _ := h.partner("Water works", "water", "NZ", "contributor")
	h.partner("Grid", "energy", "FR", "contributor")
	h.invite(id, "Ann Example", "ann@water.example", "coordinator")
	h.post("/api/v1/communities", adminToken, map[string]string{"id": "utilities", "title": "Utilities", "policy": "What is amber stays here."}, http.StatusCreated)
	b := openBrowser(t, h.URL())
	b.signedIn(adminToken)
	b.open("/partners")
	b.do(chromedp.SendKeys(chromedp.CSS("#find-name"), "water\r"))
	b.await("p", "1 partner of 2")
	b.look("partners")
	b.do(chromedp.Click(chromedp.Search(`//td/a[contains(., "Water works")]`)))
	b.await("h1", "Water works")
	b.await("strong", "Ann Example")
	b.look("partner")
	b.unfold("Change how its word weighs")
	b.do(chromedp.Click(chromedp.CSS("#designated")), chromedp.SendKeys(chromedp.CSS("#why-standing"), "agreed at the meeting"))
	b.do(chromedp.Click(chromedp.CSS("button[value=standing]")))
	b.await("dd", "Designated: its word needs no corroboration.")
	b.open("/communities/utilities")
	b.unfold("Add members")
	b.do(chromedp.SendKeys(chromedp.CSS("#partners"), "water works"))
	b.press("Add them")
	b.await("h2", "1 member")
	b.look("community")
	b.open("/communities")
	b.look("communities")
	b.open("/partners/new")
	b.look("partner-new")
	b.open("/partners/" + id)
	b.unfold("End its taking part")
	b.await("p", "no longer takes part: its 1 token and the access of its people end at once")
	b.look("partner-dismiss")
	b.do(chromedp.SendKeys(chromedp.CSS("#why-dismiss"), "it asked to"))
	b.press("End the taking part of Water works")
	b.await("p", "The partner no longer takes part")
	b.quiet("partners")
	for _, path := range []string{"/partners", "/partners/" + id, "/communities", "/communities/utilities", "/partners/new"} {
		b.do(chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile))
		b.open(path)
		b.is(path+" on a telephone", `document.documentElement.scrollWidth <= 360`)
	}
	b.quiet("partners on a telephone")
}
