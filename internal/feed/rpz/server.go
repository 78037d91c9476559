package rpz

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/tocsin-project/tocsin/internal/feed"
)

// served is a view with what keeps it going.
type served struct {
	*view
	path  string // of the file that keeps its cold zone, or ""
	kick  chan struct{}
	ended chan struct{}
}

// Publish puts an update in force in a view, in the hot zone before it returns, and
// has those told who follow. It returns what the zones leave out, with reasons,
// maxLeft at most. A view is there from its first Publish on.
//
// Each serial of the zones is used once among all views, since a key may come to lead
// to another view, and after a restart they are greater than all before. So to undo
// is to publish again what was.
func (s *Server) Publish(view string, u feed.Update) ([]feed.Left, error) {
	v, err := s.view(view)
	if err != nil {
		return nil, fmt.Errorf("publish: %w", err)
	}
	left := v.publish(u)
	select {
	case v.kick <- struct{}{}:
	default:
	}
	return left, nil
}

// Drop forgets a view; who follows it keeps the copy that it has, and what was kept
// of it on disk stays, for when it comes back.
func (s *Server) Drop(view string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v, ok := s.views[view]; ok {
		close(v.ended)
		delete(s.views, view)
		s.wakeNotifiers()
	}
}

// view finds a view, or makes it.
func (s *Server) view(name string) (*served, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v, ok := s.views[name]; ok {
		return v, nil
	}
	if s.closed {
		return nil, errClosed
	}
	v := &served{view: newView(s.pace, s.room(), s.serials.next), kick: make(chan struct{}, 1), ended: make(chan struct{})}
	if s.dir != "" {
		v.path = filepath.Join(s.dir, fileOf(name))
		held, err := readStored(v.path)
		switch {
		case err == nil:
			v.loaded = held
			s.serials.past(held.serial)
		case !os.IsNotExist(err):
			s.log.Warn("the last zone is not readable: resolvers that follow transfer it anew", "err", err)
		}
	}
	v.invalidate = func() { s.discard(v.path) }
	s.views[name] = v
	s.prune()
	s.work.Go(func() { s.keepCold(v) })
	s.wakeNotifiers()
	return v, nil
}

// keepCold has a view's cold zone follow.
func (s *Server) keepCold(v *served) {
	for {
		now, at := v.due()
		if now {
			v.follow(func(z *stored) { s.keep(v.path, z) })
			continue
		}
		var timer <-chan time.Time
		if !at.IsZero() {
			timer = time.After(time.Until(at))
		}
		select {
		case <-v.ended:
			return
		case <-s.ending:
			return
		case <-v.kick:
		case <-timer:
		}
	}
}
