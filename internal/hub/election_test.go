package hub_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
)

const simulatedWords = "Everything in this case is made up."

// election is Alpha, whose Ann votes in a browser, and Beta, which has a key file,
// in a case with two statements that wait for both.
type election struct {
	*story
	b     *browser
	alpha string
	first string // the path of a statement that nobody votes for
	path  string // of the one that is published
	key   string // that Alpha votes with
}

func (r *running) election() *election {
	r.t.Helper()
	id, token := r.partner("Alpha", "government", "GB", "coordinator")
	beta := r.nation("Beta", "US")
	e := &election{story: &story{running: r, a: nation{id: id, token: token}, b: beta}, b: openBrowser(r.t, r.named()), alpha: id}
	var opened struct {
		ID string `json:"id"`
	}
	r.decode(r.post("/api/v1/cases", beta.token, map[string]any{
		"question": "Who did it to " + secretWords + "?", "policy": "all of [" + id + ", " + beta.id + "]", "simulated": simulatedWords,
		"hypotheses": []any{map[string]string{"id": "one", "title": "Group " + secretWords}, map[string]string{"id": "two", "title": "Somebody who looks like it"}},
	}, http.StatusCreated), &opened)
	e.id = opened.ID
	const item = "evidence--11111111-1111-4111-8111-111111111111"
	r.post("/api/v1/cases/evidence", beta.token, map[string]any{
		"case": e.id, "id": item, "title": "Code " + secretWords, "kind": "technical", "source": "a report on " + secretWords,
		"reliability": "B", "credibility": 2, "relevance": "H", "forgeability": "L",
	}, http.StatusCreated)
	for hypothesis, value := range map[string]string{"one": "CC", "two": "I", "unknown": "I", "other": "I", "false-flag": "N"} {
		r.post("/api/v1/cases/ratings", beta.token, map[string]any{"ratings": []any{
			map[string]any{"case": e.id, "evidence": item, "hypothesis": hypothesis, "value": value, "reason": "as it looks", "likelihood": 0.5},
		}}, http.StatusCreated)
	}
	e.propose("finding", item)
	e.first = e.pathOf()
	r.post("/api/v1/cases/marks", beta.token, map[string]string{"case": e.id, "evidence": item, "status": "contested", "reason": "copied, perhaps"}, http.StatusCreated)
	e.propose("finding", item)
	e.path = e.pathOf()
	e.vote(beta, attribution.Endorse)
	return e
}

func (e *election) pathOf() string { return "/cases/" + e.id + "/statements/" + e.statement }

// join has Ann join with a passkey, which becomes the key that Alpha votes with.
func (e *election) join() {
	e.t.Helper()
	e.b.device()
	e.b.open("/enrol#" + e.invite(e.alpha, "Ann Example", "ann@alpha.example", "coordinator"))
	e.b.press("Join with a passkey")
	e.b.await("span", "Ann Example · Alpha · coordinator")
	e.b.open(e.path)
	e.b.await("p", "Alpha has no key to vote with")
	e.b.open("/account")
	e.b.await("p", "goes on the public log under Alpha's name")
	e.b.press("Vote with this passkey")
	e.b.await("span", "Alpha votes with it")
	e.b.await("p", "Another key takes the place of one of these only if that one signs")
	e.b.quiet("registering a passkey")
	var list struct {
		Keys []struct {
			Key string `json:"key"`
		} `json:"keys"`
	}
	e.get("/api/v1/keys?partner="+e.alpha, e.a.token, &list)
	if len(list.Keys) != 1 || !strings.HasPrefix(list.Keys[0].Key, "webauthn:localhost:") {
		e.t.Fatalf("Alpha's keys: %+v", list)
	}
	e.key = list.Keys[0].Key
	e.b.is("its text is on the page", fmt.Sprintf(`document.querySelector("main").textContent.includes(%q)`, e.key))
}

// fill fills in the form of a statement's page.
func (e *election) fill(choice, words string) {
	e.t.Helper()
	e.b.do(chromedp.Click(chromedp.CSS("#"+choice)), chromedp.SendKeys(chromedp.CSS("#words"), words), chromedp.SetValue(chromedp.CSS("#confidence"), "high"))
}

// answers wants a promise in the page to give a status.
func (e *election) answers(what, expression string, want int) {
	e.t.Helper()
	got, err := chromedp.Run(e.b, chromedp.Evaluate[int](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		e.t.Fatalf("%s: %v", what, err)
	}
	if got != want {
		e.t.Errorf("%s: status %d, want %d", what, got, want)
	}
	e.b.quietBut(what, fmt.Sprint(want))
}

// votes are those of Alpha, as the records have them.
func (e *election) votes() (list []attribution.Vote) {
	e.t.Helper()
	var c attribution.Case
	e.get("/api/v1/cases/"+e.id, e.a.token, &c)
	for _, s := range c.Statements {
		for _, v := range s.Votes {
			if v.By == access.PartnerID(e.alpha) {
				list = append(list, v.Vote)
			}
		}
	}
	return list
}

// narrow looks at the pages of the case on a telephone, in the dark and without
// JavaScript.
func (e *election) narrow() {
	e.t.Helper()
	paths := []string{"/cases", "/cases/" + e.id, e.path, e.first, "/account"}
	for _, path := range paths {
		e.b.do(chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile))
		e.b.open(path)
		e.b.is(path+" on a telephone", `document.documentElement.scrollWidth <= 390`)
		e.b.is(path+": every field has a label", `[...document.querySelectorAll("main input:not([type=hidden]), main textarea, main select")].every((i) => i.labels.length === 1)`)
	}
	e.b.do(chromedp.EmulateReset())
	command(e.b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	e.b.open("/cases/" + e.id)
	e.b.await("blockquote", "We looked at it ourselves.")
	e.b.open(e.path)
	e.b.await("p", "Signing in the browser needs JavaScript")
	command(e.b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: false})
}

// look takes pictures of the page into the folder of TOCSIN_CASE_PICTURES, for
// people to look at.
func (e *election) look(name string) {
	dir := os.Getenv("TOCSIN_CASE_PICTURES")
	if dir == "" {
		return
	}
	e.t.Helper()
	for _, width := range []int64{1100, 390} {
		for _, scheme := range []string{"light", "dark"} {
			e.b.do(chromedp.EmulateViewport(width, 900))
			command(e.b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
			picture, err := chromedp.Run(e.b, chromedp.FullScreenshot(100))
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%d-%s.png", name, width, scheme)), picture, 0o600)
			}
			if err != nil {
				e.t.Fatal(err)
			}
		}
	}
	e.b.do(chromedp.EmulateReset())
	command(e.b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{})
}
