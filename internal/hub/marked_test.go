package hub_test

import (
	"flag"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/api"
	"github.com/tocsin-project/tocsin/internal/feed"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// marked is a decision on the ledger with what the oracle has to know of it.
type marked struct {
	protect.Protection
	audience access.Audience
}

// mayApply is the oracle: is the decision for a partner's outlet of a reach? Who
// is told follows from the audience alone; how far it may be taken from the level
// of what it rests on.
func (m marked) mayApply(members map[string][]access.PartnerID, partner access.PartnerID, reach feed.Reach) bool {
	level := m.TLP
	told := slices.Contains(members[m.audience.Community], partner) || m.audience.Community == access.DefaultCommunity
	if m.audience.TLP == access.Red {
		told = slices.Contains(m.audience.Recipients, partner)
	} else {
		level = m.audience.TLP
	}
	if m.audience.TLP == access.Clear {
		told = true
	}
	most := map[feed.Reach][]access.TLP{
		feed.Internal: {access.Clear, access.Green, access.Amber, access.AmberStrict},
		feed.Clients:  {access.Clear, access.Green, access.Amber},
		feed.Public:   {access.Clear, access.Green},
	}
	return told && slices.Contains(most[reach], level)
}

// Whatever is decided, marked in whatever way, shown to canaries first or taken
// back: what a partner's lists, zones, stream and API hold is what the oracle
// says, no more and no less.
func TestDecisionsReachWhoTheyAreFor(t *testing.T) {
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue {
		if err := checks.Value.Set("12"); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = checks.Value.Set(checks.DefValue) }()
	}
	h := startHub(t, "")
	var ids []access.PartnerID
	var tokens []string
	members := map[string][]access.PartnerID{}
	for i := range 3 {
		id, token := h.partner(fmt.Sprintf("Partner %d", i), "healthcare", "GB", "viewer")
		ids, tokens = append(ids, access.PartnerID(id)), append(tokens, token)
	}
	h.post("/api/v1/communities", adminToken, map[string]string{"id": "health", "title": "health"}, http.StatusCreated)
	for _, i := range []int{0, 1} {
		members["health"] = append(members["health"], ids[i])
		h.wantStatus(http.MethodPut, "/api/v1/communities/health/members/"+string(ids[i]), adminToken, "")
	}
	reaches := []feed.Reach{feed.Internal, feed.Clients, feed.Public}
	keys := map[string]api.Transfer{}
	for i := range ids {
		for _, reach := range reaches {
			var k api.Transfer
			h.get("/api/v1/outlets/transfer?reach="+string(reach), tokens[i], &k)
			keys[fmt.Sprint(i, reach)] = k
		}
	}
	number := 0
	inForce := map[string]marked{}
	rapid.Check(t, func(rt *rapid.T) {
		for range rapid.IntRange(1, 5).Draw(rt, "decisions") {
			number++
			m := marked{Protection: blocked(fmt.Sprintf("n%d.example", number))}
			m.audience = access.ToCommunity(rapid.SampledFrom([]access.TLP{access.Clear, access.Green, access.Amber, access.AmberStrict}).Draw(rt, "tlp"))
			if rapid.Bool().Draw(rt, "of health") {
				m.audience.Community = "health"
			}
			m.TLP = m.audience.TLP
			if rapid.IntRange(0, 3).Draw(rt, "canary") == 0 {
				m.Status = protect.Canary
				m.audience = access.Audience{TLP: access.Red, Recipients: []access.PartnerID{rapid.SampledFrom(ids).Draw(rt, "canary partner")}}
			}
			h.decide(m.Protection, m.audience)
			inForce[m.Text] = m
		}
		if rapid.Bool().Draw(rt, "recall") {
			name := rapid.SampledFrom(slices.Sorted(maps.Keys(inForce))).Draw(rt, "recalled")
			h.decide(revoked(inForce[name].Protection), inForce[name].audience)
			delete(inForce, name)
		}
		for i, id := range ids {
			for _, reach := range reaches {
				list := h.listed("domains.txt?reach="+string(reach), tokens[i])
				key := keys[fmt.Sprint(i, reach)]
				zone := h.transfers(key)
				key.Zone = key.HotZone // what the cold zone may not have yet
				zone += h.transfers(key)
				for name, m := range inForce {
					want := m.mayApply(members, id, reach)
					if got := slices.Contains(strings.Fields(list), name); got != want {
						rt.Errorf("partner %d, reach %s: %s (%s) in the list: %t, want %t", i, reach, name, m.audience, got, want)
					}
					if got := strings.Contains(zone, "\n"+name+"."); got != want {
						rt.Errorf("partner %d, reach %s: %s (%s) in the zone: %t, want %t", i, reach, name, m.audience, got, want)
					}
				}
			}
			for name, m := range inForce {
				// Whom the entry is for may read it, whatever their outlets may do with it.
				want := m.mayApply(members, id, feed.Internal)
				for _, path := range []string{"/api/v1/protections", "/api/v1/protections?receipts=true&limit=1000", "/api/v1/stream?follow=false&kinds=protection.decided"} {
					if got := strings.Contains(h.call(http.MethodGet, path, tokens[i], "", nil).body, `"`+name+`"`); got != want {
						rt.Errorf("partner %d, %s: %s (%s): %t, want %t", i, path, name, m.audience, got, want)
					}
				}
				if got := strings.Contains(echoless(h.call(http.MethodGet, "/api/v1/protections/why?value="+name, tokens[i], "", nil).body, name), m.Reason); got != want {
					rt.Errorf("partner %d, why %s (%s): %t, want %t", i, name, m.audience, got, want)
				}
			}
		}
	})
}
