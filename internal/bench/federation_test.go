package bench

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
)

// federation is a hub that follows another, each with a partner of its own.
type federation struct {
	testing.TB
	sender, follower *hub
	source           string // of the follower's configuration
	bank             string // the token of a contributor at the sender
	clinic           string // and of one at the follower
}

func newFederation(tb testing.TB) *federation {
	tb.Helper()
	f := &federation{TB: tb}
	f.sender = startHub(tb, filepath.Join(tb.TempDir(), "sender"), false)
	f.follower = startHub(tb, filepath.Join(tb.TempDir(), "follower"), false)
	_, f.bank = f.sender.partner("Bank One", "contributor")
	_, f.clinic = f.follower.partner("Clinic One", "contributor")
	_, token := f.sender.partner("The follower", "viewer")
	f.follower.partner("The sender", "viewer")
	file := filepath.Join(tb.TempDir(), "token")
	if err := os.WriteFile(file, []byte(token), 0o600); err != nil {
		tb.Fatal(err)
	}
	f.source = fmt.Sprintf("[dial]\nallow = [\"127.0.0.0/8\"]\n[[source]]\nname = \"sender\"\nkind = \"hub\"\nurl = %q\npartner = \"The sender\"\ntoken_file = %q\n", f.sender.url, file)
	return f
}

// follow starts the follower with its source; it has ended.
func (f *federation) follow() {
	f.Helper()
	f.follower = startHubWith(f, f.follower.data, false, f.follower.address(), f.source)
}

// taken is how many objects the follower has taken.
func (f *federation) taken() int {
	f.Helper()
	var list struct {
		Sources []struct {
			Taken   int    `json:"taken"`
			Problem string `json:"problem"`
		} `json:"sources"`
	}
	status, body := f.follower.as(administrator).call(http.MethodGet, "/api/v1/sources", "", nil)
	if err := json.Unmarshal(body, &list); status != http.StatusOK || err != nil || len(list.Sources) != 1 {
		f.Fatalf("the sources: %d, %v: %s", status, err, body)
	}
	return list.Sources[0].Taken
}

// reach waits until so many objects were taken.
func (f *federation) reach(n int) {
	f.Helper()
	for began := time.Now(); f.taken() < n; time.Sleep(pause) {
		if time.Since(began) > patience {
			f.Fatalf("%d objects of %d were taken after %s\n%s", f.taken(), n, patience, f.follower.said.String())
		}
	}
}

// A hub that begins with nothing ends with what the other has, byte for byte as a
// partner is shown it, nothing twice, whichever of the two is killed on the way.
func TestFederationSoak(t *testing.T) {
	const interruptions = 10
	objects := number(t, "TOCSIN_SOAK_FEDERATED", 10_000) / envelopeSize * envelopeSize
	f := newFederation(t)
	loader := startLoader(t)
	loader.prepare(load{Address: f.sender.address(), Path: f.sender.as(f.bank).community() + "objects/", Media: taxiiMedia, Token: f.bank, Seed: 11, Envelopes: objects / envelopeSize})
	loader.send()
	f.sender.visible(f.bank, synthetic{11}, 0, objects/envelopeSize)
	f.follower.stop()

	began := time.Now()
	f.follow()
	for i := range interruptions {
		f.reach(objects * (i + 1) / (interruptions + 1))
		if i%2 == 0 {
			f.follower.kill()
			f.follow()
			continue
		}
		f.sender.kill()
		f.sender = startHubAt(t, f.sender.data, false, f.sender.address())
	}
	f.reach(objects)
	t.Logf("%d objects in %s, with %d kills", objects, time.Since(began).Round(time.Second), interruptions)
	f.sender.ready()
	f.follower.ready()
	there, here := f.sender.walk(f.bank, nil), f.follower.walk(f.clinic, nil)
	if there.objects != objects || here.objects != objects || there.digest != here.digest {
		t.Errorf("the sender shows %d objects (%s), the follower %d (%s)", there.objects, there.digest, here.objects, here.digest)
	}
	if n := f.taken(); n != objects {
		t.Errorf("%d objects were taken, of %d", n, objects)
	}
	f.follower.stop()
	f.sender.stop()
	f.follower.check()
	f.sender.check()
}
