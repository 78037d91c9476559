package bench

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
)

// corpus makes requests that are right, over every path that a hub serves: the
// API's from its OpenAPI document, the pages' as far as their links lead, and
// the others as they are specified.
func corpus(h *hub, token string, k known) []question {
	h.tb.Helper()
	r := rand.New(rand.NewPCG(1, 1)) // the corpus is the same whatever the seed
	all := apiQuestions(h, r, k)
	api := len(all)
	all = append(all, taxiiQuestions(h.as(token).community(), k)...)
	all = append(all, otherQuestions()...)
	all = append(all, linked(h, h.session(token))...)
	if api < 40 || len(all) < api+60 {
		h.tb.Fatalf("the corpus has %d requests to the API and %d others: is the document read rightly?", api, len(all)-api)
	}
	return all
}

// apiQuestions are three of each operation.
func apiQuestions(h *hub, r *rand.Rand, k known) (all []question) {
	h.tb.Helper()
	var d document
	h.as(administrator).get("/api/v1/openapi.json", &d)
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(d.Paths[path])) {
			for range 3 {
				all = append(all, d.question(r, k, path, method))
			}
		}
	}
	for _, media := range []string{"application/stix+json", "application/json", "text/plain", "text/csv"} {
		for _, body := range contributions() {
			all = append(all, question{method: "POST", target: "/api/v1/contributions?per_object=true", header: [][2]string{{"Content-Type", media}}, body: []byte(body)})
		}
	}
	return all
}

// variable is a part of a path that varies, with what stands before it.
var variable = regexp.MustCompile(`/([^/{}]+)/\{([^}]+)\}`)

func (d document) question(r *rand.Rand, k known, path, method string) question {
	op := d.Paths[path][method]
	q := question{method: strings.ToUpper(method), header: [][2]string{{"Accept", "*/*"}}}
	q.target = variable.ReplaceAllStringFunc(path, func(found string) string {
		parts := variable.FindStringSubmatch(found)
		if parts[2] == "id" { // of what stands before it
			parts[2] = parts[1]
		}
		return "/" + parts[1] + "/" + url.PathEscape(k.value(r, parts[2]))
	})
	if !strings.HasPrefix(q.target, "/api/v1") {
		q.target = "/api/v1" + q.target
	}
	mark := "?"
	for _, p := range op.Parameters {
		if p.In == "query" && (p.Required || r.IntN(3) == 0) {
			q.target += mark + p.Name + "=" + url.QueryEscape(fmt.Sprint(d.example(r, k, p.Name, p.Schema, 0)))
			mark = "&"
		}
	}
	for _, media := range slices.Sorted(maps.Keys(op.RequestBody.Content)) {
		text, err := json.Marshal(d.example(r, k, "", op.RequestBody.Content[media].Schema, 0), json.Deterministic(true))
		if err == nil { // a schema may allow what is not JSON, such as a body of bytes
			q.body = text
			q.set("Content-Type", media)
		}
	}
	return q
}

// contributions are bodies in each format that the hub takes.
func contributions() []string {
	return []string{
		string(synthetic{11}.appendEnvelope(nil, 0, 5, true)),
		string(synthetic{12}.appendEnvelope(nil, 0, 2, true)),
		`{"type":"bundle","id":"bundle--5f1a2b3c-0000-4000-8000-000000000001","objects":[{"type":"domain-name","spec_version":"2.1","id":"domain-name--ecb120bf-2694-4902-a737-62b74539a41b","value":"example.com"}]}`,
		`{"Event":{"uuid":"5a2b3c4d-0000-4000-8000-000000000002","info":"Wobble","date":"2017-05-12","timestamp":"1494576000","threat_level_id":"1","analysis":"2","distribution":"1","published":true,` +
			`"Attribute":[{"uuid":"5a2b3c4d-0000-4000-8000-000000000003","type":"domain","category":"Network activity","value":"evil.example","to_ids":true,"timestamp":"1494576000","distribution":"5"}],"Tag":[{"name":"tlp:green"}]}}`,
		"# seen today\nevil.example\n192.0.2.7\n2001:db8::/48\nhttp://evil.example/x\n",
		"value,type,comment\nevil.example,domain,first\n192.0.2.9,ip,second\n",
	}
}

func taxiiQuestions(collection string, k known) (all []question) {
	id := k["objects"][0]
	for _, target := range []string{
		"/taxii2/", "/taxii2", "/taxii2/default/", "/taxii2/default/collections/", collection, collection + "objects/", collection + "manifest/",
		collection + "objects/" + id + "/", collection + "objects/" + id + "/versions/", "/taxii2/default/status/5a2b3c4d-0000-4000-8000-000000000004/",
		collection + "objects/?limit=10&added_after=2017-05-12T08:00:00.000000Z&match[type]=indicator,malware&match[version]=all",
		collection + "manifest/?limit=3&match[id]=" + id + "&match[spec_version]=2.1", collection + "objects/?match[version]=2017-05-12T08:00:00Z",
	} {
		for _, method := range []string{"GET", "DELETE"} {
			all = append(all, question{method: method, target: target, header: [][2]string{{"Accept", taxiiMedia}}})
		}
	}
	for n := range 3 {
		all = append(all, question{method: "POST", target: collection + "objects/", header: [][2]string{{"Accept", taxiiMedia}, {"Content-Type", taxiiMedia}},
			body: synthetic{13}.appendEnvelope(nil, n*group, group, false)})
	}
	return all
}

func otherQuestions() (all []question) {
	for _, target := range []string{
		"/feeds/block.txt", "/feeds/domains.txt", "/feeds/addresses.txt", "/feeds/urls.txt", "/feeds/hashes.txt", "/feeds/hosts", "/feeds/protections.json",
		"/log/checkpoint", "/log/tile/0/000", "/log/tile/0/000.p/1", "/log/tile/entries/000.p/1", "/log/tile/1/000.p/1", "/healthz", "/readyz", "/metrics",
		"/", "/search?q=evil", "/protections", "/protections/why?value=evil.example", "/partners", "/actions", "/cases", "/cases/x", "/live", "/sign-in", "/account", "/enrol", "/claim",
		"/sign-in/oidc/x/callback?code=x&state=y",
	} {
		all = append(all, question{method: "GET", target: target})
	}
	form := [][2]string{{"Content-Type", "application/x-www-form-urlencoded"}, {"Origin", "http://hub.example"}}
	for _, target := range []string{"/sign-in", "/sign-out", "/claim", "/enrol", "/account/password", "/account/remove", "/account/sessions", "/sign-in/oidc/x"} {
		all = append(all, question{method: "POST", target: target, header: form, body: []byte("email=a%40bank.example&password=correct+horse&secret=x&name=y&csrf=z&id=1")})
	}
	for _, target := range []string{"/sign-in/passkey/begin", "/sign-in/passkey/finish", "/enrol/passkey/begin", "/account/passkeys/finish", "/claim/passkey/begin"} {
		all = append(all, question{method: "POST", target: target, header: [][2]string{{"Content-Type", "application/json"}}, body: []byte(`{"id":"x","rawId":"eA","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"","signature":"","userHandle":null}}`)})
	}
	return all
}

// session signs in at the pages with a token and gives the cookie.
func (h *hub) session(token string) string {
	h.tb.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.PostForm(h.url+"/sign-in", url.Values{"token": {token}})
	if err != nil {
		h.tb.Fatal(err)
	}
	answer.Body.Close()
	for _, cookie := range answer.Cookies() {
		if cookie.Value != "" {
			return cookie.Name + "=" + cookie.Value
		}
	}
	h.tb.Fatalf("POST /sign-in with a token: status %d and no cookie", answer.StatusCode)
	return ""
}

var link = regexp.MustCompile(`(?:href|src|action)="(/[^"]*)"`)

// linked are the pages and files to which the pages lead whoever has signed in.
func linked(h *hub, session string) (all []question) {
	h.tb.Helper()
	a := &asker{address: h.address()}
	defer a.hangUp()
	seen := map[string]bool{}
	for todo := []string{"/", "/sign-in"}; len(todo) > 0 && len(all) < 60; todo = todo[1:] {
		if seen[todo[0]] {
			continue
		}
		seen[todo[0]] = true
		q := question{method: "GET", target: todo[0], header: [][2]string{{"Cookie", session}}}
		got, err := a.ask(q)
		if err != nil {
			h.tb.Fatal(err)
		}
		if got.status != http.StatusOK {
			continue
		}
		all = append(all, q)
		for _, found := range link.FindAllSubmatch(got.body, -1) {
			todo = append(todo, strings.ReplaceAll(string(found[1]), "&amp;", "&"))
		}
	}
	return all
}
