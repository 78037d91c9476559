package edge_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// share puts an indicator of a domain on the fake hub's ledger, as a partner
// contributes it.
func (h *fakeHub) share(name string, until time.Time) {
	h.t.Helper()
	object := fmt.Sprintf(`{"type":"indicator","spec_version":"2.1","id":"indicator--00000000-0000-4000-8000-000000000001","created":"2017-05-12T00:00:00Z","modified":"2017-05-12T00:00:00Z",`+
		`"pattern_type":"stix","pattern":"[domain-name:value = '%s']","valid_from":"2017-05-12T00:00:00Z","valid_until":%q}`, name, until.Format(time.RFC3339))
	body, err := json.Marshal(contribution.Part{ID: "contribution--1", Objects: []jsontext.Value{jsontext.Value(object)}})
	if err != nil {
		h.t.Fatal(err)
	}
	h.tell(func() {
		var head ledger.Head
		if n := len(h.entries); n > 0 {
			head = ledger.Head{Seq: h.entries[n-1].Seq, Hash: h.entries[n-1].Hash}
		}
		e, _, err := ledger.Seal(ledger.Draft{Kind: contribution.KindAccepted, Actor: access.Hub, Body: body}, head, day)
		if err != nil {
			h.t.Fatal(err)
		}
		h.entries = append(slices.Clone(h.entries), e)
	})
}

// behind has the rig's edge see the hub through a function that may answer in
// its place. What it returns waits until the learner has gone on from a place in
// the stream so often.
func (r *rig) behind(answers func(w http.ResponseWriter, q *http.Request) bool) (follows func(times int)) {
	r.t.Helper()
	n := 0
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if answers(w, q) {
			return
		}
		if ofLearner(q) && q.URL.Query().Get("after") != "" {
			r.hub.tell(func() { n++ })
		}
		r.hub.server.Config.Handler.ServeHTTP(w, q)
	}))
	r.t.Cleanup(front.Close)
	c, err := client.New(front.URL, "token")
	if err != nil {
		r.t.Fatal(err)
	}
	r.cfg.Client = c
	return func(times int) {
		r.t.Helper()
		r.hub.until(r.t, "a stream that goes on", func() bool { return n >= times })
	}
}

func ofLearner(q *http.Request) bool {
	return strings.Contains(q.URL.Query().Get("kinds"), "indicator")
}

// matches has a host ask for a name, and waits until the hub was told that so
// many did: after so many lines of telemetry since the edge started.
func (r *rig) matches(w io.Writer, host int, name string, lines uint64, times int) {
	r.t.Helper()
	if _, err := io.WriteString(w, asks(host, name)); err != nil {
		r.t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(r.t.Context(), 30*time.Second)
	defer stop()
	if err := r.edge.Settle(ctx, lines); err != nil || r.hub.saw()[name] != times {
		r.t.Errorf("the hub was told of %v (%v), want %s %d times", r.hub.saw(), err, name, times)
	}
}

func (r *rig) learned(lines uint64) {
	r.t.Helper()
	ctx, stop := context.WithTimeout(r.t.Context(), 30*time.Second)
	defer stop()
	if err := r.edge.Learned(ctx, lines); err != nil {
		r.t.Fatal(err)
	}
}

// What cannot be read is set aside and learned again.
func TestDamagedIndicatorsAreLearnedAgain(t *testing.T) {
	h := startFakeHub(t)
	r := newRig(t, h)
	h.share("evil.example", day.AddDate(100, 0, 0))
	h.share("evil.example", day.AddDate(100, 0, 0))
	r.start()
	r.learned(2)
	r.stop()
	dir := filepath.Join(r.cfg.StateDir, "indicators")
	text, err := os.ReadFile(filepath.Join(dir, "journal.0"))
	if err != nil {
		t.Fatal(err)
	}
	damaged := append([]byte("{?"), text...)
	if err := os.WriteFile(filepath.Join(dir, "journal.0"), damaged, 0o600); err != nil {
		t.Fatal(err)
	}
	in, w := io.Pipe()
	r.reads(in)
	r.start()
	r.learned(2)
	r.matches(w, 1, "evil.example", 1, 1)
	if kept, err := os.ReadFile(filepath.Join(dir+".damaged", "journal.0")); err != nil || !bytes.Equal(kept, damaged) {
		t.Errorf("what was damaged is not kept: %v", err)
	}
}

// A store takes the place of another while telemetry goes on; nothing is left of
// the one before.
func TestLearningAgainGoesOnMatching(t *testing.T) {
	h := startFakeHub(t)
	r := newRig(t, h)
	var gone atomic.Bool
	follows := r.behind(func(w http.ResponseWriter, q *http.Request) bool {
		if ofLearner(q) && q.URL.Query().Get("after") != "" && gone.CompareAndSwap(false, true) {
			w.WriteHeader(http.StatusGone)
			return true
		}
		return false
	})
	h.share("evil.example", day.AddDate(100, 0, 0))
	in, w := io.Pipe()
	r.reads(in)
	r.start()
	follows(1)
	r.matches(w, 1, "evil.example", 1, 1)
	r.stop()
	left, err := filepath.Glob(filepath.Join(r.cfg.StateDir, "indicators*"))
	if err != nil || len(left) != 1 || !gone.Load() {
		t.Errorf("left: %q, %v", left, err)
	}
	in, w = io.Pipe()
	r.reads(in)
	r.start() // with what it learned
	r.matches(w, 2, "evil.example", 1, 2)
}

// Learning again that fails leaves nothing open.
func TestLearningAgainFails(t *testing.T) {
	const fds = "/proc/self/fd"
	if _, err := os.Stat(fds); err != nil {
		t.Skip("this machine does not say which files are open")
	}
	h := startFakeHub(t)
	r := newRig(t, h)
	var mu sync.Mutex
	tries, most := 0, 0
	r.behind(func(w http.ResponseWriter, q *http.Request) bool {
		switch {
		case !ofLearner(q) || h.len() == 1:
			return false
		case q.URL.Query().Get("after") != "":
			w.WriteHeader(http.StatusGone)
			return true
		}
		open := 0
		list, _ := os.ReadDir(fds)
		for _, one := range list {
			if to, _ := os.Readlink(filepath.Join(fds, one.Name())); strings.HasPrefix(to, filepath.Join(r.cfg.StateDir, "indicators.next")) {
				open++
			}
		}
		mu.Lock()
		most = max(most, open)
		mu.Unlock()
		h.tell(func() { tries++ })
		panic(http.ErrAbortHandler)
	})
	h.share("evil.example", day.AddDate(100, 0, 0))
	r.start()
	r.learned(1)
	r.stop()
	h.share("other.example", day.AddDate(100, 0, 0))
	r.start()
	h.until(t, "five tries", func() bool { return tries >= 5 })
	mu.Lock()
	defer mu.Unlock()
	if most != 1 {
		t.Errorf("%d files of stores that came to nothing are open, want the journal of the one", most)
	}
}

func (h *fakeHub) len() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.entries)
}

// What a clock that ran ahead ended is learned again when it is back.
func TestTheClockGoesBack(t *testing.T) {
	h := startFakeHub(t)
	r := newRig(t, h)
	var now atomic.Int64
	now.Store(day.AddDate(30, 0, 0).Unix())
	r.cfg.Clock = func() time.Time { return time.Unix(now.Load(), 0).UTC() }
	follows := r.behind(func(http.ResponseWriter, *http.Request) bool { return false })
	h.share("evil.example", day.AddDate(1, 0, 0))
	in, w := io.Pipe()
	r.reads(in)
	r.start()
	follows(1)
	if n := r.edge.Status().Indicators.Indicators; n != 0 {
		t.Fatalf("%d indicators are valid", n)
	}
	now.Store(day.Unix())
	follows(2)
	r.matches(w, 1, "evil.example", 1, 1)
}
