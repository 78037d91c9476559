package edge_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/edge"
	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// stuck is an outlet that takes an update and does not return before it is let.
type stuck struct{ let chan struct{} }

func (stuck) Name() string { return "stuck" }

func (s stuck) Apply(ctx context.Context, _ feed.Update) error {
	select {
	case <-s.let:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// changing is an outlet that takes differences, and remembers what they make.
type changing struct {
	board *board
	fail  error
	anew  int
	now   map[string]bool
}

func (*changing) Name() string { return "changing" }

func (o *changing) Apply(_ context.Context, u feed.Update) (err error) {
	o.board.tell(func() {
		if err = o.fail; err != nil {
			return
		}
		if u.Anew {
			o.anew++
			o.now = map[string]bool{}
			u.Come = nil
			for _, p := range u.Set().Blocks() {
				o.now[p.Text] = true
			}
		}
		for _, p := range u.Come {
			o.now[p.Text] = true
		}
		for _, p := range u.Gone {
			delete(o.now, p.Text)
		}
	})
	return err
}

// An outlet that hangs keeps no other from being told, nor its receipts from
// the hub.
func TestASlowOutletHoldsUpNoOther(t *testing.T) {
	h := startFakeHub(t)
	r := newRig(t, h)
	slow := stuck{make(chan struct{})}
	r.cfg.Outlets = append([]edge.Placed{{Outlet: slow}}, r.cfg.Outlets...)
	r.start()
	for _, name := range []string{"one.example", "two.example", "three.example"} {
		h.decide(block(name))
		h.until(t, "the other outlet's receipt of "+name, func() bool { return h.has("protection--"+name, true) })
	}
	r.wantBlocks("one.example", "three.example", "two.example")
	close(slow.let)
	r.enforced(3)
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, name := range []string{"one.example", "two.example", "three.example"} {
		if !slices.ContainsFunc(h.receipts, func(r protect.Receipt) bool {
			return r.Outlet == "stuck" && r.Protection == "protection--"+name && r.InForce
		}) {
			t.Errorf("no receipt of %s from the outlet that was slow", name)
		}
	}
}

// An outlet that takes differences is told them; after a failure it begins anew.
func TestDifferences(t *testing.T) {
	h := startFakeHub(t)
	r := newRig(t, h)
	o := &changing{board: &h.board}
	r.cfg.Outlets = []edge.Placed{{Outlet: o}}
	want := func(names ...string) {
		t.Helper()
		h.mu.Lock()
		defer h.mu.Unlock()
		if len(o.now) != len(names) || slices.ContainsFunc(names, func(n string) bool { return !o.now[n] }) {
			t.Errorf("in force %v, want %v", o.now, names)
		}
	}
	h.decide(block("one.example"), block("two.example"))
	r.start()
	r.enforced(2)
	h.decide(block("three.example"), decision("one.example", protect.Block, protect.Revoked))
	r.enforced(4)
	want("two.example", "three.example")
	h.tell(func() { o.fail = errors.New("no such table") })
	h.decide(block("four.example"))
	h.until(t, "the problem's receipt", func() bool { return h.has("protection--four.example", false) })
	h.tell(func() { o.fail = nil })
	h.until(t, "receipt", func() bool { return h.has("protection--four.example", true) })
	want("two.example", "three.example", "four.example")
	h.mu.Lock()
	defer h.mu.Unlock()
	if o.anew != 2 {
		t.Errorf("began anew %d times, want at the start and after the failure", o.anew)
	}
}

// The owner of an outlet decides what it puts in force; the hub is told why not.
func TestAnOutletsOwnPolicy(t *testing.T) {
	unsure := block("unsure.example")
	unsure.Confidence = 40
	unsure.TLP = access.AmberStrict
	automatic := block("automatic.example")
	automatic.By = access.Hub
	for name, test := range map[string]struct {
		policy edge.OutletPolicy
		blocks []string
		word   string // in the receipt of what is not
	}{
		"all":            {edge.OutletPolicy{}, []string{"automatic.example", "sure.example", "unsure.example"}, ""},
		"dry run":        {edge.OutletPolicy{DryRun: true}, nil, "dry run"},
		"min confidence": {edge.OutletPolicy{MinConfidence: 41}, []string{"automatic.example", "sure.example"}, "confidence is 40"},
		"clients":        {edge.OutletPolicy{Reach: feed.Clients}, []string{"automatic.example", "sure.example"}, "AMBER+STRICT"},
		"people":         {edge.OutletPolicy{People: true}, []string{"sure.example", "unsure.example"}, "lets people decide"},
	} {
		t.Run(name, func(t *testing.T) {
			h := startFakeHub(t)
			r := newRig(t, h)
			r.cfg.Outlets[0].Policy = test.policy
			h.decide(unsure, automatic)
			r.start()
			h.decide(block("sure.example"), decision("switch.example", protect.MustResolve, protect.Active))
			r.enforced(4)
			r.wantBlocks(test.blocks...)
			hosts, err := os.ReadFile(filepath.Join(r.outlet.Dir, "hosts"))
			if err != nil || strings.Contains(string(hosts), "switch.example") == test.policy.DryRun {
				t.Errorf("hosts: %v\n%s", err, hosts)
			}
			h.mu.Lock()
			defer h.mu.Unlock()
			for _, receipt := range h.receipts {
				blocked := slices.Contains(append(test.blocks, "switch.example-must"), strings.TrimPrefix(receipt.Protection, "protection--")) && !test.policy.DryRun
				if receipt.InForce != blocked || !blocked && !strings.Contains(receipt.Problem, test.word) {
					t.Errorf("receipt %+v", receipt)
				}
			}
			if len(h.receipts) != 4 {
				t.Errorf("%d receipts, want 4", len(h.receipts))
			}
		})
	}
}

// One act stops automation; what people decide and what is recalled goes on, and
// when it is lifted what had to wait takes effect. A restart changes nothing.
func TestAutomationIsStopped(t *testing.T) {
	automatic := func(name string, after time.Duration) protect.Protection {
		p := block(name)
		p.By, p.Decided = access.Hub, day.Add(after)
		return p
	}
	for name, test := range map[string]struct {
		stop  protect.Stop
		halts bool
	}{
		"hub":            {protect.Stop{Scope: protect.ScopeHub}, true},
		"partner":        {protect.Stop{Scope: protect.ScopePartner}, true},
		"outlet":         {protect.Stop{Scope: protect.ScopeOutlet, Outlet: "files"}, true},
		"another outlet": {protect.Stop{Scope: protect.ScopeOutlet, Outlet: "nft"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := startFakeHub(t)
			r := newRig(t, h)
			h.decide(automatic("before.example", 0), automatic("recalled.example", 0))
			r.start()
			r.enforced(2)
			test.stop.On, test.stop.At, test.stop.Reason = true, day.Add(time.Minute), "false alarms"
			test.stop.Partner = "identity--11111111-1111-4111-8111-111111111111"
			h.stops(test.stop)
			ended := automatic("recalled.example", 2*time.Minute)
			ended.Status = protect.Revoked
			h.decide(automatic("after.example", 2*time.Minute), block("person.example"), ended)
			r.enforced(6)
			want := []string{"before.example", "person.example"}
			all := []string{"after.example", "before.example", "person.example"}
			if !test.halts {
				want = all
			}
			r.wantBlocks(want...)
			h.until(t, "receipt of what is halted", func() bool { return h.has("protection--after.example", !test.halts) })
			r.stop()
			r.start()
			r.enforced(6)
			r.wantBlocks(want...)
			test.stop.On = false
			h.stops(test.stop)
			r.enforced(7)
			r.wantBlocks(all...)
			h.until(t, "receipt of what was halted", func() bool { return h.has("protection--after.example", true) })
		})
	}
}
