package pull_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/tocsin-project/tocsin/internal/pull"
)

const mediaType = "application/taxii+json;version=2.1"

// server is a TAXII server with one collection, that gives two objects a page.
type server struct {
	mu      sync.Mutex
	objects []string // ids, in the order in which they were added
	asked   []string // queries for objects
	before  func(page int) (status int)
	token   string
	refused int
}

func indicator(i int) string { return fmt.Sprintf("indicator--00000000-0000-4000-8000-%012d", i) }

func object(id string) string {
	return fmt.Sprintf(`{"type":"indicator","spec_version":"2.1","id":%q,"created":"2024-01-01T00:00:00.000Z","modified":"2024-01-01T00:00:00.000Z",`+
		`"name":"n","pattern":"[ipv4-addr:value = '198.51.100.7']","pattern_type":"stix","valid_from":"2024-01-01T00:00:00Z"}`, id)
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Content-Type", mediaType)
	if s.token != "" && r.Header.Get("Authorization") != "Bearer "+s.token {
		s.refused++
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"title":"who are you?","http_status":"401"}`))
		return
	}
	switch r.URL.Path {
	case "/taxii2/":
		_, _ = w.Write([]byte(`{"title":"t","api_roots":["/root/"]}`))
	case "/root/collections/":
		_, _ = w.Write([]byte(`{"collections":[{"id":"c1","title":"indicators","can_read":true,"can_write":false},
			{"id":"c2","title":"inbox","can_read":false,"can_write":true},{"id":"c3","title":"other","alias":"others","can_read":true,"can_write":false}]}`))
	case "/root/collections/c1/objects/", "/root/collections/c3/objects/":
		s.page(w, r)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (s *server) page(w http.ResponseWriter, r *http.Request) {
	s.asked = append(s.asked, r.URL.RawQuery)
	from := 0
	if next := r.URL.Query().Get("next"); next != "" {
		from, _ = strconv.Atoi(next)
	} else if after := r.URL.Query().Get("added_after"); after != "" {
		for from < len(s.objects) && added(from) <= after {
			from++
		}
	}
	if s.before != nil {
		if status := s.before(from / 2); status != 0 {
			w.WriteHeader(status)
			return
		}
	}
	to := min(from+2, len(s.objects))
	if from < to {
		w.Header().Set("X-TAXII-Date-Added-First", added(from))
		w.Header().Set("X-TAXII-Date-Added-Last", added(to-1))
	}
	var list []string
	for _, id := range s.objects[from:to] {
		list = append(list, object(id))
	}
	more, next := to < len(s.objects), ""
	if more {
		next = fmt.Sprintf(`,"next":"%d"`, to)
	}
	fmt.Fprintf(w, `{"more":%v%s,"objects":[%s]}`, more, next, strings.Join(list, ","))
}

func added(i int) string { return fmt.Sprintf("2024-02-01T00:00:%02d.000000Z", i) }

func newServer(n int) *server {
	s := &server{}
	for i := range n {
		s.objects = append(s.objects, indicator(i))
	}
	return s
}

func taxiiSource(url string) pull.Config {
	return pull.Config{Name: "partner-hub", Kind: "taxii", URL: url + "/taxii2/", Collection: "indicators", Partner: "cert"}
}

func TestTAXIIIsPulledOnceAndThenWhatIsNew(t *testing.T) {
	h := newHub(t)
	s := newServer(5)
	cfg := taxiiSource(served(t, s))
	p := h.puller(cfg)
	once(t, p, "partner-hub")
	if got := h.objects(); !slices.Equal(got, s.objects) {
		t.Fatalf("pulled %v, want %v", got, s.objects)
	}
	if len(h.pulled()) != 3 {
		t.Errorf("three pages are recorded as %+v", h.pulled())
	}
	entries := head(t, h)
	once(t, p, "partner-hub")
	if head(t, h) != entries {
		t.Error("nothing new was recorded as news")
	}
	h.restart()
	p = h.puller(cfg)
	s.objects = append(s.objects, indicator(100))
	once(t, p, "partner-hub")
	if got := h.objects(); !slices.Equal(got, s.objects) {
		t.Errorf("pulled %v, want %v", got, s.objects)
	}
	if last := s.asked[len(s.asked)-1]; !strings.Contains(last, "added_after=2024-02-01T00%3A00%3A04.000000Z") {
		t.Errorf("last asked for %s", last)
	}
}

// A hub that is stopped in the middle of a pull goes on at the page where it was.
func TestARestartInTheMiddleOfAPull(t *testing.T) {
	for name, stop := range map[string]func(h *hub, cancel func()) (status int){
		"stopped":         func(_ *hub, cancel func()) int { cancel(); return 503 },
		"the server ends": func(*hub, func()) int { return 404 },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHub(t)
			s := newServer(9)
			ctx, cancel := context.WithCancel(t.Context())
			s.before = func(page int) int {
				if page < 2 {
					return 0
				}
				return stop(h, cancel)
			}
			cfg := taxiiSource(served(t, s))
			if err := h.puller(cfg).Once(ctx, "partner-hub"); err == nil {
				t.Fatal("the pull went on to its end")
			}
			if got := h.objects(); !slices.Equal(got, s.objects[:4]) {
				t.Fatalf("pulled %v before the stop", got)
			}
			cancel()
			h.restart()
			s.mu.Lock()
			s.before, s.asked = nil, nil
			s.mu.Unlock()
			once(t, h.puller(cfg), "partner-hub")
			if got := h.objects(); !slices.Equal(got, s.objects) {
				t.Errorf("after the restart %v, want %v", got, s.objects)
			}
			if !strings.Contains(s.asked[0], "next=4") {
				t.Errorf("after the restart, it asked first for %q", s.asked[0])
			}
		})
	}
}

// What the hub does not take for now is asked for again; nothing is lost.
func TestAHubThatTakesNothingForAWhile(t *testing.T) {
	h := newHub(t)
	s := newServer(5)
	p := h.puller(taxiiSource(served(t, s)))
	h.refuse = errors.New("the hub has 64 MiB of contributions that it has not shown yet")
	wantError(t, p.Once(t.Context(), "partner-hub"), h.refuse, "contribute")
	h.refuse = nil
	once(t, p, "partner-hub")
	if got := h.objects(); !slices.Equal(got, s.objects) {
		t.Errorf("pulled %v, want %v", got, s.objects)
	}
}

// A page that was contributed and not recorded is contributed a second time,
// which changes nothing.
func TestAPageTwiceChangesNothing(t *testing.T) {
	h := newHub(t)
	s := newServer(2)
	cfg := taxiiSource(served(t, s))
	once(t, h.puller(cfg), "partner-hub")
	cfg.Name = "the-same-again" // without a cursor
	once(t, h.puller(cfg), "the-same-again")
	if got := h.objects(); !slices.Equal(got, s.objects) {
		t.Errorf("pulled %v", got)
	}
	if last := h.pulled()[1]; last.Taken != 0 || len(last.Cursor) == 0 {
		t.Errorf("recorded: %+v", last)
	}
}

func TestAnotherCollectionBeginsAnew(t *testing.T) {
	h := newHub(t)
	s := newServer(2)
	cfg := taxiiSource(served(t, s))
	once(t, h.puller(cfg), "partner-hub")
	cfg.Collection = "others" // by its alias
	s.asked = nil
	once(t, h.puller(cfg), "partner-hub")
	if len(s.asked) != 1 || strings.Contains(s.asked[0], "added_after") {
		t.Errorf("asked %q", s.asked)
	}
}

func TestWhatATAXIIServerSaysIsShown(t *testing.T) {
	h := newHub(t)
	s := newServer(1)
	s.token = "s3cret"
	at := served(t, s)
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("wrong"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := taxiiSource(at)
	cfg.TokenFile = token
	wantError(t, h.puller(cfg).Once(t.Context(), "partner-hub"), nil, "who are you?", "check the credential")
	if err := os.WriteFile(token, []byte("s3cret"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg.Collection = ""
	wantError(t, h.puller(cfg).Once(t.Context(), "partner-hub"), nil, "set collection to", `"indicators", "other"`)
	cfg.Collection = "inbox"
	wantError(t, h.puller(cfg).Once(t.Context(), "partner-hub"), nil, "set collection to")
	cfg.Collection, cfg.URL = "c1", at+"/root/" // by its id, and the API root's URL
	once(t, h.puller(cfg), "partner-hub")
	cfg.Partner = "nobody"
	cfg.Name = "no-partner"
	wantError(t, h.puller(cfg).Once(t.Context(), "no-partner"), nil, `no partner "nobody"`, "tocsin partner add")
	if n := len(h.objects()); n != 1 {
		t.Errorf("%d objects", n)
	}
}
