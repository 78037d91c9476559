package bench

import (
	"net/http"
	"syscall"
	"time"
)

// loseHub has the hub hang for a while, or be killed and come back later.
func (s *matchingSoak) loseHub(n int, absence time.Duration) {
	s.Helper()
	s.outages++
	if n%2 == 1 {
		if err := s.hub.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
			s.Fatal(err)
		}
		s.watch(absence)
		if err := s.hub.cmd.Process.Signal(syscall.SIGCONT); err != nil {
			s.Fatal(err)
		}
		return
	}
	s.hub.kill()
	http.DefaultClient.CloseIdleConnections()
	s.watch(absence)
	s.hub = startHubAt(s, s.hub.data, false, s.hub.address())
	s.hub.ready()
}

// loseEdge kills the edge and starts it again. What it saw before it knew an
// indicator is in its memory, of which a crash may lose a minute: so all that
// was pushed has been answered for by then.
func (s *matchingSoak) loseEdge() {
	s.Helper()
	if s.shown != nil {
		s.pushes, s.shown = append(s.pushes, s.contribute(s.shown)), nil
	}
	s.answered()
	s.edge.kill()
	s.startEdge()
}

// answered waits until what has been written of pushed indicators by now is at
// the hub.
func (s *matchingSoak) answered() {
	s.Helper()
	for _, p := range s.pushes {
		for v, least := range s.sensor.sofar(p.values...) {
			if !s.withdrawn[v] {
				s.hub.as(s.token).seen(s.edge, v.Text, least)
			}
		}
	}
}
