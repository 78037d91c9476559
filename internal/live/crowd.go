// Package live tells those who have a page open that something happened which
// concerns them, and nothing else: what it was they read when they fetch the page
// again. One follower of the ledger tells a whole crowd, so that five hundred
// people who watch one outbreak cost five hundred looks at an entry's audience,
// and not five hundred readers of the ledger.
//
// A listener that was idle hears at once. One that heard a moment ago hears after
// a beat, of everything meanwhile in one word. And all together are told no faster
// than their pages can be made in a share of the machine's processors, measured as
// they are made: a crowd hears later, appends do not.
package live

import (
	"crypto/rand"
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

const (
	// Beat is the shortest time between two words to one listener.
	Beat = 200 * time.Millisecond
	// maxMarks is how many of the newest marks are kept for those who come back.
	maxMarks = 4096
	// MaxPages is how many pages one reader, or one source of guests, may have open.
	MaxPages = 64
	// share is the part of all processors that making pages for listeners may take.
	share = 0.5
)

// ErrFull says that a reader has MaxPages open.
var ErrFull = errors.New("too many pages are open")

// mark is that something happened, and whom it concerns.
type mark struct {
	area     string
	owner    access.PartnerID
	audience access.Audience
	everyone bool
	standing bool // it can change what somebody may see
	named    bool // only for who names the area: it is no entry
}

// standing are the areas of entries that change what somebody may see, or whether
// they are signed in at all: every listener is looked at again. Of passing kinds
// there are many, and they change nothing for whoever has a page open.
var (
	standing = []string{"client", "community", "credential", "partner", "person", "signin", "token"}
	passing  = []ledger.Kind{"signin.succeeded", "signin.failed", "signin.locked", "token.issued", "token.refused"}
)

// receipts are entries of which nobody but their owner is told, while the counts
// of them are everybody's. They are many, and an area of their own.
const receipts = ledger.Kind("protection.receipt")

// Crowd is all who listen.
type Crowd struct {
	pace *rate.Limiter // in microseconds of processor time

	mu        sync.Mutex
	seal      seal
	marks     []mark // the newest
	count     uint64 // of all marks so far
	listeners map[*Listener]struct{}
	open      map[string]int // pages by reader
	owed      map[topic]*owing
	cost      time.Duration // of making a page for one listener, lately
}

// NewCrowd gives a crowd of nobody.
func NewCrowd() *Crowd {
	budget := share * float64(runtime.GOMAXPROCS(0)) * float64(time.Second/time.Microsecond)
	return &Crowd{
		pace: rate.NewLimiter(rate.Limit(budget), int(budget*Beat.Seconds()/2)),
		seal: newSeal(rand.Reader), listeners: map[*Listener]struct{}{}, open: map[string]int{}, owed: map[topic]*owing{}, cost: time.Millisecond,
	}
}

// Area is what an entry's kind is of: "protection" of "protection.decided".
func Area(k ledger.Kind) string {
	if k == receipts {
		return "receipt"
	}
	area, _, _ := strings.Cut(string(k), ".")
	return area
}

// Entry tells those whom an entry concerns that follow its area, once the views
// have folded it.
func (c *Crowd) Entry(e ledger.Entry) { c.Folded(Area(e.Kind), e) }

// Folded is Entry for an area that is not the entry's own: that of a view which
// folds later than the others.
func (c *Crowd) Folded(area string, e ledger.Entry) {
	audience, err := access.ParseAudience(e.Audience)
	if err != nil {
		return // nobody's
	}
	again := slices.Contains(standing, area) && !slices.Contains(passing, e.Kind)
	c.add(mark{area, access.PartnerID(e.Actor), audience, e.Kind == receipts, again, false})
}

// Happened tells everybody who follows an area by its name of something that is no
// entry, and that everybody may know.
func (c *Crowd) Happened(area string) { c.add(mark{area: area, everyone: true, named: true}) }

func (c *Crowd) add(m mark) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.marks = append(c.marks, m)
	if len(c.marks) >= 2*maxMarks {
		c.marks = slices.Delete(c.marks, 0, len(c.marks)-maxMarks)
	}
	c.count++
	for l := range c.listeners {
		if !l.woken && (m.standing || l.concerns(m)) {
			l.wake()
		}
	}
}

// Place is how far somebody has heard, sealed: it says nothing of how much
// happened that they may not see.
func (c *Crowd) Place() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seal.close(c.count)
}

// Count is how much happened so far: what was made at one count is as good as
// what would be made now at the same.
func (c *Crowd) Count() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.count
}
