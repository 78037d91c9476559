package exercise

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/tocsin-project/tocsin/internal/epidemic"
)

// Cell is one entry of the reference experiment: what share of the hosts was
// infected after eight hours, as the mean over seeds.
type Cell struct {
	Doubling time.Duration `json:"doubling"`
	Coverage float64       `json:"coverage"` // of the hosts; 0: no sharing
	Delay    time.Duration `json:"delay"`    // from the declaration until protections are in force
	Infected float64       `json:"infected"` // share
	Error    float64       `json:"error"`    // standard error of Infected
	Spread   float64       `json:"spread"`   // standard deviation of one seed
	Theory   float64       `json:"theory"`   // SI in closed form, from exactly so many at the start and at the declaration
}

// The reference experiment's constants. Ten hosts at the start are computed from
// its own 20.5 per cent after eight hours at 37 minutes: a logistic curve through
// one is at 2.5 per cent then.
const (
	referenceStart    = 10
	referenceDeclared = 100
	referenceHours    = 8
	referenceStep     = 5 * time.Second
)

// Reference plays the reference experiment: one susceptible population of so many
// hosts, all scanned alike; declared at 100 infected; a delay later a share of
// them is protected, and those of that share that are infected are quarantined.
// Cells are in the order doubling (37, 12.4, 4.7 minutes); no sharing, then one
// hour at 50, 75 and 100 per cent, then five seconds at the same.
func Reference(ctx context.Context, hosts int, seeds []uint64) ([]Cell, error) {
	if hosts < referenceDeclared || len(seeds) == 0 {
		return nil, fmt.Errorf("play the reference experiment: %d hosts and %d seeds: at least %d hosts and a seed are needed", hosts, len(seeds), referenceDeclared)
	}
	var cells []Cell
	for _, minutes := range []float64{37, 12.4, 4.7} {
		doubling := time.Duration(minutes * float64(time.Minute))
		cells = append(cells, Cell{Doubling: doubling})
		for _, delay := range []time.Duration{time.Hour, referenceStep} {
			for _, coverage := range []float64{0.5, 0.75, 1} {
				cells = append(cells, Cell{Doubling: doubling, Coverage: coverage, Delay: delay})
			}
		}
	}
	jobs := make([]func(), 0, len(cells))
	for i := range cells {
		jobs = append(jobs, func() { cells[i].play(ctx, hosts, seeds) })
	}
	parallel(jobs)
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("play the reference experiment: %w", err)
	}
	return cells, nil
}

func (c *Cell) play(ctx context.Context, hosts int, seeds []uint64) {
	var sum, squares float64
	for _, seed := range seeds {
		if ctx.Err() != nil {
			return
		}
		share := float64(c.one(hosts, seed)) / float64(hosts)
		sum += share
		squares += share * share
	}
	n := float64(len(seeds))
	c.Infected = sum / n
	if n > 1 {
		c.Spread = math.Sqrt(max(squares/n-c.Infected*c.Infected, 0) * n / (n - 1))
		c.Error = c.Spread / math.Sqrt(n)
	}
	c.Theory = c.closed(float64(hosts))
}

// one is how many of the hosts are infected in the end, with one seed.
func (c *Cell) one(hosts int, seed uint64) int {
	w := epidemic.New(seed, epidemic.Params{Step: referenceStep, Between: math.Ln2 / c.Doubling.Hours()},
		[]epidemic.Site{{Hosts: hosts, Susceptible: hosts}})
	w.Infect(0, referenceStart)
	declared := time.Duration(-1)
	for w.Elapsed() < referenceHours*time.Hour {
		w.Step()
		if declared < 0 && w.Infected() >= referenceDeclared {
			declared = w.Elapsed()
		}
		if c.Coverage > 0 && declared >= 0 && w.Elapsed() == declared+c.Delay {
			w.Cover(0, c.Coverage, true)
		}
	}
	return w.Infected()
}

// closed is the same by the logistic curve: from the start to the declaration;
// on from exactly so many until protections are in force; and with what is
// unprotected then, at the speed of that share, to the end.
func (c *Cell) closed(n float64) float64 {
	k := math.Ln2 / c.Doubling.Hours()
	odds := func(infected float64) float64 { return math.Log(infected / (n - infected)) }
	logistic := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	if c.Coverage == 0 {
		return logistic(odds(referenceStart) + k*referenceHours)
	}
	declared := (odds(referenceDeclared) - odds(referenceStart)) / k
	inForce := min(declared+c.Delay.Hours(), referenceHours)
	then := logistic(odds(referenceStart) + k*inForce)
	open := 1 - c.Coverage
	if open == 0 || inForce == referenceHours {
		return then
	}
	// Of all hosts a share open is left unprotected; of these as many are infected
	// as of all, and they meet only each other.
	x := math.Log(then/(1-then)) + k*open*(referenceHours-inForce)
	return c.Coverage*then + open*logistic(x)
}
