package published

import (
	"context"
	"fmt"
	"math"

	"github.com/tocsin-project/tocsin/internal/epidemic"
	"github.com/tocsin-project/tocsin/internal/outbreak/trend"
)

// sample is the mean of many draws and its standard error.
type sample struct{ mean, err float64 }

func sampled(n int, draw func() float64) sample {
	sum, squares := 0.0, 0.0
	for range n {
		x := draw()
		sum, squares = sum+x, squares+x*x
	}
	mean := sum / float64(n)
	variance := max(squares/float64(n)-mean*mean, 0)
	return sample{mean, math.Sqrt(variance / float64(n))}
}

// String gives the mean with twice its standard error.
func (s sample) String() string { return fmt.Sprintf("%.4g ± %.2g", s.mean, 2*s.err) }

// cusumSeed is that of the normal samples.
const cusumSeed = 1

// cusumRuns is how many samples a chart with its defaults takes to signal, from
// its start, when the mean has shifted by so many standard deviations; or a pair
// of them, one for a mean that rises and one for a mean that falls.
func cusumRuns(runs int, shift float64, pair bool) sample {
	r := epidemic.Stream(cusumSeed, math.Float64bits(shift))
	// A known mean and deviation, as where the published figures are from.
	known := trend.CUSUMConfig{Sigma: 1}
	return sampled(runs, func() float64 {
		up, down := trend.NewCUSUM(known), trend.NewCUSUM(known)
		for n := 1.0; ; n++ {
			x := r.NormFloat64() + shift
			if up.Add(x) || pair && down.Add(-x) {
				return n
			}
		}
	})
}

func cusumRows(_ context.Context, size Size) ([]Row, error) {
	const source = "k = 0.5, h = 5; the usual tables, after Page 1954"
	how := func(runs int, what string) string {
		return fmt.Sprintf("%d runs of %s on normal samples, seed %d; ± is two standard errors", runs, what, cusumSeed)
	}
	fewer := size.Runs / 5 // a false signal takes a hundred times as long
	return []Row{
		{
			What: "CUSUM, samples until a false signal", Published: "465", Source: source,
			Ours: cusumRuns(fewer, 0, false).String(), How: how(fewer, "our chart"),
			Why: "465 is that of a pair of charts, which watch for a fall as well; ours watches for a rise alone and errs half as often (next row)",
		},
		{
			What: "CUSUM, the same of a pair of charts", Published: "465", Source: source,
			Ours: cusumRuns(fewer, 0, true).String(), How: how(fewer, "two of our charts, one on the negated samples"),
		},
		{
			What: "CUSUM, samples until a shift by one sigma is seen", Published: "10.4", Source: source,
			Ours: cusumRuns(size.Runs, 1, false).String(), How: how(size.Runs, "our chart"),
		},
	}, nil
}
