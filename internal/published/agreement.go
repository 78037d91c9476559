package published

import (
	"context"
	"fmt"
	"math"

	"github.com/tocsin-project/tocsin/internal/epidemic"
)

const (
	agreementSeed  = 1
	agreementSeeds = 50
	agreementHosts = 1_000_000
	agreementLimit = 0.02 // the simulation may be so far from a closed form
)

// agreement holds the simulation against the models.
func agreement(_ context.Context, size Size) (measured, error) {
	seeds, hosts := min(size.Seeds, agreementSeeds), agreementHosts
	if size.Small {
		hosts /= 10
	}
	list := epidemic.Agreement(agreementSeed, hosts, seeds)
	worst := list[0]
	lines := append(make([][]string, 0, len(list)+1), []string{"figure", "model", "simulation", "ratio"})
	for _, r := range list {
		if math.Abs(r.Ratio-1) > math.Abs(worst.Ratio-1) {
			worst = r
		}
		lines = append(lines, []string{r.Name, fmt.Sprintf("%.0f", r.Theory), fmt.Sprintf("%.0f", r.Simulated), fmt.Sprintf("%.4f ± %.4f", r.Ratio, 2*r.Error)})
	}
	row := Row{
		What: "models against the simulation", Published: fmt.Sprintf("within %g %%", 100*agreementLimit), Source: "our goal",
		Ours: fmt.Sprintf("at most %.2f ± %.2f %% off, in %q", 100*math.Abs(worst.Ratio-1), 200*worst.Error, worst.Name),
		How:  fmt.Sprintf("%d figures of SI, SIIDR, SIR and AAWP, %d hosts, mean of %d seeds from %d on; table below", len(list), hosts, seeds, agreementSeed),
	}
	return measured{[]Row{row}, table(lines...)}, nil
}
