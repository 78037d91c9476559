package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// chart is the curve in an SVG's units.
type chart struct {
	Width, Height, Left, Right, Top, Bottom, Edge, Foot float64

	Hosts, Partners         string // points of the two lines
	LastHosts, LastPartners string
	Words                   string
	Grid, Times, Marks      []mark
}

// mark is a text at a place.
type mark struct {
	X, Y   float64
	Text   string
	Anchor string
}

// newChart draws hosts and partners over time; nil where there is nothing to draw.
func newChart(r Report) *chart {
	if len(r.Curve) < 2 {
		return nil
	}
	first, last := r.Curve[0].At, r.Curve[len(r.Curve)-1].At
	alarm, decided := firstOf(r.Timeline, string(outbreak.KindRaised)), firstOf(r.Timeline, string(protect.KindDecided))
	for _, t := range []time.Time{alarm, decided} {
		if !t.IsZero() && t.Before(first) && first.Sub(t) < 7*24*time.Hour {
			first = t
		}
		if t.After(last) {
			last = t
		}
	}
	if !last.After(first) {
		return nil
	}
	end := r.Curve[len(r.Curve)-1]
	c := &chart{Width: 960, Height: 260, Left: 60, Right: 940, Top: 14, Bottom: 220, Edge: 54, Foot: 242}
	c.LastHosts, c.LastPartners = count(end.Hosts, "host"), count(end.Partners, "partner")
	c.Words = fmt.Sprintf("From %s at %s it rose to %s at %s at %s.", count(r.Curve[0].Hosts, "host"), at(r.Curve[0].At), c.LastHosts, c.LastPartners, at(end.At))
	x := func(t time.Time) float64 {
		return c.Left + (c.Right-c.Left)*t.Sub(first).Seconds()/last.Sub(first).Seconds()
	}
	y := func(n, most int) float64 { return c.Bottom - (c.Bottom-c.Top)*float64(n)/float64(max(most, 1)) }
	c.Hosts = line(r.Curve, x, func(p Point) float64 { return y(p.Hosts, end.Hosts) })
	c.Partners = line(r.Curve, x, func(p Point) float64 { return y(p.Partners, end.Partners) })
	for i := range 5 {
		n := end.Hosts * i / 4
		c.Grid = append(c.Grid, mark{Y: y(n, end.Hosts), Text: fmt.Sprint(n)})
	}
	c.Times = []mark{{X: c.Left, Text: at(first), Anchor: "start"}, {X: c.Right, Text: at(last), Anchor: "end"}}
	for i, one := range []struct {
		at   time.Time
		text string
	}{{alarm, "alarm"}, {decided, "first protection"}} {
		if !one.at.IsZero() && !one.at.Before(first) {
			c.Marks = append(c.Marks, mark{X: x(one.at), Y: c.Top + 12 + 16*float64(i), Text: one.text})
		}
	}
	return c
}

func firstOf(list []Event, kind string) time.Time {
	for _, e := range list {
		if e.Kind == kind {
			return e.At
		}
	}
	return time.Time{}
}

// line is a curve of steps: a count holds until the next one.
func line(list []Point, x func(time.Time) float64, y func(Point) float64) string {
	var b strings.Builder
	for i, p := range list {
		if i > 0 {
			fmt.Fprintf(&b, " %.1f,%.1f ", x(p.At), y(list[i-1]))
		}
		fmt.Fprintf(&b, "%.1f,%.1f", x(p.At), y(p))
	}
	return b.String()
}
