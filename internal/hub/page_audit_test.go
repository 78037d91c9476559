package hub_test

import (
	"net/http"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// An administrator reads what was done, why and by whom, and finds an entry again.
func TestTheAuditInABrowser(t *testing.T) {
	h := startHub(t, "")
	h.partner("Water works", "water", "NZ", "contributor")
	h.post("/api/v1/protections", adminToken, map[string]string{"value": value, "polarity": "block", "reason": "it serves the attack"}, http.StatusCreated)
	h.post("/api/v1/protections/recall", adminToken, map[string]string{"value": value, "reason": "it was taken down"}, http.StatusOK)
	b := openBrowser(t, h.URL())
	b.signedIn(adminToken)
	b.open("/audit")
	b.await("strong", "Recalled "+value)
	b.await("p", "Reason: it was taken down")
	b.is("the log's checkpoint is named", `!!document.querySelector('a[href="/log/checkpoint"]')`)
	b.do(chromedp.Click(chromedp.Search(`(//ol/li//summary)[1]`)))
	b.await("dt", "Hash of the entry before")
	b.look("audit")
	b.quiet("the audit")
	b.do(chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile))
	command(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.open("/audit")
	b.do(chromedp.SendKeys(chromedp.CSS("#text"), value+"\r"))
	b.await("strong", "Recalled "+value)
	b.do(chromedp.Click(chromedp.Search(`(//ol/li/p/a)[1]`)))
	b.await("p", "Recalled "+value)
	b.await("a", "Entry ")
	command(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: false})
	b.open("/audit")
	b.is("no page scrolls sideways", `document.documentElement.scrollWidth <= 360`)
	b.open("/audit/2")
	b.is("no page scrolls sideways", `document.documentElement.scrollWidth <= 360`)
	b.look("entry")
	b.quiet("the audit on a telephone")
}
