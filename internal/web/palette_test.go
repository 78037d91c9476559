package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/protect"
)

type offers struct {
	Offers []struct {
		Group string `json:"group"`
		Path  string `json:"path"`
	} `json:"offers"`
	Said string `json:"said"`
}

// typed asks the palette as its script does.
func (s *site) typed(q string, cookies ...*http.Cookie) (int, offers) {
	s.t.Helper()
	r := httptest.NewRequest(http.MethodGet, "http://hub.example/palette?q="+q, nil)
	r.Header.Set("Accept", "application/json")
	for _, c := range cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	s.pages.ServeHTTP(w, r)
	var list offers
	if w.Code == http.StatusOK {
		if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil {
			s.t.Fatalf("%v in %s", err, w.Body)
		}
	}
	if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Vary") != "Accept" {
		s.t.Errorf("the answer may be kept: %v", w.Header())
	}
	return w.Code, list
}

func (o offers) has(path string) bool {
	for _, one := range o.Offers {
		if one.Path == path {
			return true
		}
	}
	return false
}

// Typing leads to pages, acts and things, and to nothing that is not the reader's.
func TestThePaletteFindsWhatTheReaderMaySee(t *testing.T) {
	s := newSite(t)
	owner := s.partner("Northern Grid", "energy", "FR")
	_, viewer := s.token(s.partner("Water works", "water", "NZ").ID, access.Viewer)
	_, coordinator := s.token(owner.ID, access.Coordinator)
	reader, decider := s.signIn(viewer), s.signIn(coordinator)
	public, hidden := "malware--"+uuid.NewString(), "malware--"+uuid.NewString()
	s.contribute(owner.ID, access.ToCommunity(access.Clear), malware(public, "Quackbot", ""))
	s.contribute(owner.ID, access.ToCommunity(access.Amber), malware(hidden, "Quackbot, the second", ""))
	s.protection("quack.example", protect.Block, "it serves the attack")
	for _, one := range []struct {
		q, path                string
		guest, viewer, decider bool
	}{
		{"", "/outbreaks", true, true, true},
		{"", "/alerts/new", false, false, true},
		{"", "/protections/new", false, false, true},
		{"add+protection", "/protections/new", false, false, true},
		{"PLAY", "/playbooks", true, true, true},
		{"quackb", "/objects/" + public, true, true, true},
		{"quackb", "/objects/" + hidden, false, true, true},
		{"quack.ex", "/protections/why?value=quack.example", true, true, true},
		{"grid+NORTH", "/partners/" + string(owner.ID), true, true, true},
		{"quack.example", "/search?q=quack.example", true, true, true},
		{"nothing", "/search?q=nothing", true, true, true},
		{"q", "/objects/" + public, false, false, false}, // one letter says nothing
	} {
		for _, who := range []struct {
			name    string
			cookies []*http.Cookie
			want    bool
		}{{"guest", nil, one.guest}, {"viewer", []*http.Cookie{reader}, one.viewer}, {"coordinator", []*http.Cookie{decider}, one.decider}} {
			status, list := s.typed(one.q, who.cookies...)
			if status != http.StatusOK || list.has(one.path) != who.want {
				t.Errorf("%s types %q: status %d, %s offered %t, want %t: %+v", who.name, one.q, status, one.path, list.has(one.path), who.want, list)
			}
			if page := s.page("/palette?q="+one.q, who.cookies...); one.path != "/outbreaks" && one.path != "/playbooks" &&
				strings.Contains(page, `href="`+one.path+`"`) != who.want {
				t.Errorf("%s: without a script %q offers %s: %t, want %t", who.name, one.q, one.path, !who.want, who.want)
			}
		}
	}
}

// However much there is, the list stays one that can be read, and comes no more often
// than somebody types.
func TestThePaletteIsBounded(t *testing.T) {
	s := newSite(t)
	owner := s.partner("Example owner", "energy", "FR")
	for range 30 {
		s.contribute(owner.ID, access.ToCommunity(access.Clear), malware("malware--"+uuid.NewString(), "Example malware", ""))
		s.protection(uuid.NewString()+".example", protect.Block, "it is an example")
		s.partner("Example "+uuid.NewString(), "water", "NZ")
	}
	_, list := s.typed("example")
	kinds := map[string]int{}
	for _, one := range list.Offers {
		kinds[one.Group]++
	}
	if len(list.Offers) > 20 || kinds["Protections"] != 4 || kinds["Partners"] != 4 || kinds["Objects"] != 8 || list.Said == "" {
		t.Errorf("%d offers: %v, %q", len(list.Offers), kinds, list.Said)
	}
	refused := 0
	for range 200 {
		if status, _ := s.typed("x"); status == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused == 0 {
		t.Error("nobody is ever asked to wait")
	}
	if w := s.get("/palette"); w.Code != http.StatusOK {
		t.Errorf("the page: status %d", w.Code)
	}
	closedSite := newSite(t, closed)
	if status, _ := closedSite.typed("x"); status != http.StatusUnauthorized {
		t.Errorf("a stranger: status %d", status)
	}
}

// Single letters are off where the reader turned them off.
func TestSingleLettersAreTurnedOff(t *testing.T) {
	s := newSite(t)
	w := s.post("/choices", map[string][]string{"keys": {"off"}, "back": {"/palette#keys"}})
	if w.Header().Get("Location") != "/palette#keys" {
		t.Errorf("back to %q", w.Header().Get("Location"))
	}
	if page := s.page("/", w.Result().Cookies()...); !strings.Contains(page, `<body data-keys="off">`) {
		t.Error("letters are on")
	}
	if page := s.page("/"); strings.Contains(page, `data-keys="off"`) {
		t.Error("letters are off without a choice")
	}
}
