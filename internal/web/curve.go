package web

import (
	"html/template"
	"math"
	"time"

	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/picture/curve"
)

// curvesOf draws how an outbreak grew: infected hosts, and partners that reported
// it; and how far it is thought to come within an hour, with the interval.
func curvesOf(o outbreak.Outbreak, points []point) (hosts, spread template.HTML) {
	var reach outbreak.Reach
	if o.Reach != nil {
		reach = *o.Reach
	}
	hosts = growing("now.curve.hosts", "hosts", points, func(at point) int { return at.hosts }, o, reach.At, reach.Hosts)
	spread = growing("now.curve.partners", "spread", points, func(at point) int { return at.partners }, o, reach.At, reach.Partners)
	return hosts, spread
}

// curveWords is what the text of a curve may name.
type curveWords struct {
	Name               string
	From, To           int
	Begin, End, Alarm  string // times of day, UTC
	Ahead, Least, Most string // in an hour; empty: nobody knows
}

const (
	// steepest is from how many times as many on an estimate is drawn on a
	// logarithmic scale, and furthest how many times as many are drawn at all.
	steepest = 8
	furthest = 1000
	// aheadParts is of how many pieces the curve of an hour is made.
	aheadParts = 12
)

// growing draws a count that only rises as steps over the telemetry's time, the
// alarm, and where the estimate of the hour after leads.
func growing(name, class string, points []point, count func(point) int, o outbreak.Outbreak, from time.Time, reach outbreak.Interval) template.HTML {
	if len(points) < 2 {
		return ""
	}
	first, last := points[0], points[len(points)-1]
	now := float64(count(last))
	words := curveWords{Name: english.say(name, nil), From: count(first), To: count(last),
		Begin: first.at.UTC().Format("15:04"), End: last.at.UTC().Format("15:04"), Alarm: o.Raised.UTC().Format("15:04")}
	steps := curve.Series{Class: class, Step: true, Filled: true}
	for _, p := range points {
		steps.Points = append(steps.Points, curve.Point{X: curve.At(p.at), Y: float64(count(p))})
	}
	picture := curve.Picture{Series: []curve.Series{steps}, Marks: []curve.Mark{{X: curve.At(o.Raised), Text: english.say("now.curve.alarm", nil)}}}
	if !from.IsZero() && now > 0 && reach.Mid >= now {
		if from.Before(last.at) {
			from = last.at
		}
		words.Ahead, words.Least, words.Most = amount(reach.Mid), amount(reach.Low), amount(reach.High)
		picture.Log = reach.High > steepest*now
		picture.Top = min(reach.High, furthest*now)
		picture.Series = append(picture.Series, ahead(class, from, now, reach))
		picture.Notes = []curve.Note{{Point: curve.Point{X: curve.At(from.Add(time.Hour)), Y: reach.Mid}, Text: english.say("now.curve.ahead", words)}}
	}
	picture.Label = english.say("now.curve.label", words)
	return curve.SVG(picture)
}

// ahead is the hour after from: exponential, as the estimate is.
func ahead(class string, from time.Time, now float64, reach outbreak.Interval) curve.Series {
	s := curve.Series{Class: class + " ahead"}
	for i := range aheadParts + 1 {
		part := float64(i) / aheadParts
		at := curve.At(from.Add(time.Duration(part * float64(time.Hour))))
		then := func(reached float64) float64 { return now * math.Pow(max(reached, now)/now, part) }
		s.Points = append(s.Points, curve.Point{X: at, Y: then(reach.Mid)})
		s.Band = append(s.Band, curve.Range{X: at, Low: then(reach.Low), High: then(reach.High)})
	}
	return s
}
