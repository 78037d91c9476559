package web

import (
	"fmt"
	"html/template"
	"strings"
	"time"
)

// A curve's measures, in its own units: small enough that its words stay
// readable where a telephone scales it down.
const (
	curveWidth, curveHeight                      = 420, 170
	curveLeft, curveRight, curveTop, curveBottom = 44, 20, 22, 26
)

// curve draws a count that only rises as steps over the telemetry's time, with
// the alarm marked. Its words are the same for every reader, and its colours
// come from the style sheet, for light and dark.
func curve(name, class string, points []point, count func(point) int, alarm time.Time) template.HTML {
	if len(points) < 2 {
		return ""
	}
	first, last := points[0].at, points[len(points)-1].at
	if alarm.Before(first) {
		first = alarm
	}
	if alarm.After(last) {
		last = alarm
	}
	top := niceAbove(count(points[len(points)-1]))
	x := func(at time.Time) float64 {
		return curveLeft + (curveWidth-curveLeft-curveRight)*float64(at.Sub(first))/float64(max(last.Sub(first), 1))
	}
	y := func(n int) float64 {
		return curveHeight - curveBottom - (curveHeight-curveTop-curveBottom)*float64(n)/float64(top)
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="curve %s" viewBox="0 0 %d %d" role="img" aria-label="%s: from %s at %s to %s at %s UTC; the alarm at %s">`,
		class, curveWidth, curveHeight, esc(name), number(count(points[0])), points[0].at.UTC().Format("15:04"),
		number(count(points[len(points)-1])), points[len(points)-1].at.UTC().Format("15:04"), alarm.UTC().Format("15:04"))
	for _, n := range []int{0, top / 2, top} {
		fmt.Fprintf(&b, `<line class="rule" x1="%d" y1="%.1f" x2="%d" y2="%.1f"/><text x="%d" y="%.1f" text-anchor="end">%s</text>`,
			curveLeft, y(n), curveWidth-curveRight, y(n), curveLeft-6, y(n)+4, number(n))
	}
	for _, at := range ticks(first, last) {
		fmt.Fprintf(&b, `<text x="%.1f" y="%d" text-anchor="middle">%s</text>`, x(at), curveHeight-8, at.UTC().Format("15:04"))
	}
	var line strings.Builder
	fmt.Fprintf(&line, "M%.1f %.1f", x(points[0].at), y(count(points[0])))
	for _, p := range points[1:] {
		fmt.Fprintf(&line, "H%.1fV%.1f", x(p.at), y(count(p)))
	}
	fmt.Fprintf(&b, `<path class="area" d="%sV%.1fH%.1fZ"/><path class="line" d="%s"/>`, line.String(), y(0), x(points[0].at), line.String())
	anchor := "start"
	if x(alarm) > curveWidth*2/3 {
		anchor = "end"
	}
	fmt.Fprintf(&b, `<line class="alarm-at" x1="%.1f" y1="%d" x2="%.1f" y2="%d"/><text class="alarm-at" x="%.1f" y="%d" text-anchor="%s">alarm</text></svg>`,
		x(alarm), curveTop-4, x(alarm), curveHeight-curveBottom, x(alarm), curveTop-8, anchor)
	return template.HTML(b.String()) //nolint:gosec // numbers, times and this file's own words
}

// niceAbove is the even 1, 2, 4 or 5 times a power of ten at or above n, at least 2.
func niceAbove(n int) int {
	for unit := 1; ; unit *= 10 {
		for _, times := range []int{1, 2, 4, 5} {
			if top := unit * times; top >= n && top%2 == 0 {
				return top
			}
		}
	}
}

// ticks are two to six round times between first and last.
func ticks(first, last time.Time) []time.Time {
	for _, step := range []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour} {
		if last.Sub(first) > 6*step {
			continue
		}
		var list []time.Time
		for at := first.Truncate(step); !at.After(last); at = at.Add(step) {
			if !at.Before(first) {
				list = append(list, at)
			}
		}
		return list
	}
	return []time.Time{first, last}
}
