package hub_test

import (
	"flag"
	"fmt"
	"html"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/hub"
	"github.com/tocsin-project/tocsin/internal/stream"
)

// asker is who asks every way out of the hub, with a token or on the pages as
// a guest, and with a browser if it can sign in.
type asker struct {
	name, partner, token, role string
	browser                    *http.Client
	at                         stream.Mark // how far it has read the stream
}

// secret is something that was put in, and the one word that it is known by.
type secret struct {
	word, owner, tlp string
	recipients       []string
	business         bool // refusals and receipts, which coordinators work with
	pages            []string
	calls            []string
}

// maySee is the oracle: TLP 2.0 within one community, as the design has it.
func (a *asker) maySee(s secret) bool {
	switch {
	case a.name == "guest":
		return s.tlp == "clear" || s.tlp == "green"
	case a.partner != "" && a.partner == s.owner:
		return true
	case s.business && (a.role == "coordinator" || a.role == "administrator"):
		return true
	case s.tlp == "red":
		return slices.Contains(s.recipients, a.partner)
	}
	return true
}

// signIn gives the asker a browser with a session.
func (r *running) signIn(token string) *http.Client {
	r.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		r.t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	if token == "" {
		return browser
	}
	response, err := browser.PostForm(r.URL()+"/sign-in", url.Values{"token": {token}})
	if err != nil {
		r.t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		r.t.Fatalf("sign in: %s", response.Status)
	}
	return browser
}

// Rule 1: nothing reaches anyone whom its marking excludes, by any way out;
// and whoever may see it finds it.
func TestRelease(t *testing.T) {
	// A check asks a hundred questions: fewer than rapid's 100 unless asked for.
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue {
		if err := checks.Value.Set("25"); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = checks.Value.Set(checks.DefValue) }()
	}
	h := startHub(t, "", func(c *hub.Config) { c.OpenPages = true })
	var askers []*asker
	add := func(name, partner, token, role string) *asker {
		a := &asker{name: name, partner: partner, token: token, role: role, browser: h.signIn(token)}
		askers = append(askers, a)
		return a
	}
	var authors []*asker
	for i, role := range []string{"contributor", "contributor", "coordinator", "analyst"} {
		id, token := h.partner(fmt.Sprintf("Partner %d", i), "healthcare", "GB", role)
		authors = append(authors, add(fmt.Sprintf("partner %d, %s", i, role), id, token, role))
	}
	add("viewer of partner 0", authors[0].partner, h.token(authors[0].partner, "viewer"), "viewer")
	outsider, token := h.partner("Partner 9", "water", "FR", "viewer")
	add("viewer of nobody's", outsider, token, "viewer")
	add("administrator", "", adminToken, "administrator")
	add("guest", "", "", "guest")

	anchor := "malware--" + uuid.NewString()
	h.give(authors[0].token, "tlp=clear", malware(anchor, "anchor"))
	h.post("/api/v1/protections", adminToken, map[string]string{"value": "known.example", "polarity": "block", "reason": "seen"}, http.StatusCreated)

	rapid.Check(t, func(rt *rapid.T) {
		var secrets []secret
		for range rapid.IntRange(1, 3).Draw(rt, "secrets") {
			author := rapid.SampledFrom(authors).Draw(rt, "author")
			secrets = append(secrets, h.putIn(rt, author, authors, anchor))
		}
		for _, a := range askers {
			seen := h.everywhereSeen(a)
			for _, s := range secrets {
				h.hold(rt, a, s, seen)
			}
		}
	})
}

func malware(id, name string) string {
	return fmt.Sprintf(`{"type":"malware","spec_version":"2.1","id":%q,"created":"2017-05-12T07:43:00.000Z","modified":"2017-05-12T07:43:00.000Z","is_family":false,"name":%q}`, id, name)
}

func (r *running) give(token, query string, objects ...string) {
	r.t.Helper()
	a := r.call(http.MethodPost, "/api/v1/contributions?"+query, token, "application/stix+json", strings.NewReader(bundle(objects...)))
	if a.status != http.StatusCreated {
		r.t.Fatalf("contribute: %d %s", a.status, a.body)
	}
}

// putIn puts something in at a random level, for random recipients.
func (r *running) putIn(rt *rapid.T, author *asker, partners []*asker, anchor string) secret {
	s := secret{word: "word" + strings.ReplaceAll(uuid.NewString(), "-", ""), owner: author.partner}
	s.tlp = rapid.SampledFrom([]string{"clear", "green", "amber", "amber+strict", "red", "red"}).Draw(rt, "tlp")
	query := url.Values{"tlp": {s.tlp}}
	if s.tlp == "red" {
		for _, p := range partners {
			if rapid.Bool().Draw(rt, "recipient") {
				s.recipients = append(s.recipients, p.partner)
			}
		}
		query.Set("recipients", strings.Join(s.recipients, ","))
	}
	kind := rapid.SampledFrom([]string{"object", "object", "relation", "case", "refusal", "receipt"}).Draw(rt, "kind")
	switch kind {
	case "object", "relation":
		id := "malware--" + uuid.NewString()
		objects := []string{malware(id, s.word)}
		if kind == "relation" { // the public anchor's neighbours are the secret
			objects = append(objects, fmt.Sprintf(`{"type":"relationship","spec_version":"2.1","id":"relationship--%s","created":"2017-05-12T07:43:00.000Z","modified":"2017-05-12T07:43:00.000Z","relationship_type":"uses","source_ref":%q,"target_ref":%q}`,
				uuid.NewString(), anchor, id))
			s.calls, s.pages = []string{"/api/v1/objects/" + anchor}, []string{"/objects/" + anchor}
		}
		r.give(author.token, query.Encode(), objects...)
		s.calls = append(s.calls, "/api/v1/objects/"+id, "/api/v1/search?q="+s.word,
			"/taxii2/default/collections/"+r.collection()+"/objects/?match[id]="+id)
		s.pages = append(s.pages, "/objects/"+id, "/search?q="+s.word)
	case "case":
		author = partners[2] // the coordinator
		s.owner, s.recipients = author.partner, nil
		var opened struct {
			ID string `json:"id"`
		}
		r.decode(r.post("/api/v1/cases", author.token, map[string]any{
			"question": s.word, "tlp": s.tlp, "policy": "1 of [" + author.partner + "]",
			"hypotheses": []any{map[string]string{"id": "one", "title": "One"}, map[string]string{"id": "two", "title": "Two"}},
		}, http.StatusCreated), &opened)
		s.calls, s.pages = []string{"/api/v1/cases", "/api/v1/cases/" + opened.ID}, []string{"/cases", "/cases/" + opened.ID}
	case "refusal":
		s.tlp, s.recipients, s.business = "red", nil, true
		r.post("/api/v1/protections", author.token, map[string]string{"value": "8.8.8.8", "polarity": "block", "reason": s.word}, http.StatusConflict)
		s.calls, s.pages = []string{"/api/v1/protections/refusals", "/api/v1/protections/why?value=8.8.8.8"}, []string{"/protections/why?value=8.8.8.8"}
	case "receipt":
		s.tlp, s.recipients, s.business = "red", nil, true
		var why struct {
			Events []struct {
				Protection struct {
					ID string `json:"id"`
				} `json:"protection"`
			} `json:"events"`
		}
		r.get("/api/v1/protections/why?value=known.example", adminToken, &why)
		id := why.Events[0].Protection.ID
		r.post("/api/v1/receipts", author.token, map[string]any{"receipts": []any{map[string]any{"protection": id, "outlet": s.word, "in_force": false, "at": time.Now().UTC(), "problem": s.word}}}, http.StatusNoContent)
		s.calls, s.pages = []string{"/api/v1/protections/" + id + "/receipts", "/api/v1/protections/why?value=known.example"}, []string{"/protections/why?value=known.example"}
	}
	return s
}

// everywhereSeen is all that an asker is shown where it names nothing: lists,
// feeds, pages, and what is new on its stream.
func (r *running) everywhereSeen(a *asker) (shown struct{ stream, rest string }) {
	r.t.Helper()
	var all strings.Builder
	for _, path := range []string{"/", "/protections", "/partners", "/actions", "/cases", "/search?q=word"} {
		all.WriteString(r.page(a, path))
	}
	if a.token == "" {
		shown.rest = all.String()
		return shown
	}
	for _, path := range []string{
		"/api/v1/partners", "/api/v1/outbreaks", "/api/v1/protections", "/api/v1/actions", "/api/v1/sightings?value=known.example",
		"/feeds/block.txt", "/feeds/domains.txt", "/feeds/hosts", "/feeds/protections.json", "/taxii2/default/collections/", "/log/checkpoint",
	} {
		got := r.call(http.MethodGet, path, a.token, "", nil)
		if got.status != http.StatusOK {
			r.t.Fatalf("%s: GET %s: %d %s", a.name, path, got.status, got.body)
		}
		all.WriteString(got.body)
	}
	shown.rest = all.String()
	var told strings.Builder
	for _, line := range r.backlog(a.token, a.at) {
		a.at = markOf(line)
		told.Write(line.Body)
	}
	shown.stream = told.String()
	return shown
}

func (r *running) page(a *asker, path string) string {
	r.t.Helper()
	response, err := a.browser.Get(r.URL() + path)
	if err != nil {
		r.t.Fatal(err)
	}
	defer response.Body.Close()
	text := new(strings.Builder)
	if err := response.Write(text); err != nil {
		r.t.Fatal(err)
	}
	return html.UnescapeString(text.String())
}

// hold holds what an asker is shown against the oracle.
func (r *running) hold(rt *rapid.T, a *asker, s secret, seen struct{ stream, rest string }) {
	want := a.maySee(s)
	check := func(where, text string, complete bool) {
		found := strings.Contains(strings.ReplaceAll(text, "q="+s.word, ""), s.word)
		if found && !want {
			rt.Errorf("%s is shown what %s marked %s for %v, at %s", a.name, s.owner, s.tlp, s.recipients, where)
		}
		if !found && want && complete {
			rt.Errorf("%s is not shown what %s marked %s for %v, at %s", a.name, s.owner, s.tlp, s.recipients, where)
		}
	}
	check("the lists", seen.rest, false)
	for _, path := range s.pages {
		check(path, echoless(r.page(a, path), s.word), !s.business) // pages say less of business
	}
	if a.token == "" {
		return
	}
	// On the stream a refusal or a receipt is its partner's alone.
	if onStream := a.partner == s.owner && a.partner != "" || !s.business; onStream {
		check("the stream", seen.stream, true)
	} else if strings.Contains(seen.stream, s.word) {
		rt.Errorf("%s is told on the stream of the business of %s", a.name, s.owner)
	}
	for _, path := range s.calls {
		check(path, r.call(http.MethodGet, path, a.token, "", nil).body, true)
	}
	// What is not there and what may not be seen are told apart by nothing.
	for _, path := range s.calls {
		if want || !strings.HasPrefix(path, "/api/v1/objects/malware--") {
			continue
		}
		absent := "malware--" + uuid.NewString()
		hidden := strings.TrimPrefix(path, "/api/v1/objects/")
		got, none := r.call(http.MethodGet, path, a.token, "", nil), r.call(http.MethodGet, "/api/v1/objects/"+absent, a.token, "", nil)
		if got.status == http.StatusOK && path == s.calls[0] {
			continue // the anchor, which is public
		}
		if got.status != none.status || strings.ReplaceAll(got.body, hidden, absent) != none.body {
			rt.Errorf("%s: a hidden object answers %d %s, one that is not there %d %s", a.name, got.status, got.body, none.status, none.body)
		}
	}
}

// echoless takes out what a search page repeats of the question.
func echoless(text, word string) string {
	for _, echo := range []string{`value="` + word + `"`, "“" + word + "”", `"` + word + `"`, "for " + word} {
		text = strings.ReplaceAll(text, echo, "")
	}
	return text
}

// collection is the id of the TAXII collection.
func (r *running) collection() string {
	r.t.Helper()
	a := r.call(http.MethodGet, "/taxii2/default/collections/", adminToken, "", nil)
	var list struct {
		Collections []struct {
			ID, Title string
		} `json:"collections"`
	}
	if err := json.Unmarshal([]byte(a.body), &list, json.MatchCaseInsensitiveNames(true)); err != nil || list.Collections[0].Title != "community" {
		r.t.Fatalf("collections: %v %s", err, a.body)
	}
	return list.Collections[0].ID
}
