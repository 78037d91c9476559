package edge_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/protect"
)

// telling is a rig whose edge reads what the test writes.
func telling(t *testing.T, h *fakeHub) (*rig, io.Writer) {
	r := newRig(t, h)
	in, out := io.Pipe()
	t.Cleanup(func() { out.Close() })
	r.reads(in)
	r.start()
	return r, out
}

// settle tries until the hub has acknowledged everything.
func (r *rig) settle(lines uint64) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 30*time.Second)
	defer cancel()
	for {
		err := r.edge.Settle(ctx, lines)
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			r.t.Fatal(err)
		}
	}
}

// Whatever the hub answers, and whether or not it has taken in what it then
// seems to refuse: each finding counts once.
func TestEachFindingCountsOnce(t *testing.T) {
	h := startFakeHub(t)
	names := []string{"one.example", "two.example", "three.example"}
	for _, name := range names {
		h.decide(block(name))
	}
	random := rand.New(rand.NewPCG(1, 2))
	statuses := []int{0, 0, 201, 429, 500, 502, 503, 503}
	h.answer = func(path string) int {
		if path != "/sightings" {
			return http.StatusNoContent
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		return statuses[random.IntN(len(statuses))]
	}
	r, out := telling(t, h)
	r.enforced(3)
	want, lines := map[string]int{}, uint64(0)
	for i := range 60 {
		name := names[i%len(names)]
		if _, err := io.WriteString(out, asks(i, name)); err != nil {
			t.Fatal(err)
		}
		want[name]++
		lines++
		if i%10 == 9 {
			r.settle(lines)
		}
	}
	r.stop() // reports what waits for its batch
	for name, count := range want {
		if got := h.saw()[name]; got != count {
			t.Errorf("%s was seen %d times and reported %d times", name, count, got)
		}
	}
}

// While the hub is away findings wait, and arrive once when it is back.
func TestFindingsOutlastTheHubsAbsence(t *testing.T) {
	h := startFakeHub(t)
	h.decide(block("evil.example"))
	r, out := telling(t, h)
	r.enforced(1)
	h.setAway(true)
	for i := range 20 {
		if _, err := io.WriteString(out, asks(i, "www.evil.example")); err != nil {
			t.Fatal(err)
		}
		if err := r.edge.Settle(t.Context(), uint64(i+1)); err == nil {
			t.Fatal("acknowledged by a hub that is away")
		}
	}
	h.setAway(false)
	r.settle(20)
	r.stop()
	if got := h.saw()["evil.example"]; got != 20 {
		t.Errorf("20 sightings were reported as %d", got)
	}
}

// A hub that answers late has counted the report; the same comes again.
func TestALateAnswerCountsOnce(t *testing.T) {
	h := startFakeHub(t)
	h.decide(block("evil.example"))
	taken, release := make(chan struct{}, 16), make(chan struct{})
	h.answer = func(path string) int {
		if path == "/sightings" {
			taken <- struct{}{}
			<-release
		}
		return http.StatusNoContent
	}
	r, out := telling(t, h)
	r.enforced(1)
	if _, err := io.WriteString(out, asks(1, "evil.example")); err != nil {
		t.Fatal(err)
	}
	<-taken
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.edge.Settle(ctx, 1); err == nil {
		t.Error("settled before the hub answered")
	}
	close(release)
	r.settle(1)
	if got := h.saw()["evil.example"]; got != 1 {
		t.Errorf("one sighting was reported as %d", got)
	}
}

// What the hub will never take does not hold up what comes after it; a token
// that it does not know (yet, again) is no such thing.
func TestRefusedReportsDoNotBlock(t *testing.T) {
	for status, lost := range map[int]bool{400: true, 413: true, 422: true, 401: false, 408: false, 429: false} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			h := startFakeHub(t)
			h.decide(block("first.example"), block("second.example"))
			refused := false
			h.answer = func(path string) int {
				h.mu.Lock()
				defer h.mu.Unlock()
				if path == "/sightings" && !refused {
					refused = true
					return status
				}
				return http.StatusNoContent
			}
			r, out := telling(t, h)
			r.enforced(2)
			for i, name := range []string{"first.example", "second.example"} {
				if _, err := io.WriteString(out, asks(1, name)); err != nil {
					t.Fatal(err)
				}
				r.settle(uint64(i + 1))
			}
			want := 1
			if lost {
				want = 0
			}
			if got := h.saw(); got["first.example"] != want || got["second.example"] != 1 {
				t.Errorf("after %d the hub has %v", status, got)
			}
		})
	}
}

// More findings than one report may hold come in several.
func TestManyFindingsAreSplit(t *testing.T) {
	h := startFakeHub(t)
	const many = 2500
	var decisions []protect.Protection
	var lines []string
	for i := range many {
		name := fmt.Sprintf("n%d.example", i)
		decisions = append(decisions, block(name))
		lines = append(lines, asks(i, name))
	}
	h.decide(decisions...)
	// While the hub keeps the first report waiting, the others pile up.
	waits, release := make(chan struct{}, many), make(chan struct{})
	h.answer = func(path string) int {
		if path == "/sightings" {
			waits <- struct{}{}
			<-release
		}
		return http.StatusNoContent
	}
	r := newRig(t, h)
	in, out := io.Pipe()
	r.reads(in)
	r.cfg.Batch = time.Hour
	r.start()
	r.enforced(many)
	if _, err := io.WriteString(out, lines[0]); err != nil {
		t.Fatal(err)
	}
	<-waits
	if _, err := io.WriteString(out, strings.Join(lines[1:], "")); err != nil {
		t.Fatal(err)
	}
	close(release)
	r.settle(many)
	if got := h.saw(); len(got) != many {
		t.Errorf("%d values were seen, %d reported", many, len(got))
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, report := range h.reports {
		if n := len(report.Sightings); n == 0 || n > 1000 {
			t.Errorf("a report has %d sightings, the hub takes 1 to 1000", n)
		}
	}
}

// An input that blocks for ever, such as a terminal, does not hold up the end.
func TestRunEndsThoughTheInputBlocks(t *testing.T) {
	h := startFakeHub(t)
	r, out := telling(t, h)
	if _, err := io.WriteString(out, asks(1, "any.example")); err != nil {
		t.Fatal(err)
	}
	r.settle(1) // the reader waits for more, which does not come
	r.stop()
}

// A page that a proxy puts before the hub is not the hub's word: nothing is lost
// to it, and one finding that the hub refuses takes no other with it.
func TestOnlyTheHubsWordCounts(t *testing.T) {
	h := startFakeHub(t)
	names := []string{"one.example", "two.example", "three.example"}
	for _, name := range names {
		h.decide(block(name))
	}
	var page atomic.Bool
	page.Store(true)
	h.before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/api/v1/sightings" || !page.Load() {
			return false
		}
		fmt.Fprint(w, `{"id":"sign in first"}`)
		return true
	}
	r, out := telling(t, h)
	r.enforced(3)
	for i, name := range names {
		if _, err := io.WriteString(out, asks(i, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.edge.Settle(t.Context(), 3); err == nil {
		t.Error("a page was taken for the hub's word")
	}
	page.Store(false)
	r.settle(3)
	h.mu.Lock()
	defer h.mu.Unlock()
	seen := map[string]int{}
	for _, report := range h.reports {
		for _, s := range report.Sightings {
			seen[s.Text] += s.Count
		}
	}
	for _, name := range names {
		if seen[name] != 1 {
			t.Errorf("%s was counted %d times", name, seen[name])
		}
	}
}
