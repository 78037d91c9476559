package attribution

import (
	"fmt"
	"math"

	"github.com/tocsin-project/tocsin/internal/access"
)

// Posterior updates a prior over hypotheses by rows of likelihoods, one row an
// item of evidence: posterior is proportional to the prior times the product
// of the likelihoods (Bayes). A row that is the same for all changes nothing.
//
// The prior has to add up to 1 (within 1e-9); likelihoods are 0 to 1. It fails
// if the evidence excludes every hypothesis.
func Posterior(prior []float64, rows [][]float64) ([]float64, error) {
	posterior := make([]float64, len(prior))
	var sum float64
	for i, p := range prior {
		if !(p >= 0 && p <= 1) {
			return nil, fmt.Errorf("%w: prior/%d: %v is not 0 to 1", access.ErrInvalid, i, p)
		}
		posterior[i] = p
		sum += p
	}
	if math.Abs(sum-1) > 1e-9 {
		return nil, fmt.Errorf("%w: prior adds up to %v, not to 1", access.ErrInvalid, sum)
	}
	for i, row := range rows {
		if len(row) != len(prior) {
			return nil, fmt.Errorf("%w: likelihoods/%d: %d values for %d hypotheses", access.ErrInvalid, i, len(row), len(prior))
		}
		sum = 0
		for j, l := range row {
			if !(l >= 0 && l <= 1) {
				return nil, fmt.Errorf("%w: likelihoods/%d/%d: %v is not 0 to 1", access.ErrInvalid, i, j, l)
			}
			posterior[j] *= l
			sum += posterior[j]
		}
		if sum == 0 {
			return nil, fmt.Errorf("%w: likelihoods/%d: with this row every hypothesis is impossible", access.ErrInvalid, i)
		}
		// Normalising after every row keeps thousands of rows from underflow.
		for j := range posterior {
			posterior[j] /= sum
		}
	}
	return posterior, nil
}

func isLikelihood(p float64) bool { return p > 0 && p <= 1 }
