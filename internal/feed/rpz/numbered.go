package rpz

import (
	"path/filepath"
	"time"

	"github.com/tocsin-project/tocsin/internal/feed"
)

// Turn is how far apart two turns of the cold zones are; see the package comment.
const Turn = 3 * time.Minute

// Number is what somebody else says of one round of publishing, the same to every
// server that is to say the same.
type Number struct {
	Serial uint32    // later than that of the round before (RFC 1982)
	At     time.Time // not before that of the round before
	Turn   bool      // the cold zone takes its turn
	Renew  bool      // both zones take the serial, also if nothing of them has changed
}

// Numbered is a view whose serials come from outside. Its content at a serial is made
// of the rounds since the turn before the last one, and of nothing else: not of this
// machine's clock, of how long something took, or of what it held before. So servers
// that begin at one turn or another, and have published another turn since, say the same
// under the same serial, and who has followed one goes on with the changes at another.
// Its methods are for one goroutine at a time.
type Numbered struct {
	server *Server
	name   string
	view   *served
}

// Numbered begins such a view. Nobody is given it before Show.
func (s *Server) Numbered(name string) *Numbered {
	v := &served{view: newNumberedView(s.pace, s.room(), s.work.Go), kick: make(chan struct{}, 1), ended: make(chan struct{})}
	if s.dir != "" {
		s.discard(filepath.Join(s.dir, fileOf(name))) // of a time when it gave its own serials
	}
	return &Numbered{server: s, name: name, view: v}
}

func newNumberedView(p pace, room int, beside func(func())) *view {
	v := newView(p, room, nil)
	v.rounds = &rounds{beside: beside}
	v.serial = func() uint32 { return v.rounds.now.Serial }
	v.now = func() time.Time { return v.rounds.now.At }
	return v
}

// Publish puts a round's update in force, in the hot zone before it returns, and returns
// what the zones leave out. The first has to be a turn and to begin anew.
func (n *Numbered) Publish(u feed.Update, number Number) []feed.Left { return n.view.round(u, number) }

// Show serves the view from now on.
func (n *Numbered) Show() error {
	s := n.server
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errClosed
	}
	s.views[n.name] = n.view
	s.wakeNotifiers()
	return nil
}

// Floor is a serial that nothing was published under here before the server began, and
// than which none was later.
func (s *Server) Floor() uint32 {
	s.serials.mu.Lock()
	defer s.serials.mu.Unlock()
	return s.serials.last
}
