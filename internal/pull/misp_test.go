package pull_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/pull"
)

// feedServer serves a MISP feed: files by their path.
type feedServer struct {
	files map[string]string
	asked []string
	fail  map[string]int
}

func (f *feedServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.asked = append(f.asked, r.URL.Path)
	if status := f.fail[r.URL.Path]; status != 0 {
		w.Header().Set("Retry-After", "120")
		w.WriteHeader(status)
		return
	}
	text, ok := f.files[r.URL.Path]
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	_, _ = w.Write([]byte(text))
}

const (
	eventA = "5a3b1c2d-0000-4000-8000-00000000000a"
	eventB = "5a3b1c2d-0000-4000-8000-00000000000b"
)

// set has an event in the feed as of a time.
func (f *feedServer) set(id string, at int, value string) {
	f.files["/feed/"+id+".json"] = fmt.Sprintf(`{"Event":{"uuid":%q,"info":"i","date":"2024-01-01","timestamp":"%d","published":true,
		"Orgc":{"name":"CERT Example","uuid":"5a3b1c2d-0000-4000-8000-0000000000cc"},
		"Attribute":[{"uuid":"5a3b1c2d-0000-4000-8000-%012d","type":"domain","category":"Network activity","to_ids":true,"timestamp":"%d","value":%q}]}}`, id, at, at, at, value)
	var entries []string
	for path := range f.files {
		if id, isEvent := strings.CutSuffix(strings.TrimPrefix(path, "/feed/"), ".json"); isEvent && id != "manifest" {
			_, stamp, _ := strings.Cut(f.files[path], `"timestamp":"`)
			stamp, _, _ = strings.Cut(stamp, `"`)
			entries = append(entries, fmt.Sprintf(`%q:{"info":"i","timestamp":%q}`, id, stamp))
		}
	}
	f.files["/feed/manifest.json"] = "{" + strings.Join(entries, ",") + "}"
}

func newFeed() *feedServer {
	f := &feedServer{files: map[string]string{}, fail: map[string]int{}}
	f.set(eventA, 1700000000, "evil.example")
	f.set(eventB, 1700000100, "worse.example")
	return f
}

func TestAFeedIsPulledEventByEvent(t *testing.T) {
	h := newHub(t)
	f := newFeed()
	cfg := pull.Config{Name: "circl", Kind: "misp", URL: served(t, f) + "/feed", Partner: "cert"}
	p := h.puller(cfg)
	once(t, p, "circl")
	steps := h.pulled()
	if len(steps) != 2 || steps[0].Events[eventA] != 1700000000 || steps[1].Events[eventB] != 1700000100 || steps[0].Taken == 0 {
		t.Fatalf("recorded: %+v", steps)
	}
	h.restart()
	p = h.puller(cfg)
	f.asked = nil
	once(t, p, "circl")
	if !slices.Equal(f.asked, []string{"/feed/manifest.json"}) || len(h.pulled()) != 2 {
		t.Errorf("asked again: %v, %d steps", f.asked, len(h.pulled()))
	}
	// An event that was published late, with an older time, is not missed.
	late := "5a3b1c2d-0000-4000-8000-00000000000c"
	f.set(late, 1600000000, "late.example")
	f.set(eventA, 1700000200, "evil.example")
	f.asked = nil
	once(t, p, "circl")
	if want := []string{"/feed/manifest.json", "/feed/" + late + ".json", "/feed/" + eventA + ".json"}; !slices.Equal(f.asked, want) {
		t.Errorf("asked for %v, want %v", f.asked, want)
	}
}

func TestOneBadEventDoesNotKeepTheOthersAway(t *testing.T) {
	h := newHub(t)
	f := newFeed()
	f.files["/feed/"+eventA+".json"] = `{"Event":`
	p := h.puller(pull.Config{Name: "circl", Kind: "misp", URL: served(t, f) + "/feed/manifest.json", Partner: "cert"})
	once(t, p, "circl")
	steps := h.pulled()
	if len(steps) != 2 || steps[0].Rejected != 1 || steps[1].Taken == 0 {
		t.Fatalf("recorded: %+v", steps)
	}
	f.asked = nil
	once(t, p, "circl")
	if len(f.asked) != 1 {
		t.Errorf("what was refused is fetched again though it did not change: %v", f.asked)
	}
	f.set(eventA, 1700000300, "evil.example")
	delete(f.files, "/feed/"+eventA+".json")
	err := p.Once(t.Context(), "circl")
	wantError(t, err, nil, "1 events could not be read", eventA, "404")
	f.set(eventA, 1700000300, "evil.example")
	once(t, p, "circl")
	if last := h.pulled()[len(h.pulled())-1]; last.Problem != "" {
		t.Errorf("recorded last: %+v", last)
	}
}

// A server that asks for a pause gets it: the other events are not asked for.
func TestAFeedThatIsBusy(t *testing.T) {
	h := newHub(t)
	f := newFeed()
	f.fail["/feed/"+eventA+".json"] = http.StatusTooManyRequests
	p := h.puller(pull.Config{Name: "circl", Kind: "misp", URL: served(t, f) + "/feed/", Partner: "cert"})
	wantError(t, p.Once(t.Context(), "circl"), nil, "429")
	if len(f.asked) != 2 {
		t.Errorf("asked for %v", f.asked)
	}
}
