package exercise

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/picture/curve"
)

// Picture is the median of infected hosts over time for each way of sharing, with a
// band from the fifth to the ninety-fifth percentile over seeds, on a logarithmic
// scale since they differ by orders of magnitude; a dot is the median alarm. Label
// says it in words.
func (c *Comparison) Picture() curve.Picture {
	p := curve.Picture{X: curve.Hours, Log: true}
	said := make([]string, 0, len(modes))
	for _, way := range c.Ways() {
		p.Series = append(p.Series, way.series(c.step))
		if after, rung := way.alarm(); rung {
			p.Notes = append(p.Notes, curve.Note{Point: curve.Point{X: after.Hours(), Y: max(way.Outcome.at(after, c.step), 1)},
				Title: fmt.Sprintf("%s: alarm %s after the first infection", way.Label, after)})
		}
		text := way.Label + " " + percent(*way.Outcome.InfectedFraction.P50)
		if n := way.Outcome.FalseAlarms; n > 0 {
			text += fmt.Sprintf(" (%s false)", plural(n, "alarm"))
		}
		said = append(said, text)
	}
	p.Label = fmt.Sprintf(
		"Median over %s of infected hosts, with a band from the fifth to the ninety-fifth percentile, of %s at %s partners, on a logarithmic axis over %g hours. Infected in the end, of all hosts: %s.",
		count(c.Seeds), grouped(c.Hosts), grouped(c.played.Partners), c.played.Hours, strings.Join(said, "; "))
	return p
}

// SVG writes the picture as a file that needs nothing from outside and follows the
// reader's choice of light or dark.
func (c Comparison) SVG(out io.Writer) error {
	p := c.Picture()
	p.Width, p.Height = 888, 400
	for i, way := range c.Ways() {
		p.Series[i].Name += ", " + percent(*way.Outcome.InfectedFraction.P50)
	}
	text := curve.File(p, cmp.Or(c.played.Title, c.played.Name),
		fmt.Sprintf("infected hosts, of %s at %s partners (%s susceptible); beside the curves, infected in the end, of all", grouped(c.Hosts), grouped(c.played.Partners), grouped(c.Susceptible)),
		fmt.Sprintf("median over %s, band 5 to 95 %%; a ring is the alarm; hours since %s UTC, simulated", count(c.Seeds), c.played.Start.Format("2 January 2006 15:04")))
	if _, err := io.WriteString(out, text); err != nil {
		return fmt.Errorf("write picture: %w", err)
	}
	return nil
}

// series is the median with its band, over hours. None stands with one, at the foot
// of a logarithmic scale.
func (w Way) series(step time.Duration) (s curve.Series) {
	s.Name = w.Label
	for i, n := range w.Outcome.Curve {
		at := (time.Duration(i) * step).Hours()
		s.Points = append(s.Points, curve.Point{X: at, Y: float64(max(n, 1))})
		s.Band = append(s.Band, curve.Range{X: at, Low: float64(max(w.Outcome.Low[i], 1)), High: float64(max(w.Outcome.High[i], 1))})
	}
	return s
}

// alarm is when the median alarm rings, after the first infection.
func (w Way) alarm() (after time.Duration, rung bool) {
	if w.Outcome.AlarmAfter.P50 == nil {
		return 0, false
	}
	return time.Duration(max(*w.Outcome.AlarmAfter.P50, 0) * float64(time.Second)), true
}

// at is the median curve's height at a time, between its points on a line.
func (o *Outcome) at(t, step time.Duration) float64 {
	place := float64(t) / float64(step)
	k := min(int(place), len(o.Curve)-1)
	next := min(k+1, len(o.Curve)-1)
	return float64(o.Curve[k]) + (place-float64(k))*float64(o.Curve[next]-o.Curve[k])
}
