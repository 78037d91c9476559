package epidemic

import "slices"

// resumEvery is after how many steps sums of fractions are computed anew; by then
// rounding has cost them less than one part in 10^9.
const resumEvery = 1024

// Step plays one step.
func (w *World) Step() {
	for _, i := range w.fresh {
		w.sites[i].fresh = 0
	}
	w.fresh = w.fresh[:0]
	w.clearStops()
	if w.steps%resumEvery == 0 {
		w.resum()
	}
	b := w.force()
	protected, blocked := float64(w.sum.protected), w.sum.blocked
	if w.busy > 0 || b > 0 && w.sum.open > 0 {
		own, open := w.own[:len(w.left)], w.open[:len(w.left)]
		for i, left := range w.left {
			left -= own[i] + open[i]*b
			w.left[i] = left
			if left <= 0 {
				w.play(i, b)
			}
		}
	}
	w.steps++
	w.drawStops(b, protected, blocked)
	w.arrive()
	if w.first == 0 && w.sum.ever > 0 {
		w.first = w.Elapsed()
	}
}

// play lets a site's events of the step happen. Its clock has been advanced by
// the whole step and has run out.
func (w *World) play(i int, b float64) {
	s := &w.sites[i]
	w.add(s, -1)
	rest, left := 1.0, w.left[i]+w.own[i]+w.open[i]*b // of the step, of the clock
	for {
		hit, total := s.rates(w, b)
		if total*rest < left {
			w.left[i] = left - total*rest
			break
		}
		rest -= left / total
		if hit == total {
			w.infect(i)
		} else {
			w.happen(i, hit, s.rng.Float64()*total)
		}
		left = s.rng.ExpFloat64()
	}
	w.add(s, 1)
	w.refresh(i)
}

// rates are how far the site's clock runs in a step: for infections, and in all.
func (s *site) rates(w *World, b float64) (hit, total float64) {
	if s.open > 0 {
		hit = float64(s.open) * (w.inside*float64(s.spreading)/float64(s.vulnerable) + b)
	}
	total = hit + w.patch*float64(s.open+s.protected) +
		(w.remove+w.sleep)*float64(s.spreading+s.quarantined) +
		w.wake*float64(s.resting+s.restingInside)
	return hit, total
}

// happen lets the event happen that x, below the sum of the rates, falls on.
func (w *World) happen(i int, hit, x float64) {
	s := &w.sites[i]
	infectious, susceptible := s.spreading+s.quarantined, s.open+s.protected
	if x < hit {
		w.infect(i)
		return
	}
	x -= hit
	if r := w.patch * float64(susceptible); x < r {
		if s.rng.IntN(susceptible) < s.open {
			s.open--
		} else {
			s.protected--
		}
		s.immune++
		return
	} else {
		x -= r
	}
	if r := w.remove * float64(infectious); x < r {
		if s.rng.IntN(infectious) < s.spreading {
			s.spreading--
		} else {
			s.quarantined--
		}
		s.removed++
		return
	} else {
		x -= r
	}
	if r := w.sleep * float64(infectious); x < r {
		if s.rng.IntN(infectious) < s.spreading {
			s.spreading, s.resting = s.spreading-1, s.resting+1
		} else {
			s.quarantined, s.restingInside = s.quarantined-1, s.restingInside+1
		}
		return
	}
	if dormant := s.resting + s.restingInside; dormant > 0 {
		if s.rng.IntN(dormant) < s.resting {
			s.spreading, s.resting = s.spreading+1, s.resting-1
		} else {
			s.quarantined, s.restingInside = s.quarantined+1, s.restingInside-1
		}
	}
}

// infect turns one unprotected host of a site.
func (w *World) infect(i int) {
	s := &w.sites[i]
	if s.fresh == 0 {
		w.fresh = append(w.fresh, i)
	}
	s.open--
	s.spreading++
	s.fresh++
	w.sum.ever++
}

// refresh brings what each step reads of a site up to date.
func (w *World) refresh(i int) {
	_, own := w.sites[i].rates(w, 0)
	if w.own[i] > 0 {
		w.busy--
	}
	if own > 0 {
		w.busy++
	}
	w.own[i], w.open[i] = own, float64(w.sites[i].open)
}

// Infect lets n hosts of a site be hit from outside all sites, at the end of the
// step that comes; where a protection is in force, the hit stops there. It
// returns how many of them are susceptible now, protected or not.
func (w *World) Infect(site, n int) int {
	s := &w.sites[site]
	n = max(min(n, s.open+s.protected-s.pending), 0)
	if n > 0 && s.pending == 0 {
		w.pending = append(w.pending, site)
	}
	s.pending += n
	return n
}

// arrive lets the hits from outside all sites happen.
func (w *World) arrive() {
	if len(w.pending) == 0 {
		return
	}
	for _, i := range w.pending {
		s := &w.sites[i]
		w.add(s, -1)
		for ; s.pending > 0 && s.open+s.protected > 0; s.pending-- {
			if s.protected == 0 || s.rng.IntN(s.open+s.protected) < s.open {
				w.infect(i)
			} else {
				w.stop(i, 1)
				w.stops.ever++
			}
		}
		s.pending = 0
		w.add(s, 1)
		w.refresh(i)
	}
	w.pending = w.pending[:0]
	slices.Sort(w.fresh)
}
