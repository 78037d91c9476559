package web

import (
	"html/template"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/tocsin-project/tocsin/internal/outbreak"
)

// ringing is an open outbreak with what people ask first.
type ringing struct {
	outbreak.Outbreak
	Names     []string // of the partners that reported
	NamesMore int
	Recorded  time.Time // when the ledger took the alarm; zero while it is being read
	Hosts     template.HTML
	Spread    template.HTML
	Behind    bool // the curves are still being read
}

// over is an outbreak that was ended, and by whom.
type over struct {
	outbreak.Outbreak
	Name string
}

// ringing adds the open outbreaks with their curves, and those that were ended
// last. One that goes on as another is shown as that one.
func (p *pages) ringing(r reading, v *nowView) error {
	list := p.Views.Outbreak.List()
	slices.SortFunc(list, outbreak.Compare)
	var open []outbreak.Outbreak
	for _, o := range list {
		if !r.who.MaySee("", o.Audience()) {
			continue
		}
		switch o.Status {
		case outbreak.Merged:
		case outbreak.Ended:
			v.Ended = append(v.Ended, over{o, p.nameOf(o.By)})
		default:
			open = append(open, o)
		}
	}
	slices.SortStableFunc(v.Ended, func(a, b over) int { return b.Ended.Compare(a.Ended) })
	v.EndedMore = max(0, len(v.Ended)-fewEnded)
	v.Ended = v.Ended[:min(len(v.Ended), fewEnded)]
	if len(open) == 0 {
		return nil
	}
	if err := p.reports.catchUp(r.Context(), p.Views.Ledger); err != nil {
		return err
	}
	v.Further = max(0, len(open)-fewAlarms)
	for _, o := range open[:min(len(open), fewAlarms)] {
		points, behind := p.reports.growth(o)
		one := ringing{Outbreak: o, Names: p.partnerNames(o.Partners), Recorded: p.reports.recorded(o.ID), Behind: behind}
		one.Hosts, one.Spread = curvesOf(o, points)
		if len(one.Names) > maxNames {
			one.Names, one.NamesMore = one.Names[:maxNames], len(one.Names)-maxNames
		}
		v.Outbreaks = append(v.Outbreaks, one)
	}
	return nil
}

// inSteps is the outbreak with as many hosts as people may be told of.
func (p *pages) inSteps(o outbreak.Outbreak) outbreak.Outbreak {
	if o.Sources = p.Views.Outbreak.Hosts(o.ID); o.Sources == 0 {
		o.Reach = nil
	}
	return o
}

// Heard is how long it took from what was first seen to the alarm, in the time
// of the telemetry.
func (r ringing) Heard() string { return lasted(r.Raised.Sub(r.FirstSeen)) }

// Headline is what the evidence says is going on.
func (r ringing) Headline() string { return headline(r.Outbreak) }

// Headline is what the evidence said was going on.
func (o over) Headline() string { return headline(o.Outbreak) }

func headline(o outbreak.Outbreak) string {
	has := func(kinds ...outbreak.Evidence) bool {
		return slices.ContainsFunc(kinds, func(k outbreak.Evidence) bool { return slices.Contains(o.Kinds, k) })
	}
	key := "now.headline.word"
	switch {
	case len(o.Partners) == 0:
		key = "now.headline.nobody"
	case has(outbreak.Encryptions) && has(outbreak.Scans, outbreak.Suspects):
		key = "now.headline.spreading-ransomware"
	case has(outbreak.Encryptions):
		key = "now.headline.ransomware"
	case len(o.Kinds) == 0, has(outbreak.Scans, outbreak.Suspects):
		key = "now.headline.spreading"
	case has(outbreak.Inbound, outbreak.Surge):
		key = "now.headline.seen"
	}
	return english.say(key, len(o.Partners))
}

// severities are what the levels are called, in words: no colour has to be seen.
var severities = map[outbreak.Severity]string{
	outbreak.Low: "now.level.low", outbreak.Moderate: "now.level.moderate", outbreak.Severe: "now.level.severe", outbreak.Critical: "now.level.critical",
}

// Level is the severity in words; one that is not known yet has none.
func (r ringing) Level() string { return wordOf(severities, r.Severity) }

// kinds are what an outbreak can rest on, in words.
var kinds = map[outbreak.Evidence]string{
	outbreak.Scans:       "now.rests.scans",
	outbreak.Inbound:     "now.rests.inbound",
	outbreak.Suspects:    "now.rests.suspects",
	outbreak.Surge:       "now.rests.surge",
	outbreak.Encryptions: "now.rests.encryptions",
	outbreak.Word:        "now.rests.word",
}

// wordOf is the text of which a table has the key; nothing for what a later
// release may add.
func wordOf[K comparable](keys map[K]string, of K) string {
	if key := keys[of]; key != "" {
		return english.say(key, nil)
	}
	return ""
}

// Rests is what the outbreak rests on, in words.
func (r ringing) Rests() []string {
	var list []string
	for _, k := range r.Kinds {
		if words := wordOf(kinds, k); words != "" {
			list = append(list, words)
		}
	}
	return list
}

// Doubles is the time in which the outbreak doubles, with its interval.
func (r ringing) Doubles() string {
	if r.Growth == nil {
		return ""
	}
	d := r.Growth.Doubling
	if d == nil {
		return english.say("now.doubling.none", nil)
	}
	return english.say("now.estimate", estimate{span(d.Mid), span(d.Low), span(d.High)})
}

// Ahead says whether it is known how far the outbreak will have come; what was
// overtaken by what is reported is no estimate any more.
func (r ringing) Ahead() bool { return r.Reach != nil && r.Reach.Hosts.High >= float64(r.Sources) }

// Today says whether the hub heard of it on the day of now, in UTC.
func (r ringing) Today(now time.Time) bool {
	return r.Recorded.UTC().Truncate(24 * time.Hour).Equal(now.UTC().Truncate(24 * time.Hour))
}

// HostsThen is how many hosts it will have reached, with the interval.
func (r ringing) HostsThen() string { return around(r.Reach.Hosts) }

// PartnersThen is HostsThen for partners.
func (r ringing) PartnersThen() string { return around(r.Reach.Partners) }

func around(i outbreak.Interval) string {
	return english.say("now.estimate", estimate{amount(i.Mid), amount(i.Low), amount(i.High)})
}

// estimate is an interval in words.
type estimate struct{ Mid, Low, High string }

// mostAmount is what people are shown of an estimate that has run away: an hour
// can be many doublings.
const mostAmount = 1_000_000_000

func amount(n float64) string {
	if n > mostAmount {
		return english.say("now.over", mostAmount)
	}
	return number(int(math.Round(max(n, 0))))
}

// span says seconds as people do, and no more exactly than an estimate is.
func span(seconds float64) string {
	d := time.Duration(min(max(seconds, 0), 1e9) * float64(time.Second))
	if d = d.Round(time.Second); d >= 2*time.Minute && d < 2*time.Hour {
		return strconv.Itoa(int(d.Round(time.Minute).Minutes())) + " min"
	}
	return lasted(d)
}

// Estimated says that an estimate with its interval is shown.
func (r ringing) Estimated() bool {
	return r.Ahead() || r.Growth != nil && r.Growth.Doubling != nil
}
