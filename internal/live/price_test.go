package live_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/live"
)

// crowded is how many listen to what is paced, and costs what a page costs of which
// nothing is known yet.
const (
	crowded = 60
	costs   = time.Millisecond
)

// page is an open page of a reader, which is told and fetched one after the other.
type page struct {
	*live.Listener
	t      *testing.T
	crowd  *live.Crowd
	reader string
	about  []string
}

func open(t *testing.T, c *live.Crowd, reader string, about ...string) page {
	t.Helper()
	l, err := c.Join(member(alpha), reader, about, c.Place())
	if err != nil {
		t.Fatal(err)
	}
	return page{l, t, c, reader, about}
}

// hears waits until the page is told of something that happens now.
func (p page) hears(ctx context.Context) {
	p.t.Helper()
	p.crowd.Entry(entry("outbreak.grown", "hub", access.ToCommunity(access.Green)))
	if _, err := p.Wait(ctx, silence); err != nil {
		p.t.Fatal(err)
	}
	if _, some := p.News(member(alpha)); !some {
		p.t.Fatal("a page is not told of what happened")
	}
}

// round is how long it takes until all of a crowd were told of one thing.
func round(t *testing.T, ctx context.Context, c *live.Crowd) time.Duration {
	t.Helper()
	var crowd []ear
	for range crowded {
		crowd = append(crowd, listen(t, ctx, c, member(alpha), c.Place()))
	}
	time.Sleep(silence + silence/2) // what others were told is forgotten, and nobody is about to ask by itself
	began := time.Now()
	c.Entry(entry("outbreak.grown", "hub", access.ToCommunity(access.Green)))
	for _, e := range crowd {
		<-e.heard
	}
	return time.Since(began)
}

// A crowd hears no faster than its pages can be made in half of the processors.
func TestACrowdIsPaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		c := live.NewCrowd()
		const took = 20 * time.Millisecond
		p := open(t, c, "ann")
		for range 200 {
			p.hears(ctx)
			c.Took("ann", nil, took)
		}
		p.Leave()
		if got, least := round(t, ctx, c), live.Round(crowded, took)-live.Beat; got < least {
			t.Errorf("%d pages of %s were asked for within %s, want over %s or more", crowded, took, got, least)
		}
	})
}

// Only a page that listens and was told something teaches what one costs, and once
// for each word: nobody slows the others, or drives them, by fetching pages.
func TestWhoDoesNotListenSetsNoPace(t *testing.T) {
	const dear = time.Second
	for name, c := range map[string]struct {
		do    func(context.Context, *testing.T, *live.Crowd)
		price time.Duration // at most
	}{
		"who does not listen": {func(context.Context, *testing.T, *live.Crowd) {}, costs},
		"who listens to something else": {func(ctx context.Context, t *testing.T, c *live.Crowd) {
			open(t, c, "mallory", "outbreak").hears(ctx)
		}, costs},
		"who was told nothing": {func(_ context.Context, t *testing.T, c *live.Crowd) {
			open(t, c, "mallory")
		}, costs},
		"who has left": {func(ctx context.Context, t *testing.T, c *live.Crowd) {
			p := open(t, c, "mallory")
			p.hears(ctx)
			p.Leave()
		}, costs},
		"while another listens": {func(ctx context.Context, t *testing.T, c *live.Crowd) {
			open(t, c, "ann").hears(ctx)
		}, costs},
		"who was told once": {func(ctx context.Context, t *testing.T, c *live.Crowd) {
			open(t, c, "mallory").hears(ctx)
		}, 2 * costs},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				crowd := live.NewCrowd()
				c.do(ctx, t, crowd)
				for range 1000 {
					crowd.Took("mallory", nil, dear)
				}
				if got := crowd.Price(); got > c.price {
					t.Errorf("a page is held to cost %s, want %s at most", got, c.price)
				}
			})
		})
	}
}

// Nor does it make pages look cheap, so that a crowd is driven faster than they can
// be made.
func TestCheapPagesOfOthersDriveNobody(t *testing.T) {
	c := live.NewCrowd()
	for range 1000 {
		c.Took("mallory", nil, 0)
	}
	if got := c.Price(); got < costs {
		t.Errorf("a page is held to cost %s, want %s at least", got, costs)
	}
}
