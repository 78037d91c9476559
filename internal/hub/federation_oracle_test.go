package hub_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/tocsin-project/tocsin/internal/pull"
)

// given is an object that the bank shared, and how it is marked by now.
type given struct {
	word, id, tlp, community string
}

// comes is what the terms of this test let through: the two communities that hub B's
// partner is in up to amber, and what is clear.
func (g given) comes() bool {
	switch g.tlp {
	case "clear":
		return true
	case "green", "amber":
		return g.community == "default" || g.community == "banks"
	}
	return false
}

// Whatever is shared, narrowed and withdrawn at one hub, in whatever order and however
// often the connection is cut: the partners of the other are shown just what the terms
// let through, and none of it is on that hub's ledger otherwise.
func TestWhatComesToAnotherHub(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { whatComes(t, rand.New(rand.NewPCG(seed, 1))) })
	}
}

func whatComes(t *testing.T, random *rand.Rand) {
	a, b := newPeer(t), newPeer(t)
	aOfB, bOfA := a.otherHub("Hub B"), b.otherHub("Hub A")
	bankID, bank := a.partner("Bank 01", "financial-services", "DE", "contributor")
	clinicID, clinic := b.partner("Hospital 01", "healthcare", "GB", "contributor")
	a.community("banks", bankID, aOfB)
	a.community("traders", bankID)
	b.community("finance", clinicID)
	b.follows(a, aOfB, bOfA, func(c *pull.Config) {
		c.Communities, c.Level = map[string]string{"default": "default", "banks": "finance"}, "amber"
	})
	levels := []string{"clear", "green", "amber", "amber+strict", "red"}
	var all []*given
	first := map[string]given{}
	for n := range 40 {
		g := &given{word: fmt.Sprintf("word-%d.example", n), tlp: levels[random.IntN(5)], community: []string{"default", "banks", "traders"}[random.IntN(3)]}
		query := url.Values{"tlp": {g.tlp}, "community": {g.community}}
		if g.tlp == "red" && random.IntN(2) == 0 {
			query.Set("recipients", aOfB)
		}
		a.contribute(bank, query.Encode(), g.word)
		g.id = idOf(t, a.partsWith(g.word)[0])
		all, first[g.word] = append(all, g), *g
		switch old := all[random.IntN(len(all))]; random.IntN(4) {
		case 0:
			if old.tlp != "" {
				a.post("/api/v1/objects/"+old.id+"/withdrawal", bank, map[string]string{"reason": "wrong"}, http.StatusNoContent)
				old.tlp = ""
			}
		case 1:
			if at := slices.Index(levels, old.tlp); at >= 0 && at < 3 {
				to := levels[at+1+random.IntN(3-at)]
				a.post("/api/v1/objects/"+old.id+"/tightening", bank, map[string]string{"reason": "too wide", "tlp": to, "community": old.community}, http.StatusNoContent)
				old.tlp = to
			}
		case 2:
			a.door.leadTo(a.running) // cuts what is open
		}
	}
	a.contribute(bank, "tlp=clear", "the-end.example")
	(&reading{p: b, token: clinic}).until("the end", names("the-end.example"))
	for _, g := range all {
		if got := b.shows(clinic, g.id); got != g.comes() {
			t.Errorf("%s, which is %q in %s now, is shown: %t", g.word, g.tlp, g.community, got)
		}
		if came := len(b.partsWith(g.word)); came > 1 || came == 1 && !first[g.word].comes() {
			t.Errorf("%s, which was shared as %s in %s, is %d times on the other ledger", g.word, first[g.word].tlp, first[g.word].community, came)
		}
	}
}

// community founds a community with members.
func (p *peer) community(id string, members ...string) {
	p.t.Helper()
	p.post("/api/v1/communities", adminToken, map[string]string{"id": id, "title": id}, http.StatusCreated)
	for _, m := range members {
		if got := p.call(http.MethodPut, "/api/v1/communities/"+id+"/members/"+m, adminToken, "", nil); got.status >= 300 {
			p.t.Fatalf("join %s: %d %s", id, got.status, got.body)
		}
	}
}
