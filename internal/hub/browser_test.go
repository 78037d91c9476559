package hub_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/tocsin-project/tocsin/internal/hub"
)

// browser is a page in a real Chromium, and what went wrong in it.
type browser struct {
	context.Context
	t      testing.TB
	origin string

	mu       sync.Mutex
	trouble  []string
	requests int
}

// openBrowser starts Chromium, or skips the test where there is none. At the
// end it fails the test if the console had an error or a request left the
// hub's origin.
func openBrowser(t testing.TB, origin string) *browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		const how = "install Debian's package chromium"
		if os.Getenv("TOCSIN_REQUIRE_ENGINES") == "1" {
			t.Fatalf("TOCSIN_REQUIRE_ENGINES=1, but there is no chromium: %s", how)
		}
		t.Skipf("NOT TESTED: the pages in a real browser: there is no chromium: %s", how)
	}
	profile, err := os.MkdirTemp("", "tocsin-browser-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(profile) }) // Chromium's last children may still be writing to it
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.UserDataDir(profile), chromedp.NoFirstRun, chromedp.NoSandbox, chromedp.Headless,
		chromedp.DisableGPU, chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true), chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.WSURLReadTimeout(time.Minute),
	}
	allocated, release := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(release)
	tab, closeTab := chromedp.NewContext(allocated)
	t.Cleanup(closeTab)
	b := &browser{t: t, origin: origin}
	if err := chromedp.Listen(tab, b.listen); err != nil { // starts the browser, which lives as long as tab
		t.Fatalf("start %s: %v", path, err)
	}
	var cancel context.CancelFunc
	b.Context, cancel = context.WithTimeout(tab, 3*time.Minute) // a bound against hanging, not a measure
	t.Cleanup(cancel)
	command(b, network.Enable, network.EnableParams{})
	command(b, log.Enable, cdp.Empty{})
	command(b, runtime.Enable, cdp.Empty{})
	return b
}

// command sends one command of the DevTools protocol.
func command[P, R any](b *browser, c cdp.Command[P, R], params P) {
	b.t.Helper()
	b.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, c, params)
		return err
	}))
}

func (b *browser) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		b.requests++
		// Chromium draws the calendar beside a field of date and time from a data URL.
		if !strings.HasPrefix(e.Request.URL, b.origin+"/") && !strings.HasPrefix(e.Request.URL, "data:image/svg+xml") {
			b.trouble = append(b.trouble, "a request leaves the origin: "+e.Request.URL)
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			b.trouble = append(b.trouble, fmt.Sprintf("console: %s (%s)", e.Entry.Text, e.Entry.URL))
		}
	case *runtime.EventExceptionThrown:
		b.trouble = append(b.trouble, "exception: "+e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		b.trouble = append(b.trouble, fmt.Sprintf("console.%s: the pages say nothing there", e.Type))
	}
}

// quiet fails the test with what went wrong since the last call.
func (b *browser) quiet(where string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, one := range b.trouble {
		b.t.Errorf("%s: %s", where, one)
	}
	b.trouble = nil
	if b.requests == 0 {
		b.t.Errorf("%s: no request was seen: the test looks at nothing", where)
	}
}

func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b, actions...); err != nil {
		b.t.Fatal(err)
	}
}

func (b *browser) open(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.origin+path), chromedp.WaitReady(chromedp.CSS("body")))
}

// await waits until an element with the text is visible.
func (b *browser) await(selector, text string) {
	b.t.Helper()
	found := chromedp.Search(fmt.Sprintf("//%s[contains(normalize-space(.), %q)]", selector, text))
	patient, cancel := context.WithTimeout(b, 30*time.Second)
	defer cancel()
	if err := chromedp.Do(patient, chromedp.WaitVisible(found)); err != nil {
		now, _ := chromedp.Run(b, chromedp.Text(chromedp.CSS("main")))
		b.t.Fatalf("no %s with %q appeared: %v; the page shows:\n%s", selector, text, err, now)
	}
}

// is wants an expression to hold in the page.
func (b *browser) is(what, expression string) {
	b.t.Helper()
	holds, err := chromedp.Run(b, chromedp.Evaluate[bool](expression))
	if err != nil {
		b.t.Fatal(err)
	}
	if !holds {
		b.t.Errorf("%s: %s does not hold", what, expression)
	}
}

func openPages(cfg *hub.Config) { cfg.OpenPages = true }

const value = "bad.example"

// scans reports what rings the alarm: three partners' scans of one port, and a
// value of which two say that scanning hosts share it.
func (r *running) scans(tokens ...string) {
	r.t.Helper()
	at := time.Now().UTC().Add(-10 * time.Minute).Format(time.RFC3339)
	for i, token := range tokens {
		r.post("/api/v1/sightings", token, map[string]any{
			"id": fmt.Sprint("report-of-browser-", i), "sector": []string{"energy", "water", "mining"}[i%3], "country": "FR",
			"scans": []map[string]any{{"port": 445, "sources": 12 + i, "contacts": 400, "first_seen": at, "last_seen": at}},
		}, http.StatusCreated)
	}
}

// A page that is open shows what happens, without being loaded again.
func TestAnOpenPageFollows(t *testing.T) {
	h := startHub(t, "", openPages)
	b := openBrowser(t, h.URL())
	var tokens []string
	for i, sector := range []string{"energy", "water", "mining"} {
		_, token := h.partner(fmt.Sprint("Partner ", i), sector, "FR", "contributor")
		tokens = append(tokens, token)
	}
	b.open("/")
	b.await("h1", "No outbreak")
	b.await("p", "Live: this page follows by itself")
	b.is("a mark on the window", `window.marked = true`)

	h.scans(tokens...)
	b.await("h1", "Spreading attack at 3 partners")
	h.post("/api/v1/protections", adminToken, map[string]string{"value": "kill.example", "polarity": "must-resolve", "reason": "it stops the attack"}, http.StatusCreated)
	b.await("h2", "Must answer")
	b.await("a", "kill.example")
	h.post("/api/v1/protections", adminToken, map[string]string{"value": value, "polarity": "block", "reason": "it serves the attack"}, http.StatusCreated)
	b.await("td", value)
	b.is("something is unfolded", `document.querySelector("details").open = true`)
	for _, token := range tokens { // a guest is told of three and more
		h.post("/api/v1/receipts", token, map[string]any{"receipts": []map[string]any{{"protection": protectionOf(h, value), "outlet": "files", "in_force": true, "at": time.Now().UTC()}}}, http.StatusNoContent)
	}
	b.await("td", "3 of 3")
	b.is("the page was never loaded again", `window.marked`)
	b.is("what was unfolded stays so", `document.querySelector("details").open`)

	h.post("/api/v1/protections/recall", adminToken, map[string]string{"value": value, "reason": "it was taken down"}, http.StatusOK)
	b.await("p", "None beside what must answer")
	b.quiet("/")
}

func protectionOf(h *running, value string) string {
	h.t.Helper()
	var list struct {
		Protections []struct {
			ID    string `json:"id"`
			Value string `json:"value"`
		} `json:"protections"`
	}
	h.get("/api/v1/protections", adminToken, &list)
	for _, one := range list.Protections {
		if one.Value == value {
			return one.ID
		}
	}
	h.t.Fatalf("no protection of %s", value)
	return ""
}

// everyPath is each page, of a hub that knows something.
func everyPath(h *running) []string {
	h.t.Helper()
	_, token := h.partner("Partner of the test", "energy", "FR", "contributor")
	const id = "malware--75ecdbf1-c2bb-4afc-a3f9-c8da4de8c661"
	bundle := `{"type":"bundle","id":"bundle--0f1e2d3c-4b5a-4978-8695-a4b3c2d1e0f9","objects":[
		{"type":"malware","spec_version":"2.1","id":"` + id + `","created":"2017-05-12T08:00:00.000Z","modified":"2017-05-12T08:00:00.000Z","name":"WannaCry","is_family":true},
		{"type":"intrusion-set","spec_version":"2.1","id":"intrusion-set--c93fccb1-e8e8-42cf-ae33-2ad1d183913a","created":"2017-05-12T08:00:00.000Z","modified":"2017-05-12T08:00:00.000Z","name":"Lazarus Group"},
		{"type":"relationship","spec_version":"2.1","id":"relationship--1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d","created":"2017-05-12T08:00:00.000Z","modified":"2017-05-12T08:00:00.000Z","relationship_type":"uses","source_ref":"intrusion-set--c93fccb1-e8e8-42cf-ae33-2ad1d183913a","target_ref":"` + id + `"}]}`
	if a := h.call(http.MethodPost, "/api/v1/contributions", token, "application/stix+json;version=2.1", strings.NewReader(bundle)); a.status != http.StatusCreated {
		h.t.Fatalf("contribute: status %d: %s", a.status, a.body)
	}
	head, err := h.Views.WaitSettled(h.t.Context())
	if err != nil || head.Seq == 0 {
		h.t.Fatalf("settle at %d: %v", head.Seq, err)
	}
	hash := strings.Repeat("24d004a104d4d540", 4)
	h.post("/api/v1/protections", adminToken, map[string]string{"value": hash, "polarity": "block", "reason": "it is the attack"}, http.StatusCreated)
	h.post("/api/v1/protections", adminToken, map[string]string{"value": "iuqerfsodp9ifjaposdfjhgosurijfaewrwergwea.com", "polarity": "must-resolve", "reason": "it stops the attack"}, http.StatusCreated)
	return []string{"/", "/search?q=WannaCry", "/objects/" + id, "/protections", "/protections/why?value=" + hash, "/partners", "/actions", "/cases", "/sign-in"}
}

// Every page works in the dark, on a telephone, and without JavaScript.
func TestEveryPageInABrowser(t *testing.T) {
	h := startHub(t, "", openPages)
	b := openBrowser(t, h.URL())
	paths := everyPath(h)
	for _, path := range paths {
		b.do(chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile))
		b.open(path)
		b.is(path+" on a telephone", `document.documentElement.scrollWidth <= 390`)
		b.is(path, `document.querySelectorAll("h1").length === 1`)
		b.is(path+": labels meet", labelsApart)
	}
	b.do(chromedp.EmulateReset())
	command(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}})
	b.open("/")
	b.is("the dark scheme", `getComputedStyle(document.body).backgroundColor === "rgb(20, 23, 28)"`)
	b.quiet("pages")

	command(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	for _, path := range paths {
		b.open(path)
		b.await("h1", "")
		if path != "/sign-in" {
			b.await("a", "Reload it")
		}
	}
	b.open("/")
	b.do(chromedp.SendKeys(chromedp.CSS("input[name=q]"), "wannacry\r"))
	b.await("h1", "Found for “wannacry”")
	b.do(chromedp.Click(chromedp.Search(`//td/a[text()="WannaCry"]`)))
	b.await("dd", "Lazarus Group")
	b.quiet("pages without JavaScript")
}

// labelsApart says that no two words of a picture cover each other.
const labelsApart = `[...document.querySelectorAll("svg")].every((svg) => {
	const boxes = [...svg.querySelectorAll("text")].map((e) => e.getBoundingClientRect());
	return boxes.every((a, i) => boxes.every((b, j) => j <= i || a.right <= b.left || b.right <= a.left || a.bottom <= b.top + 1 || b.bottom <= a.top + 1));
})`

// Signing in and out, as a person does, in a hub that is closed.
func TestSignInInABrowser(t *testing.T) {
	h := startHub(t, "")
	b := openBrowser(t, h.URL())
	_, token := h.partner("Water works", "water", "NZ", "contributor")
	b.open("/protections")
	b.await("h1", "Sign in")
	b.quiet("the way to sign in")
	b.do(chromedp.SendKeys(chromedp.CSS("#token"), token+"\r"))
	b.await("span", "Water works · contributor")
	b.await("p", "Live: this page follows by itself")
	b.is("scripts cannot read the session", `document.cookie === ""`)
	b.do(chromedp.Click(chromedp.Search(`//button[text()="Sign out"]`)))
	b.await("h1", "Sign in")
	b.quiet("signing in and out")
}
