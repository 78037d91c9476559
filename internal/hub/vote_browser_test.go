package hub_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/tocsin-project/tocsin/internal/attribution"
	"github.com/tocsin-project/tocsin/internal/dossier"
)

// A member registers a passkey, votes with it, and an outsider who has its key
// from elsewhere verifies the dossier.
func TestVotingInABrowser(t *testing.T) {
	e := startHub(t, "").election()
	e.join()
	e.b.open("/cases")
	e.b.await("h2", "The vote of Alpha is missing")
	e.b.do(chromedp.Click(chromedp.Search(`//section//a[contains(., "` + secretWords + `")]`)))
	e.b.await("p", simulatedWords)
	e.b.open("/cases/" + e.id)
	e.b.await("p", "agreed: Beta. Missing: Alpha. That is not enough yet.")
	e.b.await("p", simulatedWords)
	e.look("waiting")
	e.b.open(e.path)
	e.b.await("dd", e.statement[:16])
	e.fill("endorse", "We looked at it ourselves.")
	e.look("ballot")
	e.b.press("Sign and cast this vote")
	e.b.await("h2", "How Alpha has voted")
	e.b.await("blockquote", "We looked at it ourselves.")
	e.b.await("p", "agreed: Alpha, Beta. That is enough.")
	e.b.quiet("voting")
	votes := e.votes()
	if len(votes) != 1 || votes[0].Key != e.key || votes[0].Document.Statement != e.statement || votes[0].Document.Words != "We looked at it ourselves." || votes[0].Party != "Alpha" {
		t.Fatalf("Alpha's votes: %+v", votes)
	}
	text, err := votes[0].Document.Message()
	if err != nil {
		t.Fatal(err)
	}
	e.b.is("what was signed is on the page", fmt.Sprintf(`document.querySelector("#mine details code").textContent === %q`, text))
	e.look("voted")

	forged := votes[0]
	forged.Document.Words = "We looked at it, and doubt it."
	e.post("/api/v1/cases/votes", e.a.token, forged, http.StatusBadRequest)
	forged = votes[0]
	forged.Document.Vote = attribution.Dissent
	e.post("/api/v1/cases/votes", e.a.token, forged, http.StatusBadRequest)

	e.publish()
	file := e.verify()
	keys := e.keys()
	trust := "quorum none\nvoter " + e.alpha + " " + e.key + "\nvoter " + e.story.b.id + " " + e.story.b.signer.Public().String() + "\n"
	for _, log := range keys.LogKeys() {
		trust += "log " + log + "\n"
	}
	if report := dossier.Verify(file, dossier.Options{Trust: []byte(trust)}); report.Verdict != dossier.Verified {
		t.Errorf("with a trust file of one's own: %+v", report)
	}
	stranger := strings.Replace(trust, e.key, e.story.b.signer.Public().String(), 1)
	if report := dossier.Verify(file, dossier.Options{Trust: []byte(stranger)}); report.Verdict != dossier.Rejected {
		t.Errorf("with a trust file that has another key for Alpha: %s", report.Verdict)
	}
	e.b.open("/cases/" + e.id)
	e.b.await("h2", "Published: finding, version 1")
	e.b.await("code", "tocsin verify "+e.id+".zip --trust KEYS")
	e.look("published")
	e.answers("the dossier", `fetch(document.querySelector("a[download]").href).then((a) => a.status)`, http.StatusOK)
	e.narrow()
	e.b.quiet("the published case")
}

// An assertion counts once, from the session that asked for it, for the very
// ballot that it was asked about.
func TestAVoteThatIsRefusedInABrowser(t *testing.T) {
	e := startHub(t, "").election()
	e.join()
	// hold signs a ballot, and keeps the answer back from the hub.
	hold := func(words string) {
		e.b.open(e.path)
		e.b.is("hold answers back", `(() => { const real = fetch; window.fetch = async (path, init) => {
			if (!path.endsWith("/finish")) return real(path, init);
			window.kept = init.body;
			return new Response('{"error":"held back"}', { status: 409 });
		}; window.send = (path) => real(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: window.kept }).then((a) => a.status);
		window.begin = (path, fields) => real(path, { method: "POST", body: new URLSearchParams(fields) }).then((a) => a.status); return true; })()`)
		e.fill("dissent", words)
		e.b.press("Sign and cast this vote")
		e.b.await("p", "held back")
	}
	finish := func(path string) string { return fmt.Sprintf(`send(%q)`, path+"/vote/finish") }
	begin := func(path, words string) string {
		return fmt.Sprintf(`begin(%q, { vote: "dissent", confidence: "high", words: %q })`, path+"/vote/begin", words)
	}

	hold("I am not convinced.")
	e.answers("for another statement", finish(e.first), http.StatusConflict)
	e.answers("a second try", finish(e.path), http.StatusConflict)
	hold("I am not convinced.")
	e.answers("a ballot with other words", begin(e.path, "I am convinced."), http.StatusOK)
	e.answers("words that were changed in between", finish(e.path), http.StatusUnauthorized)
	hold("I am not convinced.")
	e.answers("a ballot on another statement", begin(e.first, "I am not convinced."), http.StatusOK)
	e.answers("an answer about this one for that", finish(e.first), http.StatusUnauthorized)
	hold("I am not convinced.")
	const password = "plum kettle orbit seven"
	as := func(path string, fields string) string {
		return fmt.Sprintf(`fetch(%q, { method: "POST", body: new URLSearchParams(%s) }).then((a) => a.status)`, path, fields)
	}
	e.answers("a password", as("/account/password", `{ password: "`+password+`", again: "`+password+`" }`), http.StatusOK)
	e.answers("the same person signs in again", as("/sign-in", `{ email: "ann@alpha.example", password: "`+password+`" }`), http.StatusOK)
	e.answers("an answer from another session", finish(e.path), http.StatusConflict)
	hold("I am not convinced.")
	e.answers("signing out", as("/sign-out", `{}`), http.StatusOK)
	e.answers("an answer from nobody", finish(e.path), http.StatusConflict)
	if votes := e.votes(); len(votes) != 0 {
		t.Errorf("Alpha has voted: %+v", votes)
	}

	e.b.open("/sign-in")
	e.b.press("Sign in with a passkey")
	e.b.await("span", "Ann Example · Alpha · coordinator")
	hold("I am still not convinced.")
	e.answers("as it should be", finish(e.path), http.StatusOK)
	e.answers("replayed", finish(e.path), http.StatusConflict)
	e.answers("the same ballot begun anew", begin(e.path, "I am still not convinced."), http.StatusOK)
	e.answers("and answered with the old signature", finish(e.path), http.StatusUnauthorized)
	if votes := e.votes(); len(votes) != 1 || votes[0].Document.Vote != attribution.Dissent {
		t.Errorf("Alpha's votes: %+v", votes)
	}
	e.b.quiet("votes that are refused")
}
