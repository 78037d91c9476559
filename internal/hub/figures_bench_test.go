package hub_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// The console's limits in the browser of somebody on the hub's own machine.
const (
	paintLimit = time.Second            // largest contentful paint
	liveLimit  = 300 * time.Millisecond // from an entry's append until it is painted
)

// painted waits until the page says when its largest content was painted, and
// gives the time from the beginning of the navigation.
func (b *browser) painted(path string) time.Duration {
	b.t.Helper()
	b.open(path)
	b.is("paints are watched", `new PerformanceObserver((l) => { window.largest = l.getEntries().at(-1).startTime; }).observe({ type: "largest-contentful-paint", buffered: true }), true`)
	return time.Duration(b.number(`window.largest || 0`) * float64(time.Millisecond))
}

// number waits until an expression is more than 0.
func (b *browser) number(expression string) float64 {
	b.t.Helper()
	for {
		n, err := chromedp.Run(b, chromedp.Evaluate[float64](expression))
		if err != nil {
			b.t.Fatalf("%s: %v", expression, err)
		}
		if n > 0 {
			return n
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// BenchmarkLargestPaint opens the console's rooms in a real Chromium, the first
// time without anything in its cache, and gives the worst largest contentful paint.
func BenchmarkLargestPaint(b *testing.B) {
	h := startHub(b, "", openPages)
	tokens := inOutbreak(b, h)
	page := openBrowser(b, h.URL())
	paths := []string{"/", "/outbreaks", "/search?q=bad", "/protections", "/exposure", "/actions", "/cases", "/partners", "/exercise", "/feeds", "/audit"}
	first := page.painted("/")
	page.signIn(tokens[0])
	var took []time.Duration
	worst, where := first, "/ with an empty cache"
	for b.Loop() {
		for _, path := range paths {
			t := page.painted(path)
			if took = append(took, t); t > worst {
				worst, where = t, path
			}
		}
	}
	slices.Sort(took)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ms(first), "ms-first")
	b.ReportMetric(ms(took[len(took)/2]), "ms-p50")
	b.ReportMetric(ms(worst), "ms-max")
	b.ReportMetric(worst.Seconds()/paintLimit.Seconds(), "of-limit")
	b.Logf("the worst is %s; %d paints", where, len(took))
}

// BenchmarkLiveInTheBrowser takes the time from before an action is sent to the hub
// until the frame after the one that shows it, on a page that is open.
func BenchmarkLiveInTheBrowser(b *testing.B) {
	h := startHub(b, "", openPages)
	tokens := inOutbreak(b, h)
	page := openBrowser(b, h.URL())
	page.signIn(tokens[0])
	page.open("/actions")
	page.await("p", "Live: this page follows by itself")
	page.is("changes are watched", `window.shown = {}, new MutationObserver(() => {
		for (const [name] of document.querySelector("main").textContent.matchAll(/Marker \d+/g))
			if (!(name in window.shown)) { window.shown[name] = 0; requestAnimationFrame(() => requestAnimationFrame(() => { window.shown[name] = performance.timeOrigin + performance.now(); })); }
	}).observe(document.querySelector("main"), { childList: true, subtree: true, characterData: true }), true`)
	var took []time.Duration
	for n := 0; b.Loop(); n++ {
		time.Sleep(time.Second) // somebody reads; what comes sooner is held back by the page
		sent := time.Now()
		h.post("/api/v1/actions", tokens[1], map[string]any{"kind": "patch", "title": fmt.Sprint("Marker ", n), "asked_of": []string{"energy"}}, http.StatusCreated)
		shown := page.number(fmt.Sprintf(`window.shown["Marker %d"] || 0`, n))
		took = append(took, time.UnixMicro(int64(1000*shown)).Sub(sent))
	}
	slices.Sort(took)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ms(took[len(took)/2]), "ms-p50")
	b.ReportMetric(ms(took[len(took)*95/100]), "ms-p95")
	b.ReportMetric(ms(took[len(took)-1]), "ms-max")
	b.ReportMetric(took[len(took)*95/100].Seconds()/liveLimit.Seconds(), "p95-of-limit")
}

// inOutbreak has three partners ring the alarm, and gives their coordinators' tokens.
func inOutbreak(b *testing.B, h *running) (tokens []string) {
	b.Helper()
	for i, sector := range []string{"energy", "water", "mining"} {
		_, token := h.partner(fmt.Sprint("Partner ", i), sector, "FR", "coordinator")
		tokens = append(tokens, token)
	}
	h.scans(tokens...)
	h.post("/api/v1/protections", adminToken, map[string]string{"value": value, "polarity": "block", "reason": "it serves the attack"}, http.StatusCreated)
	return tokens
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
