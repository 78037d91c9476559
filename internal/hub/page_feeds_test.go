package hub_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// A contributor connects an engine and issues a token for it, which is shown once,
// works, and is revoked after a question.
func TestFeedsAndTokensInABrowser(t *testing.T) {
	h := startHub(t, "")
	_, token := h.partner("Water works", "water", "NZ", "contributor")
	b := openBrowser(t, h.URL())
	b.signInWith(token)
	h.post("/api/v1/protections", adminToken, map[string]string{"value": value, "polarity": "block", "reason": "it serves the attack"}, http.StatusCreated)
	h.has(value, token)
	b.open("/feeds")
	b.await("h1", "Feeds and tokens")
	b.await("td", "nft")
	b.look("feeds")
	b.follow("Connect an engine")
	b.await("h1", "Connect bind")
	b.is("no secret is on the page", `!document.body.textContent.includes("`+transferSecret(h, token)+`")`)
	b.await("code", "THE-SECRET-THAT-THE-COMMAND-FILLS-IN")
	b.look("connect")
	b.open("/connect?engine=nft&reach=clients")
	b.await("code", "--enforce")
	b.quiet("feeds")

	b.open("/tokens")
	b.is("no higher role is offered", `document.querySelectorAll("#role option").length === 2`)
	b.fill("description", "the firewall's list")
	b.do(chromedp.Click(chromedp.CSS("#scope-feeds")))
	b.press("Issue it")
	b.await("h2", "The token, shown this once")
	b.press("Copy")
	secret, err := chromedp.Run(b, chromedp.Evaluate[string](`document.getElementById("secret").textContent`))
	if err != nil || !strings.HasPrefix(secret, "tocsin_") {
		t.Fatalf("the secret is %q, %v", secret, err)
	}
	b.await("button", "Copied")
	b.look("token-issued")
	b.is("it is not in the address", `!location.href.includes("tocsin_")`)
	if a := h.call(http.MethodGet, "/feeds/block.txt", secret, "", nil); a.status != http.StatusOK || !strings.Contains(a.body, value) {
		t.Errorf("the token reads the list: status %d: %s", a.status, a.body)
	}
	b.noScripts(true)
	b.open("/tokens")
	b.is("it is shown once", `!document.body.textContent.includes("`+secret+`")`)
	b.await("li", "the firewall's list")
	b.look("tokens")
	b.do(chromedp.Click(chromedp.Search(`//li[contains(., "the firewall's list")]//a[text()="Revoke it"]`)))
	b.await("h1", "Revoke this token?")
	b.look("token-revoke")
	b.fill("reason", "the firewall was replaced")
	b.press("Revoke it")
	b.await("p", "Revoked: whatever uses it is refused from now on")
	if a := h.call(http.MethodGet, "/feeds/block.txt", secret, "", nil); a.status != http.StatusUnauthorized {
		t.Errorf("the revoked token: status %d", a.status)
	}
	b.quiet("tokens")
}

// transferSecret is the secret of a partner's transfer key.
func transferSecret(h *running, token string) string {
	h.t.Helper()
	var transfer struct {
		Secret string `json:"secret"`
	}
	h.get("/api/v1/outlets/transfer", token, &transfer)
	if transfer.Secret == "" {
		h.t.Fatal("there is no transfer key")
	}
	return transfer.Secret
}
