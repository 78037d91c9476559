package web

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/exercise"
	"github.com/tocsin-project/tocsin/internal/picture/curve"
)

// exerciseRoom is the exercise: an outbreak that is played, with and without sharing.
var exerciseRoom = room{map[string]sheet{"exercise": {exerciseView{}, false}}, func(p *pages, mux *router) {
	p.both(mux, "/exercise", p.exercise, p.exerciseAct)
}}

// exerciseView is the exercise that is played or was last, and the form for another.
type exerciseView struct {
	tried
	Scenarios []exercise.Scenario
	Limits    exerciseLimits
	Default   string // the scenario that is chosen first
	May       bool   // begin one
	Played    *played
	Running   bool
	Ways      []wayView
	Picture   template.HTML
	Most      wayView // no sharing
	Least     wayView // the push
	Spared    int     // hosts, by the push, in the median
	Apart     bool    // the bands of the two ends do not meet
}

// wayView is one way of sharing in words.
type wayView struct {
	Name, Label string
	Infected    string // share of all hosts, with its interval
	Hosts       int    // median
	Alarm       string // after the first infection
	AtAlarm     string
	False       int
	low, high   float64
}

// exerciseLimits are how large an exercise may be that a hub plays beside its work.
type exerciseLimits struct {
	Hosts, MostHosts, Hours, Seeds, MostSeeds int
	Time                                      string
}

var limitsOfExercise = exerciseLimits{Hosts: 20_000, MostHosts: 200_000, Hours: 48, Seeds: 5, MostSeeds: 20, Time: span(exerciseTime.Seconds())}

func (p *pages) exercise(r reading) (content, error) {
	v := exerciseView{tried: r.tried, Limits: limitsOfExercise, Default: "wannacry-12-may", May: r.who.AtLeast(access.Coordinator), Played: p.exercises.look()}
	for _, s := range exercise.Scenarios() {
		if len(s.Poison) == 0 { // which asks another question
			v.Scenarios = append(v.Scenarios, s)
		}
	}
	if v.Played != nil {
		v.Running = !v.Played.Over
		if c := v.Played.Result; c != nil {
			v.compare(c)
		}
	}
	return content{"exercise", english.say("exercise.title", nil), "/exercise", v}, nil
}

func (v *exerciseView) compare(c *exercise.Comparison) {
	for _, way := range c.Ways() {
		o := way.Outcome
		one := wayView{Name: way.Name, Label: way.Label, Infected: percents(o.InfectedFraction), Alarm: delays(o.AlarmAfter), AtAlarm: percents(o.InfectedAtAlarmFraction), False: o.FalseAlarms}
		one.low, one.high = *o.InfectedFraction.P5, *o.InfectedFraction.P95
		one.Hosts = int(*o.InfectedFraction.P50*float64(c.Hosts) + 0.5)
		v.Ways = append(v.Ways, one)
	}
	v.Most, v.Least = v.Ways[0], v.Ways[len(v.Ways)-1]
	v.Spared = v.Most.Hosts - v.Least.Hosts
	v.Apart = v.Least.high < v.Most.low
	picture := c.Picture()
	picture.Class, picture.Width, picture.Height = "wide", 760, 360
	picture.Label = english.say("exercise.picture", v)
	v.Picture = curve.SVG(picture)
}

// percents writes fractions as "12 % (8 % to 15 %)".
func percents(q exercise.Quantiles) string {
	return quantiles(q, func(f float64) string {
		if percent := 100 * f; percent > 0 && percent < 1 {
			return strconv.FormatFloat(percent, 'g', 2, 64) + " %"
		}
		return strconv.FormatFloat(100*f, 'f', 0, 64) + " %"
	})
}

// delays writes seconds.
func delays(q exercise.Quantiles) string {
	return quantiles(q, func(s float64) string { return lasted(time.Duration(s * float64(time.Second))) })
}

// quantiles writes a median with its interval; what did not happen is "never".
func quantiles(q exercise.Quantiles, write func(float64) string) string {
	never := english.say("exercise.never", nil)
	one := func(v *float64) string {
		if v == nil {
			return never
		}
		return write(*v)
	}
	if q.P5 == nil {
		return never
	}
	return english.say("exercise.interval", map[string]string{"Mid": one(q.P50), "Low": one(q.P5), "High": one(q.P95)})
}

func (p *pages) exerciseAct(r reading, act string) (string, error) {
	if !r.who.AtLeast(access.Coordinator) {
		return "", fmt.Errorf("%w: %s", access.ErrForbidden, english.say("exercise.forbidden", nil))
	}
	switch act {
	case "play":
		s, seeds, err := exerciseOf(r)
		if err != nil {
			return "", err
		}
		return "/exercise", p.begin(played{Scenario: s, Seeds: seeds, By: p.nameOf(r.who.Actor())})
	case "stop":
		return "/exercise", p.exercises.stop()
	}
	return "", unknownAct(act)
}

// exerciseOf reads the form, within the limits.
func exerciseOf(r reading) (s exercise.Scenario, seeds int, err error) {
	if s, err = exercise.Find(r.PostForm.Get("scenario")); err != nil || len(s.Poison) > 0 {
		return s, 0, fmt.Errorf("%w: %s", access.ErrInvalid, english.say("exercise.unknown", nil))
	}
	l := limitsOfExercise
	count := func(field string, otherwise, least, most int) (n int) {
		text := strings.TrimSpace(r.PostForm.Get(field))
		if text == "" {
			return otherwise
		}
		n, wrong := strconv.Atoi(text)
		if err == nil && (wrong != nil || n < least || n > most) {
			err = fmt.Errorf("%w: %s", access.ErrInvalid, english.say("exercise.outside", map[string]any{"Field": field, "Typed": text, "Least": least, "Most": most}))
		}
		return n
	}
	hosts := count("hosts", l.Hosts, 1000, l.MostHosts)
	hours := count("hours", min(l.Hours, int(s.Hours)), 1, l.Hours)
	seeds = count("seeds", l.Seeds, 1, l.MostSeeds)
	taking := count("taking-part", int(100*s.Defence.TakingPart+0.5), 0, 100)
	if err != nil {
		return s, 0, err
	}
	s = s.Sized(min(hosts, s.Hosts), 0, min(float64(hours), s.Hours))
	s.Defence.TakingPart = float64(taking) / 100
	if err = s.Validate(); err != nil {
		err = fmt.Errorf("%w: %w", access.ErrInvalid, err)
	}
	return s, seeds, err
}
