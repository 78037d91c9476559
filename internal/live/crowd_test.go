package live_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/live"
)

const (
	alpha, beta = access.PartnerID("identity--a"), access.PartnerID("identity--b")
	silence     = 15 * time.Second
)

func member(p access.PartnerID) access.Principal {
	return access.Principal{Partner: p, Role: access.Viewer, Communities: []string{access.DefaultCommunity}}
}

func entry(kind ledger.Kind, owner access.PartnerID, to access.Audience) ledger.Entry {
	return ledger.Entry{Kind: kind, Actor: string(owner), Audience: to.String()}
}

// ear is a listener and what it heard.
type ear struct {
	*live.Listener
	heard chan time.Duration // since it began, of each word
}

// listen has somebody listen until the bubble's context ends.
func listen(t *testing.T, ctx context.Context, c *live.Crowd, who access.Principal, place string, about ...string) ear {
	t.Helper()
	l, err := c.Join(who, "", about, place)
	if err != nil {
		t.Fatal(err)
	}
	e := ear{l, make(chan time.Duration, 1000)}
	began := time.Now()
	go func() {
		defer l.Leave()
		for {
			if _, err := l.Wait(ctx, silence); err != nil {
				return
			}
			if _, some := l.News(who); some {
				e.heard <- time.Since(began)
			}
		}
	}()
	synctest.Wait()
	return e
}

func (e ear) words() (n int) {
	for {
		select {
		case <-e.heard:
			n++
		default:
			return n
		}
	}
}

// Who was idle hears at once; of many entries within a beat there is one word.
func TestTheFirstWordComesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		c := live.NewCrowd()
		e := listen(t, ctx, c, member(alpha), c.Place())
		time.Sleep(time.Minute)
		for range 100 {
			c.Entry(entry("outbreak.grown", "hub", access.ToCommunity(access.Green)))
		}
		synctest.Wait()
		if at := <-e.heard; at != time.Minute {
			t.Errorf("heard after %s, want at once, after a minute", at)
		}
		c.Entry(entry("outbreak.grown", "hub", access.ToCommunity(access.Green)))
		time.Sleep(live.Beat - time.Millisecond)
		if n := e.words(); n > 1 {
			t.Errorf("%d words within a beat of the first", n)
		}
		time.Sleep(time.Second)
		if n := e.words(); n > 1 {
			t.Errorf("%d words after nothing more happened", n)
		}
		time.Sleep(time.Minute)
		if n := e.words(); n > 0 {
			t.Errorf("%d words of nothing", n)
		}
	})
}

// A page hears of what it shows, and of what changes who may see what.
func TestAPageHearsOfItsAreas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		c := live.NewCrowd()
		green := access.ToCommunity(access.Green)
		cases, all := listen(t, ctx, c, member(alpha), c.Place(), "case"), listen(t, ctx, c, member(alpha), c.Place())
		for kind, want := range map[ledger.Kind][2]int{
			"case.vote": {1, 1}, "protection.decided": {0, 1}, "protection.receipt": {0, 1}, "community.joined": {1, 1},
		} {
			c.Entry(entry(kind, beta, green))
			time.Sleep(time.Second)
			if got := [2]int{cases.words(), all.words()}; got != want {
				t.Errorf("%s: the page of cases and the other heard %v words, want %v", kind, got, want)
			}
		}
	})
}

// Of what is no entry only those pages hear that name it.
func TestWhatIsNoEntryIsForWhoNamesIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		c := live.NewCrowd()
		all, named := listen(t, ctx, c, access.Visitor, c.Place()), listen(t, ctx, c, access.Visitor, c.Place(), "exercise")
		c.Happened("exercise")
		time.Sleep(time.Second)
		if got := [2]int{all.words(), named.words()}; got != [2]int{0, 1} {
			t.Errorf("a page that follows all entries and one that names it heard %v words, want none and one", got)
		}
	})
}

func TestAReaderHasSoManyPages(t *testing.T) {
	c := live.NewCrowd()
	var pages []*live.Listener
	for range live.MaxPages {
		l, err := c.Join(access.Visitor, "192.0.2.7/32", nil, "")
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, l)
	}
	if _, err := c.Join(access.Visitor, "192.0.2.7/32", nil, ""); !errors.Is(err, live.ErrFull) {
		t.Errorf("one page more: %v, want %v", err, live.ErrFull)
	}
	for _, other := range []string{"192.0.2.8/32", ""} {
		if _, err := c.Join(access.Visitor, other, nil, ""); err != nil {
			t.Errorf("a page of %q: %v", other, err)
		}
	}
	pages[0].Leave()
	pages[0].Leave()
	for i, want := range []error{nil, live.ErrFull} {
		if _, err := c.Join(access.Visitor, "192.0.2.7/32", nil, ""); !errors.Is(err, want) {
			t.Errorf("page %d after one was left twice: %v, want %v", i, err, want)
		}
	}
}

// BenchmarkCrowd is what an entry costs with five hundred who listen.
func BenchmarkCrowd(b *testing.B) {
	c := live.NewCrowd()
	for i := range 500 {
		if _, err := c.Join(member(access.PartnerID(fmt.Sprint("identity--", i))), "", nil, c.Place()); err != nil {
			b.Fatal(err)
		}
	}
	e := entry("case.vote", "identity--x", access.Audience{TLP: access.Red, Community: access.DefaultCommunity, Recipients: []access.PartnerID{alpha, beta}})
	for b.Loop() {
		c.Entry(e)
	}
}
