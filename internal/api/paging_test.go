package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-project/tocsin/internal/api"
)

// names reads the list of partners page by page; between two pages something happens.
func (s *site) names(limit int, between func(page int)) (names []string) {
	s.t.Helper()
	query := url.Values{"limit": {fmt.Sprint(limit)}}
	for n := 1; ; n++ {
		var page struct {
			Partners []struct {
				Name string `json:"name"`
			} `json:"partners"`
			More string `json:"more"`
		}
		s.must("GET", "/partners?"+query.Encode(), adminToken, nil, &page)
		for _, p := range page.Partners {
			names = append(names, p.Name)
		}
		if page.More == "" {
			return names
		}
		query.Set("after", page.More)
		between(n)
	}
}

// A list that changes while it is read neither repeats nor skips what was there all
// the time, also where what ended a page has gone.
func TestPagesStayRightWhileTheListChanges(t *testing.T) {
	s := newSite(t, nil)
	ids := map[string]string{}
	for i := range 10 {
		name := fmt.Sprintf("Partner %02d", i)
		ids[name], _ = s.partner(name, "viewer")
	}
	got := s.names(3, func(page int) {
		switch page {
		case 1: // 00 to 02 were read
			s.partner("Aaron", "viewer")
			s.partner("Partner 04a", "viewer")
			s.must("POST", "/partners/"+ids["Partner 02"]+"/dismissal", adminToken, map[string]string{"reason": "left"}, nil)
		case 2: // 03, 04, 04a
			s.must("POST", "/partners/"+ids["Partner 00"]+"/dismissal", adminToken, map[string]string{"reason": "left"}, nil)
		}
	})
	var want []string
	for name := range ids {
		want = append(want, name)
	}
	want = append(want, "Partner 04a")
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%q, not %q", got, want)
	}
}

// A place is good for the caller and the list that it was given for, and for a hub
// that was started anew.
func TestPlacesAreTheirOwners(t *testing.T) {
	secret := []byte(strings.Repeat("s", 32))
	s := newSite(t, nil, func(c *api.Config) { c.Secret = secret })
	_, one := s.partner("Telco 01", "viewer")
	_, two := s.partner("Telco 02", "viewer")
	var page struct {
		More string `json:"more"`
	}
	s.must("GET", "/partners?limit=1", one, nil, &page)
	if page.More == "" {
		t.Fatal("there is no second page")
	}
	again := &site{t: t, views: s.views, log: s.log}
	again.api = api.New(s.like())
	other := &site{t: t, views: s.views, log: s.log}
	other.api = api.New(s.like(func(c *api.Config) { c.Secret = []byte(strings.Repeat("o", 32)) }))
	for name, c := range map[string]struct {
		on          *site
		path, token string
		status      int
	}{
		"its own":           {s, "/partners?limit=1&after=", one, http.StatusOK},
		"after a restart":   {again, "/partners?limit=1&after=", one, http.StatusOK},
		"another's":         {s, "/partners?limit=1&after=", two, http.StatusBadRequest},
		"another list":      {s, "/cases?limit=1&after=", one, http.StatusBadRequest},
		"another hub's":     {other, "/partners?limit=1&after=", one, http.StatusBadRequest},
		"cut":               {s, "/partners?limit=1&after=A", one, http.StatusBadRequest},
		"longer than it is": {s, "/partners?limit=1&after=" + strings.Repeat("A", 5000), one, http.StatusBadRequest},
	} {
		if got := c.on.call("GET", c.path+page.More, c.token, "", nil); got.Code != c.status {
			t.Errorf("%s: %d %s", name, got.Code, got.Body)
		}
	}
	for _, limit := range []string{"0", "-1", "10001", "x"} {
		if got := s.call("GET", "/partners?limit="+limit, one, "", nil); got.Code != http.StatusUnprocessableEntity {
			t.Errorf("limit=%s: %d %s", limit, got.Code, got.Body)
		}
	}
}

// Every list of the document can be read a page at a time.
func TestEveryListIsPaged(t *testing.T) {
	s := newSite(t, nil)
	for id, op := range operations(t, document(t, s)) {
		parameters, _ := op.is["parameters"].([]any)
		names := map[string]bool{}
		for _, p := range parameters {
			names[p.(map[string]any)["name"].(string)] = true
		}
		if strings.HasPrefix(id, "list-") && op.method == http.MethodGet && !(names["limit"] && names["after"]) {
			t.Errorf("%s has no limit and after: %v", id, names)
		}
	}
}

// Whatever fails is a problem of RFC 9457, with its status, title and detail.
func TestEveryFailureIsAProblem(t *testing.T) {
	s := newSite(t, nil)
	_, token := s.partner("Telco 01", "contributor")
	long := strings.Repeat("x", 1<<20+1)
	for name, c := range map[string]struct {
		method, path, token, media, body string
		status                           int
	}{
		"no token":          {"GET", "/me", "", "", "", 401},
		"no role":           {"GET", "/tokens", token, "", "", 403},
		"no operation":      {"GET", "/nothing", token, "", "", 404},
		"no such thing":     {"GET", "/actions/none", token, "", "", 404},
		"another method":    {"DELETE", "/actions", token, "", "", 405},
		"another method on": {"PATCH", "/contributions", token, "", "", 405},
		"too long":          {"POST", "/actions", token, "application/json", long, 413},
		"another media":     {"POST", "/actions", token, "text/csv", "a,b", 415},
		"contributed media": {"POST", "/contributions", token, "image/png", "x", 415},
		"not JSON":          {"POST", "/actions", token, "application/json", "{", 400},
		"not as described":  {"POST", "/actions", token, "application/json", `{"title":3}`, 422},
		"a bad parameter":   {"GET", "/search?q=a&limit=x", token, "", "", 422},
	} {
		got := s.call(c.method, c.path, c.token, c.media, strings.NewReader(c.body))
		if got.Code != c.status {
			t.Errorf("%s: %d %s", name, got.Code, got.Body)
		}
		problemOf(t, got)
		if c.status == 405 && !strings.Contains(got.Header().Get("Allow"), "POST") {
			t.Errorf("%s: Allow is %q", name, got.Header().Get("Allow"))
		}
	}
}

func TestALongHeaderIsAProblem(t *testing.T) {
	s := newSite(t, nil)
	got := s.keyed(strings.Repeat("x", 40<<10), "POST", "/actions", adminToken, opening)
	if problemOf(t, got); got.Code != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("%d %s", got.Code, got.Body)
	}
}

// A panic is the hub's failure: it is in the log, under the number that the caller is told.
func TestAPanicIsAProblem(t *testing.T) {
	s := newSite(t, nil)
	broken := s.like(func(c *api.Config) { c.Gate = nil })
	s.api = api.New(broken)
	got := s.call("GET", "/me", adminToken, "", nil)
	problemOf(t, got)
	words := strings.Fields(got.Body.String())
	number := strings.Trim(words[len(words)-1], `"}`)
	if got.Code != http.StatusInternalServerError || !strings.Contains(s.log.String(), number) || !strings.Contains(s.log.String(), "panic") || strings.Contains(got.Body.String(), "nil") {
		t.Errorf("%d %s\n%s", got.Code, got.Body, s.log)
	}
}
