package hub_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/tocsin-project/tocsin/internal/api"
	"github.com/tocsin-project/tocsin/internal/hub"
)

// A stranger with the secret that a fresh hub printed comes, in the browser alone,
// to a hub that administers itself, has a partner with a person, and feeds engines
// what was imported.
func TestTheFirstRunInABrowser(t *testing.T) {
	h := startHub(t, "", func(cfg *hub.Config) { cfg.AdminToken = "" })
	b := openBrowser(t, h.named())
	b.device()
	b.open("/")
	b.await("h1", "Claim this hub")
	b.fillAll(map[string]string{"#secret": h.ClaimSecret, "#name": "Root", "#email": "root@hub.example"})
	b.press("Claim with a passkey")
	b.await("h1", "Set up this hub")
	b.look("setup-begin")
	b.quiet("the claim")

	b.fillAll(map[string]string{"#name": "Water works", "#sector": "water", "#country": "nz"})
	b.unfold("How its word weighs")
	// Its word alone counts, and what automation decides is in force here first: a
	// hub of one partner protects with what that one imports.
	b.do(chromedp.Click(chromedp.CSS("#designated")), chromedp.Click(chromedp.CSS("#canary")), chromedp.Click(chromedp.CSS("#own")))
	b.press("Let it in")
	b.await("p", "You act for Water works")
	b.look("setup-partner")
	b.unfold("Invite a person")
	b.fillAll(map[string]string{"#person-name": "Ann Example", "#email": "ann@water.example"})
	b.press("Make the invitation")
	b.await("h2", "Ann Example is invited")
	invitation := b.textOf("#invitation")
	b.look("setup-invited")
	b.press("Connect it")
	b.await("h2", "Connected for Water works")
	token, files := b.textOf("#token"), b.textOf("#connected")
	b.look("setup-connected")
	b.quiet("the guide")

	b.open("/import")
	b.fillAll(map[string]string{"#text": "bad.example"})
	b.press("Look it over")
	b.do(chromedp.Click(chromedp.CSS("button[value=take]")))
	b.await("h1", "")
	deadline := time.Now().Add(30 * time.Second)
	for !strings.Contains(h.listed("block.txt", token), "bad.example") {
		if time.Now().After(deadline) {
			t.Fatalf("the list does not hold what was imported: %q", h.listed("block.txt", token))
		}
		time.Sleep(100 * time.Millisecond)
	}
	key := regexp.MustCompile(`key "([^"]+)" \{\s+algorithm hmac-sha256;\s+secret "([^"]+)"`).FindStringSubmatch(files)
	if key == nil {
		t.Fatalf("the configuration has no key:\n%s", files)
	}
	if zone := h.transfers(api.Transfer{Key: key[1] + ".", Secret: key[2], Zone: hub.Zone}); !strings.Contains(zone, "bad.example") {
		t.Errorf("the zone does not hold what was imported:\n%s", zone)
	}
	b.open("/setup/works")
	b.await("h1", "Your hub works")
	b.await("li", "token was used last")
	b.look("setup-works")
	b.open("/setup")
	b.await("h2", "All three steps are done")
	b.is("no secret is shown again", `!document.body.textContent.includes("tocsin_")`)
	b.quiet("a hub that works")

	b.press("Sign out")
	b.await("h1", "Sign in")
	b.open(strings.TrimPrefix(invitation, h.named()))
	b.await("h1", "Join this hub")
	b.fillAll(map[string]string{"#password": "plum kettle orbit seven", "#again": "plum kettle orbit seven"})
	b.press("Join with this password")
	b.await("span", "Ann Example · Water works · coordinator")
	b.is("who is no administrator is not led to the guide", `location.pathname === "/"`)
	b.quiet("the first person")
}

// The guide works without JavaScript, with a password, on a telephone.
func TestTheFirstRunWithoutJavaScript(t *testing.T) {
	h := startHub(t, "", func(cfg *hub.Config) { cfg.AdminToken = "" })
	b := openBrowser(t, h.URL())
	command(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.do(chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile))
	b.open("/")
	const password = "plum kettle orbit seven"
	b.fillAll(map[string]string{"#secret": h.ClaimSecret, "#name": "Root", "#email": "root@hub.example", "#password": password, "#again": password})
	b.press("Claim with this password")
	b.await("h1", "Set up this hub")
	b.fillAll(map[string]string{"#name": "Water works", "#sector": "water", "#country": "xx"})
	b.press("Let it in")
	b.await("p", "Unknown country")
	b.do(chromedp.Clear(chromedp.CSS("#country")))
	b.fillAll(map[string]string{"#country": "nz"})
	b.press("Let it in")
	b.await("p", "The partner takes part now")
	b.unfold("Connect an engine: what the hub knows protects somebody")
	b.do(chromedp.SendKeys(chromedp.CSS("#engine"), "lists"))
	b.press("Connect it")
	b.await("h2", "Connected for Water works")
	if a := h.call(http.MethodGet, "/feeds/block.txt", b.textOf("#token"), "", nil); a.status != http.StatusOK {
		t.Errorf("the token on the page: status %d: %s", a.status, a.body)
	}
	b.quietBut("the guide without JavaScript", "400")
}

// fillAll types into fields, by their selectors.
func (b *browser) fillAll(fields map[string]string) {
	b.t.Helper()
	for selector, text := range fields {
		b.do(chromedp.SendKeys(chromedp.CSS(selector), text))
	}
}

// unfold opens what stands behind a summary.
func (b *browser) unfold(summary string) {
	b.t.Helper()
	b.do(chromedp.Click(chromedp.Search(`//summary[text()="` + summary + `"]`)))
}

// textOf is what an element says.
func (b *browser) textOf(selector string) string {
	b.t.Helper()
	text, err := chromedp.Run(b, chromedp.Text(chromedp.CSS(selector)))
	if err != nil {
		b.t.Fatal(err)
	}
	return strings.TrimSpace(text)
}
