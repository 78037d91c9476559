package api_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/api"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// document is the OpenAPI document as clients read it.
func document(t *testing.T, s *site) map[string]any {
	t.Helper()
	got := s.call(http.MethodGet, "/openapi.json", "", "", nil)
	if got.Code != http.StatusOK {
		t.Fatalf("the document: %d %s", got.Code, got.Body)
	}
	var doc map[string]any
	if err := json.Unmarshal(got.Body.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// operation is one of the document's.
type operation struct {
	method, path string
	is           map[string]any
}

func operations(t *testing.T, doc map[string]any) map[string]operation {
	t.Helper()
	found := map[string]operation{}
	for path, item := range doc["paths"].(map[string]any) {
		for method, is := range item.(map[string]any) {
			one := operation{strings.ToUpper(method), path, is.(map[string]any)}
			id, _ := one.is["operationId"].(string)
			if _, twice := found[id]; twice || id == "" {
				t.Errorf("%s %s: the operationId %q is missing or another's, too", method, path, id)
			}
			found[id] = one
		}
	}
	return found
}

// What OpenAPI 3.1 asks of a document, as far as this one uses it: versions,
// responses of every operation, parameters in the path, references, schemas.
func TestDocumentIsSound(t *testing.T) {
	s := newSite(t, nil)
	doc := document(t, s)
	if version, _ := doc["openapi"].(string); !strings.HasPrefix(version, "3.1.") {
		t.Errorf("openapi is %v", doc["openapi"])
	}
	for id, op := range operations(t, doc) {
		responses, _ := op.is["responses"].(map[string]any)
		if len(responses) < 2 || responses["default"] == nil {
			t.Errorf("%s: responses %v: one that succeeds and the problems are wanted", id, responses)
		}
		for status, response := range responses {
			if response.(map[string]any)["description"] == "" {
				t.Errorf("%s: response %s has no description", id, status)
			}
		}
		declared := map[string]bool{}
		parameters, _ := op.is["parameters"].([]any)
		for _, p := range parameters {
			one := p.(map[string]any)
			if one["schema"] == nil || one["in"] == "path" && one["required"] != true {
				t.Errorf("%s: parameter %v has no schema, or is in the path and not required", id, one["name"])
			}
			if one["in"] == "path" {
				declared["{"+one["name"].(string)+"}"] = true
			}
		}
		for segment := range strings.SplitSeq(op.path, "/") {
			if strings.HasPrefix(segment, "{") && !declared[segment] {
				t.Errorf("%s: %s is not among the parameters", id, segment)
			}
		}
	}
	references(t, doc, doc)
	for name, schema := range doc["components"].(map[string]any)["schemas"].(map[string]any) {
		for _, complaint := range (schemas{doc}).unsound("/"+name, schema) {
			t.Error(complaint)
		}
	}
}

// references looks every $ref up.
func references(t *testing.T, doc map[string]any, in any) {
	t.Helper()
	switch v := in.(type) {
	case []any:
		for _, one := range v {
			references(t, doc, one)
		}
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok {
			var at any = doc
			for step := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
				next, _ := at.(map[string]any)
				at = next[step]
			}
			if at == nil {
				t.Errorf("%s leads nowhere", ref)
			}
		}
		for _, one := range v {
			references(t, doc, one)
		}
	}
}

// Every operation is called once, answers with the status that the document
// promises, and what it answers is what the document says it is.
func TestEveryOperation(t *testing.T) {
	s := newSite(t, func(l ledger.Ledger) ledger.Ledger { return forgetting{l} }, func(c *api.Config) { c.PublicLog, c.Bundles = fakeLog{}, press(t, c) })
	bank, _ := s.partner("Bank 01", "contributor")
	cert, coordinator := s.partner("CERT 01", "coordinator")
	telco, contributor := s.partner("Telco 01", "contributor")
	now := time.Now().UTC().Format(time.RFC3339)
	var protection, action, opened, token struct {
		ID string `json:"id"`
	}
	s.must("POST", "/protections", coordinator, map[string]string{"value": "evil.example", "polarity": "block", "reason": "seen"}, &protection)
	s.must("POST", "/protections", coordinator, map[string]string{"value": "killswitch.example", "polarity": "must-resolve", "reason": "it stops the worm"}, nil)
	s.must("POST", "/actions", coordinator, map[string]any{"kind": "patch", "title": "Patch", "asked_of": []string{telco}}, &action)
	var help struct {
		ID string `json:"id"`
	}
	s.must("POST", "/calls", coordinator, map[string]any{"title": "Analysts wanted"}, &help)
	s.must("POST", "/cases", coordinator, caseOf("Who?", bank), &opened)
	s.must("POST", "/tokens", adminToken, map[string]string{"partner": bank, "role": "viewer"}, &token)
	var leaver, lost struct {
		ID string `json:"id"`
	}
	s.must("POST", "/people", adminToken, map[string]string{"partner": telco, "name": "First", "email": "first@telco.example", "role": "viewer"}, &leaver)
	s.must("POST", "/people", adminToken, map[string]string{"partner": telco, "name": "Second", "email": "second@telco.example", "role": "viewer"}, &lost)
	var collection struct {
		ID string `json:"id"`
	}
	s.must("POST", "/collections", adminToken, map[string]any{"title": "Indicators", "types": []string{"indicator"}}, &collection)
	give := func(name string) string {
		got := s.call("POST", "/contributions", contributor, "text/plain", strings.NewReader(name))
		var accepted api.Accepted
		if err := json.Unmarshal(got.Body.Bytes(), &accepted); err != nil || got.Code != http.StatusCreated {
			t.Fatalf("contribute: %v %s", err, got.Body)
		}
		return accepted.ID
	}
	give("known.example")
	mistakes := []string{give("one.example"), give("two.example"), give("three.example")}
	var found struct {
		Objects []struct {
			ID string `json:"id"`
		} `json:"objects"`
	}
	s.must("GET", "/search?q=known.example", contributor, nil, &found)
	report := func(id string, hosts int) string { // what says the same to the last count would be one voice's
		return fmt.Sprintf(`{"id":%q,"sightings":[{"type":"domain-name","value":"worm.example","basis":"suspect","count":3,"hosts":%d,"first_seen":%q,"last_seen":%q}],"scans":[{"port":445,"sources":4,"contacts":90,"first_seen":%q,"last_seen":%q}],"encryptions":[{"extension":".locked","hosts":1,"files":40,"folders":9,"first_seen":%q,"last_seen":%q}]}`, id, hosts, now, now, now, now, now, now)
	}
	s.must("POST", "/sightings", contributor, jsonText(report("report-one", 3)), nil)
	s.must("POST", "/sightings", coordinator, jsonText(report("report-two", 4)), nil)
	if _, err := s.views.WaitSettled(t.Context()); err != nil {
		t.Fatal(err)
	}
	outbreaks := s.views.Outbreak.List()
	if len(outbreaks) == 0 || len(found.Objects) == 0 {
		t.Fatal("there is no outbreak or no object to ask for")
	}
	evidence := fmt.Sprintf(`{"case":%q,"id":"evidence--11111111-1111-4111-8111-111111111111","title":"Code","kind":"technical","source":"a report","reliability":"B","credibility":2,"relevance":"H","forgeability":"L"}`, opened.ID)
	calls := append(s.judging(cert, coordinator, give("proved.example"), contributor), []documented{
		{id: "notice-bundle", token: contributor}, {id: "notice-key", token: contributor},
		{id: "me", token: contributor}, {id: "list-partners", token: contributor}, {id: "list-tokens", token: adminToken},
		{id: "add-partner", token: adminToken, body: `{"name":"New","sector":"water","country":"FR","kind":"operator"}`},
		{id: "issue-token", token: adminToken, body: `{"partner":"` + bank + `","role":"viewer"}`},
		{id: "revoke-token", token: adminToken, path: map[string]string{"id": token.ID}, body: `{"reason":"lost"}`},
		{id: "create-community", token: adminToken, body: `{"id":"health","title":"Health"}`},
		{id: "add-member", token: adminToken, path: map[string]string{"id": "health", "partner": telco}},
		{id: "list-communities", token: contributor},
		{id: "remove-member", token: adminToken, path: map[string]string{"id": "health", "partner": telco}},
		{id: "list-client", token: contributor, path: map[string]string{"partner": bank}}, {id: "list-clients", token: contributor},
		{id: "unlist-client", token: contributor, path: map[string]string{"partner": bank}},
		{id: "create-collection", token: adminToken, body: `{"title":"All","tlps":["clear","green"],"labels":["worm"]}`},
		{id: "list-collections", token: contributor}, {id: "remove-collection", token: adminToken, path: map[string]string{"id": collection.ID}},
		{id: "invite-person", token: adminToken, body: `{"partner":"` + telco + `","name":"Third","email":"third@telco.example","role":"viewer"}`},
		{id: "invite-person-again", token: adminToken, path: map[string]string{"id": leaver.ID}},
		{id: "change-person", token: adminToken, path: map[string]string{"id": leaver.ID}, body: `{"name":"First L"}`},
		{id: "list-people", token: adminToken},
		{id: "dismiss-person", token: adminToken, path: map[string]string{"id": leaver.ID}, body: `{"reason":"moved on"}`},
		{id: "erase-person", token: adminToken, path: map[string]string{"id": lost.ID}, body: `{"reason":"asked for"}`},
		{id: "claim", body: `{"secret":"x"}`}, {id: "audit", token: adminToken, query: "limit=3&kind=person,token.issued"},
		{id: "contribute", token: contributor, body: `{"type":"bundle","objects":[]}`},
		{id: "search", token: contributor, query: "q=known.example"},
		{id: "object", token: contributor, path: map[string]string{"id": found.Objects[0].ID}},
		{id: "report-sightings", token: contributor, body: report("report-three", 5)},
		{id: "list-sightings", token: contributor, query: "value=worm.example"},
		{id: "list-outbreaks", token: contributor}, {id: "outbreak", token: contributor, path: map[string]string{"id": outbreaks[0].ID}},
		{id: "outbreak-report", token: contributor, path: map[string]string{"id": outbreaks[0].ID}},
		{id: "ring-outbreak", token: coordinator, body: `{"port":3389,"values":["worm.example"],"reason":"telephone"}`},
		{id: "end-outbreak", token: coordinator, path: map[string]string{"id": outbreaks[0].ID}, body: `{"reason":"a scanner of our own","false_alarm":true}`},
		{id: "list-protections", token: contributor}, {id: "refusals", token: contributor},
		{id: "ask-protection", token: coordinator, body: `{"value":"bad.example","polarity":"block","reason":"seen"}`},
		{id: "why-protection", token: coordinator, query: "value=evil.example"},
		{id: "acknowledge", token: contributor, body: fmt.Sprintf(`{"receipts":[{"protection":%q,"outlet":"files","in_force":true,"at":%q}]}`, protection.ID, now)},
		{id: "receipts", token: coordinator, path: map[string]string{"id": protection.ID}},
		{id: "ask-protections", token: coordinator, body: `{"values":["one.example","10.1.2.3","ONE.example.","not a value"],"polarity":"block","reason":"a list"}`},
		{id: "confirm-protection", token: adminToken, body: `{"value":"killswitch.example","reason":"read the sample's report"}`},
		{id: "stop-automation", token: coordinator, body: `{"reason":"a drill"}`}, {id: "automation", token: contributor},
		{id: "resume-automation", token: coordinator, body: `{"reason":"over"}`},
		{id: "quarantine-partner", token: adminToken, path: map[string]string{"id": telco}, body: fmt.Sprintf(`{"since":%q,"reason":"its tokens were stolen"}`, now)},
		{id: "declare-assets", token: contributor, body: `{"values":["telco.example","198.51.100.0/24"]}`}, {id: "assets", token: contributor},
		{id: "recall-protection", token: coordinator, body: `{"value":"evil.example","reason":"mistake"}`},
		{id: "open-action", token: contributor, body: `{"kind":"patch","title":"We patch","volunteered":true}`},
		{id: "list-actions", token: contributor}, {id: "action", token: contributor, path: map[string]string{"id": action.ID}},
		{id: "commit", token: contributor, body: fmt.Sprintf(`{"action":%q}`, action.ID)},
		{id: "report-done", token: contributor, body: fmt.Sprintf(`{"action":%q,"evidence":"ticket 1"}`, action.ID)},
		{id: "answers", token: contributor, path: map[string]string{"id": action.ID}},
		{id: "open-call", token: coordinator, body: `{"title":"Takedown","skills":["takedown"],"partners":["` + telco + `"],"audience":{"tlp":"amber","community":"default"}}`},
		{id: "list-calls", token: contributor, query: "open=true&yours=true"}, {id: "call", token: coordinator, path: map[string]string{"id": help.ID}},
		{id: "answer-call", token: contributor, body: fmt.Sprintf(`{"call":%q,"offer":"two analysts","skills":["forensics"]}`, help.ID)},
		{id: "call-answers", token: contributor, path: map[string]string{"id": help.ID}, query: "until=" + time.Now().Add(time.Hour).UTC().Format(time.RFC3339)},
		{id: "close-call", token: coordinator, body: fmt.Sprintf(`{"call":%q,"reason":"enough"}`, help.ID)},
		{id: "declare-skills", token: contributor, body: `{"skills":["takedown","forensics"]}`}, {id: "list-skills", token: contributor, query: "skill=takedown"},
		{id: "accountability", token: contributor}, {id: "accountability-partners", token: coordinator}, {id: "accountability-summary", token: contributor},
		{id: "explain", token: contributor, body: fmt.Sprintf(`{"action":%q,"text":"the maker has to"}`, action.ID)},
		{id: "share-accountability", token: coordinator, body: `{"with":["` + telco + `"]}`}, {id: "accountability-sharing", token: coordinator},
		{id: "roll-back", token: contributor, body: fmt.Sprintf(`{"action":%q,"reason":"broke things"}`, action.ID)},
		{id: "cancel-action", token: coordinator, body: fmt.Sprintf(`{"action":%q,"reason":"over"}`, action.ID)},
		{id: "open-case", token: coordinator, body: marshal(t, caseOf("Whose?", bank))},
		{id: "list-cases", token: contributor}, {id: "case", token: contributor, path: map[string]string{"id": opened.ID}},
		{id: "propose-hypothesis", token: coordinator, body: fmt.Sprintf(`{"case":%q,"id":"three","title":"Three"}`, opened.ID)},
		{id: "file-evidence", token: contributor, body: evidence},
		{id: "rate-evidence", token: coordinator, body: fmt.Sprintf(`{"ratings":[{"case":%q,"evidence":"evidence--11111111-1111-4111-8111-111111111111","hypothesis":"three","value":"C","likelihood":0.7,"reason":"fits"}]}`, opened.ID)},
		{id: "transfer", token: contributor}, {id: "connect-outlet", token: contributor, body: `{"engine":"bind","notify":"127.0.0.1:53"}`},
		{id: "stream", token: contributor, query: "follow=false"}, {id: "indicator-set", token: contributor},
		{id: "lookup-indicators", token: contributor, body: `{"fingerprints":["0123456789abcdef"]}`},
		{id: "tighten-object", token: contributor, path: map[string]string{"id": found.Objects[0].ID}, body: `{"tlp":"amber","reason":"too wide"}`},
		{id: "withdraw-object", token: contributor, path: map[string]string{"id": found.Objects[0].ID}, body: `{"reason":"a mistake"}`},
		{id: "tighten-contribution", token: contributor, path: map[string]string{"id": mistakes[0]}, body: `{"tlp":"red","recipients":[],"reason":"too wide"}`},
		{id: "withdraw-contribution", token: contributor, path: map[string]string{"id": mistakes[1]}, body: `{"reason":"a mistake"}`},
		{id: "erase-contribution", token: adminToken, path: map[string]string{"id": mistakes[2]}, body: `{"owner":"` + telco + `","reason":"personal data"}`},
		{id: "report-exposure", token: contributor, body: rowsOf(1, 2)}, {id: "list-exposure", token: contributor},
		{id: "exposure", token: contributor, path: map[string]string{"vulnerability": "CVE-2017-0144"}},
		{id: "exposure-rows", token: contributor, path: map[string]string{"vulnerability": "CVE-2017-0144"}},
		{id: "share-exposure", token: contributor, body: `{"with":["` + cert + `"]}`}, {id: "exposure-sharing", token: contributor},
		{id: "list-known-exploited", token: coordinator, body: `{"vulnerabilities":[{"cveID":"CVE-2017-0144","dateAdded":"2022-02-10","dueDate":"2022-08-10"}]}`},
		{id: "list-sources", token: coordinator},
		{id: "list-playbooks", token: contributor}, {id: "playbook", token: contributor, path: map[string]string{"id": "worm-kill-switch"}},
		{id: "import-playbook", token: coordinator, body: smallPlaybook},
		{id: "outbreak-playbook", token: contributor, path: map[string]string{"id": outbreaks[0].ID}},
		{id: "change-partner", token: adminToken, path: map[string]string{"id": bank}, body: `{"organisation":"banking-group","designated":true,"reason":"one owner"}`},
		{id: "dismiss-partner", token: adminToken, path: map[string]string{"id": bank}, body: `{"reason":"left"}`},
	}...)
	calls = append(calls, s.reporting(contributor, outbreaks[0].ID, cert)...)
	calls = append(s.telling(coordinator, contributor, telco), calls...)
	calls = append(s.acting(coordinator, contributor, telco, outbreaks[0].ID), calls...)
	doc := document(t, s)
	left := operations(t, doc)
	others := outside(t, s)
	for _, c := range calls {
		op, ok := left[c.id]
		if !ok {
			t.Errorf("the document has no operation %s (or it is called twice)", c.id)
			continue
		}
		delete(left, c.id)
		path := op.path
		for name, value := range c.path {
			path = strings.ReplaceAll(path, "{"+name+"}", value)
		}
		if c.query != "" {
			path += "?" + c.query
		}
		media := ""
		if c.body != "" {
			media = "application/json"
		}
		got := s.call(op.method, path, c.token, media, strings.NewReader(c.body))
		if c.id == "claim" && got.Code == http.StatusConflict {
			continue // this site has its administrator: see TestClaim
		}
		for _, complaint := range complains(others, op.method, path, got) {
			t.Errorf("%s: a validator of others says of the answer: %s\n%.1000s", c.id, complaint, got.Body)
		}
		response, promised := op.is["responses"].(map[string]any)[fmt.Sprint(got.Code)].(map[string]any)
		if !promised {
			t.Errorf("%s: status %d is not in the document: %s", c.id, got.Code, got.Body)
			continue
		}
		content, _ := response["content"].(map[string]any)
		if len(content) == 0 {
			if got.Body.Len() > 0 {
				t.Errorf("%s: an answer without content has %q", c.id, got.Body)
			}
			continue
		}
		kind := got.Header().Get("Content-Type")
		described, ok := content[kind].(map[string]any)
		if !ok {
			t.Errorf("%s: Content-Type %q is not in the document", c.id, kind)
			continue
		}
		if kind != "application/json" {
			continue
		}
		if described["schema"] == nil {
			t.Errorf("%s: the document does not say what it answers", c.id)
			continue
		}
		var value any
		if err := json.Unmarshal(got.Body.Bytes(), &value); err != nil {
			t.Fatal(err)
		}
		for _, complaint := range (schemas{doc}).differs("", described["schema"], value) {
			t.Errorf("%s: the answer is not what the document says: %s\n%s", c.id, complaint, got.Body)
		}
	}
	for id := range left {
		t.Errorf("operation %s is not called: add it here", id)
	}
}

// forgetting is a fake ledger that says that it destroys what it is told to.
type forgetting struct{ ledger.Ledger }

func (forgetting) KeysOf(context.Context, []ledger.Seq) ([]uint64, error) { return nil, nil }

func (forgetting) Erase(context.Context, ...ledger.Seq) error { return nil }

// jsonText marshals as it is.
type jsonText string

func (j jsonText) MarshalJSON() ([]byte, error) { return []byte(j), nil }

func marshal(t testing.TB, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func caseOf(question, partner string) map[string]any {
	return map[string]any{
		"question": question, "policy": "1 of [" + partner + "]",
		"tlp": "green", "hypotheses": []any{map[string]string{"id": "one", "title": "One"}, map[string]string{"id": "two", "title": "Two"}},
	}
}
