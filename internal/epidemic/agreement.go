package epidemic

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// Row is a figure of a model beside the simulation's.
type Row struct {
	Name      string
	Theory    float64
	Simulated float64 // mean over the seeds
	Ratio     float64 // Simulated / Theory
	Error     float64 // standard error of Ratio: the scatter that is left of the seeds
}

// Agreement holds the simulation against the models, where these apply: from a
// start of 1,000 infectious hosts, or of a fiftieth of all if that is fewer, so
// that chance at the beginning does not move the whole curve. hosts are those of
// all sites, all susceptible, 1,000 at each site; seeds is how many playings are
// averaged, with seeds from seed on.
func Agreement(seed uint64, hosts, seeds int) []Row {
	a := agreement{seed: seed, seeds: seeds, hosts: float64(hosts), start: min(1000, float64(hosts/50))}
	for n := hosts; n > 0; n -= 1000 {
		a.sites = append(a.sites, Site{Hosts: min(n, 1000), Susceptible: min(n, 1000)})
	}
	return slices.Concat(a.si(), a.twoLevels(), a.siidr(), a.finalSizes(), a.aawp())
}

type agreement struct {
	seed         uint64
	seeds        int
	hosts, start float64
	sites        []Site
}

// doubling is that of 300,000 vulnerable hosts and 13.3 scans a second.
const doubling = 744 * time.Second

// figure is what is compared at a time.
type figure struct {
	name   string
	after  time.Duration // rounded to whole steps
	theory float64
	of     func(*World) int
}

// play plays each seed once and averages each figure; the figures are in order
// of their times.
func (a agreement) play(p Params, sites []Site, figures []figure) []Row {
	sums, squares := make([]float64, len(figures)), make([]float64, len(figures))
	for i := range a.seeds {
		w := New(a.seed+uint64(i), p, sites)
		for j := range sites {
			// The start is spread evenly, to whole hosts.
			from, to := math.Floor(a.start*float64(j)/float64(len(sites))), math.Floor(a.start*float64(j+1)/float64(len(sites)))
			w.Infect(j, int(to-from))
		}
		// The start arrives at the end of this step: hour 0 of the models.
		w.Step()
		zero := w.Elapsed()
		for k, f := range figures {
			for w.Elapsed()-zero < f.after {
				w.Step()
			}
			v := float64(f.of(w))
			sums[k] += v
			squares[k] += v * v
		}
	}
	n := float64(a.seeds)
	rows := make([]Row, len(figures))
	for k, f := range figures {
		mean := sums[k] / n
		spread := math.Sqrt(max(squares[k]/n-mean*mean, 0) / max(n-1, 1))
		rows[k] = Row{f.name, f.theory, mean, mean / f.theory, spread / f.theory}
	}
	return rows
}

func whole10s(hours float64) time.Duration {
	return time.Duration(math.Round(hours*360)) * 10 * time.Second
}

// si compares the closed form, at the shares that matter to an alarm and at half.
func (a agreement) si() []Row {
	return a.logistic("SI", Params{Step: 10 * time.Second, Between: Rate(doubling)}, a.sites)
}

// twoLevels has most infections within sites; where all sites are alike and each
// is large, they fill up as one.
func (a agreement) twoLevels() []Row {
	sites := make([]Site, 10)
	for i := range sites {
		sites[i] = Site{Hosts: int(a.hosts / 10), Susceptible: int(a.hosts / 10)}
	}
	k := Rate(doubling)
	return a.logistic("SI on two levels, ten even sites", Params{Step: 10 * time.Second, Inside: 0.8 * k, Between: 0.2 * k}, sites)
}

func (a agreement) logistic(name string, p Params, sites []Site) []Row {
	curve := SI(Rate(doubling), a.hosts, a.start)
	var figures []figure
	for _, share := range []float64{0.01, 0.1, 0.5, 0.9} {
		if share*a.hosts < 2*a.start {
			continue
		}
		at := whole10s(curve.Reaches(share))
		figures = append(figures, figure{
			fmt.Sprintf("%s: infected when %.0f %% should be", name, 100*share), at, curve.At(at.Hours()), (*World).Infected,
		})
	}
	return a.play(p, sites, figures)
}

// siidr compares the numerical solution: hosts fall asleep and wake up.
func (a agreement) siidr() []Row {
	m := SIIDR{Hosts: a.hosts, Start: a.start, Beta: Rate(doubling), Remove: 0.3, Sleep: 1, Wake: 0.5}
	p := Params{Step: 10 * time.Second, Between: m.Beta, Remove: m.Remove, Sleep: m.Sleep, Wake: m.Wake}
	var figures []figure
	for _, at := range m.Curve(6, 1) {
		if at.Hours != 2 && at.Hours != 4 && at.Hours != 6 {
			continue
		}
		after := time.Duration(at.Hours) * time.Hour
		figures = append(figures,
			figure{fmt.Sprintf("SIIDR: ever infected after %g h", at.Hours), after, at.Ever(), (*World).Infected},
			figure{fmt.Sprintf("SIIDR: infectious after %g h", at.Hours), after, at.Infectious, (*World).Infectious})
	}
	return a.play(p, a.sites, figures)
}

// finalSizes compares how many a worm that hosts are cleaned of reaches in all.
func (a agreement) finalSizes() []Row {
	reproductions := []float64{1.5, 3}
	rows := make([]Row, 0, len(reproductions))
	for _, r := range reproductions {
		p := Params{Step: 30 * time.Second, Between: Rate(doubling), Remove: Rate(doubling) / r}
		rows = append(rows, a.play(p, a.sites, []figure{{
			fmt.Sprintf("SIR: ever infected in the end, reproduction %g", r), 40 * time.Hour,
			a.hosts * FinalSize(r, a.start/a.hosts), (*World).Infected,
		}})...)
	}
	return rows
}

// aawp compares the iteration, with ticks short enough that what is infected in
// one need not infect others in it.
func (a agreement) aawp() []Row {
	const tick = time.Second
	scans := Rate(doubling) * tick.Hours() * addresses / a.hosts
	patches, hours := []float64{0, 0.5}, []int{1, 2, 3} // an hour; of the comparison
	rows := make([]Row, 0, len(patches)*len(hours))
	for _, patch := range patches {
		m := AAWP{Vulnerable: a.hosts, Start: a.start, Scans: scans, Patch: patch * tick.Hours()}
		p := Params{Step: tick, Between: Rate(doubling), Patch: patch, Remove: patch}
		curve := m.Iterate(3 * 3600)
		figures := make([]figure, 0, len(hours))
		for _, h := range hours {
			figures = append(figures, figure{
				fmt.Sprintf("AAWP: infected after %d h, %g %% patched an hour", h, 100*patch), time.Duration(h) * time.Hour,
				curve[h*3600], (*World).Infectious,
			})
		}
		rows = append(rows, a.play(p, a.sites, figures)...)
	}
	return rows
}
