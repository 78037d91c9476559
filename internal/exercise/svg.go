package exercise

import (
	"cmp"
	"fmt"
	"html"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The picture's measures, in its own units.
const (
	width, height            = 920, 500
	left, right, top, bottom = 88, 210, 76, 60
	plotWidth, plotHeight    = width - left - right, height - top - bottom
	labelGap                 = 34 // least distance between two curves' labels
)

// style holds colours for light and dark, of similar weight in both.
const style = `<style>
svg{--ground:#fcfcfb;--ink:#1f2430;--soft:#6b7280;--grid:#e4e5e8;--c0:#b4443c;--c1:#c26a1b;--c2:#94801d;--c3:#3f7f5f;--c4:#2563a8;font-family:system-ui,-apple-system,"Segoe UI",sans-serif}
@media (prefers-color-scheme:dark){svg{--ground:#15181e;--ink:#e7e9ee;--soft:#9aa1ad;--grid:#2b303a;--c0:#ef8a80;--c1:#eca35c;--c2:#d6c25c;--c3:#7fc7a2;--c4:#7fb2ee}}
.ground{fill:var(--ground)}.grid{stroke:var(--grid);stroke-width:1}.axis{stroke:var(--soft);stroke-width:1}
text{fill:var(--soft);font-size:12px}.title{fill:var(--ink);font-size:18px;font-weight:600}.name{font-size:13px;font-weight:600}
.band{stroke:none;opacity:.13}.curve{fill:none;stroke-width:2.25;stroke-linejoin:round;stroke-linecap:round}.under{stroke-width:6;opacity:.45}.over{stroke-dasharray:7 9}.alarm{fill:var(--ground);stroke-width:2}.lead{fill:none;stroke-width:1;opacity:.5}
</style>
`

// SVG draws the median of infected hosts over time for each way of sharing, with
// a band from the fifth to the ninety-fifth percentile over seeds, on a
// logarithmic axis since they differ by orders of magnitude; a ring marks the
// median alarm. It needs nothing from outside and follows the reader's choice of
// light or dark.
func (c Comparison) SVG(out io.Writer) error {
	d := drawing{c: c, decades: math.Log10(float64(max(c.Hosts, 10)))}
	d.open()
	d.axes()
	for i := range modes {
		d.band(i)
	}
	for i := range modes {
		d.curve(i)
	}
	d.names()
	d.b.WriteString("</svg>\n")
	if _, err := io.WriteString(out, d.b.String()); err != nil {
		return fmt.Errorf("write picture: %w", err)
	}
	return nil
}

type drawing struct {
	c       Comparison
	b       strings.Builder
	decades float64 // powers of ten on the upright axis, up to all hosts
}

func (d *drawing) printf(format string, args ...any) { fmt.Fprintf(&d.b, format, args...) }

func (d *drawing) x(t time.Duration) float64 {
	return left + plotWidth*t.Hours()/d.c.played.Hours
}

// y is the height of a count; none at all stands with one, on the ground.
func (d *drawing) y(hosts float64) float64 {
	return top + plotHeight*(1-math.Log10(max(hosts, 1))/d.decades)
}

func (d *drawing) open() {
	said := make([]string, 0, len(modes))
	for i, o := range d.c.Sharing.outcomes() {
		text := d.c.label(i) + " " + percent(*o.InfectedFraction.P50)
		if o.FalseAlarms > 0 {
			text += fmt.Sprintf(" (%s false)", plural(o.FalseAlarms, "alarm"))
		}
		said = append(said, text)
	}
	d.printf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-labelledby="outbreak-title outbreak-desc">`+"\n", width, height)
	d.printf(`<title id="outbreak-title">%s</title>`+"\n", html.EscapeString("Infected hosts over time by way of sharing: "+d.c.played.Title))
	d.printf(`<desc id="outbreak-desc">%s</desc>`+"\n", html.EscapeString(fmt.Sprintf(
		"Median over %s of infected hosts, with a band from the fifth to the ninety-fifth percentile, of %s at %s partners, on a logarithmic axis over %g hours. Infected in the end, of all hosts: %s.",
		count(d.c.Seeds), grouped(d.c.Hosts), grouped(d.c.played.Partners), d.c.played.Hours, strings.Join(said, "; "))))
	d.b.WriteString(style)
	d.printf(`<rect class="ground" width="%d" height="%d" rx="8"/>`+"\n", width, height)
	d.printf(`<text class="title" x="%d" y="34">%s</text>`+"\n", left, html.EscapeString(d.c.played.Title))
	d.printf(`<text x="%d" y="55">infected hosts, of %s at %s partners (%s susceptible); median over %s, band 5 to 95 %%; the ring is the alarm</text>`+"\n",
		left, grouped(d.c.Hosts), grouped(d.c.played.Partners), grouped(d.c.Susceptible), count(d.c.Seeds))
	d.printf(`<text transform="translate(14 %d) rotate(-90)" text-anchor="middle">infected hosts</text>`+"\n", top+plotHeight/2)
}

func (d *drawing) axes() {
	for k := 0.0; k <= d.decades; k++ {
		y := d.y(math.Pow(10, k))
		d.printf(`<line class="grid" x1="%d" x2="%d" y1="%.1f" y2="%.1f"/>`, left, left+plotWidth, y, y)
		d.printf(`<text x="%d" y="%.1f" text-anchor="end">%s</text>`+"\n", left-10, y+4, grouped(int(math.Pow(10, k))))
	}
	d.printf(`<line class="axis" x1="%d" x2="%d" y1="%d" y2="%d"/>`+"\n", left, left+plotWidth, top+plotHeight, top+plotHeight)
	hours := d.c.played.Hours
	step := 1.0
	for _, s := range []float64{1.0 / 60, 2.0 / 60, 5.0 / 60, 0.25, 0.5, 1, 2, 3, 6, 12, 24, 48, 96} {
		if step = s; hours/step <= 10 {
			break
		}
	}
	for n := 0; float64(n)*step <= hours+1e-9; n++ {
		h := float64(n) * step
		at := time.Duration(h * float64(time.Hour))
		d.printf(`<text x="%.1f" y="%d" text-anchor="middle">%s</text>`, d.x(at), top+plotHeight+20, d.c.played.Start.Add(at).Round(time.Minute).Format("15:04"))
	}
	d.printf("\n"+`<text x="%d" y="%d" text-anchor="middle">%s</text>`+"\n", left+plotWidth/2, height-16,
		d.c.played.Start.Format("2 January 2006")+", UTC, simulated")
}

// band draws between which counts nine in ten seeds are.
func (d *drawing) band(i int) {
	o := d.c.Sharing.outcomes()[i]
	d.printf(`<path class="band" style="fill:var(--c%d)" d="`, i)
	letter := 'M'
	for k, n := range o.High {
		d.printf("%c%.1f %.1f", letter, d.x(time.Duration(k)*d.c.step), d.y(float64(n)))
		letter = 'L'
	}
	for k := len(o.Low) - 1; k >= 0; k-- {
		d.printf("L%.1f %.1f", d.x(time.Duration(k)*d.c.step), d.y(float64(o.Low[k])))
	}
	d.b.WriteString("Z\"/>\n")
}

// curve draws one way's median, and its alarm.
func (d *drawing) curve(i int) {
	o := d.c.Sharing.outcomes()[i]
	points := make([]string, 0, len(o.Curve))
	for k, n := range o.Curve {
		points = append(points, fmt.Sprintf("%.1f,%.1f", d.x(time.Duration(k)*d.c.step), d.y(float64(n))))
	}
	class := "curve"
	if modes[i].never { // drawn broad, for the others start on it
		class = "curve under"
	} else if d.twin(i) >= 0 { // what is below shows through
		class = "curve over"
	}
	d.printf(`<polyline class="%s" style="stroke:var(--c%d)" points="%s"/>`+"\n", class, i, strings.Join(points, " "))
	if o.AlarmAfter.P50 == nil {
		return
	}
	after := time.Duration(max(*o.AlarmAfter.P50, 0) * float64(time.Second))
	d.printf(`<circle class="alarm" style="stroke:var(--c%d)" cx="%.1f" cy="%.1f" r="4.5"><title>%s: alarm %s after the first infection</title></circle>`+"\n",
		i, d.x(after), d.y(o.at(after, d.c.step)), d.c.label(i), after)
}

// at is the median curve's height at a time, between its points on a line.
func (o *Outcome) at(t, step time.Duration) float64 {
	place := float64(t) / float64(step)
	k := min(int(place), len(o.Curve)-1)
	next := min(k+1, len(o.Curve)-1)
	return float64(o.Curve[k]) + (place-float64(k))*float64(o.Curve[next]-o.Curve[k])
}

// twin is the first way before this one whose curve lies on its own, to the
// eye; -1 if there is none.
func (d *drawing) twin(i int) int {
	list := d.c.Sharing.outcomes()
	for k := range i {
		apart := 0.0
		for t := range min(len(list[i].Curve), len(list[k].Curve)) {
			apart = max(apart, math.Abs(d.y(float64(list[i].Curve[t]))-d.y(float64(list[k].Curve[t]))))
		}
		if apart < 2.5 {
			return k
		}
	}
	return -1
}

// names writes each curve's name beside its end, moved apart where ends meet.
func (d *drawing) names() {
	type name struct {
		mode    int
		end, at float64
	}
	list := make([]name, 0, len(modes))
	for i, o := range d.c.Sharing.outcomes() {
		y := d.y(float64(o.Curve[len(o.Curve)-1]))
		list = append(list, name{i, y, y})
	}
	slices.SortStableFunc(list, func(a, b name) int { return cmp.Compare(a.end, b.end) })
	for i := range list {
		if i > 0 {
			list[i].at = max(list[i].at, list[i-1].at+labelGap)
		}
	}
	for i := len(list) - 1; i >= 0; i-- {
		limit := float64(top + plotHeight - 16)
		if i < len(list)-1 {
			limit = list[i+1].at - labelGap
		}
		list[i].at = min(list[i].at, limit)
	}
	end := float64(left + plotWidth)
	for _, n := range list {
		share := percent(*d.c.Sharing.outcomes()[n.mode].InfectedFraction.P50) + " of all hosts"
		if twin := d.twin(n.mode); twin >= 0 {
			share += ", as " + d.c.label(twin)
		}
		d.printf(`<path class="lead" style="stroke:var(--c%d)" d="M%.1f %.1fL%.1f %.1f"/>`, n.mode, end+3, n.end, end+16, n.at)
		d.printf(`<text class="name" style="fill:var(--c%d)" x="%.1f" y="%.1f">%s</text>`, n.mode, end+20, n.at+1, d.c.label(n.mode))
		d.printf(`<text x="%.1f" y="%.1f">%s</text>`+"\n", end+20, n.at+15, share)
	}
}

// grouped writes a count with its thousands apart.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
