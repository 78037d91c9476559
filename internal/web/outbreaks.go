package web

import (
	"fmt"
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
	Names    []string  // of the partners that reported
	Recorded time.Time // when the ledger took the alarm; zero while it is being read
	Hosts    template.HTML
	Spread   template.HTML
	Behind   bool // the curves are still being read
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
		v.Outbreaks = append(v.Outbreaks, ringing{
			Outbreak: o, Names: p.partnerNames(o.Partners), Recorded: p.reports.recorded(o.ID), Behind: behind,
			Hosts:  curve("Scanning hosts", "hosts", points, func(at point) int { return at.hosts }, o.Raised),
			Spread: curve("Reporting partners", "spread", points, func(at point) int { return at.partners }, o.Raised),
		})
	}
	return nil
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
	at := plural(len(o.Partners), "partner")
	switch {
	case len(o.Partners) == 0:
		return "Outbreak, by a coordinator's word"
	case has(outbreak.Encryptions) && has(outbreak.Scans, outbreak.Suspects):
		return "Spreading ransomware at " + at
	case has(outbreak.Encryptions):
		return "Ransomware at " + at
	case len(o.Kinds) == 0, has(outbreak.Scans, outbreak.Suspects):
		return "Spreading attack at " + at
	case has(outbreak.Inbound, outbreak.Surge):
		return "Attack seen by " + at
	}
	return "Outbreak, by the word of " + at
}

// severities are what the levels are called, in words: no colour has to be seen.
var severities = map[outbreak.Severity]string{
	outbreak.Low: "Low", outbreak.Moderate: "Moderate", outbreak.Severe: "Severe", outbreak.Critical: "Critical",
}

// Level is the severity in words; one that is not known yet has none.
func (r ringing) Level() string { return severities[r.Severity] }

// kinds are what an outbreak can rest on, in words.
var kinds = map[outbreak.Evidence]string{
	outbreak.Scans:       "hosts of partners contact many others in vain",
	outbreak.Inbound:     "scans from elsewhere grow",
	outbreak.Suspects:    "the scanning hosts share what no other host shows",
	outbreak.Surge:       "a known indicator or campaign is seen far more than before",
	outbreak.Encryptions: "files are turned into one new extension, or the same note lies in many folders",
	outbreak.Word:        "a designated partner or a coordinator says so",
}

// Rests is what the outbreak rests on, in words.
func (r ringing) Rests() []string {
	var list []string
	for _, k := range r.Kinds {
		if words := kinds[k]; words != "" {
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
		return "none for certain"
	}
	return fmt.Sprintf("%s (%s to %s)", span(d.Mid), span(d.Low), span(d.High))
}

// HostsThen is how many hosts it will have reached, with the interval.
func (r ringing) HostsThen() string { return around(r.Reach.Hosts) }

// PartnersThen is HostsThen for partners.
func (r ringing) PartnersThen() string { return around(r.Reach.Partners) }

func around(i outbreak.Interval) string {
	return fmt.Sprintf("%s (%s to %s)", amount(i.Mid), amount(i.Low), amount(i.High))
}

// mostAmount is what people are shown of an estimate that has run away: an hour
// can be many doublings.
const mostAmount = 1_000_000_000

func amount(n float64) string {
	if n > mostAmount {
		return "over " + number(mostAmount)
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
	return r.Reach != nil || r.Growth != nil && r.Growth.Doubling != nil
}
