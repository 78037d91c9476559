package epidemic

import (
	"math"
	"slices"
)

// Counts are the hosts of a site.
type Counts struct {
	Infected    int // ever
	Infectious  int // the quarantined among them
	Quarantined int // infectious hosts that infect nobody
	Dormant     int
	Removed     int
	Fresh       int // infected in the last step
	Stopped     int // hits on protected hosts in the last step
	Protected   int // susceptible hosts that a hit does not infect
	Immune      int // patched before they were infected
}

// At is what a site's hosts are.
func (w *World) At(site int) Counts {
	w.settle()
	s := &w.sites[site]
	dormant := s.resting + s.restingInside
	return Counts{
		Infected:   s.spreading + s.quarantined + dormant + s.removed,
		Infectious: s.spreading + s.quarantined, Quarantined: s.quarantined,
		Dormant: dormant, Removed: s.removed,
		Fresh: s.fresh, Stopped: s.stopped,
		Protected: s.protected, Immune: s.immune,
	}
}

// Touched are the sites with hosts infected or hits stopped in the last step,
// in ascending order. The next call or Step reuses the slice. Once many hits are
// stopped in every step, to ask for their places costs more than the step.
func (w *World) Touched() []int {
	w.settle()
	w.touched = append(w.touched[:0], w.fresh...)
	if len(w.stops.sites) > 0 {
		w.touched = append(w.touched, w.stops.sites...)
		slices.Sort(w.touched)
		w.touched = slices.Compact(w.touched)
	}
	return w.touched
}

// Cover protects a share of a site's susceptible hosts from the next step on; 1
// is all of them. With quarantine, the same share of its infectious and dormant
// hosts infects nobody any more. Hosts infected later are the unprotected ones,
// which nothing keeps in. Neither share ever falls; counts are rounded to whole
// hosts, and what rounding leaves over is settled by the next Cover.
func (w *World) Cover(site int, share float64, quarantine bool) {
	w.settle()
	s := &w.sites[site]
	w.add(s, -1)
	if part := rise(&s.covered, share); part > 0 {
		n := whole(&s.coverOwed, part, s.open, share)
		s.open, s.protected = s.open-n, s.protected+n
	}
	if quarantine {
		if part := rise(&s.isolated, share); part > 0 {
			n := whole(&s.spreadOwed, part, s.spreading, share)
			s.spreading, s.quarantined = s.spreading-n, s.quarantined+n
			n = whole(&s.restOwed, part, s.resting, share)
			s.resting, s.restingInside = s.resting-n, s.restingInside+n
		}
	}
	w.add(s, 1)
	w.refresh(site)
}

// rise lets a share reach to, and returns which part that is of what was left.
func rise(share *float64, to float64) float64 {
	to = min(to, 1)
	if !(to > *share) {
		return 0
	}
	part := (to - *share) / (1 - *share)
	*share = to
	return part
}

// whole is a part of n hosts in whole hosts; a share of 1 leaves none.
func whole(owed *float64, part float64, n int, share float64) int {
	if share >= 1 {
		*owed = 0
		return n
	}
	want := part*float64(n) + *owed
	k := min(max(int(math.Round(want)), 0), n)
	*owed = want - float64(k)
	return k
}

// Uncover takes a site's protections and its quarantine back.
func (w *World) Uncover(site int) {
	w.settle()
	s := &w.sites[site]
	w.add(s, -1)
	s.open, s.protected = s.open+s.protected, 0
	s.spreading, s.quarantined = s.spreading+s.quarantined, 0
	s.resting, s.restingInside = s.resting+s.restingInside, 0
	s.covered, s.isolated = 0, 0
	s.coverOwed, s.spreadOwed, s.restOwed = 0, 0, 0
	w.add(s, 1)
	w.refresh(site)
}
