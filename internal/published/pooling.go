package published

import (
	"context"
	"fmt"
	"math"

	"github.com/tocsin-project/tocsin/internal/epidemic"
	"github.com/tocsin-project/tocsin/internal/exercise"
)

const (
	poolingScenario = "code-red-1v2"
	poolingPartners = 256
	poolingSeeds    = 11
)

// pooling is how much sooner partners hear a worm together, over the background
// that the scenario has or over none.
func pooling(ctx context.Context, size Size, background bool) (exercise.Pooled, exercise.Scenario, error) {
	s, err := exercise.Find(poolingScenario)
	if err != nil {
		return exercise.Pooled{}, s, err
	}
	s.Partners, s.Hosts = poolingPartners, s.Hosts/10
	if !background {
		s.Network.Background, s.Network.Sweeps = 0, 0
	}
	seeds := min(size.Seeds, poolingSeeds)
	if size.Small {
		s.Partners, s.Hours, seeds = poolingPartners/64, 4, 1
	}
	p, err := exercise.Pooling(ctx, s, seedsTo(seeds))
	return p, s, err
}

func poolingRows(ctx context.Context, size Size) ([]Row, error) {
	p, s, err := pooling(ctx, size, false)
	if err != nil {
		return nil, err
	}
	over, noisy, err := pooling(ctx, size, true)
	if err != nil {
		return nil, err
	}
	k := s.Worm.Rate()
	told := func(p exercise.Pooled) string {
		return fmt.Sprintf("together after %s, alone after %s", band(p.Together, seconds), band(p.Alone, seconds))
	}
	how := fmt.Sprintf("%s, %d partners with %d addresses, no other scans, %d seeds, median [5 %%, 95 %%]", s.Name, s.Partners, s.Hosts, p.Seeds)
	times := func(what string) func(float64) string {
		return func(x float64) string { return fmt.Sprintf("%.3g times %s", x, what) }
	}
	return []Row{
		{
			What: "256 pooled partners against 256 isolated ones, time to alarm", Published: "135 times faster", Source: "WormShield, Cai et al. 2005",
			Ours: band(p.Faster, times("sooner")), How: how + ": " + told(p),
			Why: fmt.Sprintf("of exponential growth no time gives 135: who needs 256 times as many scans hears it ln 256 / K = %s later, and not 135 times later, whatever the detector", seconds(3600*math.Log(poolingPartners)/k)),
		},
		{
			What: "the same, hosts infected at the alarm", Published: "135 times faster", Source: "as above",
			Ours: band(p.Fewer, times("fewer")), How: how + "; together at " + band(p.Share, func(x float64) string { return fmt.Sprintf("%.2g %%", 100*x) }) + " of the susceptible; doubling in " + seconds(epidemic.Doubling(k).Seconds()),
			Why: "of hosts infected before the alarm a factor up to the number of partners can be had; our rule asks for a trend that holds without any two partners, and alone for one partner's",
		},
		{
			What: "the same over a background of other scans", Published: "none",
			Ours: told(over), How: fmt.Sprintf("%g a monitored address and hour, with a daily swing", noisy.Network.Background),
			Why: "the trend is believed once it is three times what a quiet hour had, which this worm does not reach over so many other scans: there the partners' own hosts ring",
		},
	}, nil
}
