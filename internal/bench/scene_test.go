package bench

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// scene gives a hub some of everything that can be asked for, and what is known
// of it. The partners that it names have no token here: requests may dismiss
// them, and sooner or later do.
func scene(h *hub, coordinator string, objects []string) known {
	h.tb.Helper()
	k := known{
		"objects": slices.Clone(objects), "value": {"evil.example", "192.0.2.7"}, "q": {"ka", "evil"}, "name": {"Wobble", "Gadget"}, "title": {"Patch", "Who?"}, "question": {"Who?"}, "reason": {"seen today"},
		"sector": {"healthcare", "government"}, "country": {"GB", "DE"}, "kind": {"operator", "patch", "technical"}, "role": {"viewer", "contributor"},
		"tlp": {"green", "red", "clear"}, "tlps": {"green", "clear"}, "polarity": {"block", "observe", "must-resolve"}, "type": {"domain-name"}, "types": {"indicator", "malware"},
		"email": {"a@bank.example", "b@bank.example"}, "engine": {"bind", "unbound"}, "notify": {"127.0.0.1:9"}, "scopes": {"taxii:read", "api:write"}, "expires": {"12h", "2030-01-01T00:00:00Z"},
		"reliability": {"B"}, "relevance": {"H"}, "forgeability": {"L"}, "basis": {"indicator", "suspect"}, "outlet": {"files"}, "hypothesis": {"one"}, "community": {"default"}, "communities": {"default"},
		"kinds": {"sighting.reported", "contribution.accepted"}, "format": {"stix", "list"}, "evidence": {"ticket 1"}, "versions": {"2017-05-12T08:00:00Z"}, "columns": {"host:domain"},
	}
	for n := range 6 {
		partner, _ := h.partner(fmt.Sprintf("Partner Zero %d", n), "viewer")
		for _, name := range []string{"partners", "partner", "recipients", "asked_of", "owner"} {
			k[name] = append(k[name], partner)
		}
		k["policy"] = append(k["policy"], "1 of ["+partner+"]")
		k["id"] = append(k["id"], fmt.Sprintf("new-%d", n), objects[0])
		k.furnish(h, coordinator, partner, n)
	}
	return k
}

// furnish gives the hub one of everything that concerns a partner.
func (k known) furnish(h *hub, coordinator, partner string, n int) {
	h.tb.Helper()
	for _, one := range []struct{ segment, property, token, body string }{
		{"protections", "protection", coordinator, `{"value":"NUMBER.evil.example","polarity":"block","reason":"seen today"}`},
		{"actions", "action", coordinator, `{"kind":"patch","title":"Patch","asked_of":["PARTNER"]}`},
		{"cases", "case", coordinator, `{"question":"Who?","policy":"1 of [PARTNER]","tlp":"green","hypotheses":[{"id":"one","title":"One"},{"id":"two","title":"Two"}]}`},
		{"tokens", "token", administrator, `{"partner":"PARTNER","role":"viewer"}`},
		{"people", "person", administrator, `{"partner":"PARTNER","name":"First","email":"first-NUMBER@bank.example","role":"viewer"}`},
		{"collections", "collection", administrator, `{"title":"Indicators NUMBER","types":["indicator"]}`},
		{"communities", "", administrator, `{"id":"health-NUMBER","title":"Health NUMBER"}`},
	} {
		var made struct {
			ID string `json:"id"`
		}
		h.as(one.token).post("/api/v1/"+one.segment, []byte(strings.NewReplacer("PARTNER", partner, "NUMBER", strconv.Itoa(n)).Replace(one.body)), &made)
		k[one.segment] = append(k[one.segment], made.ID)
		if one.property != "" {
			k[one.property] = append(k[one.property], made.ID)
		}
	}
	var accepted struct {
		ID string `json:"id"`
	}
	h.as(coordinator).post("/api/v1/contributions", synthetic{31}.appendEnvelope(nil, n*group, group, true), &accepted)
	k["contributions"] = append(k["contributions"], accepted.ID)
	for i := range group {
		k["objects"] = append(k["objects"], synthetic{31}.id(n*group+i))
	}
}
