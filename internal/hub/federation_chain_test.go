package hub_test

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/pull"
	"github.com/tocsin-project/tocsin/internal/stream"
)

// Over two hubs: where it began and the way are kept, and what is taken back at the
// first is taken back at the last.
func TestThroughTwoHubs(t *testing.T) {
	a, b, c := newPeer(t), newPeer(t), newPeer(t)
	bankID, bank := a.partner("Bank 01", "financial-services", "DE", "contributor")
	_, telco := c.partner("Telco 01", "communications", "ES", "contributor")
	b.follows(a, a.otherHub("Hub B"), b.otherHub("Hub A"))
	c.follows(b, b.otherHub("Hub C"), c.otherHub("Hub B"))
	a.contribute(bank, "", "far.example")
	reader := &reading{p: c, token: telco}
	reader.until("what came through two hubs", names("far.example"))
	part := c.partsWith("far.example")[0]
	there, between := a.partsWith("far.example")[0], b.partsWith("far.example")[0]
	o := part.Origin
	if o == nil || o.By != bankID || o.Contribution != there.ID || o.As != between.ID || len(o.Via) != 2 || o.Via[0] != o.Hub || o.Hub != between.Origin.Hub {
		t.Errorf("its origin is %+v, at the hub between %+v", o, between.Origin)
	}
	a.post("/api/v1/contributions/"+there.ID+"/withdrawal", bank, map[string]string{"reason": "wrong"}, http.StatusNoContent)
	reader.until("the withdrawal", func(l stream.Line) bool { return l.Kind == contribution.KindTightened })
	if c.shows(telco, idOf(t, part)) {
		t.Error("it is shown still")
	}
}

// The checkpoints of the other hub's public log are watched where a trust file is
// given, and kept with what is taken.
func TestTheOthersPublicLogIsKept(t *testing.T) {
	a, b := newPeer(t), newPeer(t)
	aOfB, bOfA := a.otherHub("Hub B"), b.otherHub("Hub A")
	_, bank := a.partner("Bank 01", "financial-services", "DE", "contributor")
	_, clinic := b.partner("Hospital 01", "healthcare", "GB", "contributor")
	keys := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(keys, []byte(a.call(http.MethodGet, "/api/v1/log/keys", "", "", nil).body), 0o600); err != nil {
		t.Fatal(err)
	}
	b.follows(a, aOfB, bOfA, func(c *pull.Config) { c.Trust = keys })
	var list struct {
		Sources []pull.Status `json:"sources"`
	}
	for ctx := patience(t); ; time.Sleep(10 * time.Millisecond) {
		if b.get("/api/v1/sources", adminToken, &list); len(list.Sources) == 1 && !list.Sources[0].LogSeen.IsZero() {
			break
		}
		if ctx.Err() != nil {
			t.Fatalf("the log was never seen: %+v", list.Sources)
		}
	}
	a.contribute(bank, "", "evil.example")
	(&reading{p: b, token: clinic}).until("what the bank shared", names("evil.example"))
	kept := ""
	for e, err := range b.Views.Ledger.Read(t.Context(), 0, "hub.followed") {
		if err != nil {
			t.Fatal(err)
		}
		kept = string(e.Body)
	}
	if !names("checkpoint")(stream.Line{Body: []byte(kept)}) {
		t.Errorf("no checkpoint is on the ledger: %s", kept)
	}
}
