package edge_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/edge"
	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

func (r *rig) wantBlocks(names ...string) {
	r.t.Helper()
	if got := r.outlet.blocks(); !slices.Equal(got, names) {
		r.t.Errorf("on disk %v are blocked, want %v", got, names)
	}
}

// A receipt says what is so: when it comes, the protection is on disk.
func TestReceiptsComeAfterTheFact(t *testing.T) {
	h := startFakeHub(t)
	r := newRig(t, h)
	var early atomic.Int64
	h.answer = func(path string) int {
		if path == "/receipts" && !slices.Contains(r.outlet.blocks(), "one.example") {
			early.Add(1)
		}
		return http.StatusNoContent
	}
	r.start()
	for i, name := range []string{"one.example", "two.example", "three.example"} {
		h.decide(block(name))
		r.enforced(uint64(i + 1))
		if !slices.Contains(r.outlet.blocks(), name) {
			t.Errorf("%s is confirmed and not on disk", name)
		}
		h.until(t, "receipt", func() bool { return h.has("protection--"+name, true) })
	}
	if early.Load() > 0 {
		t.Errorf("%d receipts came before the protection was on disk", early.Load())
	}
	h.decide(decision("two.example", protect.Block, protect.Revoked))
	r.enforced(4)
	r.wantBlocks("one.example", "three.example")
	h.until(t, "receipt", func() bool { return h.has("protection--two.example", false) })
}

// An outlet that fails is reported, tried again, and reported when it works;
// what it carried stays in force meanwhile, and is said to.
func TestAFailingOutletIsTriedAgain(t *testing.T) {
	h := startFakeHub(t)
	r := newRig(t, h)
	h.decide(block("before.example"))
	r.start()
	r.enforced(1)
	h.tell(func() { r.outlet.failing = errors.New("nft: \x1b[31mno such table\n" + strings.Repeat("x", 2000)) })
	h.decide(block("new.example"), decision("before.example", protect.Block, protect.Revoked))
	h.until(t, "the problem's receipts", func() bool {
		return h.has("protection--new.example", false) && len(h.receipts) >= 3
	})
	h.mu.Lock()
	problems := map[string]protect.Receipt{}
	for _, receipt := range h.receipts[1:] {
		problems[receipt.Protection] = receipt
	}
	tries := r.outlet.applied
	h.mu.Unlock()
	for id, inForce := range map[string]bool{"protection--new.example": false, "protection--before.example": true} {
		got := problems[id]
		if got.InForce != inForce || !strings.Contains(got.Problem, "no such table") || len([]rune(got.Problem)) > 500 || strings.ContainsAny(got.Problem, "\n\x1b") {
			t.Errorf("receipt of %s: in force %t, problem %q", id, got.InForce, got.Problem)
		}
	}
	h.until(t, "another try", func() bool { return r.outlet.applied > tries+1 })
	h.mu.Lock()
	if len(h.receipts) != 3 {
		t.Errorf("a problem that goes on made %d receipts, want 1 each", len(h.receipts)-1)
	}
	h.mu.Unlock()
	h.tell(func() { r.outlet.failing = nil })
	h.until(t, "receipts of what works again", func() bool {
		return h.has("protection--new.example", true) && h.has("protection--before.example", false)
	})
	r.wantBlocks("new.example")
}

// One receipt that the hub refuses does not hold up the others, nor what comes
// after it.
func TestARefusedReceiptHoldsUpNothing(t *testing.T) {
	h := startFakeHub(t)
	refuse := func(path string) int {
		if path != "/receipts" {
			return http.StatusNoContent
		}
		return http.StatusNotFound
	}
	h.answer = refuse
	r := newRig(t, h)
	h.decide(block("one.example"), block("two.example"), block("three.example"))
	r.start()
	r.enforced(3)
	h.tell(func() { h.answer = nil })
	h.decide(block("four.example"))
	r.enforced(4)
	h.until(t, "the receipt after", func() bool { return h.has("protection--four.example", true) })
}

// A proposal lifts nothing, nobody's block takes the place of a kill switch,
// and an end counts only for what it ends.
func TestWhatChangesNothing(t *testing.T) {
	h := startFakeHub(t)
	r := newRig(t, h)
	r.start()
	other := decision("evil.example", protect.Block, protect.Revoked)
	other.ID = "protection--another"
	h.decide(
		block("evil.example"), decision("evil.example", protect.Observe, protect.Proposed), other,
		decision("switch.example", protect.MustResolve, protect.Active), block("switch.example"),
	)
	r.enforced(5)
	r.wantBlocks("evil.example")
	hosts, err := os.ReadFile(filepath.Join(r.outlet.Dir, "hosts"))
	if err != nil || !strings.Contains(string(hosts), "192.0.2.80 switch.example\n") || strings.Contains(string(hosts), "0.0.0.0 switch.example") {
		t.Errorf("hosts: %v\n%s", err, hosts)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, receipt := range h.receipts {
		if receipt.Protection == "protection--switch.example" && receipt.InForce {
			t.Error("the block that lost to the kill switch is said to be in force")
		}
	}
}

// An edge that is started again asks for what is new only, and says nothing twice.
func TestRestartResumes(t *testing.T) {
	h := startFakeHub(t)
	r := newRig(t, h)
	h.decide(block("one.example"), block("two.example"))
	r.start()
	r.enforced(2)
	r.stop()
	h.mu.Lock()
	h.after, h.receipts = nil, nil
	h.mu.Unlock()
	h.decide(block("three.example"))
	r.start()
	r.enforced(3)
	r.wantBlocks("one.example", "three.example", "two.example")
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.after) == 0 || slices.Contains(h.after, "") {
		t.Errorf("after the restart the stream was asked for after %q", h.after)
	}
	if len(h.receipts) != 1 || h.receipts[0].Protection != "protection--three.example" {
		t.Errorf("after the restart came the receipts %v", h.receipts)
	}
}

// While the hub is away what is in force stays, through a restart as well, and
// goes when its time is up.
func TestExpiryWithoutTheHub(t *testing.T) {
	h := startFakeHub(t)
	r := newRig(t, h)
	var now atomic.Int64
	now.Store(day.Unix())
	r.cfg.Clock = func() time.Time { return time.Unix(now.Load(), 0) }
	short := block("short.example")
	short.Expires = day.Add(time.Hour)
	h.decide(short, block("long.example"))
	r.start()
	r.enforced(2)
	h.setAway(true)
	r.stop()
	if err := os.Remove(filepath.Join(r.outlet.Dir, "block.txt")); err != nil {
		t.Fatal(err)
	}
	r.start()
	h.until(t, "both in force after the restart", func() bool { return len(r.outlet.blocks()) == 2 })
	now.Store(day.Add(time.Hour).Unix())
	h.until(t, "expiry", func() bool { return slices.Equal(r.outlet.blocks(), []string{"long.example"}) })
	h.setAway(false)
	h.until(t, "receipt", func() bool { return h.has("protection--short.example", false) })
}

// A line that was changed on the way is not acted upon, and read again.
func TestAnAlteredLineIsReadAgain(t *testing.T) {
	for name, alter := range map[string]func([]byte) []byte{
		"another name": func(b []byte) []byte {
			return bytes.ReplaceAll(b, []byte("evil.example"), []byte("good.example"))
		},
		"cut off":     func(b []byte) []byte { return append(b[:len(b)/2], '\n') },
		"twice":       func(b []byte) []byte { return append(b, b...) },
		"no JSON":     func([]byte) []byte { return []byte("oops\n") },
		"without end": func([]byte) []byte { return bytes.Repeat([]byte("x"), 3<<20) },
	} {
		t.Run(name, func(t *testing.T) {
			h := startFakeHub(t)
			r := newRig(t, h)
			h.decide(block("first.example"))
			r.start()
			r.enforced(1)
			var altered atomic.Bool
			h.tell(func() {
				h.line = func(n uint64, text []byte) []byte {
					if n == 2 && altered.CompareAndSwap(false, true) {
						return alter(text)
					}
					return text
				}
			})
			h.decide(block("evil.example"), block("last.example"))
			r.enforced(3)
			r.wantBlocks("evil.example", "first.example", "last.example")
			h.mu.Lock()
			defer h.mu.Unlock()
			for _, set := range r.outlet.sets {
				for _, p := range set.Blocks() {
					if p.Text == "good.example" {
						t.Error("the altered line was put in force")
					}
				}
			}
		})
	}
}

// A hub that was restored from an older state does not know the cursor. The
// edge reads from the beginning; what is there still stays in force at every
// moment, what is not goes.
func TestAHubThatWasRestored(t *testing.T) {
	h := startFakeHub(t)
	r := newRig(t, h)
	h.decide(block("kept.example"))
	old := h.entries
	h.decide(block("lost.example"), block("lost-too.example"))
	r.start()
	r.enforced(3)
	h.setAway(true)
	h.tell(func() { h.entries, h.receipts = seal(t, old, block("fresh.example")), nil })
	h.setAway(false)
	h.until(t, "what the restored hub has", func() bool {
		return slices.Equal(r.outlet.blocks(), []string{"fresh.example", "kept.example"}) &&
			h.has("protection--kept.example", true) && h.has("protection--fresh.example", true)
	})
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, set := range r.outlet.sets {
		if !slices.ContainsFunc(set.Blocks(), func(p *protect.Protection) bool { return p.Text == "kept.example" }) {
			t.Errorf("set %d of %d lifted a block that never ended", i+1, len(r.outlet.sets))
		}
	}
}

// History is not replayed into the outlets: an edge that is new, or has been
// away, goes from what was to what is.
func TestHistoryIsNotReplayed(t *testing.T) {
	h := startFakeHub(t)
	r := newRig(t, h)
	for i := range 50 {
		name := fmt.Sprintf("n%d.example", i)
		h.decide(block(name), decision(name, protect.Block, protect.Revoked))
	}
	h.decide(block("now.example"))
	r.start()
	r.enforced(101)
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(r.outlet.sets) != 1 || len(h.receipts) != 1 {
		t.Errorf("101 decisions, of which one holds, made %d changes and %d receipts", len(r.outlet.sets), len(h.receipts))
	}
}

// Whatever is decided, in whatever order and batches: what is on disk is what
// the hub's own rule gives.
func TestDiskFollowsTheRule(t *testing.T) {
	h := startFakeHub(t)
	r := newRig(t, h)
	r.start()
	known := map[observable.Value]protect.Protection{}
	total := uint64(0)
	rapid.Check(t, func(rt *rapid.T) {
		var batch []protect.Protection
		for range rapid.IntRange(1, 8).Draw(rt, "decisions") {
			p := decision(
				rapid.SampledFrom([]string{"a.example", "b.example", "c.example"}).Draw(rt, "name"),
				rapid.SampledFrom([]protect.Polarity{protect.Block, protect.Observe, protect.MustResolve}).Draw(rt, "polarity"),
				rapid.SampledFrom([]protect.Status{protect.Active, protect.Active, protect.Proposed, protect.Revoked, protect.Expired}).Draw(rt, "status"))
			p.ID = fmt.Sprintf("protection--%s-%d", p.Text, rapid.IntRange(0, 1).Draw(rt, "id"))
			batch = append(batch, p)
			if known[p.Value].Yields(p) {
				known[p.Value] = p
			}
		}
		h.decide(batch...)
		total += uint64(len(batch))
		r.enforced(total)
		var want []string
		for v, p := range known {
			if p.Status == protect.Active && p.Polarity == protect.Block {
				want = append(want, v.Text)
			}
		}
		slices.Sort(want)
		if diff := cmp.Diff(want, r.outlet.blocks()); diff != "" && len(want)+len(r.outlet.blocks()) > 0 {
			rt.Fatalf("blocked on disk (-want +got):\n%s", diff)
		}
	})
}

// A reader never finds half a file, nor none.
func TestFilesAreReplacedWhole(t *testing.T) {
	f := edge.Files{Dir: t.TempDir()}
	sets := make([]feed.Set, 2)
	for i := range sets {
		live := feed.NewLive(nil)
		for n := range 400 * (i + 1) {
			live.Take(block(fmt.Sprintf("s%d-%d.example", i, n)))
		}
		live.Advance(day)
		sets[i] = live.Set()
	}
	want := map[string][2]string{}
	for i, set := range sets {
		if err := f.Apply(t.Context(), whole(set)); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"block.txt", "hosts", "protections.json"} {
			text, err := os.ReadFile(filepath.Join(f.Dir, name))
			if err != nil {
				t.Fatal(err)
			}
			both := want[name]
			both[i] = string(text)
			want[name] = both
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 3)
	var reads atomic.Int64
	for name := range want {
		go func() {
			for ctx.Err() == nil {
				text, err := os.ReadFile(filepath.Join(f.Dir, name))
				if err != nil || string(text) != want[name][0] && string(text) != want[name][1] {
					ended <- fmt.Errorf("%s was read with %d bytes and error %w", name, len(text), err)
					return
				}
				reads.Add(1)
			}
			ended <- nil
		}()
	}
	for i := range 8 {
		if err := f.Apply(t.Context(), whole(sets[i%2])); err != nil {
			t.Error(err)
		}
	}
	stop()
	for range want {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	t.Logf("%d whole files were read while sets were written", reads.Load())
}

// A set that cannot be written is an error, leaves nothing lying about, and the
// next one is written.
func TestFilesSayWhenTheyFail(t *testing.T) {
	f := edge.Files{Dir: filepath.Join(t.TempDir(), "protections")}
	live := feed.NewLive(nil)
	live.Take(block("evil.example"))
	live.Advance(day)
	set := live.Set()
	inTheWay := filepath.Join(f.Dir, "block.txt", "a directory")
	if err := os.MkdirAll(inTheWay, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := f.Apply(t.Context(), whole(set)); err == nil {
		t.Error("a set is said to be in force although a file cannot be written")
	}
	left, err := os.ReadDir(f.Dir)
	if err != nil || len(left) != 1 {
		t.Errorf("after the failure there are %v, %v", left, err)
	}
	if err := os.RemoveAll(filepath.Dir(inTheWay)); err != nil {
		t.Fatal(err)
	}
	if err := f.Apply(t.Context(), whole(set)); err != nil {
		t.Error(err)
	}
	if text, err := os.ReadFile(filepath.Join(f.Dir, "block.txt")); err != nil || string(text) != "evil.example\n" {
		t.Errorf("block.txt is %q, %v", text, err)
	}
}

// whole is an update that begins anew.
func whole(set feed.Set) feed.Update {
	return feed.Update{Anew: true, Set: func() feed.Set { return set }}
}
