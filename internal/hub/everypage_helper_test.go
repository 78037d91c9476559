package hub_test

import (
	"bytes"
	"html"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/web"
)

// noPages are the paths that show no page, or none to who follows links, and why.
var noPages = map[string]string{
	"/exposure/find":                           "leads on to a vulnerability",
	"/incidents":                               "leads on to what it is called now",
	"/incidents/{id}":                          "leads on to what it is called now",
	"/incidents/{id}/report":                   "leads on to what it is called now",
	"/sign-in/oidc/{provider}/callback":        "is where a provider sends people back to",
	"/outbreaks/{id}/report":                   "is a file",
	"/cases/{id}/proofs/{number}":              "is a file",
	"/cases/{id}/statements/{digest}/document": "is the text that is signed",
	"/duties/{id}/{stage}/text":                "is a file",
	"/protections/confirm":                     "asks about what is in canary, as its own test does",
}

// stocked is a hub with one of each thing that has a page, and a coordinator's token.
func stocked(t *testing.T) (h *running, token string) {
	t.Helper()
	h = startHub(t, "", openPages)
	a, b := h.nation("Alpha", "GB"), h.nation("Beta", "US")
	everyPath(h)
	h.tell(a, b).publish()
	if got := h.call(http.MethodPost, "/api/v1/contributions", a.token, "application/stix+json;version=2.1", strings.NewReader(wormBundle())); got.status != http.StatusCreated {
		t.Fatalf("contribute: status %d: %s", got.status, got.body)
	}
	h.post("/api/v1/outbreaks", adminToken, map[string]any{"port": 445, "reason": "by telephone"}, http.StatusCreated)
	var rung struct {
		Outbreaks []struct {
			ID string `json:"id"`
		} `json:"outbreaks"`
	}
	if h.get("/api/v1/outbreaks", adminToken, &rung); len(rung.Outbreaks) != 1 {
		t.Fatalf("outbreaks: %+v", rung)
	}
	h.post("/api/v1/alerts", b.token, map[string]any{"title": "Patch MS17-010 now", "text": "It spreads over port 445.", "severity": "critical"}, http.StatusCreated)
	h.post("/api/v1/actions", b.token, map[string]any{"kind": "patch", "title": "Patch MS17-010", "asked_of": []string{"government"}}, http.StatusCreated)
	h.post("/api/v1/duties", a.token, map[string]any{"template": "nis2", "outbreak": rung.Outbreaks[0].ID, "aware_at": time.Now().Add(-time.Hour)}, http.StatusCreated)
	h.post("/api/v1/exposure", a.token, map[string]any{"rows": []map[string]any{{"vulnerability": "CVE-2017-0144", "total": 100, "patched": 60, "exposed": 25, "unsupported": 5, "unknown": 10}}}, http.StatusCreated)
	if _, err := h.Views.WaitSettled(t.Context()); err != nil {
		t.Fatal(err)
	}
	return h, a.token
}

// visitor reads pages without a browser; a guest, or signed in.
type visitor struct {
	*running
	client http.Client
}

func (h *running) visitor(token string) *visitor {
	h.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	v := &visitor{h, http.Client{Jar: jar}}
	if token != "" {
		v.send("/sign-in", "application/x-www-form-urlencoded", strings.NewReader(url.Values{"token": {token}}.Encode()))
	}
	return v
}

// send sends a form and gives the path of the page that it leads to.
func (v *visitor) send(path, kind string, form *strings.Reader) string {
	v.t.Helper()
	request, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, v.URL()+path, form)
	if err != nil {
		v.t.Fatal(err)
	}
	request.Header.Set("Content-Type", kind)
	answer, err := v.client.Do(request)
	if err != nil {
		v.t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		v.t.Fatalf("POST %s: status %d", path, answer.StatusCode)
	}
	return answer.Request.URL.Path
}

// looksOver sends a text that then waits for a yes, and gives the page of that.
func (v *visitor) looksOver(text string) string {
	v.t.Helper()
	var form strings.Builder
	w := multipart.NewWriter(&form)
	for name, value := range map[string]string{"format": "auto", "tlp": "green", "community": "default", "text": text} {
		if err := w.WriteField(name, value); err != nil {
			v.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		v.t.Fatal(err)
	}
	return v.send("/import", w.FormDataContentType(), strings.NewReader(form.String()))
}

// page is the text of a page; none if there is no page for this visitor.
func (v *visitor) page(path string) (text string, shown bool) {
	v.t.Helper()
	request, err := http.NewRequestWithContext(v.t.Context(), http.MethodGet, v.URL()+path, http.NoBody)
	if err != nil {
		v.t.Fatal(err)
	}
	answer, err := v.client.Do(request)
	if err != nil {
		v.t.Fatal(err)
	}
	defer answer.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(answer.Body); err != nil {
		v.t.Fatal(err)
	}
	isPage := strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") && answer.Request.URL.Path == request.URL.Path
	return b.String(), isPage && answer.StatusCode == http.StatusOK
}

// plain are the paths of the rooms that need no id.
func plain() []string {
	return slices.DeleteFunc(web.Paths(), func(path string) bool { return strings.Contains(path, "{") || noPages[path] != "" })
}

// roams follows links, from some paths and those that need no id, and gives a path of
// each page that this visitor is shown, by its pattern.
func (v *visitor) roams(from ...string) map[string]string {
	v.t.Helper()
	const visits = 5 // to each page: one case leads to what another does not
	mux, link := http.NewServeMux(), regexp.MustCompile(`href="(/[^"#]*)`)
	for _, pattern := range web.Paths() {
		if pattern == "/" {
			pattern = "/{$}" // and nothing below it
		}
		mux.Handle(pattern, http.NotFoundHandler())
	}
	found, been, times := map[string]string{}, map[string]bool{}, map[string]int{}
	for queue := slices.Concat(from, plain()); len(queue) > 0; queue = queue[1:] {
		address, err := url.Parse(queue[0])
		if err != nil {
			v.t.Fatalf("a link to %q: %v", queue[0], err)
		}
		_, pattern := mux.Handler(&http.Request{Method: http.MethodGet, URL: address})
		pattern = strings.TrimSuffix(pattern, "{$}")
		if been[queue[0]] || pattern == "" || noPages[pattern] != "" || times[pattern] >= visits {
			continue
		}
		been[queue[0]], times[pattern] = true, times[pattern]+1
		text, shown := v.page(queue[0])
		if !shown {
			continue
		}
		if found[pattern] == "" {
			found[pattern] = queue[0]
		}
		for _, one := range link.FindAllStringSubmatch(text, -1) {
			queue = append(queue, html.UnescapeString(one[1]))
		}
	}
	return found
}
