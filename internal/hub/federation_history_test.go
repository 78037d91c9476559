package hub_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/pull"
)

// A hub that was restored from an older copy, and goes on from there, tells another
// history than it told. It is not followed into that: its operator's counterpart sees
// why, on the page as well, and nothing of the other history comes until anew is set.
func TestASenderThatRewritesItsHistory(t *testing.T) {
	a, b := newPeer(t), newPeer(t)
	aOfB, bOfA := a.otherHub("Hub B"), b.otherHub("Hub A")
	_, bank := a.partner("Bank 01", "financial-services", "DE", "contributor")
	_, clinic := b.partner("Hospital 01", "healthcare", "GB", "contributor")
	a.contribute(bank, "", "first.example")
	b.follows(a, aOfB, bOfA)
	reader := &reading{p: b, token: clinic}
	reader.until("the first", names("first.example"))

	a.stop()
	older := filepath.Join(t.TempDir(), "older")
	if err := os.CopyFS(older, os.DirFS(a.dir)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(older, 0o700); err != nil {
		t.Fatal(err)
	}
	a.start(a.dir)
	a.contribute(bank, "", "lost.example")
	reader.until("what the copy does not have", names("lost.example"))
	a.stop()
	a.start(older)
	a.contribute(bank, "", "other-one.example")
	a.contribute(bank, "", "other-two.example")
	const words = "tells another story"
	b.onlySource(func(s pull.Status) bool { return strings.Contains(s.Problem, words) })
	b.waitProblem(words)
	if page := b.page(&asker{browser: b.signIn(adminToken)}, "/feeds"); !strings.Contains(page, words) {
		t.Errorf("the page says nothing of it: %s", page)
	}
	if got := b.partsWith("other-one.example"); len(got) != 0 {
		t.Errorf("%d contributions of the other history were taken", len(got))
	}
	b.source.Anew = "restored"
	b.restart()
	reader.until("the other history, which an administrator wanted", names("other-two.example"))
	for text, want := range map[string]bool{"first.example": true, "lost.example": false, "other-one.example": true} {
		parts := b.partsWith(text)
		if len(parts) != 1 {
			t.Fatalf("%s is there %d times", text, len(parts))
		}
		if id := idOf(t, parts[0]); b.shows(clinic, id) != want {
			t.Errorf("%s is to be shown: %t", text, want)
		}
	}
}

// What is erased at one hub is hidden at the other at once, and stays on its ledger
// until it is erased there, too: nobody's word destroys what another keeps.
func TestErasedAtAnotherHub(t *testing.T) {
	p := newPair(t)
	p.a.contribute(p.bank, "", "erasable.example")
	reader := &reading{p: p.b, token: p.clinic}
	reader.until("what will be erased", names("erasable.example"))
	here := p.b.partsWith("erasable.example")
	id := idOf(t, here[0])
	there := here[0].Origin.Contribution
	p.a.post("/api/v1/contributions/"+there+"/erasure", adminToken, map[string]string{"reason": "personal data", "owner": p.bankID}, http.StatusNoContent)
	p.a.contribute(p.bank, "", "then.example")
	reader.until("what came after it", names("then.example"))
	if p.b.shows(p.clinic, id) {
		t.Error("it is shown still")
	}
	if len(p.a.partsWith("erasable.example")) != 0 || len(p.b.partsWith("erasable.example")) != 1 {
		t.Error("it is to be gone from A's ledger, and only hidden at B")
	}
	p.b.post("/api/v1/contributions/"+here[0].ID+"/erasure", adminToken, map[string]string{"reason": "erased at hub A", "owner": p.bOfA}, http.StatusNoContent)
	if len(p.b.partsWith("erasable.example")) != 0 {
		t.Error("it is on B's ledger still")
	}
}
