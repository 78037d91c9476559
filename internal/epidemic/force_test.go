package epidemic

import (
	"math"
	"testing"
	"time"
)

// The force over a step is that of the mean number of infectious hosts over it,
// by the numerical solution: the error is of the second order in rate x step.
func TestForceIsTheMeanOfTheStep(t *testing.T) {
	const hosts = 1e9
	for name, p := range map[string]Params{
		"uniform":    {Between: 3},
		"two levels": {Between: 1, Inside: 2},
		"removal":    {Between: 3, Remove: 1},
		"dormancy":   {Between: 3, Sleep: 2, Wake: 3},
	} {
		p.Step = 3 * time.Minute
		w := New(1, p, []Site{{hosts, hosts}})
		s := &w.sites[0]
		w.add(s, -1)
		s.open, s.spreading, s.resting = 5e8, 3e8, 2e8
		w.add(s, 1)
		m := SIIDR{Hosts: hosts, Start: 3e8, Beta: p.Between + p.Inside, Remove: p.Remove, Sleep: p.Sleep, Wake: p.Wake}
		h := p.Step.Hours()
		// Simpson's rule over the solution from the same state.
		slope := func(y state) state {
			hit := m.Beta * y[0] * y[1] / hosts
			return state{-hit, hit - (m.Remove+m.Sleep)*y[1] + m.Wake*y[2], m.Sleep*y[1] - m.Wake*y[2], m.Remove * y[1]}
		}
		y := state{5e8, 3e8, 2e8}
		half, _ := advance(y, slope, h/2, h, hosts)
		end, _ := advance(half, slope, h/2, h, hosts)
		mean := (y[1] + 4*half[1] + end[1]) / 6
		want := p.Between * h * mean / hosts
		// The rate is at most 3 or so and the step 0.05 of an hour: a sixth of
		// their product's square, and more where the rate itself changes.
		if got := w.force(); math.Abs(got/want-1) > 0.008 {
			t.Errorf("%s: the force is %.6g, its mean over the step %.6g", name, got, want)
		}
	}
}

// Stopped hits within sites are as many as the infectious of the whole step
// account for, however coarse it is, and where they are.
func TestStoppedInside(t *testing.T) {
	const hosts, start = 1_000_000, 10_000
	p := Params{Step: 6 * time.Minute, Inside: 4}
	w := New(1, p, []Site{{hosts, hosts}, {hosts, hosts}, {hosts, hosts}})
	w.Infect(0, start)
	w.Infect(1, start/2)
	w.Step()
	sum := [3]float64{}
	open, protected := [3]float64{}, [3]float64{}
	for i := range sum {
		w.Cover(i, 0.5, false)
		protected[i] = float64(w.At(i).Protected)
		open[i] = hosts - protected[i]
	}
	const steps = 20
	for range steps {
		w.Step()
		for i := range sum {
			sum[i] += float64(w.At(i).Stopped)
		}
	}
	for i, from := range []float64{start, start / 2} {
		// Those that are not protected fill up; the integral of their curve.
		l := SI(p.Inside*open[i]/hosts, open[i], from)
		hours := steps * p.Step.Hours()
		integral := l.N / l.K * math.Log((1+math.Exp(l.K*(hours-l.T)))/(1+math.Exp(-l.K*l.T)))
		want := p.Inside * protected[i] / hosts * integral
		if math.Abs(sum[i]/want-1) > 0.03 {
			t.Errorf("site %d: %.0f hits were stopped, theory says %.0f", i, sum[i], want)
		}
	}
	if sum[2] != 0 {
		t.Errorf("%g hits were stopped where nobody is infectious", sum[2])
	}
}

// Dormant hosts that are quarantined infect nobody when they wake.
func TestTheDormantAreKeptInToo(t *testing.T) {
	w := New(1, Params{Step: time.Minute, Between: 20, Sleep: 30, Wake: 30}, []Site{{500, 500}, {500, 500}})
	w.Infect(0, 100)
	for range 2 {
		w.Step()
	}
	w.Cover(0, 1, true)
	w.Cover(1, 1, true)
	if w.At(0).Dormant == 0 {
		t.Fatal("nobody sleeps: the test tests nothing")
	}
	before := w.Infected()
	for range 100 {
		w.Step()
		for i := range 2 {
			if c := w.At(i); c.Quarantined != c.Infectious {
				t.Fatalf("site %d: %+v: some of the infectious are not kept in", i, c)
			}
		}
	}
	if w.Infected() != before || w.Stopped() != 0 {
		t.Errorf("%d infected of %d, %d stopped", w.Infected(), before, w.Stopped())
	}
	w.Uncover(0)
	w.Uncover(1)
	w.Step()
	if w.Infected() == before {
		t.Error("nobody spreads after the quarantine has ended")
	}
}
