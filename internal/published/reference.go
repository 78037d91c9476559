package published

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/tocsin-project/tocsin/internal/exercise"
)

// Reference is one cell of an earlier run of the reference experiment, by other
// code: per cent of 300,000 hosts infected after eight hours, mean of ten seeds.
type Reference struct {
	Percent float64
	Unit    float64 // of its last digit
}

// references are in the order of exercise.Reference: for each doubling time no
// sharing; then an hour at 50, 75 and 100 per cent coverage; then five seconds.
var references = []Reference{
	{20.5, 0.1}, {0.85, 0.01}, {0.18, 0.01}, {0.10, 0.01}, {0.48, 0.01}, {0.07, 0.01}, {0.03, 0.01},
	{100, 1}, {50, 1}, {16.8, 0.1}, {0.92, 0.01}, {49, 1}, {3.3, 0.1}, {0.03, 0.01},
	{100, 1}, {85, 1}, {78, 1}, {70, 1}, {50, 1}, {25, 1}, {0.03, 0.01},
}

const (
	referenceHosts = 300_000
	referenceSeeds = 10 // of the earlier run
	referenceSigma = 3
)

// within says whether ours and theirs differ by no more than sampling and the
// rounding of theirs explain: three standard errors of the difference of a mean
// of ten seeds and a mean of n.
func (r Reference) within(c exercise.Cell, n int) bool {
	sampling := referenceSigma * 100 * c.Spread * math.Sqrt(1/float64(n)+1/float64(referenceSeeds))
	return math.Abs(100*c.Infected-r.Percent) <= sampling+r.Unit/2
}

// seedsTo are the seeds 1 to n.
func seedsTo(n int) []uint64 {
	list := make([]uint64, n)
	for i := range list {
		list[i] = uint64(i) + 1
	}
	return list
}

// reference sets the earlier run, ours, the closed form, and ours at the large
// size side by side.
func reference(ctx context.Context, size Size) (measured, error) {
	seeds := seedsTo(size.Seeds)
	small, err := exercise.Reference(ctx, referenceHosts, seeds)
	if err != nil {
		return measured{}, err
	}
	head := []string{"doubling", "in force after", "coverage", "earlier run", "ours", "closed form"}
	var large []exercise.Cell
	if !size.Small {
		if large, err = exercise.Reference(ctx, size.Hosts, seeds); err != nil {
			return measured{}, err
		}
		head = append(head, fmt.Sprintf("ours, %d hosts", size.Hosts), "closed form")
	}
	lines, within := [][]string{head}, 0
	for i, c := range small {
		theirs := fmt.Sprintf("%g", references[i].Percent)
		if references[i].within(c, size.Seeds) {
			within++
		} else {
			theirs += " (differs)"
		}
		line := append(setting(c), theirs, percentage(c), fmt.Sprintf("%.3g", 100*c.Theory))
		if large != nil {
			line = append(line, percentage(large[i]), fmt.Sprintf("%.3g", 100*large[i].Theory))
		}
		lines = append(lines, line)
	}
	row := Row{
		What: "what sharing buys: coverage, delay, doubling", Published: fmt.Sprintf("%d cells", len(references)), Source: "an earlier run by other code; table below",
		Ours: fmt.Sprintf("%d of %d within sampling error", within, len(references)),
		How:  fmt.Sprintf("%d hosts, %d seeds; %d standard errors of the difference, and the rounding of theirs", referenceHosts, size.Seeds, referenceSigma),
	}
	return measured{[]Row{row}, table(lines...)}, nil
}

// setting is what a cell is of.
func setting(c exercise.Cell) []string {
	doubling := fmt.Sprintf("%g min", c.Doubling.Minutes())
	if c.Coverage == 0 {
		return []string{doubling, "no sharing", ""}
	}
	return []string{doubling, span(c.Delay), fmt.Sprintf("%g %%", 100*c.Coverage)}
}

func percentage(c exercise.Cell) string {
	return fmt.Sprintf("%.3g ± %.1g", 100*c.Infected, 200*c.Error)
}

func span(d time.Duration) string {
	if d >= time.Hour {
		return fmt.Sprintf("%g h", d.Hours())
	}
	return fmt.Sprintf("%g s", d.Seconds())
}
