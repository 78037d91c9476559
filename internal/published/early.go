package published

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/exercise"
)

// fast are the scenarios in which minutes count.
var fast = []string{"wannacry-12-may", "wannacry-100k", "wannacry-300k", "wannacry-800k", "code-red-1v2", "slammer"}

// earlyGoal of a hundred epidemics are to ring before 1 % is infected.
const earlyGoal = 0.95

// warnings are how early the alarm of a push came in each fast scenario. At the
// size of a test the large ones have a fiftieth of their hosts and partners.
func warnings(ctx context.Context, size Size) ([]exercise.Warning, error) {
	list := make([]exercise.Warning, 0, len(fast))
	for _, name := range fast {
		s, err := exercise.Find(name)
		if err != nil {
			return nil, err
		}
		if size.Small && s.Partners > 1000 {
			s.Hosts, s.Partners = s.Hosts/50, s.Partners/50
		}
		w, err := exercise.EarlyWarning(ctx, s, seedsTo(size.Seeds))
		if err != nil {
			return nil, err
		}
		list = append(list, w)
	}
	return list, nil
}

func early(ctx context.Context, size Size) (measured, error) {
	list, err := warnings(ctx, size)
	if err != nil {
		return measured{}, err
	}
	lines := [][]string{{"scenario", "rang", "of them falsely", "before 1 %", "before 2 %", "infected at the alarm", "alarm after the first infection", "rung by"}}
	var met []string
	for _, w := range list {
		text := fmt.Sprintf("%s %d", w.Scenario, w.BeforeOne)
		if w.False > 0 {
			text += fmt.Sprintf(" and %d false", w.False)
		}
		if float64(w.BeforeOne) < earlyGoal*float64(w.Seeds) {
			text += " (goal missed)"
		}
		met = append(met, text)
		var by []string
		for kind, n := range w.RungBy {
			by = append(by, fmt.Sprintf("%s %d", kind, n))
		}
		slices.Sort(by)
		of := func(n int) string { return fmt.Sprintf("%d of %d", n, w.Seeds) }
		lines = append(lines, []string{
			w.Scenario, of(w.Rung), fmt.Sprint(w.False), of(w.BeforeOne), of(w.BeforeTwo),
			band(w.Share, func(x float64) string { return fmt.Sprintf("%.2g %%", 100*x) }), band(w.After, seconds), strings.Join(by, ", "),
		})
	}
	row := Row{
		What: "alarm before 1 % of the vulnerable are infected", Published: "95 of 100 epidemics", Source: "our goal; Xia et al.: before 2 % in most scenarios",
		Ours: fmt.Sprintf("of %d: %s", size.Seeds, strings.Join(met, ", ")),
		How:  "each fast scenario, reports pushed; an alarm that rings without the worm as well is false and does not count; table below",
	}
	return measured{[]Row{row}, table(lines...)}, nil
}

// band writes a median with its 5 and 95 % quantiles over seeds.
func band(q exercise.Quantiles, write func(float64) string) string {
	show := func(x *float64) string {
		if x == nil {
			return "never"
		}
		return write(*x)
	}
	return fmt.Sprintf("%s [%s, %s]", show(q.P50), show(q.P5), show(q.P95))
}

// seconds writes a length of time in the unit that suits it.
func seconds(x float64) string {
	switch {
	case x < 120:
		return fmt.Sprintf("%.3g s", x)
	case x < 7200:
		return fmt.Sprintf("%.3g min", x/60)
	}
	return fmt.Sprintf("%.3g h", x/3600)
}
