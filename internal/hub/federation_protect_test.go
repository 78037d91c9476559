package hub_test

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tocsin-project/tocsin/internal/pull"
	"github.com/tocsin-project/tocsin/internal/stream"
)

// standing is how a value stands at a hub, and who proposes to recall it.
type standing struct {
	Polarity string `json:"polarity"`
	State    string `json:"state"`
	By       string `json:"by"`
	Against  []struct {
		By string `json:"by"`
	} `json:"against"`
}

func (p *peer) standing(value string) (list []standing) {
	p.t.Helper()
	var answer struct {
		Protections []standing `json:"protections"`
	}
	p.get("/api/v1/protections?value="+value, adminToken, &answer)
	return answer.Protections
}

// decide has a hub's own administrator decide.
func (p *peer) decide(value, polarity string) {
	p.t.Helper()
	p.post("/api/v1/protections", adminToken, map[string]string{"value": value, "polarity": polarity, "reason": "for the test"}, http.StatusCreated)
}

func (p *peer) recallHere(value string) {
	p.t.Helper()
	p.post("/api/v1/protections/recall", adminToken, map[string]string{"value": value, "reason": "for the test"}, http.StatusOK)
}

// What one hub decides is a proposal at the other; what it recalls ends its own
// proposal, and of what others decided it proposes the recall. No more comes of it.
func TestDecisionsOfAnotherHubAreProposals(t *testing.T) {
	p := newPair(t)
	clinic := &reading{p: p.b, token: p.clinic}
	const block, kill, both = "block.example.org", "kill.example.org", "both.example.org"
	p.b.decide(both, "block")
	p.a.decide(block, "block")
	p.a.decide(kill, "must-resolve")
	p.a.decide(both, "block")
	p.a.contribute(p.bank, "", "then.example")
	clinic.until("what came after the decisions", names("then.example"))
	for value, polarity := range map[string]string{block: "block", kill: "must-resolve"} {
		if got := p.b.standing(value); len(got) != 1 || got[0].State != "proposed" || got[0].Polarity != polarity || got[0].By != p.bOfA {
			t.Errorf("%s stands as %+v", value, got)
		}
	}
	p.a.recallHere(block)
	p.a.recallHere(both)
	p.a.contribute(p.bank, "", "at-last.example")
	clinic.until("what came after the recalls", names("at-last.example"))
	if got := p.b.standing(block); len(got) != 0 {
		t.Errorf("the proposal stands still: %+v", got)
	}
	if got := p.b.standing(both); len(got) != 1 || got[0].State != "active" || len(got[0].Against) != 1 || got[0].Against[0].By != p.bOfA {
		t.Errorf("what others decided stands as %+v", got)
	}
	// Nothing of it comes back: B's withdrawal of A's proposal is no word of B's.
	p.a.decide(block, "block")
	p.b.contribute(p.clinic, "", "back.example")
	(&reading{p: p.a, token: p.bank}).until("what B said since", names("back.example"))
	if got := p.a.standing(block); len(got) != 1 || got[0].State != "active" || len(got[0].Against) != 0 {
		t.Errorf("at A it stands as %+v", got)
	}
}

// What is changed on the way is not taken, and said.
func TestAlteredOnTheWay(t *testing.T) {
	a, b := newPeer(t), newPeer(t)
	aOfB, bOfA := a.otherHub("Hub B"), b.otherHub("Hub A")
	_, bank := a.partner("Bank 01", "financial-services", "DE", "contributor")
	_, clinic := b.partner("Hospital 01", "healthcare", "GB", "contributor")
	target, err := url.Parse(a.door.url())
	if err != nil {
		t.Fatal(err)
	}
	var honest atomic.Bool
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.FlushInterval = -1
	proxy.ModifyResponse = func(r *http.Response) error {
		if !honest.Load() {
			r.Body = altered(r.Body, "evil-1.example", "good-1.example")
		}
		return nil
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(func() {
		a.door.leadTo(nil)
		server.Close()
	})
	a.contribute(bank, "", "evil-1.example")
	b.follows(a, aOfB, bOfA, func(c *pull.Config) { c.URL = server.URL })
	b.waitProblem(stream.ErrAltered.Error())
	if got := b.partsWith("-1.example"); len(got) != 0 {
		t.Errorf("it was taken: %+v", got)
	}
	honest.Store(true)
	(&reading{p: b, token: clinic}).until("the true one", names("evil-1.example"))
}

// altered replaces a text in the lines of a body.
func altered(body io.ReadCloser, old, by string) io.ReadCloser {
	read, write := io.Pipe()
	go func() {
		defer body.Close()
		lines := bufio.NewReader(body)
		for {
			line, err := lines.ReadString('\n')
			if _, failed := io.WriteString(write, strings.ReplaceAll(line, old, by)); failed != nil {
				return
			}
			if err != nil {
				write.CloseWithError(err)
				return
			}
		}
	}()
	return read
}
