package bench

import (
	"fmt"
	"strings"
)

// scene gives a hub one of everything that can be asked for, and what is known
// of it. The partner that it names has no token: requests may dismiss it.
func scene(h *hub, coordinator string, objects []string) known {
	h.tb.Helper()
	partner, _ := h.partner("Partner Zero", "viewer")
	k := known{
		"objects": objects, "partners": {partner}, "recipients": {partner}, "asked_of": {partner}, "partner": {partner}, "owner": {partner},
		"value": {"evil.example", "192.0.2.7"}, "q": {"ka", "evil"}, "name": {"Wobble", "Gadget"}, "title": {"Patch", "Who?"}, "question": {"Who?"}, "reason": {"seen today"},
		"sector": {"healthcare", "government"}, "country": {"GB", "DE"}, "kind": {"operator", "patch", "technical"}, "role": {"viewer", "contributor"},
		"tlp": {"green", "red", "clear"}, "tlps": {"green", "clear"}, "polarity": {"block", "observe", "must-resolve"}, "type": {"domain-name"}, "types": {"indicator", "malware"},
		"policy": {"1 of [" + partner + "]"}, "email": {"a@bank.example", "b@bank.example"}, "engine": {"bind", "unbound"}, "notify": {"127.0.0.1:53"}, "scopes": {"taxii:read", "api:write"},
		"reliability": {"B"}, "relevance": {"H"}, "forgeability": {"L"}, "basis": {"indicator", "suspect"}, "outlet": {"files"}, "hypothesis": {"one"}, "community": {"default"}, "communities": {"default"},
		"kinds": {"sighting.reported", "contribution.accepted"}, "format": {"stix", "list"}, "evidence": {"ticket 1"}, "versions": {"2017-05-12T08:00:00Z"},
	}
	for _, one := range []struct{ segment, property, token, body string }{
		{"protections", "protection", coordinator, `{"value":"evil.example","polarity":"block","reason":"seen today"}`},
		{"actions", "action", coordinator, `{"kind":"patch","title":"Patch","asked_of":["PARTNER"]}`},
		{"cases", "case", coordinator, `{"question":"Who?","policy":"1 of [PARTNER]","tlp":"green","hypotheses":[{"id":"one","title":"One"},{"id":"two","title":"Two"}]}`},
		{"tokens", "token", administrator, `{"partner":"PARTNER","role":"viewer"}`},
		{"people", "person", administrator, `{"partner":"PARTNER","name":"Ada","email":"ada@bank.example","role":"viewer"}`},
		{"collections", "collection", administrator, `{"title":"Indicators","types":["indicator"]}`},
		{"communities", "", administrator, `{"id":"health","title":"Health"}`},
	} {
		var made struct {
			ID string `json:"id"`
		}
		h.as(one.token).post("/api/v1/"+one.segment, []byte(strings.ReplaceAll(one.body, "PARTNER", partner)), &made)
		k[one.segment] = append(k[one.segment], made.ID)
		if one.property != "" {
			k[one.property] = append(k[one.property], made.ID)
		}
	}
	for n := range 3 {
		var accepted struct {
			ID string `json:"id"`
		}
		h.as(coordinator).post("/api/v1/contributions", synthetic{31}.appendEnvelope(nil, n*group, group, true), &accepted)
		k["contributions"] = append(k["contributions"], accepted.ID)
	}
	k["id"] = []string{fmt.Sprintf("%s-new", partner), objects[0]}
	return k
}
