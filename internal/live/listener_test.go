package live_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/live"
)

// Whoever comes back with its place is told if it missed something, and not if not.
func TestWhoComesBackMissesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		c := live.NewCrowd()
		before := c.Place()
		c.Entry(entry("case.vote", beta, access.Audience{TLP: access.Red}))
		for who, want := range map[access.PartnerID]int{alpha: 0, beta: 1} {
			e := listen(t, ctx, c, member(who), before)
			time.Sleep(time.Second)
			if got := e.words(); got != want {
				t.Errorf("%s heard %d words of what only %s may see, want %d", who, got, beta, want)
			}
		}
		for name, place := range map[string]string{"none": "", "nonsense": "AAAA", "another hub's": live.NewCrowd().Place()} {
			e := listen(t, ctx, c, member(alpha), place)
			time.Sleep(time.Second)
			if e.words() != 1 {
				t.Errorf("place %s: not told to look", name)
			}
		}
		for range 20_000 {
			c.Entry(entry("case.vote", beta, access.Audience{TLP: access.Red}))
		}
		e := listen(t, ctx, c, member(alpha), before)
		time.Sleep(time.Second)
		if e.words() != 1 {
			t.Error("who comes back too late to know is not told to look")
		}
		if one, other := c.Place(), c.Place(); one == other {
			t.Error("one place is sealed alike twice: who compares them learns that nothing happened")
		}
	})
}

// Each of many entries is told to exactly those who may see it, whatever they were
// allowed before: what they may see now decides.
func TestNobodyHearsOfWhatTheyMayNotSee(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		r := rand.New(rand.NewPCG(9, 9))
		c := live.NewCrowd()
		people := []access.Principal{access.Visitor, member(alpha), member(beta), {Role: access.Administrator}, {Partner: alpha, Role: access.Coordinator, Communities: []string{access.DefaultCommunity, "few"}},
			{Partner: "identity--c", Role: access.Analyst, ClientOf: []access.PartnerID{beta}}}
		var ears []ear
		for _, who := range people {
			ears = append(ears, listen(t, ctx, c, who, c.Place()))
		}
		told := 0
		for range 500 {
			a := access.Audience{TLP: []access.TLP{"", access.Clear, access.Green, access.Amber, access.AmberStrict, access.Red}[r.IntN(6)], Community: []string{access.DefaultCommunity, "few"}[r.IntN(2)]}
			if a.TLP == access.Red {
				a.Recipients = [][]access.PartnerID{nil, {alpha}, {beta}}[r.IntN(3)]
			}
			owner := []access.PartnerID{alpha, beta, "hub"}[r.IntN(3)]
			c.Entry(entry("case.vote", owner, a))
			time.Sleep(time.Second)
			for i, who := range people {
				want := 0
				if who.MaySee(owner, a) {
					want = 1
				}
				told += want
				if got := ears[i].words(); got != want {
					t.Fatalf("%+v heard %d words of an entry of %s for %q, want %d", who, got, owner, a, want)
				}
			}
		}
		if told < 500 {
			t.Errorf("only %d words were to be heard: this test looks at little", told)
		}
	})
}

func TestWhoIsAllowedMoreIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := live.NewCrowd()
		l, err := c.Join(member(alpha), "", []string{"case"}, c.Place())
		if err != nil {
			t.Fatal(err)
		}
		few := access.Audience{TLP: access.Amber, Community: "few"}
		c.Entry(entry("community.joined", "hub", access.Audience{}))
		c.Entry(entry("case.vote", beta, few))
		if _, err := l.Wait(t.Context(), silence); err != nil {
			t.Fatal(err)
		}
		now := member(alpha)
		now.Communities = append(now.Communities, "few")
		if _, some := l.News(now); !some {
			t.Error("who joined a community is not told of what it may see now")
		}
		c.Entry(entry("case.vote", beta, few))
		if some, err := l.Wait(t.Context(), silence); err != nil || !some {
			t.Errorf("not woken by what it may see since: %t, %v", some, err)
		}
	})
}
