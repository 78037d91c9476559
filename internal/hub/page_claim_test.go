package hub_test

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/tocsin-project/tocsin/internal/hub"
)

// The link with the secret fills the form also where the page is open already, and
// the secret leaves the address. A jump within the page fills nothing.
func TestTheClaimTakesItsSecretFromTheLink(t *testing.T) {
	h := startHub(t, "", func(cfg *hub.Config) { cfg.AdminToken = "" })
	b := openBrowser(t, h.URL())
	b.open("/claim")
	b.is("nothing is filled in", `document.querySelector("#secret").value === ""`)
	b.is("the test hears of jumps, after the page", `(addEventListener("hashchange", (e) => { window.heard = e.newURL; }), true)`)
	b.is("a jump", `(location.href = "/claim#main", true)`)
	b.becomes(`(window.heard || "").endsWith("#main")`)
	b.is("a jump fills nothing", `location.hash === "#main" && document.querySelector("#secret").value === ""`)
	b.is("a link", `(location.href = "/claim#the%20secret", true)`)
	b.becomes(`(window.heard || "").endsWith("#the%20secret")`)
	b.is("the secret is filled in", `document.querySelector("#secret").value === "the secret"`)
	b.is("and is not in the address", `location.hash === ""`)
	b.quiet("the claim")
}

// becomes waits until an expression holds in the page.
func (b *browser) becomes(expression string) {
	b.t.Helper()
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		holds, err := chromedp.Run(b, chromedp.Evaluate[bool](expression))
		if err != nil {
			b.t.Fatal(err)
		}
		if holds {
			return
		}
		if time.Since(began) > 30*time.Second {
			b.t.Fatalf("%s does not come to hold", expression)
		}
	}
}
