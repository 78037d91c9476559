package rpz

import (
	"net/netip"
	"strings"

	"github.com/miekg/dns"

	"github.com/tocsin-project/tocsin/internal/feed"
)

// labelSize is that of a label on the wire, with its length.
const labelSize = 33

// labelled is who may follow under a label.
type labelled struct {
	key       string
	addresses map[netip.Addr]bool
}

// asked is what a question is about: a zone by the name that it was asked for.
type asked struct {
	origin string
	key    string  // with which it was asked for, or ""
	view   *served // nil: there is none yet
	hot    bool
	cause  string // why it is refused, or ""
	// registered: it was asked for by its label, from an address that may.
	registered bool
}

// version is what the zone says now, nil before it says anything; changed is closed when
// that is no longer so, and nil if there is no zone.
func (a asked) version() (v *version, changed <-chan struct{}) {
	if a.view == nil {
		return nil, nil
	}
	return a.zone().get()
}

func (a asked) zone() *zone {
	if a.hot {
		return &a.view.hot
	}
	return &a.view.cold
}

// find says which zone a name is in; false if in none. keyName is that of the valid
// signature, or "".
func (s *Server) find(n, keyName string, from netip.Addr, secure bool) (asked, bool) {
	a := asked{origin: s.zone}
	switch {
	case dns.IsSubDomain(s.hotZone, n):
		a.origin, a.hot = s.hotZone, true
	case !dns.IsSubDomain(s.zone, n):
		return a, false
	}
	if inner := strings.TrimSuffix(strings.TrimSuffix(n, a.origin), "."); secure && keyName == "" && inner != "" {
		label := inner[strings.LastIndexByte(inner, '.')+1:]
		s.mu.Lock()
		l, known := s.labels[label]
		s.mu.Unlock()
		if !known || !l.addresses[from] {
			a.cause = "an unknown label, or not from an address that is registered with it"
			return a, true
		}
		a.origin, a.registered = label+"."+a.origin, true
		a.key, a.view = l.key, s.follows(l.key)
		return a, true
	}
	if keyName != "" {
		a.key, a.view = keyName, s.follows(keyName)
		return a, true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.views) > 1 {
		a.cause = "no key"
		return a, true
	}
	for _, v := range s.views {
		a.view = v
	}
	return a, true
}

// follows is the view that a key leads to, nil if there is none.
func (s *Server) follows(keyName string) *served {
	_, name, ok := s.keys(dns.CanonicalName(keyName))
	if !ok {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.views[name]
	if v == nil {
		return nil
	}
	if last, known := s.led[keyName]; known && last != name && v.rounds == nil && !s.closed {
		// Who followed another view with this key has its serials: these zones have
		// to have later ones.
		s.work.Go(func() { s.renew(v) })
	}
	s.led[keyName] = name
	return v
}

// renew gives a view's zones new serials.
func (s *Server) renew(v *served) {
	if v.hot.version() == nil {
		return
	}
	v.again()
	v.follow(func(z *stored) { s.keep(v.path, z) })
}

// label is what a key's zones are called by for engines that know no keys.
func (s *Server) label(keyName string) (string, bool) {
	secret, _, ok := s.keys(dns.CanonicalName(keyName))
	if !ok {
		return "", false
	}
	return feed.TransferLabel(secret), true
}
