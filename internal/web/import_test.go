package web_test

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/web"
)

// send posts the form of the import page, with a file if it has a name.
func (s *site) send(as *http.Cookie, name, text string, fields ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i < len(fields); i += 2 {
		if err := form.WriteField(fields[i], fields[i+1]); err != nil {
			s.t.Fatal(err)
		}
	}
	part, err := form.CreateFormFile("file", name)
	if name == "" {
		part, err = form.CreateFormField("text")
	}
	if err != nil {
		s.t.Fatal(err)
	}
	fmt.Fprint(part, text)
	if err := form.Close(); err != nil {
		s.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "http://hub.example/import", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	if as != nil {
		r.AddCookie(as)
	}
	w := httptest.NewRecorder()
	s.pages.ServeHTTP(w, r)
	return w
}

// goesTo wants a redirect and gives where to.
func (s *site) goesTo(w *httptest.ResponseRecorder) string {
	s.t.Helper()
	if w.Code != http.StatusSeeOther {
		s.t.Fatalf("status %d:\n%s", w.Code, plainText(w.Body.String()))
	}
	return w.Header().Get("Location")
}

var tags = regexp.MustCompile(`<[^>]*>`)

// words is a page's text.
func plainText(page string) string {
	return strings.Join(strings.Fields(tags.ReplaceAllString(page, " ")), " ")
}

func by(c *http.Cookie) func(*http.Request) { return func(r *http.Request) { r.AddCookie(c) } }

// importing is a site with a partner that contributes and others that look.
func importing(t *testing.T, change ...func(*web.Config)) (s *site, contributor, viewer *http.Cookie) {
	s = newSite(t, change...)
	one, other := s.partner("Water works", "water", "NZ"), s.partner("Power grid", "energy", "FR")
	_, writes := s.token(one.ID, access.Contributor)
	_, reads := s.token(other.ID, access.Viewer)
	return s, s.signIn(writes), s.signIn(reads)
}

func tells(t *testing.T, where, page string, wants ...string) {
	t.Helper()
	text := plainText(page)
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("%s does not say %q:\n%s", where, want, text)
		}
	}
}

// From a file to what others find, and back.
func TestImport(t *testing.T) {
	s, contributor, viewer := importing(t)
	at := s.goesTo(s.send(contributor, "seen.txt", "one.bad.org\ntwo.bad.org\n198.18.7.9\n", "tlp", "amber"))
	look := s.page(at, contributor)
	tells(t, "the look", look, "3 objects of seen.txt", "read as list", "3 indicators", "3 objects: 1 partner beside yourselves", "TLP:AMBER", "needs a second, independent partner", "withdraw the contribution", "Share these 3 objects")
	if found := s.page("/search?q=one.bad.org", viewer); strings.Contains(found, "/objects/indicator--") {
		t.Error("it is found before anybody said yes")
	}
	if w := s.get(at, viewer); w.Code == http.StatusOK && !strings.Contains(w.Body.String(), "Whoever has the role contributor") {
		t.Error("another sees what waits")
	}
	done := s.goesTo(s.post(at, url.Values{"act": {"take"}}, by(contributor)))
	page := s.page(done, contributor)
	tells(t, "the contribution", page, "Taken", "3 objects, of which 3 are shared now", "one.bad.org", "TLP:AMBER", "Withdraw these 3 objects", "send the same again")
	tells(t, "a search", s.page("/search?q=one.bad.org", viewer), "one.bad.org", "TLP:AMBER")
	tells(t, "the list", s.page("/import", contributor), "What you shared before", "shared")
	tells(t, "what waits no longer", s.page(at, contributor), "The text is no longer here")

	again := s.goesTo(s.send(contributor, "", "one.bad.org\ntwo.bad.org\n198.18.7.9\n", "tlp", "amber"))
	tells(t, "the same again", s.page(s.goesTo(s.post(again, url.Values{"act": {"take"}}, by(contributor))), contributor), "The very same was there already")

	where, _, _ := strings.Cut(done, "?")
	if w := s.get(where, viewer); w.Code != http.StatusForbidden {
		t.Errorf("a viewer of another partner asks for the contribution: status %d", w.Code)
	}
	if w := s.post(where, url.Values{"act": {"withdraw"}, "reason": {" "}}, by(contributor)); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "say why") {
		t.Errorf("withdrawn without a reason: status %d", w.Code)
	}
	if w := s.post(where, url.Values{"act": {"withdraw"}, "reason": {"not mine"}}, by(viewer)); w.Code != http.StatusForbidden {
		t.Errorf("a viewer withdraws: status %d", w.Code)
	}
	back := s.goesTo(s.post(where, url.Values{"act": {"withdraw"}, "reason": {"a mistake"}}, by(contributor)))
	tells(t, "the contribution", s.page(back, contributor), "Withdrawn: it has left every outlet", "Nothing of it is shared any more")
	tells(t, "a search", s.page("/search?q=one.bad.org", viewer), "Nothing that you may see")
	tells(t, "the list", s.page("/import", contributor), "withdrawn")
}

// What cannot be taken is named by its line, and nothing is until a person has said
// that the rest may be left.
func TestImportOfWhatIsWrong(t *testing.T) {
	s, contributor, _ := importing(t)
	at := s.goesTo(s.send(contributor, "list.txt", "one.bad.org\nnot a value\n10.0.0.1\n"))
	page := s.page(at, contributor)
	tells(t, "the look", page, "What would not be taken", "line 2", "nothing is taken, unless you choose")
	if strings.Contains(page, `value="take"`) {
		t.Error("it can be taken as it is")
	}
	if w := s.post(at, url.Values{"act": {"take"}}, by(contributor)); w.Code != http.StatusBadRequest {
		t.Errorf("taken all the same: status %d", w.Code)
	}
	s.goesTo(s.post(at, url.Values{"act": {"look"}, "per_object": {"true"}}, by(contributor)))
	tells(t, "the second look", s.page(at, contributor), "left out, as you chose", "Share")
	tells(t, "the page", s.page(s.goesTo(s.post(at, url.Values{"act": {"take"}}, by(contributor))), contributor), "Taken", "one.bad.org")

	at = s.goesTo(s.send(contributor, "table.csv", "host,note\nthree.bad.org,\"seen, twice\"\n"))
	tells(t, "a table", s.page(at, contributor), "It begins with these lines", "three.bad.org", "Of a CSV table")
	s.goesTo(s.post(at, url.Values{"act": {"look"}, "columns": {"host:domain,note:nonsense"}}, by(contributor)))
	tells(t, "a table with wrong columns", s.page(at, contributor), "has no known kind")
	s.goesTo(s.post(at, url.Values{"act": {"look"}, "columns": {"host:domain,note:description"}, "header": {"true"}}, by(contributor)))
	tells(t, "a table with columns", s.page(at, contributor), "read as csv", "three.bad.org", "Share this object")
	if to := s.goesTo(s.post(at, url.Values{"act": {"forget"}}, by(contributor))); to != "/import" {
		t.Errorf("forgotten: %s", to)
	}
	tells(t, "what was forgotten", s.page(at, contributor), "The text is no longer here")

	at = s.goesTo(s.send(contributor, "bundle.json", `{"type":"bundle","id":"bundle--1","objects":[{"type":"malware"`))
	tells(t, "a bundle that is cut off", s.page(at, contributor), "Nothing of it can be taken as it is")
}

// TLP:RED goes to those who are named, and to nobody else.
func TestImportForSome(t *testing.T) {
	s, contributor, viewer := importing(t)
	third := s.partner("Port", "transportation", "CL")
	_, token := s.token(third.ID, access.Viewer)
	at := s.goesTo(s.send(contributor, "", "red.bad.org", "tlp", "red", "recipients", "port\n"))
	tells(t, "the look", s.page(at, contributor), "TLP:RED", "1 partner beside yourselves (Port)")
	s.goesTo(s.post(at, url.Values{"act": {"take"}}, by(contributor)))
	tells(t, "its recipient's search", s.page("/search?q=red.bad.org", s.signIn(token)), "TLP:RED")
	tells(t, "another's search", s.page("/search?q=red.bad.org", viewer), "Nothing that you may see")
	at = s.goesTo(s.send(contributor, "", "red.bad.org", "tlp", "red", "recipients", "Nobody"))
	tells(t, "a name that is wrong", s.page(at, contributor), "no partner is called")
}

func TestImportRefusals(t *testing.T) {
	s, contributor, viewer := importing(t, func(c *web.Config) { c.MaxBody = 1 << 20 })
	if w := s.send(nil, "a.txt", "one.bad.org"); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/sign-in" {
		t.Errorf("a guest: status %d", w.Code)
	}
	for what, c := range map[string]struct {
		w      *httptest.ResponseRecorder
		status int
		says   string
	}{
		"a viewer":  {s.send(viewer, "a.txt", "one.bad.org"), http.StatusForbidden, "contributor"},
		"too long":  {s.send(contributor, "a.txt", strings.Repeat("x", 1<<20+1)), http.StatusBadRequest, "more than 1 MiB"},
		"far more":  {s.send(contributor, "a.txt", strings.Repeat("x", 5<<20)), http.StatusBadRequest, "more than 1 MiB"},
		"nothing":   {s.send(contributor, "a.txt", ""), http.StatusBadRequest, "choose a file"},
		"no form":   {s.post("/import", url.Values{"text": {"one.bad.org"}}, by(contributor)), http.StatusBadRequest, "cannot be read"},
		"long word": {s.send(contributor, "a.txt", "one.bad.org", "columns", strings.Repeat("x", 65<<10)), http.StatusBadRequest, "too many fields"},
	} {
		if text := plainText(c.w.Body.String()); c.w.Code != c.status || !strings.Contains(strings.ToLower(text), strings.ToLower(c.says)) {
			t.Errorf("%s: status %d, want %d: %s", what, c.w.Code, c.status, text)
		}
	}
	at := s.goesTo(s.send(contributor, strings.Repeat("ü", 5000)+".txt", "one.bad.org"))
	if page := s.page(at, contributor); len(page) > 60<<10 {
		t.Errorf("a long name makes a page of %d bytes", len(page))
	}
	s.pass(2 * time.Hour)
	tells(t, "after two hours", s.page(at, contributor), "The text is no longer here")
}

// Names that try to leave their place stay where they stand.
func TestImportOfHostileNames(t *testing.T) {
	s, contributor, _ := importing(t)
	at := s.goesTo(s.send(contributor, hostile+"\u202e.json", `{"type":"bundle","id":"bundle--0f1e2d3c-4b5a-4978-8695-a4b3c2d1e0f9","objects":[`+malware("malware--75ecdbf1-c2bb-4afc-a3f9-c8da4de8c661", hostile+"\u202e"+strings.Repeat("x", 10_000), "")+`]}`))
	done := ""
	for _, path := range []string{at, ""} {
		if path == "" {
			done = s.goesTo(s.post(at, url.Values{"act": {"take"}}, by(contributor)))
			path = done
		}
		page := s.page(path, contributor)
		for _, bad := range []string{"<script src=//x", "<img src=x", "javascript:x()>", "\u202e"} {
			if strings.Contains(page, bad) {
				t.Errorf("GET %s has %q", path, bad)
			}
		}
	}
}

// What was shared is listed page by page.
func TestContributionsAreListedByPages(t *testing.T) {
	s, contributor, _ := importing(t)
	for i := range 23 {
		at := s.goesTo(s.send(contributor, "", fmt.Sprintf("n%d.bad.org", i)))
		s.goesTo(s.post(at, url.Values{"act": {"take"}}, by(contributor)))
	}
	first := s.page("/import", contributor)
	if n := strings.Count(first, `href="/contributions/`); n != 20 {
		t.Errorf("%d on the first page", n)
	}
	next := regexp.MustCompile(`/import\?before=\d+`).FindString(first)
	if second := s.page(next, contributor); strings.Count(second, `href="/contributions/`) != 3 || !strings.Contains(second, "Back to the newest") {
		t.Errorf("the second page: %s", plainText(second))
	}
}

// interrupted is a body in the middle of which something happens.
type interrupted struct {
	first, rest io.Reader
	happens     func()
}

func (b *interrupted) Read(p []byte) (int, error) {
	n, err := b.first.Read(p)
	if n > 0 || b.rest == nil {
		return n, err
	}
	b.happens()
	b.first, b.rest = b.rest, nil
	return b.first.Read(p)
}

// While one text of a partner is on its way, another is refused with what to do, and
// others send theirs.
func TestOneTextOfAPartnerIsTakenInAtATime(t *testing.T) {
	s, ann, _ := importing(t)
	partners := s.views.Access.Partners() // by name: the grid, and Ann's water works
	ben, eve := s.actor(partners[1].ID, access.Contributor).cookie, s.actor(s.partner("Bank", "financial-services", "CH").ID, access.Contributor).cookie
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "list.txt")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(part, strings.Repeat("c2.example\n", 20_000))
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	happened := false
	slow := &interrupted{io.LimitReader(&body, 100_000), &body, func() {
		happened = true
		w := s.send(ben, "other.txt", "c3.example")
		if page := plainText(w.Body.String()); w.Code != http.StatusConflict || !strings.Contains(page, "another text of your partner is being sent") {
			t.Errorf("a colleague's: status %d:\n%s", w.Code, page)
		}
		s.goesTo(s.send(eve, "other.txt", "c4.example"))
	}}
	r := httptest.NewRequest(http.MethodPost, "http://hub.example/import", slow)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.AddCookie(ann)
	w := httptest.NewRecorder()
	s.pages.ServeHTTP(w, r)
	if s.goesTo(w); !happened {
		t.Error("nothing happened while the text was on its way")
	}
	s.goesTo(s.send(ben, "other.txt", "c3.example"))
}
