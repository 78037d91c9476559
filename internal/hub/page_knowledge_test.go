package hub_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// wormBundle is a bundle of a worm: who is behind it, what it does, what shows it.
func wormBundle() string {
	const times = `"spec_version":"2.1","created":"2017-05-12T08:00:00.000Z","modified":"2017-05-12T08:00:00.000Z"`
	var objects []string
	id := func(kind string, n int) string {
		return fmt.Sprintf("%s--0000000%d-0000-4000-8000-000000000000", kind, n)
	}
	add := func(kind string, n int, name, more string) {
		objects = append(objects, fmt.Sprintf(`{"type":%q,%s,"id":%q,"name":%q%s}`, kind, times, id(kind, n), name, more))
	}
	bind := func(n int, from, label, to string) {
		objects = append(objects, fmt.Sprintf(`{"type":"relationship",%s,"id":%q,"relationship_type":%q,"source_ref":%q,"target_ref":%q}`, times, id("relationship", n), label, from, to))
	}
	add("malware", 1, "NightWorm", `,"is_family":true,"description":"It spreads by itself.","external_references":[{"source_name":"a report","url":"https://reports.example/nightworm"}]`)
	add("malware", 2, "Older worm", `,"is_family":true`)
	add("intrusion-set", 1, "Night Group", "")
	add("attack-pattern", 1, "Data Encrypted for Impact", "")
	add("indicator", 1, "night.bad.org", `,"pattern":"[domain-name:value = 'night.bad.org']","pattern_type":"stix","valid_from":"2017-05-12T08:00:00Z","indicator_types":["malicious-activity"]`)
	bind(1, id("intrusion-set", 1), "uses", id("malware", 1))
	bind(2, id("intrusion-set", 1), "uses", id("malware", 2))
	bind(3, id("malware", 1), "uses", id("attack-pattern", 1))
	bind(4, id("indicator", 1), "indicates", id("malware", 1))
	return `{"type":"bundle","id":"bundle--0f1e2d3c-4b5a-4978-8695-a4b3c2d1e0f9","objects":[` + strings.Join(objects, ",") + `]}`
}

// A person imports a file, finds it, walks through what is related to it by keyboard,
// and takes it back.
func TestKnowledgeInABrowser(t *testing.T) {
	h := startHub(t, "", openPages)
	b := openBrowser(t, h.URL())
	_, token := h.partner("Water works", "water", "NZ", "contributor")
	_, other := h.partner("Power grid", "energy", "FR", "contributor")
	h.post("/api/v1/sightings", other, map[string]any{"id": "report-of-knowledge", "sector": "energy", "country": "FR", "sightings": []map[string]any{
		{"type": "domain-name", "value": "night.bad.org", "basis": "indicator", "count": 12, "hosts": 3, "first_seen": "2017-05-12T08:00:00Z", "last_seen": "2017-05-14T09:00:00Z"}}}, http.StatusCreated)
	file := filepath.Join(t.TempDir(), "nightworm.json")
	if err := os.WriteFile(file, []byte(wormBundle()), 0o600); err != nil {
		t.Fatal(err)
	}
	b.signInWith(token)
	b.open("/import")
	b.look("import")
	b.do(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{file}))
	b.press("Look it over")
	b.await("p", "9 objects of nightworm.json")
	b.await("li", "9 objects: 1 partner beside yourselves")
	b.look("import-look")
	b.press("Share these 9 objects")
	b.await("p", "Taken: it is on disk")
	b.look("contribution")
	b.do(chromedp.SendKeys(chromedp.CSS("header input[name=q]"), "nightworm\r"))
	b.await("h1", "Found for “nightworm”")
	b.look("search")
	b.do(chromedp.Click(chromedp.Search(`//td/a[text()="NightWorm"]`)))
	b.await("dd", "Night Group")
	b.look("object")
	b.do(chromedp.Click(chromedp.Search(`//a[text()="See two steps around it as a picture"]`)))
	b.await("h1", "What is around NightWorm")
	b.is("two steps are drawn", `["Night Group", "Older worm", "Data Encrypted for Impact", "night.bad.org"].every((name) => document.querySelector("svg.relations").textContent.includes(name))`)
	b.is("no two labels meet", labelsApart)
	b.look("graph")
	b.is("the first card has the focus", `(document.querySelector("svg.relations a").focus(), document.activeElement.textContent.includes("Night Group"))`)
	b.do(chromedp.KeyEvent(kb.Tab))
	b.is("Tab goes to the next card", `document.activeElement.closest("svg.relations") !== null && !document.activeElement.textContent.includes("Night Group")`)
	b.is("and back", `(document.querySelector("svg.relations a").focus(), true)`)
	b.do(chromedp.KeyEvent(kb.Enter))
	b.await("h1", "What is around Night Group")
	b.quiet("import, search and graph")

	b.open("/search?q=night.bad.org")
	b.await("p", "Seen 12 times at 1 partner")
	b.do(chromedp.Click(chromedp.Search(`//td/a[text()="night.bad.org"]`)))
	b.await("figcaption", "Seen by day")
	b.look("indicator")
	for _, path := range []string{"/import", "/search?q=night", "/objects/malware--00000001-0000-4000-8000-000000000000", "/objects/malware--00000001-0000-4000-8000-000000000000/graph"} {
		b.do(chromedp.EmulateViewport(360, 780, chromedp.EmulateMobile))
		b.open(path)
		b.is(path+" on a telephone", `document.documentElement.scrollWidth <= 360`)
		b.is(path+": labels meet", labelsApart)
	}
	b.do(chromedp.EmulateReset())
	b.noScripts(true)
	b.open("/import")
	b.do(chromedp.Click(chromedp.Search(`//section[@id="own"]//a`)))
	b.await("h1", "A contribution")
	b.do(chromedp.Click(chromedp.Search(`//summary[text()="Withdraw it"]`)), chromedp.SendKeys(chromedp.CSS("#reason"), "it was a test"))
	b.press("Withdraw these 9 objects")
	b.await("p", "Withdrawn: it has left every outlet")
	b.open("/search?q=nightworm")
	b.await("p", "Nothing that you may see")
	b.do(chromedp.Navigate(b.origin + "/import"))
	b.do(chromedp.SendKeys(chromedp.CSS("#text"), "one.bad.org\nno value\n"))
	b.press("Look it over")
	b.await("li", "line 2")
	b.quiet("without JavaScript")
}

// ATT&CK itself, where it is at hand, to be looked at.
func TestATTACKInABrowser(t *testing.T) {
	packed, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "data", "enterprise-attack.json.gz"))
	if err != nil {
		t.Skipf("NOT TESTED: the ATT&CK bundle is not at hand: %v", err)
	}
	h := startHub(t, "", openPages)
	b := openBrowser(t, h.URL())
	_, token := h.partner("Water works", "water", "NZ", "contributor")
	if a := h.call(http.MethodPost, "/api/v1/contributions?format=stix", token, "application/octet-stream", bytes.NewReader(packed)); a.status != http.StatusCreated {
		t.Fatalf("import: status %d: %.300s", a.status, a.body)
	}
	if _, err := h.Views.WaitSettled(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"wannacry": "/objects/malware--75ecdbf1-c2bb-4afc-a3f9-c8da4de8c661", "lazarus": "/objects/intrusion-set--c93fccb1-e8e8-42cf-ae33-2ad1d183913a",
	} {
		b.open(path)
		b.is(name+": no two labels meet", labelsApart)
		b.look("attack-" + name)
		b.open(path + "/graph")
		b.is(name+": no two labels meet in its graph", labelsApart)
		b.look("attack-graph-" + name)
	}
	b.open("/search?q=ransomware")
	b.look("attack-search")
	b.quiet("ATT&CK")
}
