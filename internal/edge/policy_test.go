package edge_test

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/edge"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// A hub gone bad asks for the owner's own, for a redirection of it, for what
// everyone depends on, and for too much: the edge says no to each, says so, and
// does the rest.
func TestTheOwnerHasTheLastWord(t *testing.T) {
	h := startFakeHub(t)
	r := newRig(t, h)
	own, err := observable.New(observable.Domain, "portal.hospital.example")
	if err != nil {
		t.Fatal(err)
	}
	r.cfg.Policy.Protected, r.cfg.Policy.MaxBlocks = []observable.Value{own}, 2
	redirect := decision("www.portal.hospital.example", protect.MustResolve, protect.Active)
	redirect.Answer = "203.0.113.66"
	h.decide(block("first.example"), block("portal.hospital.example"), block("hospital.example"), redirect, block("co.uk"), block("second.example"))
	r.start()
	r.enforced(6)
	r.wantBlocks("first.example", "second.example")
	h.decide(block("third.example"))
	r.enforced(7)
	r.wantBlocks("first.example", "second.example")
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, set := range r.outlet.sets {
		if musts := set.MustResolve(); len(musts) != 0 {
			t.Errorf("redirected: %v", musts)
		}
	}
	var said []string
	for _, receipt := range h.receipts {
		if !receipt.InForce {
			said = append(said, strings.TrimPrefix(receipt.Protection, "protection--")+": "+receipt.Problem)
		}
	}
	slices.Sort(said)
	const no = ": this edge's owner does not allow it"
	want := []string{
		"co.uk: co.uk is", "hospital.example" + no, "portal.hospital.example" + no,
		"third.example: this edge has 2 blocks in force, as many as its owner allows", "www.portal.hospital.example-must" + no,
	}
	if len(said) != len(want) || slices.ContainsFunc(want, func(w string) bool {
		return !slices.ContainsFunc(said, func(s string) bool { return strings.HasPrefix(s, w) })
	}) {
		t.Errorf("the hub is told %q", said)
	}
}

// Status.json can be read by the person who looks after the edge, and by
// programs.
func TestStatusIsWritten(t *testing.T) {
	h := startFakeHub(t)
	h.decide(block("one.example"))
	r, out := telling(t, h)
	r.enforced(1)
	if _, err := io.WriteString(out, asks(1, "one.example")+"{broken\n"); err != nil {
		t.Fatal(err)
	}
	r.settle(2)
	r.stop()
	text, err := os.ReadFile(filepath.Join(r.cfg.StateDir, "status.json"))
	var s edge.Status
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	if one := s.Sensors["eve=-"]; err != nil || s.Events != 1 || one.Malformed != 1 || s.Protections.Indicators != 1 || s.Waiting.Reports != 0 {
		t.Errorf("%v: %s", err, text)
	}
}

// What is put in force is what the guards have judged: a value in another form
// than the normal one walks around none of them.
func TestGuardsSeeWhatIsPutInForce(t *testing.T) {
	h := startFakeHub(t)
	r := newRig(t, h)
	for _, text := range []string{"bank.example", "203.0.113.0/24"} {
		v, err := observable.Infer(text)
		if err != nil {
			t.Fatal(err)
		}
		r.cfg.Policy.Protected = append(r.cfg.Policy.Protected, v)
	}
	written := map[string]observable.Type{
		" bank.example": observable.Domain, "ｂank.example": observable.Domain, "BANK.example.": observable.Domain, "co.uk ": observable.Domain,
		" 203.0.113.7": observable.IPv4, " 0.0.0.0/0": observable.IPv4, "8.8.8.8\t": observable.IPv4, "::ffff:203.0.113.7": observable.IPv6,
		" http://bank.example/": observable.URL, "http://x[@bank.example/": observable.URL,
	}
	var decisions []protect.Protection
	for text, kind := range written {
		one := block(text)
		one.Value = observable.Value{Type: kind, Text: text}
		decisions = append(decisions, one)
	}
	h.decide(append(decisions, block("evil.example"))...)
	r.start()
	r.enforced(uint64(len(decisions) + 1))
	r.wantBlocks("evil.example")
}

// A kill switch is let through by an edge that is full: without it the block of
// the name above would have no exception.
func TestAFullEdgeTakesAKillSwitch(t *testing.T) {
	h := startFakeHub(t)
	r := newRig(t, h)
	r.cfg.Policy.MaxBlocks = 1
	h.decide(block("evil.example"), decision("switch.evil.example", protect.MustResolve, protect.Active))
	r.start()
	r.enforced(2)
	h.until(t, "receipt", func() bool { return h.has("protection--switch.evil.example-must", true) })
	h.mu.Lock()
	defer h.mu.Unlock()
	last := r.outlet.sets[len(r.outlet.sets)-1]
	if len(last.MustResolve()) != 1 || len(last.Except("evil.example")) != 1 {
		t.Errorf("must resolve: %v, excepted: %v", last.MustResolve(), last.Except("evil.example"))
	}
}
