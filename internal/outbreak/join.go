package outbreak

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// join gives each candidate to the outbreak it belongs to, or raises a new one.
// Neither changes the state: outbreaks that grow are copies.
func (s *State) join(found []candidate, growing map[string]*record) (raised []*record) {
	known := s.inOrder()
	s.unfit = s.unfit[:0]
	ringing := len(growing)
	for _, c := range found {
		// What can only join waits until those that ring have rung, so that the same
		// is decided whether it was put aside before or not (see park).
		if !c.alone && len(raised)+ringing > 0 {
			break
		}
		r, full := s.home(c, raised, known, growing)
		switch {
		case r != nil:
			r.add(c)
			if c.alone {
				ringing++
				delete(s.crowds, r.live.ID)
			}
		case full != nil && !s.beyond(&full.live, &c):
			delete(s.dirty, c.about) // its outbreak is full, and it is no other's
		case c.alone:
			raised = append(raised, s.raise(c))
		default:
			s.unfit = append(s.unfit, c.about)
		}
	}
	return raised
}

// home finds the outbreak that the candidate is part of, as a record that may be
// changed; or else one that it would be part of if that were not full.
func (s *State) home(c candidate, raised, known []*record, growing map[string]*record) (home, full *record) {
	for _, r := range raised {
		switch {
		case !s.fits(&r.live, c):
		case !r.live.full():
			return r, nil
		case full == nil:
			full = r
		}
	}
	for _, r := range known {
		id := r.live.ID
		before := r
		if copied := growing[id]; copied != nil {
			r = copied
		}
		switch {
		case !s.fits(&r.live, c), !c.alone && r != before && !s.fits(&before.live, c):
		case r.live.full():
			if full == nil {
				full = r
			}
		default:
			if growing[id] == nil {
				growing[id] = r.copy()
			}
			return growing[id], nil
		}
	}
	return nil, full
}

// beyond says that the candidate rings although the outbreak that it belongs to
// is full: it names a port that the outbreak does not, or, counted without the
// outbreak's own voices, there are enough. So those who filled it, perhaps with
// junk, silence nobody, and cannot make entries without end either.
func (s *State) beyond(o *Outbreak, c *candidate) bool {
	if !c.alone {
		return false
	}
	if c.about.Port != 0 {
		return c.about.Port != o.Port
	}
	own := s.crowd(o)
	others := slices.DeleteFunc(s.subjects[c.about].observations(nil, time.Time{}), func(seen Observation) bool {
		_, known := own[seen.voice()]
		return known
	})
	run, ok := c.rule.Corroborated(others)
	if ok {
		c.run = run
	}
	return ok
}

// raise makes a new outbreak of the run of observations that satisfied the rule.
// Its id follows from what rang and since when that counts, and is no other's:
// what has ended stays ended, and an alarm with its id would never be heard.
func (s *State) raise(c candidate) *record {
	first, last := c.run[0], c.run[len(c.run)-1]
	name := fmt.Sprintf("%s\n%s\n%s\n%s\n%s", c.about, first.Partner, first.Report,
		first.At.UTC().Format(time.RFC3339Nano), s.subjects[c.about].after.UTC().Format(time.RFC3339Nano))
	id := uuid.NewSHA1(namespace, []byte(name))
	for s.outbreaks["outbreak--"+id.String()] != nil {
		id = uuid.NewSHA1(id, []byte(name))
	}
	r := newRecord()
	r.live = Outbreak{ID: "outbreak--" + id.String(), Raised: last.At, Rule: c.rule.words(c.about, c.run), Status: Open, Values: []observable.Value{}}
	r.inflow = c.growth
	r.add(c)
	return r
}

// namespace is that of outbreaks' ids: the UUIDv5 (RFC 9562) of the name
// "outbreak.tocsin.example" in the DNS namespace.
var namespace = uuid.NewSHA1(uuid.NameSpaceDNS, []byte("outbreak.tocsin.example"))

// fits says whether the candidate is part of the outbreak: near in time, and
// either the same port, value or campaign, or the same partners for the greater
// part and not the scan of another port. A surge that does not ring by itself may
// be chance, and joins by what it is about only.
func (s *State) fits(o *Outbreak, c candidate) bool {
	if !s.near(o, c.run[0].At, c.run[len(c.run)-1].At) {
		return false
	}
	if s.linked(o, c.about) {
		return true
	}
	if c.about.Kind == Surge && !c.alone {
		return false
	}
	return s.telling(o) && !c.about.contradicts(o.Port) && s.overlap(o, c)
}

// near says that what was seen from one time to another touches the outbreak.
func (s *State) near(o *Outbreak, from, to time.Time) bool {
	return later(from, o.FirstSeen).Sub(earlier(to, o.LastSeen)) <= s.cfg.Window
}

// linked says whether the subject has its port, value or campaign in common
// with the outbreak.
func (s *State) linked(o *Outbreak, about Subject) bool {
	if about.Port != 0 {
		return about.Port == o.Port
	}
	thread := s.thread(about)
	return thread != "" && slices.ContainsFunc(o.About, func(other Subject) bool { return s.thread(other) == thread })
}
