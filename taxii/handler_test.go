package taxii_test

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/taxii"
)

const (
	sharedURL = "/taxii2/default/collections/" + shared
	inboxURL  = "/taxii2/default/collections/" + inbox
)

func handler(b taxii.Backend) *taxii.Handler {
	return &taxii.Handler{Backend: b, Log: slog.New(slog.DiscardHandler)}
}

func TestResources(t *testing.T) {
	h := handler(filled(1))
	for _, test := range []struct{ path, want string }{
		{"/taxii2", `{"title":"a server","default":"/taxii2/default/","api_roots":["/taxii2/default/","/taxii2/other/"]}`},
		{"/taxii2/default", `{"title":"default","versions":["application/taxii+json;version=2.1"],"max_content_length":4096}`},
		{"/taxii2/other/collections", `{}`},
		{inboxURL, `{"id":"` + inbox + `","title":"inbox","can_read":false,"can_write":true}`},
		{sharedURL + "/manifest", `{"more":false,"objects":[{"id":"indicator--00000000-0000-4000-8000-000000000000","date_added":"2017-05-12T07:44:00.000001Z","version":"2017-05-12T07:44:00.000000Z","media_type":"application/stix+json;version=2.1"}]}`},
		{sharedURL + "/objects/indicator--00000000-0000-4000-8000-000000000000/versions", `{"more":false,"versions":["2017-05-12T07:44:00.000000Z"]}`},
	} {
		for _, slash := range []string{"", "/"} {
			w := request(h, "GET", test.path+slash, nil)
			if w.Code != http.StatusOK || w.Body.String() != test.want {
				t.Errorf("GET %s%s: %d %s, want %s", test.path, slash, w.Code, w.Body, test.want)
			}
			if got := w.Header().Get("Content-Type"); got != "application/taxii+json;version=2.1" {
				t.Errorf("GET %s%s: type %q", test.path, slash, got)
			}
		}
	}
}

func TestDiscoveryNamesOnlyWhatIsThere(t *testing.T) {
	h := handler(lost{filled(0)})
	h.BaseURL, h.Prefix = "https://hub.example/", "/exchange/"
	want := `{"title":"a server","api_roots":["https://hub.example/exchange/other/"]}`
	if w := request(h, "GET", "/exchange/", nil); w.Body.String() != want {
		t.Errorf("discovery is %s, want %s", w.Body, want)
	}
	if w := request(h, "GET", "/exchanges/", nil); w.Code != http.StatusNotFound {
		t.Errorf("another path that begins like the prefix: %d", w.Code)
	}
}

func TestErrors(t *testing.T) {
	locked := "/taxii2/default/collections/" + locked
	object := `{"objects":[{"id":"indicator--00000000-0000-4000-8000-000000000001"}]}`
	objects := sharedURL + "/objects/"
	for _, test := range []struct {
		name, method, path, body string
		headers                  []string
		status                   int
		says                     string
	}{
		{"no credential", "GET", objects, "", []string{"Authorization", ""}, 401, "Bearer"},
		{"bad credential", "GET", "/taxii2/", "", []string{"Authorization", "Bearer bad"}, 401, ""},
		{"no credential, no such path", "GET", "/taxii2/nowhere/", "", []string{"Authorization", ""}, 401, ""},
		{"no such root", "GET", "/taxii2/nowhere/", "", nil, 404, ""},
		{"no such root's collections", "GET", "/taxii2/nowhere/collections/", "", nil, 404, ""},
		{"no such collection", "GET", "/taxii2/default/collections/none/objects/", "", nil, 404, ""},
		{"a collection of another root", "GET", "/taxii2/other/collections/" + shared + "/", "", nil, 404, ""},
		{"a title is no id", "GET", "/taxii2/default/collections/shared/", "", nil, 404, ""},
		{"no such object", "GET", objects + "indicator--00000000-0000-4000-8000-000000000099/", "", nil, 404, ""},
		{"no such object's versions", "GET", objects + "indicator--00000000-0000-4000-8000-000000000099/versions/", "", nil, 404, ""},
		{"no such status", "GET", "/taxii2/default/status/2d086da7/", "", nil, 404, ""},
		{"no such resource", "GET", sharedURL + "/others/", "", nil, 404, ""},
		{"two slashes", "GET", "/taxii2//default/", "", nil, 404, ""},
		{"read of an inbox", "GET", inboxURL + "/objects/", "", nil, 403, "can_read"},
		{"manifest of an inbox", "GET", inboxURL + "/manifest/", "", nil, 403, "can_read"},
		{"write to an archive", "POST", "/taxii2/default/collections/" + archive + "/objects/", object, nil, 403, "can_write"},
		{"read of a locked collection", "GET", locked + "/objects/", "", nil, 404, ""},
		{"write to a locked collection", "POST", locked + "/objects/", object, nil, 404, ""},
		{"delete from a locked collection", "DELETE", locked + "/objects/indicator--1/", "", nil, 404, ""},
		{"delete from an archive", "DELETE", "/taxii2/default/collections/" + archive + "/objects/indicator--1/", "", nil, 403, "can_write"},
		{"delete from an inbox", "DELETE", inboxURL + "/objects/indicator--1/", "", nil, 403, "can_read"},
		{"delete of no object", "DELETE", objects + "indicator--00000000-0000-4000-8000-000000000099/", "", nil, 404, ""},
		{"delete for a client that takes HTML", "DELETE", objects + "indicator--00000000-0000-4000-8000-000000000000/", "", []string{"Accept", "text/html"}, 406, ""},
		{"delete by another filter", "DELETE", objects + "indicator--00000000-0000-4000-8000-000000000000/?match[type]=malware", "", nil, 400, "match[version]"},
		{"delete by an empty version", "DELETE", objects + "indicator--00000000-0000-4000-8000-000000000000/?match[version]=", "", nil, 400, "empty"},
		{"delete by date", "DELETE", objects + "indicator--00000000-0000-4000-8000-000000000000/?added_after=2017-05-12T07:44:00Z", "", nil, 400, "added_after"},
		{"put", "PUT", objects, "", nil, 405, "GET, HEAD, POST"},
		{"put of an object", "PUT", objects + "indicator--1/", "", nil, 405, "GET, HEAD, DELETE"},
		{"options", "OPTIONS", "/taxii2/", "", nil, 405, "GET, HEAD"},
		{"delete of a collection's objects", "DELETE", objects, "", nil, 405, "POST"},
		{"delete of versions", "DELETE", objects + "indicator--1/versions/", "", nil, 405, "GET, HEAD"},
		{"patch of a status", "PATCH", "/taxii2/default/status/2d086da7/", "", nil, 405, "GET, HEAD"},
		{"post to a manifest", "POST", sharedURL + "/manifest/", object, nil, 405, "GET, HEAD"},
		{"accept of HTML", "GET", objects, "", []string{"Accept", "text/html"}, 406, "Accept"},
		{"accept of another version", "GET", objects, "", []string{"Accept", "application/taxii+json;version=2.0"}, 406, ""},
		{"no type", "POST", objects, object, []string{"Content-Type", ""}, 415, "Content-Type"},
		{"a wrong type", "POST", objects, object, []string{"Content-Type", "application/json"}, 415, ""},
		{"a type that is none", "POST", objects, object, []string{"Content-Type", "application/taxii+json; ="}, 415, ""},
		{"another version's type", "POST", objects, object, []string{"Content-Type", "application/taxii+json;version=2.0"}, 415, ""},
		{"compressed", "POST", objects, object, []string{"Content-Encoding", "gzip"}, 415, "compressed"},
		{"too long", "POST", objects, strings.Repeat(" ", 4097), nil, 413, "4096"},
		{"malformed", "POST", objects, `{"objects":[}`, nil, 422, "/objects"},
		{"cut off", "POST", objects, `{"objects":[{"id":"a"}`, nil, 422, "EOF"},
		{"a bundle", "POST", objects, `{"type":"bundle","objects":[]}`, nil, 422, "envelope"},
		{"bad added_after", "GET", objects + "?added_after=yesterday", "", nil, 400, "added_after"},
		{"bad limit", "GET", objects + "?limit=0", "", nil, 400, "limit"},
		{"negative limit", "GET", objects + "?limit=-1", "", nil, 400, "limit"},
		{"bad next", "GET", objects + "?next=xyz", "", nil, 400, "without it"},
		{"unknown filter", "GET", objects + "?match[name]=x", "", nil, 400, "match[type]"},
		{"filter of another resource", "GET", objects + "indicator--00000000-0000-4000-8000-000000000000/?match[id]=x", "", nil, 400, "match[version]"},
		{"a filter twice", "GET", objects + "?match[type]=indicator&match[type]=malware", "", nil, 400, "commas"},
		{"added_after twice", "GET", objects + "?added_after=2017-05-12T07:44:00Z&added_after=2018-05-12T07:44:00Z", "", nil, 400, "more than once"},
		{"limit twice", "GET", objects + "?limit=1&limit=2", "", nil, 400, "more than once"},
		{"next twice", "GET", objects + "?next=1&next=2", "", nil, 400, "more than once"},
		{"an empty filter", "GET", objects + "?match[id]=,", "", nil, 400, "leave it out"},
		{"all and first", "GET", objects + "?match[version]=all,first", "", nil, 400, "alone"},
		{"a query that is none", "GET", objects + "?limit=%zz", "", nil, 400, "query"},
		{"a long query", "GET", objects + "?match[id]=" + strings.Repeat("a,", 4<<10), "", nil, 414, "8192"},
		{"filters of versions", "GET", objects + "indicator--00000000-0000-4000-8000-000000000000/versions/?match[version]=all", "", nil, 400, "match[spec_version]"},
		{"bad version", "GET", objects + "?match[version]=newest", "", nil, 400, "first, last, all"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var body io.Reader
			if test.body != "" {
				body = strings.NewReader(test.body)
			}
			w := request(handler(filled(3)), test.method, test.path, body, test.headers...)
			e := decoded[struct {
				Title       string `json:"title"`
				Description string `json:"description"`
				HTTPStatus  string `json:"http_status"`
			}](t, w)
			if w.Code != test.status || e.HTTPStatus != strconv.Itoa(test.status) || e.Title == "" {
				t.Errorf("answered %d: %s, want %d", w.Code, w.Body, test.status)
			}
			if !strings.Contains(e.Description, test.says) {
				t.Errorf("description %q does not say %q", e.Description, test.says)
			}
			if got := w.Header().Get("Content-Type"); got != taxii.MediaType {
				t.Errorf("type is %q", got)
			}
			if got := w.Header().Values("WWW-Authenticate"); (len(got) == 2) != (test.status == 401) {
				t.Errorf("WWW-Authenticate is %q", got)
			}
			if got := w.Header().Get("Allow"); (got != "") != (test.status == 405) {
				t.Errorf("Allow is %q", got)
			}
		})
	}
}

func TestTooLongWithoutContentLength(t *testing.T) {
	body := io.MultiReader(strings.NewReader(`{"objects":[`), strings.NewReader(strings.Repeat(" ", 5000)))
	m := filled(0)
	h := handler(maxBytes{m})
	if w := request(h, "POST", sharedURL+"/objects/", body); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("answered %d %s, want 413", w.Code, w.Body)
	}
}

func TestAccept(t *testing.T) {
	h := handler(filled(1))
	for _, accept := range []string{
		"", "*/*", "application/*", "application/json", "application/json, */*", "application/taxii+json",
		"application/taxii+json; version=2.1", "application/taxii+json;version=2.1;charset=utf-8",
		`application/taxii+json; version="2.1"`, "text/html, application/xhtml+xml, */*;q=0.8", "nonsense, */*",
		"application/vnd.oasis.taxii+json; version=2.0, application/taxii+json; version=2.1",
	} {
		if w := request(h, "GET", "/taxii2/", nil, "Accept", accept); w.Code != http.StatusOK {
			t.Errorf("Accept: %s is answered %d", accept, w.Code)
		}
	}
	for _, accept := range []string{"text/html", "application/vnd.oasis.taxii+json; version=2.0", "*/*;q=0", "application/taxii+json;version=2.2"} {
		if w := request(h, "GET", "/taxii2/", nil, "Accept", accept); w.Code != http.StatusNotAcceptable {
			t.Errorf("Accept: %s is answered %d", accept, w.Code)
		}
	}
}

func TestCredential(t *testing.T) {
	for header, want := range map[string]string{
		"": "", "Bearer abc": "abc", "bearer abc": "abc", "Bearer ": "", "Basic dXNlcjphYmM=": "abc", "Basic dXNlcjo=": "", "Digest abc": "",
	} {
		r, err := http.NewRequest(http.MethodGet, "/", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", header)
		if got, ok := taxii.Credential(r); got != want || ok != (want != "") {
			t.Errorf("credential of %q is %q, %v", header, got, ok)
		}
	}
}

func TestUnknownErrorsAreNotTold(t *testing.T) {
	m := filled(1)
	m.fail = errors.New("disk /secret is full")
	w := request(handler(m), "GET", sharedURL+"/objects/", nil)
	e := decoded[map[string]string](t, w)
	if w.Code != 500 || strings.Contains(w.Body.String(), "secret") || e["error_id"] == "" {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
	m.fail = &taxii.Error{Status: 503, Title: "the backlog is full", RetryAfter: 1500 * time.Millisecond}
	w = request(handler(m), "GET", sharedURL+"/objects/", nil)
	if w.Code != 503 || w.Header().Get("Retry-After") != "2" {
		t.Errorf("answered %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
}

func TestAdd(t *testing.T) {
	m := filled(0)
	_, _, raw := indicator(7, 0)
	body := `{"objects":[` + string(raw) + `,{"type":"x"}]}`
	w := request(handler(m), "POST", inboxURL+"/objects/", strings.NewReader(body), "Content-Type", "application/taxii+json; charset=utf-8; version=2.1")
	if w.Code != http.StatusAccepted {
		t.Fatalf("answered %d %s", w.Code, w.Body)
	}
	got := decoded[map[string]any](t, w)
	want := map[string]any{
		"id": "2d086da7-4bdc-4f91-900e-d77486753710", "status": "complete", "request_timestamp": "2017-05-12T07:44:00.000000Z",
		"total_count": 2.0, "success_count": 1.0, "failure_count": 1.0, "pending_count": 0.0,
		"successes": []any{map[string]any{"id": "indicator--00000000-0000-4000-8000-000000000007", "version": "2017-05-12T07:44:00.000000Z"}},
		"failures":  []any{map[string]any{"id": "", "version": "2017-05-12T07:44:00.000000Z", "message": "object 1 is not valid"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}
	if len(m.items) != 1 || string(m.items[0].Raw) != string(raw) {
		t.Errorf("kept %v", m.items)
	}
}
