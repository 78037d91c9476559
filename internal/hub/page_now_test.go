package hub_test

import (
	"fmt"
	"math"
	"net/http"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// spreads reports a worm that doubles every quarter of an hour, seen by partners of
// many countries, each a little later than the one before.
func (r *running) spreads(tokens, countries []string) {
	r.t.Helper()
	now := time.Now().UTC().Truncate(time.Second)
	for minute := -80; minute <= -8; minute += 4 {
		for i, token := range tokens {
			at, since := now.Add(time.Duration(minute)*time.Minute+time.Duration(i)*20*time.Second), minute+80-6*i
			if since < 0 {
				continue
			}
			r.post("/api/v1/sightings", token, map[string]any{
				"id": fmt.Sprintf("report-of-spread-%d-%d", i, minute+80), "sector": sectorOf(i), "country": countries[i],
				"scans": []map[string]any{{"port": 445, "sources": int(3 * math.Pow(2, float64(since)/15)), "contacts": 4000, "first_seen": now.Add(-80 * time.Minute), "last_seen": at}},
			}, http.StatusCreated)
		}
	}
}

func sectorOf(i int) string { return []string{"energy", "healthcare", "water", "mining"}[i%4] }

// Somebody who has the first page open sees an outbreak arrive: what it is, where it
// is, how it grows; and finds it on a telephone, in the dark and without JavaScript.
func TestNowInABrowser(t *testing.T) {
	h := startHub(t, "", openPages)
	b := openBrowser(t, h.URL())
	b.open("/")
	b.await("p", "Nobody takes part yet")
	b.look("now-empty")
	countries := []string{"GB", "FR", "DE", "SG", "US", "MT", "JP", "BR"}
	var tokens []string
	for i, country := range append(countries, "NL", "ZA", "IN") {
		_, token := h.partner(fmt.Sprint("Partner in ", country), sectorOf(i), country, "coordinator")
		tokens = append(tokens, token)
	}
	b.await("h2", "Where partners are")
	b.is("the map of a calm day", `document.querySelectorAll(".worldmap .partners > *, .worldmap .partners").length > 0 && !document.querySelector(".worldmap .reports")`)
	b.look("now-calm")
	b.is("a mark on the window", `window.marked = true`)

	h.spreads(tokens[:len(countries)], countries)
	h.post("/api/v1/protections", adminToken, map[string]string{"value": "iuqerfsodp9ifjaposdfjhgosurijfaewrwergwea.com", "polarity": "must-resolve", "reason": "it stops the attack"}, http.StatusCreated)
	h.post("/api/v1/protections", adminToken, map[string]string{"value": value, "polarity": "block", "reason": "it serves the attack"}, http.StatusCreated)
	b.await("h1", "Spreading attack at 8 partners")
	b.await("h2", "Must answer")
	b.await("h2", "Where it is reported")
	b.await("td", value)
	b.is("the map shows where it is", `["Singapore: 1 of 1 partner report it", "Malta: 1 of 1 partner report it"].every((t) => [...document.querySelectorAll(".worldmap .reports title")].some((e) => e.textContent === t))`)
	b.is("the quiet countries stay quiet", `[...document.querySelectorAll(".worldmap .partners title")].some((e) => e.textContent.startsWith("Netherlands"))`)
	b.is("the curve has its band", `document.querySelector(".curve .hosts.ahead .band") !== null`)
	b.is("labels meet", labelsApart)
	b.is("nothing was loaded again", `window.marked`)
	b.quiet("an outbreak arrives")

	b.do(chromedp.SendKeys(chromedp.CSS(`.countries a[href^="/?country=FR"]`), "\r")) // by keyboard, as by pointer
	b.await("h3", "France: 1 of 1 partner")
	b.await("strong", "Partner in FR")
	b.look("now-country")
	b.do(chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile))
	b.open("/")
	b.is("no page is wider than a telephone", `document.documentElement.scrollWidth <= 360`)
	b.is("its first screen shows what rings and what must answer", `document.querySelector(".must .name").getBoundingClientRect().bottom <= 740`)
	b.do(chromedp.EmulateReset())
	b.open("/sign-in")
	b.do(chromedp.SendKeys(chromedp.CSS("#token"), tokens[0]+"\r"))
	b.await("h2", "Needs you")
	b.await("a", "No protection is in force at Partner in GB")
	b.do(chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile))
	b.is("the first screen shows what needs them", `document.querySelector("#needs h2").getBoundingClientRect().bottom <= 740`)
	b.do(chromedp.EmulateReset())
	b.look("now-coordinator")

	command(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.open("/?country=SG")
	b.await("h3", "Singapore")
	b.await("a", "Reload it")
	b.quiet("without JavaScript")
}
