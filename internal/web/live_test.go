package web_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/live"
)

// follower is a page that follows, over a connection of its own.
type follower struct {
	t    *testing.T
	end  context.CancelFunc
	from *bufio.Scanner
	id   string // of the last message
}

// follow opens /live, as a page that had heard up to a place.
func (s *site) follow(t *testing.T, server *httptest.Server, query, last string, cookies ...*http.Cookie) (*follower, int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // a bound against hanging
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/live?"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cookies {
		r.AddCookie(c)
	}
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	w, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Body.Close() })
	return &follower{t: t, end: cancel, from: bufio.NewScanner(w.Body)}, w.StatusCode
}

// hears waits for a message; false: the hub ended the connection.
func (f *follower) hears() bool {
	f.t.Helper()
	for f.from.Scan() {
		switch line := f.from.Text(); {
		case strings.HasPrefix(line, "id: "):
			f.id = strings.TrimPrefix(line, "id: ")
		case line == "data: new":
			return true
		case line != "" && !strings.HasPrefix(line, "retry: "):
			f.t.Fatalf("the hub says %q", line)
		}
	}
	return false
}

var place = regexp.MustCompile(`data-place="([^"]+)"`)

// placeOf is how far a page had heard.
func placeOf(t *testing.T, page string) string {
	t.Helper()
	found := place.FindStringSubmatch(page)
	if found == nil {
		t.Fatal("the page does not say how far it had heard")
	}
	return found[1]
}

func TestAPageHearsWhatHappensWhileItIsAway(t *testing.T) {
	s := newSite(t)
	server := httptest.NewServer(s.pages)
	t.Cleanup(server.Close)
	owner := s.partner("Water works", "water", "NZ")
	tell := func(to access.Audience) {
		id := "malware--" + uuid.NewString()
		s.contribute(owner.ID, to, malware(id, "Example", ""))
	}
	green := access.ToCommunity(access.Green)
	at := placeOf(t, s.page("/"))

	tell(green) // between the page and its connection
	first, _ := s.follow(t, server, url.Values{"at": {at}}.Encode(), "")
	if !first.hears() || first.id == "" {
		t.Fatal("not told of what happened before it listened")
	}
	tell(green)
	if !first.hears() {
		t.Fatal("not told of what happened while it listened")
	}
	first.end()
	tell(green)
	again, _ := s.follow(t, server, url.Values{"at": {at}}.Encode(), first.id)
	if !again.hears() {
		t.Error("not told of what happened while it was away")
	}
	// Of what only its owner may see a guest hears nothing: the next message is of
	// what comes after, and says so by what the page of the catalog shows.
	own, _ := s.follow(t, server, "about=catalog", "", s.ownerOf(owner))
	if !own.hears() {
		t.Fatal("a page from before a restart is not told to look")
	}
	tell(access.Audience{TLP: access.Red})
	if !own.hears() {
		t.Error("an owner is not told of its own")
	}
}

// ownerOf signs in somebody of a partner.
func (s *site) ownerOf(p access.Partner) *http.Cookie {
	s.t.Helper()
	_, secret := s.token(p.ID, access.Analyst)
	return s.signIn(secret)
}

func TestSigningOutEndsWhatFollows(t *testing.T) {
	s := newSite(t)
	server := httptest.NewServer(s.pages)
	t.Cleanup(server.Close)
	cookie := s.ownerOf(s.partner("Water works", "water", "NZ"))
	f, _ := s.follow(t, server, "at="+url.QueryEscape(placeOf(t, s.page("/", cookie))), "", cookie)
	s.post("/sign-out", url.Values{}, func(r *http.Request) { r.AddCookie(cookie) })
	token, _, draft, err := s.views.Access.Issue(s.views.Access.Partners()[0].ID, access.Viewer, s.clock())
	if err != nil {
		t.Fatal(err)
	}
	s.append(draft)
	revoked, err := s.views.Access.Revoke(token.ID, "lost")
	if err != nil {
		t.Fatal(err)
	}
	s.append(revoked) // has everybody looked at again
	if f.hears() {
		t.Error("who has signed out is told that something happened")
	}
	if err := f.from.Err(); err != nil {
		t.Errorf("the connection does not end, but fails: %v", err)
	}
}

func TestAReaderHasSoManyLivePages(t *testing.T) {
	s := newSite(t)
	server := httptest.NewServer(s.pages)
	t.Cleanup(server.Close)
	p := s.partner("Water works", "water", "NZ")
	cookie := s.ownerOf(p)
	for i := range live.MaxPages {
		if _, status := s.follow(t, server, "", "", cookie); status != http.StatusOK {
			t.Fatalf("page %d: status %d", i, status)
		}
	}
	if _, status := s.follow(t, server, "", "", cookie); status != http.StatusTooManyRequests {
		t.Errorf("one page more: status %d", status)
	}
	if _, status := s.follow(t, server, "", "", s.ownerOf(p)); status != http.StatusOK {
		t.Errorf("somebody else: status %d", status)
	}
}

// What is unchanged is not sent again, and what has changed is.
func TestAnUnchangedPageIsNotSentAgain(t *testing.T) {
	s := newSite(t)
	owner := s.partner("Water works", "water", "NZ")
	first := s.refreshed("/protections", "")
	tag := first.Header().Get("ETag")
	if first.Code != http.StatusOK || tag == "" {
		t.Fatalf("status %d, entity tag %q", first.Code, tag)
	}
	if w := s.refreshed("/protections", tag); w.Code != http.StatusNotModified || w.Body.Len() > 0 {
		t.Errorf("the same again: status %d, %d bytes", w.Code, w.Body.Len())
	}
	s.contribute(owner.ID, access.Audience{TLP: access.Red}, malware("malware--"+uuid.NewString(), "Example", ""))
	if w := s.refreshed("/protections", tag); w.Code != http.StatusNotModified {
		t.Errorf("after what changes nothing here: status %d", w.Code)
	}
	s.protection("kill.example", "must-resolve", "it stops the attack")
	if w := s.refreshed("/protections", tag); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "kill.example") {
		t.Errorf("after a change: status %d", w.Code)
	}
}

// refreshed is a page that fetches itself anew.
func (s *site) refreshed(path, tag string, cookies ...*http.Cookie) *httptest.ResponseRecorder {
	s.t.Helper()
	r := httptest.NewRequest(http.MethodGet, "http://hub.example"+path, nil)
	r.Header.Set("Tocsin-Refresh", "1")
	if tag != "" {
		r.Header.Set("If-None-Match", tag)
	}
	for _, c := range cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	s.pages.ServeHTTP(w, r)
	return w
}

// What a page asks stands in its address: a body is not read, however long it is.
func TestLiveReadsNoBody(t *testing.T) {
	s := newSite(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // the page has gone by the time it would be told something
	body := &untouched{t}
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "http://hub.example/live?about=outbreak", body)
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	w := httptest.NewRecorder()
	s.pages.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Errorf("status %d", w.Code)
	}
}

// untouched is a body that fails the test when somebody reads it.
type untouched struct{ t *testing.T }

func (u *untouched) Read([]byte) (int, error) {
	u.t.Error("the body is read")
	return 0, io.EOF
}
