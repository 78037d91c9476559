package hub_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/hub"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/ratelimit"
)

const (
	hammered = 10_000 // changes
	batch    = 50     // in one append; each is a state of its own all the same
	window   = 20     // names in force
)

// While thousands of decisions come and go, readers that ask without a pause see
// states that were, whole, and in their order.
func TestAReaderNeverSeesWhatNeverWas(t *testing.T) {
	h := startHub(t, "", func(c *hub.Config) {
		c.Limits = ratelimit.Config{Reads: ratelimit.Rate{PerSecond: 1e6, Burst: 1e6}}
	})
	_, token := h.partner("First", "energy", "NL", "viewer")
	states := map[string]int{"": 0}
	var drafts []ledger.Draft
	var now []string
	name := func(i int) string { return fmt.Sprintf("n%d.example", i) }
	for i, added := 0, 0; i < hammered; i++ {
		var p protect.Protection
		if i < window || i%2 == 0 {
			p = blocked(name(added))
			now = append(now, p.Text)
			added++
		} else {
			p = revoked(blocked(now[0]))
			now = now[1:]
		}
		drafts = append(drafts, draft(t, p, access.ToCommunity(access.Green)))
		states[strings.Join(slices.Sorted(slices.Values(now)), " ")] = i + 1
	}
	h.listed("domains.txt", token)

	var done atomic.Bool
	var distinct atomic.Int64
	var readers sync.WaitGroup
	for r := range 2 {
		readers.Go(func() {
			last, etag := 0, ""
			for more := true; more; more = !done.Load() {
				body, tag, status, err := fetch(h, token, etag, r == 1)
				if err != nil {
					t.Error(err)
					return
				}
				if status == http.StatusNotModified {
					continue
				}
				names := strings.Fields(body)
				slices.Sort(names)
				at, was := states[strings.Join(names, " ")]
				if status != http.StatusOK || !was || at < last {
					t.Errorf("status %d, state %d (that was: %v) after %d: %v", status, at, was, last, names)
					return
				}
				if at > last {
					distinct.Add(1)
				}
				last, etag = at, tag
			}
		})
	}
	for some := range slices.Chunk(drafts, batch) {
		if _, err := h.Views.Append(t.Context(), some...); err != nil {
			t.Error(err)
			break
		}
	}
	h.published()
	done.Store(true)
	readers.Wait()
	want := strings.Join(slices.Sorted(slices.Values(now)), " ")
	if got := strings.Fields(h.listed("domains.txt", token)); strings.Join(slices.Sorted(slices.Values(got)), " ") != want {
		t.Errorf("at the end: %v, want %s", got, want)
	}
	if n := distinct.Load(); n < 10 {
		t.Errorf("the readers saw %d states: too few to say anything", n)
	} else {
		t.Logf("%d changes, the readers saw %d states", hammered, n)
	}
}

// fetch asks for the list as an engine does: if it has changed, packed or not.
func fetch(h *running, token, etag string, packed bool) (body, tag string, status int, err error) {
	request, err := http.NewRequestWithContext(h.t.Context(), http.MethodGet, h.URL()+"/feeds/domains.txt", nil)
	if err != nil {
		return "", "", 0, err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Accept-Encoding", "identity")
	if packed {
		request.Header.Set("Accept-Encoding", "gzip")
	}
	if etag != "" {
		request.Header.Set("If-None-Match", etag)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", "", 0, err
	}
	defer response.Body.Close()
	from := io.Reader(response.Body)
	if response.Header.Get("Content-Encoding") == "gzip" {
		if from, err = gzip.NewReader(response.Body); err != nil {
			return "", "", 0, err
		}
	}
	text, err := io.ReadAll(from)
	return string(text), response.Header.Get("ETag"), response.StatusCode, err
}
