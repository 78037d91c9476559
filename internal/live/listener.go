package live

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
)

// Listener is one open page.
type Listener struct {
	crowd  *Crowd
	reader string
	about  []string // areas; none: all
	words  chan struct{}
	told   time.Time // when it heard last

	// Of what follows the crowd's mu is held.
	who   access.Principal
	heard uint64 // how many of the crowd's marks
	lost  bool   // nobody knows how far it had heard
	woken bool
}

// Join adds a page of who, about some areas (none: all), that had heard up to a
// Place; with a place that cannot be read, as of before a restart, it is told at
// once. reader is whose pages are counted, "" is not counted: more than MaxPages
// are ErrFull. The caller calls Leave.
func (c *Crowd) Join(who access.Principal, reader string, about []string, place string) (*Listener, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if reader != "" && c.open[reader] >= MaxPages {
		return nil, fmt.Errorf("%w: at most %d", ErrFull, MaxPages)
	}
	l := &Listener{crowd: c, reader: reader, about: about, words: make(chan struct{}, 1), who: who}
	heard, ok := c.seal.open(place)
	l.heard, l.lost = min(heard, c.count), !ok || heard > c.count
	if l.news() {
		l.wake()
	}
	c.listeners[l] = struct{}{}
	c.listens(l.topic())
	if reader != "" {
		c.open[reader]++
	}
	return l, nil
}

// Leave is the end of the page.
func (l *Listener) Leave() {
	c := l.crowd
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, here := c.listeners[l]; !here {
		return
	}
	delete(c.listeners, l)
	c.left(l.topic())
	if l.reader == "" {
		return
	}
	if c.open[l.reader]--; c.open[l.reader] == 0 {
		delete(c.open, l.reader)
	}
}

// Wait returns when there may be something to tell and it may be told, with true;
// when nothing was for as long as silence, with false; or with the context's error.
// Then the caller finds out who listens, and asks News.
func (l *Listener) Wait(ctx context.Context, silence time.Duration) (bool, error) {
	quiet := time.NewTimer(silence)
	defer quiet.Stop()
	select {
	case <-l.words:
	case <-quiet.C:
		return false, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
	rest := time.NewTimer(time.Until(l.told.Add(Beat)))
	defer rest.Stop()
	select {
	case <-rest.C:
	case <-ctx.Done():
		return false, ctx.Err()
	}
	return true, l.crowd.pace.WaitN(ctx, l.crowd.price())
}

// News says whether anything that concerns the page has happened since it last
// asked, and where it stands now. who is who listens now: what concerns them is
// judged by what they may see now, and if that has changed, the page has.
func (l *Listener) News(who access.Principal) (place string, some bool) {
	c := l.crowd
	c.mu.Lock()
	defer c.mu.Unlock()
	l.woken = false
	changed := !reflect.DeepEqual(l.who, who)
	l.who = who
	some = l.news() || changed
	l.heard, l.lost = c.count, false
	if some {
		l.told = time.Now()
		c.tells(l.topic())
	}
	return c.seal.close(c.count), some
}

// news says whether something concerns it that it has not heard of.
func (l *Listener) news() bool {
	c := l.crowd
	first := c.count - uint64(len(c.marks)) // so many are forgotten
	if l.lost || l.heard < first {
		return true
	}
	return slices.ContainsFunc(c.marks[l.heard-first:], l.concerns)
}

// concerns says whether something can change what the page shows. Nobody is told
// that something happened which they may not see.
func (l *Listener) concerns(m mark) bool {
	if (len(l.about) > 0 || m.named) && !slices.Contains(l.about, m.area) && !m.standing {
		return false
	}
	return m.everyone || l.who.MaySee(m.owner, m.audience)
}

func (l *Listener) wake() {
	l.woken = true
	select {
	case l.words <- struct{}{}:
	default:
	}
}
