package live

import (
	"strings"
	"time"
)

// The price of a word is what it costs to make the page that the listener fetches
// then. It is learned from just those pages: of a listener that was told, and one for
// each word. Whoever fetches pages without listening, or over and over, would
// otherwise set the pace at which everybody else hears.

const (
	newest   = 0.1                    // of an average that forgets
	least    = 500 * time.Microsecond // that a page costs, which is to hand it out once it is made
	greatest = 100 * time.Millisecond // that one can cost
	furthest = 10 * time.Millisecond  // that one page counts for, above or below what is known
)

// topic is what some pages of one reader show.
type topic struct{ reader, about string }

// owing is how many pages of a topic listen, and how many of them were told something
// and have not been made since.
type owing struct{ pages, told int }

func (l *Listener) topic() topic { return topic{l.reader, strings.Join(l.about, " ")} }

// listens and left count a listener of a topic; mu is held.
func (c *Crowd) listens(t topic) {
	if c.owed[t] == nil {
		c.owed[t] = &owing{}
	}
	c.owed[t].pages++
}

func (c *Crowd) left(t topic) {
	o := c.owed[t]
	o.pages--
	o.told = min(o.told, o.pages)
	if o.pages == 0 {
		delete(c.owed, t)
	}
}

// tells counts that a listener of a topic was told something; mu is held.
func (c *Crowd) tells(t topic) {
	if o := c.owed[t]; o != nil { // nil: it left meanwhile
		o.told = min(o.told+1, o.pages)
	}
}

// Took says how much processor time it took to make a page for a reader that shows
// some areas, as they were given to Join. It counts if such a page listens, was told
// something, and has not been made since.
func (c *Crowd) Took(reader string, about []string, d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	o := c.owed[topic{reader, strings.Join(about, " ")}]
	if o == nil || o.told == 0 {
		return
	}
	o.told--
	away := min(max(d, least), greatest) - c.cost
	c.cost += time.Duration(newest * float64(min(max(away, -furthest), furthest)))
}

func (c *Crowd) price() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return min(int(c.cost/time.Microsecond), c.pace.Burst())
}
