package api_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/api"
	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/hashset"
	"github.com/tocsin-project/tocsin/internal/observable"
)

// indicatorSet asks for a set; tag is the one that is there already.
func (s *site) indicatorSet(token, tag string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(http.MethodGet, "/api/v1/indicators/set", nil)
	request.Header.Set("Authorization", "Bearer "+token)
	if tag != "" {
		request.Header.Set("If-None-Match", tag)
	}
	recorder := httptest.NewRecorder()
	s.api.ServeHTTP(recorder, request)
	return recorder
}

func (s *site) share(token, query, mediaType, text string) {
	s.t.Helper()
	if got := s.call("POST", "/contributions?"+query, token, mediaType, strings.NewReader(text)); got.Code != http.StatusCreated {
		s.t.Fatalf("contribute: %d %s", got.Code, got.Body)
	}
}

// wantSet says whether a set has just the domains.
func wantSet(t *testing.T, got *httptest.ResponseRecorder, domains ...string) {
	t.Helper()
	set, err := hashset.Load(got.Body, 1000)
	if got.Code != http.StatusOK || err != nil {
		t.Fatalf("the set: %d, %v", got.Code, err)
	}
	if set.Len() != len(domains) {
		t.Errorf("the set has %d fingerprints, want %d", set.Len(), len(domains))
	}
	for _, d := range domains {
		if !set.May(hashset.Fingerprint(string(observable.Domain), d)) {
			t.Errorf("the set lacks %s", d)
		}
	}
}

// The tag changes with the set and with nothing else: neither with what others
// are told nor with what is named already.
func TestSetHasATagOfItsOwn(t *testing.T) {
	s := newSite(t, nil)
	_, give := s.partner("Hospital 01", "contributor")
	_, read := s.partner("Hospital 02", "viewer")
	empty := s.indicatorSet(read, "")
	wantSet(t, empty)
	s.share(give, "tlp=green", "text/plain", "first.example\nsecond.example")
	first := s.indicatorSet(read, empty.Header().Get("ETag"))
	tag := first.Header().Get("ETag")
	wantSet(t, first, "first.example", "second.example")
	s.share(give, "tlp=red", "text/plain", "secret.example")
	s.share(give, "tlp=green", "text/plain", "second.example")
	for _, have := range []string{tag, `"other", W/` + tag, "*"} {
		if got := s.indicatorSet(read, have); got.Code != http.StatusNotModified || got.Body.Len() > 0 || got.Header().Get("ETag") != tag {
			t.Errorf("with %s: %d, %d bytes", have, got.Code, got.Body.Len())
		}
	}
	wantSet(t, s.indicatorSet(give, tag), "first.example", "second.example", "secret.example")
	s.share(give, "tlp=green", "text/plain", "third.example")
	wantSet(t, s.indicatorSet(read, tag), "first.example", "second.example", "third.example")
	if head := s.call(http.MethodHead, "/indicators/set", read, "", nil); head.Code != http.StatusOK || head.Body.Len() > 0 || head.Header().Get("ETag") == tag {
		t.Errorf("HEAD: %d, %d bytes", head.Code, head.Body.Len())
	}
	if got := s.call(http.MethodGet, "/indicators/set", "", "", nil); got.Code != http.StatusUnauthorized {
		t.Errorf("without a token: %d", got.Code)
	}
}

// What ends leaves set and lookup when it ends, though nothing is added then.
func TestSetWithoutWhatHasEnded(t *testing.T) {
	clock := struct {
		sync.Mutex
		now time.Time
	}{now: time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)}
	s := newSite(t, nil, func(c *api.Config) {
		c.Clock = func() time.Time { clock.Lock(); defer clock.Unlock(); return clock.now }
	})
	_, give := s.partner("Hospital 01", "contributor")
	s.share(give, "tlp=green", "application/stix+json", `{"type":"bundle","id":"bundle--22222222-2222-4222-8222-222222222222","objects":[`+
		`{"type":"indicator","spec_version":"2.1","id":"indicator--aaaaaaaa-0000-4000-8000-000000000001","created":"2024-01-01T00:00:00.000Z","modified":"2024-01-01T00:00:00.000Z",`+
		`"pattern":"[domain-name:value = 'ends.example']","pattern_type":"stix","valid_from":"2024-01-01T00:00:00Z","valid_until":"2024-05-01T12:00:10.5Z"},`+
		`{"type":"indicator","spec_version":"2.1","id":"indicator--aaaaaaaa-0000-4000-8000-000000000002","created":"2024-01-01T00:00:00.000Z","modified":"2024-01-01T00:00:00.000Z",`+
		`"pattern":"[domain-name:value = 'stays.example']","pattern_type":"stix","valid_from":"2024-01-01T00:00:00Z"}]}`)
	ends := fmt.Sprintf("%016x", hashset.Fingerprint(string(observable.Domain), "ends.example"))
	for _, step := range []struct {
		after    time.Duration
		set      []string
		lookedUp int
	}{
		{0, []string{"ends.example", "stays.example"}, 1},
		{10 * time.Second, []string{"ends.example", "stays.example"}, 1},
		{500 * time.Millisecond, []string{"ends.example", "stays.example"}, 0}, // the set goes by seconds, the hub's word does not
		{500 * time.Millisecond, []string{"stays.example"}, 0},
	} {
		clock.Lock()
		clock.now = clock.now.Add(step.after)
		clock.Unlock()
		wantSet(t, s.indicatorSet(give, ""), step.set...)
		var found struct {
			Indicators []api.NamedValue `json:"indicators"`
		}
		s.must("POST", "/indicators/lookup", give, map[string][]string{"fingerprints": {ends}}, &found)
		if len(found.Indicators) != step.lookedUp {
			t.Errorf("at %s: %+v", clock.now, found)
		}
	}
}

func TestBadLookups(t *testing.T) {
	s := newSite(t, nil)
	_, read := s.partner("Hospital 02", "viewer")
	many := `"` + strings.Join(slices.Repeat([]string{"0123456789abcdef"}, 1001), `","`) + `"`
	for list, want := range map[string]struct {
		status int
		place  string
	}{
		``:                                     {http.StatusUnprocessableEntity, "body.fingerprints"},
		`7`:                                    {http.StatusUnprocessableEntity, "body.fingerprints[0]"},
		many:                                   {http.StatusUnprocessableEntity, "body.fingerprints"},
		`"0123456789abcdef","0123456789abcde"`: {http.StatusBadRequest, "/fingerprints/1"},
		`"+123456789abcdef"`:                   {http.StatusBadRequest, "/fingerprints/0"},
		`"0123456789abcdeg"`:                   {http.StatusBadRequest, "/fingerprints/0"},
	} {
		got := s.call("POST", "/indicators/lookup", read, "application/json", strings.NewReader(`{"fingerprints":[`+list+`]}`))
		if got.Code != want.status || !strings.Contains(got.Body.String(), want.place) {
			t.Errorf("%.60s: %d %.300s", list, got.Code, got.Body)
		}
	}
}

// Many who ask at the same time are all answered, or told to wait.
func TestManySetsAtOnce(t *testing.T) {
	s := newSite(t, nil)
	_, give := s.partner("Hospital 01", "contributor")
	s.share(give, "tlp=green", "text/plain", "first.example\nsecond.example")
	server := httptest.NewServer(s.api)
	defer server.Close()
	c, err := client.New(server.URL, give)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			set, _, err := c.IndicatorSet(t.Context(), "")
			if problem, ok := errors.AsType[*client.Problem](err); ok && problem.Status == http.StatusServiceUnavailable {
				return
			}
			if err != nil || set.Len() != 2 {
				t.Errorf("%v, %v", set, err)
			}
		})
	}
	wg.Wait()
}

// stuck is a connection whose other end takes nothing until it is let go.
type stuck struct {
	*httptest.ResponseRecorder
	begun func()
	goOn  <-chan struct{}
}

func (w *stuck) Write(p []byte) (int, error) {
	w.begun()
	<-w.goOn
	return w.ResponseRecorder.Write(p)
}

// Readers who take nothing keep no more than a few sets; others are told when to
// come again, and are answered when those have gone.
func TestReadersOfSetsWhoTakeNothing(t *testing.T) {
	s := newSite(t, nil)
	_, give := s.partner("Hospital 01", "contributor")
	s.share(give, "tlp=green", "text/plain", "first.example")
	goOn := make(chan struct{})
	var begun, ended sync.WaitGroup
	for range 8 {
		begun.Add(1)
		w := &stuck{httptest.NewRecorder(), sync.OnceFunc(begun.Done), goOn}
		ended.Go(func() {
			request := httptest.NewRequest(http.MethodGet, "/api/v1/indicators/set", nil)
			request.Header.Set("Authorization", "Bearer "+give)
			s.api.ServeHTTP(w, request)
		})
	}
	begun.Wait()
	if got := s.indicatorSet(give, ""); got.Code != http.StatusServiceUnavailable || got.Header().Get("Retry-After") == "" || got.Header().Get("ETag") != "" {
		t.Errorf("beside eight who take nothing: %d %v %s", got.Code, got.Header(), got.Body)
	}
	close(goOn)
	ended.Wait()
	wantSet(t, s.indicatorSet(give, ""), "first.example")
}
