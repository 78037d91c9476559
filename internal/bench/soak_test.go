package bench

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// held is what a hub at rest holds.
type held struct {
	probed
	handles, threads int
	resident         int64
}

func (h held) String() string {
	return fmt.Sprintf("%d goroutines, %d threads, %d open files, %d MiB resident, %d MiB of them alive", h.goroutines, h.threads, h.handles, h.resident/mebibyte, h.heap/mebibyte)
}

// beyond names what there is more of than there was, but for a few of each and
// for room bytes.
func (h held) beyond(before held, few int, room int64) string {
	switch {
	case h.goroutines > before.goroutines+few:
		return "goroutines"
	case h.handles > before.handles+few:
		return "open files"
	case h.threads > before.threads+2*few:
		return "threads"
	case h.heap > before.heap+room:
		return "heap"
	case h.resident > before.resident+room+64*mebibyte:
		return "memory"
	}
	return ""
}

// atRest looks at a probed hub that nobody calls.
func (h *hub) atRest() held {
	h.tb.Helper()
	http.DefaultClient.CloseIdleConnections()
	p := h.probe(syscall.SIGUSR1)
	return held{p, handlesOf(h.tb, h.pid()), threadsOf(h.tb, h.pid()), residentOf(h.tb, h.pid()).all}
}

// returns waits until a hub holds no more than it did, but for room bytes and a
// few of everything else: what a program opens once and keeps.
func (h *hub) returns(before held, room int64) held {
	h.tb.Helper()
	const few = 8
	began := time.Now()
	for {
		now := h.atRest()
		more := now.beyond(before, few, room)
		if more == "" {
			return now
		}
		if time.Since(began) > time.Minute {
			stacks, _ := os.ReadFile(filepath.Join(h.probes, "goroutines.txt")) // without them the counts are said
			h.tb.Fatalf("a minute after the last request the hub holds more %s than before:\n%v\nbefore:\n%v\n%s", more, now, before, stacks)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// Whatever is sent to it, a hub answers, never with an error of its own, gives
// back what it took to answer, and serves on as before.
func TestSoak(t *testing.T) {
	requests := number(t, "TOCSIN_SOAK_REQUESTS", 2000)
	seed := uint64(number(t, "TOCSIN_SOAK_SEED", int(time.Now().UnixMilli())))
	t.Logf("%d requests; again with TOCSIN_SOAK_SEED=%d", requests, seed)
	h := startHub(t, filepath.Join(t.TempDir(), "data"), true)
	h.ready()
	w := newWitness(h)
	m := mutator{seed: seed}
	_, contributor := h.partner("Partner One", "contributor")
	_, coordinator := h.partner("Partner Two", "coordinator")
	_, viewer := h.partner("Partner Three", "viewer")
	for range 8 { // each ends by and by
		m.sessions = append(m.sessions, h.session(coordinator), h.session(viewer), h.session(administrator))
	}
	m.tokens = []string{contributor, contributor, coordinator, coordinator, viewer, administrator}
	m.corpus = corpus(h, coordinator, scene(h, coordinator, w.ids))
	t.Logf("the corpus has %d requests", len(m.corpus))

	warm := requests / 10
	tally := m.send(h, 0, warm)
	before := h.atRest()
	tally.add(m.send(h, warm, requests))
	after := h.returns(before, 32*mebibyte)
	t.Logf("before: %v", before)
	t.Logf("after:  %v", after)
	t.Logf("answers: %v; %d MiB were taken in", tally, tally.taken/mebibyte)
	for _, one := range tally.wrong {
		t.Error(one)
	}
	if len(tally.wrong) > 0 {
		t.Logf("the hub said last:\n%s", h.said.String())
	}
	if tally.statuses[200] == 0 || tally.statuses[400] == 0 {
		t.Error("nothing was answered with 200 or nothing with 400: do the requests arrive?")
	}
	w.asks()
	h.stop()
	h.check()
}

// soakers are how many requests are on the way at a time.
const soakers = 16

// send sends the requests from first to last by several workers and judges the
// answers.
func (m mutator) send(h *hub, first, last int) *tally {
	var next atomic.Int64
	next.Store(int64(first))
	all := &tally{statuses: map[int]int{}, kinds: map[string]bool{}}
	var wg sync.WaitGroup
	for range soakers {
		wg.Go(func() {
			a := &asker{address: h.address()}
			defer a.hangUp()
			for n := int(next.Add(1) - 1); n < last; n = int(next.Add(1) - 1) {
				q := m.nth(n)
				got, err := a.ask(q)
				all.judge(n, q, got, err)
			}
		})
	}
	wg.Wait()
	return all
}

// tally counts answers.
type tally struct {
	mu       sync.Mutex
	statuses map[int]int // 0: no answer, to what could not have one
	taken    int64       // bytes of bodies that the hub said yes to
	wrong    []string    // one of each kind
	kinds    map[string]bool
}

func (t *tally) judge(n int, q question, got reply, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.statuses[got.status]++
	if got.status >= 200 && got.status < 300 {
		t.taken += int64(len(q.body))
	}
	var kind string
	switch {
	case err != nil:
		kind = err.Error()
	case got.status == http.StatusServiceUnavailable && got.header.Get("Retry-After") == "":
		kind = "503 without Retry-After"
	case got.status >= 500 && got.status != http.StatusServiceUnavailable:
		kind = fmt.Sprintf("%d: %.80q", got.status, got.body)
	default:
		return
	}
	path, _, _ := strings.Cut(q.target, "?")
	key := q.method + " " + strings.Join(strings.SplitN(path, "/", 5)[:min(4, strings.Count(path, "/")+1)], "/") + kind[:min(len(kind), 40)]
	if t.kinds[key] || len(t.wrong) >= 30 {
		return
	}
	t.kinds[key] = true
	t.wrong = append(t.wrong, fmt.Sprintf("request %d: %s\n  answer: %d %.300q\n  request: %s", n, kind, got.status, got.body, q))
}

func (t *tally) add(other *tally) {
	for status, n := range other.statuses {
		t.statuses[status] += n
	}
	t.taken += other.taken
	t.wrong = append(t.wrong, other.wrong...)
}

func (t *tally) String() string {
	var parts []string
	for _, status := range slices.Sorted(maps.Keys(t.statuses)) {
		parts = append(parts, fmt.Sprintf("%d: %d", status, t.statuses[status]))
	}
	return strings.Join(parts, ", ")
}
