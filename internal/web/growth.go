package web

import (
	"cmp"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/outbreak"
)

// subject is what an outbreak is about: a scanned port, or a shared value.
type subject struct {
	port  uint16
	value observable.Value
}

// rise is a report that said more than its partner's earlier ones.
type rise struct {
	seq     ledger.Seq
	at      time.Time // of the telemetry
	partner access.PartnerID
	hosts   int
}

// series is what was reported about one subject, in the order of the ledger.
type series struct {
	most  map[access.PartnerID]int
	rises []rise
	last  time.Time
}

const (
	maxSubjects = 256  // followed at a time; the quietest makes room
	maxRises    = 2048 // of a series, beside each partner's first; then every other one goes
	// apart is the silence after which a subject's next report begins another
	// outbreak: the default of outbreak.Config.Quiet.
	apart = 24 * time.Hour
)

// grow adds one partner's report about a subject. As in package outbreak, only
// what weighs begins a series; what does not says that it has come further.
func (f *reports) grow(about subject, weighs bool, one rise) {
	s := f.growing[about]
	if s == nil {
		if !weighs {
			return
		}
		f.makeRoom()
		s = &series{most: map[access.PartnerID]int{}}
		f.growing[about] = s
	}
	s.add(one)
}

func (f *reports) makeRoom() {
	if len(f.growing) < maxSubjects {
		return
	}
	var quietest subject
	var since time.Time
	for about, s := range f.growing {
		if since.IsZero() || s.last.Before(since) {
			quietest, since = about, s.last
		}
	}
	delete(f.growing, quietest)
}

func (s *series) add(one rise) {
	if !s.last.IsZero() && one.at.Sub(s.last) > apart {
		*s = series{most: map[access.PartnerID]int{}}
	}
	if one.at.After(s.last) {
		s.last = one.at
	}
	if before, known := s.most[one.partner]; known && one.hosts <= before {
		return
	}
	s.most[one.partner] = one.hosts
	s.rises = append(s.rises, one)
	if len(s.rises) > maxRises+2*len(s.most) {
		s.thin()
	}
}

// thin drops every other rise but each partner's first and its highest.
func (s *series) thin() {
	seen := map[access.PartnerID]bool{}
	odd := false
	s.rises = slices.DeleteFunc(s.rises, func(one rise) bool {
		first, highest := !seen[one.partner], s.most[one.partner] == one.hosts
		seen[one.partner] = true
		odd = !odd
		return odd && !first && !highest
	})
}

// point is how far an outbreak had come, by the telemetry's time.
type point struct {
	at       time.Time
	hosts    int // the sum of each partner's largest count, as outbreak.Outbreak has it
	partners int
}

// growth is how an outbreak grew, as it became known: time, hosts and partners
// never fall. A report of an earlier time than one before it counts from the
// latter on.
func (f *reports) growth(o outbreak.Outbreak) (points []point, behind bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	subjects := make([]subject, 0, 1+len(o.Values))
	subjects = append(subjects, subject{port: o.Port})
	for _, v := range o.Values {
		subjects = append(subjects, subject{value: v})
	}
	var rises []rise
	for _, about := range subjects {
		if s := f.growing[about]; s != nil && !s.last.Before(o.FirstSeen) {
			rises = append(rises, s.rises...)
		}
	}
	slices.SortStableFunc(rises, func(a, b rise) int { return cmp.Compare(a.seq, b.seq) })
	return pointsOf(rises), f.behind
}

func pointsOf(rises []rise) []point {
	var points []point
	most := map[access.PartnerID]int{}
	var now point
	for _, one := range rises {
		now.hosts += max(0, one.hosts-most[one.partner])
		most[one.partner] = max(most[one.partner], one.hosts)
		now.partners = len(most)
		if same := !one.at.After(now.at); same && len(points) > 0 {
			points[len(points)-1] = point{now.at, now.hosts, now.partners}
			continue
		}
		now.at = one.at
		points = append(points, now)
	}
	return points
}
