package outbreak

import (
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// report takes in one partner's batch.
func (s *State) report(e ledger.Entry, r *sighting.Report) {
	from := access.PartnerID(e.Actor)
	key := reportKey{from, r.ID}
	if _, again := s.reports.get(key); again && r.ID != "" {
		return
	}
	s.reports.put(key, struct{}{})
	s.now = later(s.now, e.Time)
	for i := range r.Scans {
		s.scan(e, from, r, &r.Scans[i])
	}
	for i := range r.Sightings {
		s.sighting(e, from, r, &r.Sightings[i])
	}
	for i := range r.Encryptions {
		s.encryption(e, from, r, &r.Encryptions[i])
	}
	if !s.latest.IsZero() {
		if s.lag = max(e.Time.Sub(s.latest), 0); s.lag > s.cfg.Quiet {
			s.lag = 0 // what is older is a recording: a person's word is of the present
		}
	}
}

func (s *State) scan(e ledger.Entry, from access.PartnerID, r *sighting.Report, scan *sighting.Scan) {
	p := s.point(e, from, r, scan.FirstSeen, scan.LastSeen)
	if p.at.IsZero() || scan.Port == 0 {
		return
	}
	if scan.Inbound() {
		s.inbound(from, r, scan, p)
		return
	}
	p.print = sighting.PrintOf(r, scan.FirstSeen, scan.LastSeen, scan.Sources, scan.Fresh, scan.Contacts, scan.Dark)
	s.observe(Subject{Kind: Scans, Port: scan.Port}, from, r, p, scan.Sources, scan.Sources >= s.cfg.Sources)
}

// inbound counts what comes from elsewhere: new sources, and new contacts with
// addresses that nobody uses. That there are any says nothing.
func (s *State) inbound(from access.PartnerID, r *sighting.Report, scan *sighting.Scan, p point) {
	p.alone = false // not even a designated source's background is an alarm
	swell := func(ev *evidence, a *account, n int) {
		a.place(r)
		p.n = min(n, maxHosts)
		a.add(p)
		s.pour(ev, a, p)
		if ev.flow != nil && ev.flow.makes(a.voice) {
			s.dirty[ev.about] = struct{}{}
			s.absorb(ev, a.observation(p))
			if rec := s.outbreaks[ev.outbreak]; rec != nil {
				rec.inflow = ev.flow.rise()
			}
		}
	}
	if scan.Fresh > 0 {
		ev, a := s.account(Subject{Kind: Inbound, Port: scan.Port}, from)
		swell(ev, a, scan.Fresh)
	}
	if scan.Dark > 0 {
		ev, a := s.account(Subject{Kind: Inbound, Port: scan.Port, Dark: true}, from)
		more := scan.Dark - a.dark
		if a.dark = scan.Dark; more < 0 {
			more = scan.Dark // the edge began to count anew
		}
		if more > 0 {
			swell(ev, a, more)
		}
	}
}

func (s *State) sighting(e ledger.Entry, from access.PartnerID, r *sighting.Report, seen *sighting.Sighting) {
	p := s.point(e, from, r, seen.FirstSeen, seen.LastSeen)
	if p.at.IsZero() || len(seen.Text) > maxText {
		return
	}
	about := Subject{Kind: Suspects, Value: seen.Value}
	switch seen.Basis {
	case sighting.Suspect:
		p.print = sighting.PrintOf(r, seen.FirstSeen, seen.LastSeen, seen.Count, seen.Hosts)
		s.observe(about, from, r, p, seen.Hosts, true)
	case sighting.Indicator:
		// It may have been stopped by the indicator, and is no scanning host. That
		// the outbreak of which it is an indicator reached the partner it says.
		if s.open[about] != "" {
			s.observe(about, from, r, p, 0, false)
		}
		s.surge(from, r, seen, p)
	case sighting.Sinkhole:
		// Whoever likes visits a sinkhole: it says nothing of the partner.
	}
}

func (s *State) encryption(e ledger.Entry, from access.PartnerID, r *sighting.Report, seen *sighting.Encryption) {
	p := s.point(e, from, r, seen.FirstSeen, seen.LastSeen)
	if p.at.IsZero() {
		return
	}
	p.print = sighting.PrintOf(r, seen.FirstSeen, seen.LastSeen, seen.Hosts, seen.Files, seen.Folders)
	for _, name := range []string{seen.Extension, seen.Note} {
		if name != "" && len(name) <= maxText {
			s.observe(Subject{Kind: Encryptions, Name: strings.ToLower(name)}, from, r, p, seen.Hosts, seen.Hosts > 0)
		}
	}
}

// point bounds what a partner's clock can do: nothing was seen after the hub
// accepted the report of it, and nothing counts as having gone on for longer
// than an outbreak may be quiet. A time that cannot be meant is the zero point.
func (s *State) point(e ledger.Entry, from access.PartnerID, r *sighting.Report, first, last time.Time) point {
	if last.Year() < 1990 {
		return point{}
	}
	if !e.Time.IsZero() && last.After(e.Time.Add(s.cfg.Skew)) {
		last = e.Time
	}
	if first.After(last) {
		first = last
	}
	s.latest = later(s.latest, last)
	if c := s.contributor(from); c.since.IsZero() {
		c.since = last
	}
	return point{
		first: later(first, last.Add(-s.cfg.Quiet)), at: last, report: r.ID,
		seq: uint64(e.Seq), alone: r.Designated, tlp: access.TLP(r.TLP),
	}
}

// observe notes one observation. What does not weigh enough to raise an alarm
// (a lone scanner, a value that is already a known indicator) still says that an
// outbreak which there is has reached the partner.
func (s *State) observe(about Subject, from access.PartnerID, r *sighting.Report, p point, hosts int, weighs bool) {
	ev, a := s.find(about, from)
	open := s.open[about] != ""
	if a == nil {
		if !weighs && !open {
			return
		}
		ev, a = s.account(about, from)
	}
	a.place(r)
	hosts = min(max(hosts, 0), maxHosts)
	if !weighs {
		a.sources = max(a.sources, hosts)
		s.absorb(ev, a.observation(p))
		return
	}
	s.weigh(ev, a, p, hosts)
}

// weigh notes evidence for an alarm.
func (s *State) weigh(ev *evidence, a *account, p point, hosts int) {
	// Whose evidence weighs decides what else belongs to the outbreak.
	if !a.weighs() || a.voice != a.weighed {
		s.regroup(ev.outbreak)
	}
	a.weighed = a.voice
	fresh := ev.fresh(a, p, hosts)
	a.sources = max(a.sources, hosts)
	if fresh {
		a.add(p)
		s.dirty[ev.about] = struct{}{}
	}
	s.absorb(ev, a.observation(p))
}

// place notes what the hub says of the partner, in its latest report.
func (a *account) place(r *sighting.Report) {
	a.sector, a.country = r.Sector, r.Country
	voice := voiceOf(a.partner, r.Organisation)
	if voice != a.voice && len(a.points) > 0 {
		a.of.voices.add(a.voice, -1)
		a.of.voices.add(voice, 1)
	}
	a.voice = voice
}

// absorb adds an observation to the outbreak that its subject belongs to, or
// parts the subject from an outbreak that has been quiet for too long.
func (s *State) absorb(ev *evidence, o Observation) {
	rec := s.outbreaks[ev.outbreak]
	if _, stirred := s.stirred[ev.outbreak]; rec != nil && !stirred {
		s.stirred[ev.outbreak] = false
	}
	if rec == nil || rec.live.Raised.Sub(o.At) > s.cfg.Quiet {
		return // of another time than the outbreak, whoever's clock says so
	}
	if o.At.Sub(rec.live.LastSeen) > s.cfg.Quiet {
		s.part(ev, rec)
		return
	}
	first, last := rec.live.FirstSeen, rec.live.LastSeen
	s.alter(rec.live.ID)
	much := rec.absorb(o, s.now)
	rec.tell(s.cfg.SmallestGroup)
	if much || rec.live.FirstSeen.Before(first) || rec.live.LastSeen.After(last) {
		s.touched[rec.live.ID] = struct{}{} // it may have doubled, or be near another
	}
	// What was put aside as of another time, or of others, may belong to it now.
	hour := rec.live.LastSeen.Truncate(s.cfg.Window).After(last.Truncate(s.cfg.Window))
	s.stirred[rec.live.ID] = s.stirred[rec.live.ID] || much || hour
}

// part takes a subject from an outbreak: what was said up to the outbreak's end
// belongs to that one.
func (s *State) part(ev *evidence, rec *record) {
	delete(s.open, ev.about)
	ev.outbreak, ev.after = "", later(ev.after, rec.live.LastSeen)
	s.dirty[ev.about] = struct{}{}
}
