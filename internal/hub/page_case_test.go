package hub_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/tocsin-project/tocsin/internal/attribution"
)

// types fills in fields of a page by their ids.
func (b *browser) types(fields map[string]string) {
	b.t.Helper()
	for id, text := range fields {
		b.do(chromedp.SetValue(chromedp.CSS(fmt.Sprintf(`[id=%q]`, id)), text))
	}
}

// ticks ticks a box and presses a button.
func (b *browser) ticks(id, button string) {
	b.t.Helper()
	b.do(chromedp.Click(chromedp.CSS("#" + id)))
	b.press(button)
}

// A case from its opening to the published statement, its dissent and the reply of
// the accused, by somebody who has nothing but a browser and a passkey.
func TestACaseInABrowser(t *testing.T) {
	r := startHub(t, "")
	alpha, token := r.partner("Alpha", "government", "GB", "coordinator")
	e := &election{story: &story{running: r, a: nation{id: alpha, token: token}, b: r.nation("Beta", "US")}, b: openBrowser(t, r.named()), alpha: alpha}
	b := e.b
	b.device()
	b.open("/enrol#" + e.invite(alpha, "Ann Example", "ann@alpha.example", "coordinator"))
	b.press("Join with a passkey")
	b.await("span", "Ann Example · Alpha · coordinator")
	b.open("/account")
	b.press("Vote with this passkey")
	b.await("span", "Alpha votes with it")

	b.open("/cases")
	b.await("p", "Open the first one")
	b.open("/cases/new")
	b.types(map[string]string{"question": "Who made and released the worm?", "hypotheses": "lazarus = The Lazarus group\nA criminal group", "members": "Alpha\nBeta", "threshold": "1", "simulated": simulatedWords})
	b.look("case-new")
	b.press("Open the case, with this rule for good")
	b.await("p", "the question and the decision rule are fixed")
	path := b.path()
	e.id = path[len("/cases/"):]
	b.await("div", "at least 1 of these 2")

	for _, item := range []struct{ title, lazarus, criminal string }{{"Shared code", "CC", "II"}, {"Working hours", "N", "N"}, {"A ransom note", "I", "C"}} {
		b.open(path + "/write")
		b.types(map[string]string{"title": item.title, "source": "a report that anybody can read", "reliability": "B", "credibility": "2", "relevance": "H", "forgeability": "L"})
		b.press("File the item")
		b.await("p", "Filed: the item is on record")
		b.types(map[string]string{"value-lazarus": item.lazarus, "value-a-criminal-group": item.criminal, "value-unknown": "N", "value-other": "I", "value-false-flag": "I", "reason": "as it looks to us"})
		b.press("Record these ratings")
		b.await("p", "Rated: the scores follow from it")
	}
	b.look("case-item")
	b.open(path + "/draft")
	b.types(map[string]string{"finding": "lazarus", "text": "It was the Lazarus group.", "likelihood": "likely", "confidence": "moderate", "cites": "E1, E2", "gaps": "Who gave the order", "would-change": "A confession"})
	b.look("case-draft")
	b.press("Put it to the vote")
	b.await("p", "Put to the vote: this exact text")
	e.path = b.path()
	e.statement = e.path[len(path)+len("/statements/"):]
	e.vote(e.story.b, attribution.Dissent)
	b.open("/cases")
	b.await("h2", "The vote of Alpha is missing")
	b.look("cases")
	b.open(e.path)
	e.fill("endorse", "We looked at it ourselves.")
	b.press("Sign and cast this vote")
	b.await("h2", "How Alpha has voted")
	b.await("span", "met: 1 agreed")
	b.look("case-voted")
	b.ticks("publish-sure", "Publish, and make the whole case public")
	b.await("p", "Published: the whole case is public")
	b.do(chromedp.Click(chromedp.CSS("#reply summary")))
	b.types(map[string]string{"from": "The accused", "reply-text": "Without any evidence.", "reply-source": "a newspaper"})
	b.ticks("reply-sure", "Record the reply, for good")
	b.await("p", "Recorded: the reply stands beside the statement")
	b.await("blockquote", "Without any evidence.")
	const beside = `(() => { const [a, b] = [...document.querySelectorAll(".pair.beside > *")].map((e) => e.getBoundingClientRect()); return %s; })()`
	b.do(chromedp.EmulateViewport(1280, 900))
	b.is("statement and what is against it stand side by side", fmt.Sprintf(beside, `a.right <= b.left && Math.abs(a.top - b.top) < 2`))
	b.look("case-statement")
	b.do(chromedp.EmulateViewport(360, 800, chromedp.EmulateMobile))
	b.is("on a telephone one after another", fmt.Sprintf(beside, `a.bottom <= b.top`))

	pages := []string{path, path + "/evidence", path + "/sensitivity", path + "/rounds", path + "/proofs", path + "/write", path + "/draft", "/cases", "/cases/new", e.path}
	for _, one := range pages {
		b.open(one)
		b.is(one+" on a telephone", `document.documentElement.scrollWidth <= 360`)
		b.is(one+": every field has a label", `[...document.querySelectorAll("main input:not([type=hidden]), main textarea, main select")].every((i) => i.labels.length === 1 || i.ariaLabel)`)
	}
	b.do(chromedp.EmulateReset())
	b.open(path)
	b.await("h2", "Published: finding, version 1")
	b.is("no label of the matrix is cut off", `[...document.querySelectorAll("svg.matrix")].every((svg) => {
		const s = svg.getBoundingClientRect();
		return [...svg.querySelectorAll("text")].every((e) => { const r = e.getBoundingClientRect(); return r.left >= s.left && r.right <= s.right && r.top >= s.top; });
	})`)
	b.is("the matrix is a picture", `document.querySelectorAll("svg.matrix .of.is-fits-much").length > 0`)
	b.look("case")
	for _, one := range []string{"evidence", "sensitivity", "proofs"} {
		b.open(path + "/" + one)
		b.await("h1", "Who made and released the worm?")
		b.look("case-" + one)
	}
	b.await("span", "proved")
	b.quiet("a case")

	command(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	for _, one := range pages {
		b.open(one)
		b.await("h1", "")
	}
	b.open(path + "/write")
	b.types(map[string]string{"title": "A late item", "source": "a report"})
	b.press("File the item")
	b.await("p", "Filed: the item is on record")
	b.quiet("a case without JavaScript")
}

// path is that of the page that is open.
func (b *browser) path() string {
	b.t.Helper()
	path, err := chromedp.Run(b, chromedp.Evaluate[string](`location.pathname`))
	if err != nil {
		b.t.Fatal(err)
	}
	return path
}
