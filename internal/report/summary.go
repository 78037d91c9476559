package report

import (
	"fmt"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/response"
)

// summarise writes five lines for somebody who reads no more than that.
func (r *Report) summarise() {
	r.Summary = []Line{r.whatLine(), r.whenLine(), r.protectedLine(), r.actedLine(), r.unknownLine()}
}

func (r *Report) whatLine() Line {
	s := r.Head.State
	is := "is going on"
	switch s.Status {
	case outbreak.Ended:
		is = "is over"
		if s.FalseAlarm {
			is = "was a false alarm"
		}
	case outbreak.Merged:
		is = "goes on as " + s.Into
	}
	return Line{
		Text: fmt.Sprintf("The incident %s: %s at %s of %s in %s, severity %s.", is, count(s.Sources, "host"), count(len(s.Partners), "partner"),
			count(len(s.Sectors), "sector"), plural(len(s.Countries), "country", "countries"), s.Severity),
		From: "the state as of the moment",
	}
}

func (r *Report) whenLine() Line {
	s := r.Head.State
	text := "When it began the telemetry does not say; "
	if !s.FirstSeen.IsZero() {
		text = "The first sign was seen at " + at(s.FirstSeen) + "; "
	}
	for _, e := range r.Timeline {
		if e.Kind == string(outbreak.KindRaised) {
			text += "the alarm rang at " + at(e.At)
			if !s.FirstSeen.IsZero() {
				text += ", " + span(e.At.Sub(s.FirstSeen).Seconds()) + " later"
			}
			break
		}
	}
	return Line{text + ".", "timeline"}
}

func (r *Report) protectedLine() Line {
	decided, everyone, kept := 0, 0, 0
	for _, k := range r.Known {
		if k.Decided != nil {
			decided++
		}
		if k.Everyone != nil {
			everyone++
		}
		if k.Decided != nil && k.Polarity == protect.MustResolve && k.Ended == nil {
			kept++
		}
	}
	text := "No protection was decided."
	if decided > 0 {
		text = fmt.Sprintf("%s decided, %d of them for everyone", plural(decided, "protection was", "protections were"), everyone)
		if kept > 0 {
			text += fmt.Sprintf(", and %s kept answering", plural(kept, "kill switch is", "kill switches are"))
		}
		for _, one := range r.Latencies {
			if one.Name == stageApplied && one.Median != nil {
				text += fmt.Sprintf("; in force at a partner after a median of %s (n = %d)", span(*one.Median), one.N)
			}
		}
		text += "."
	}
	return Line{text, "what was known when; latencies"}
}

func (r *Report) actedLine() Line {
	offers, reached, kept, late, back := 0, 0, 0, 0, 0
	for _, c := range r.Acted.Calls {
		offers, reached = offers+c.FirstDay.Organisations, reached+c.Reached.Organisations
	}
	for _, a := range r.Acted.Actions {
		for _, p := range a.Parts {
			switch {
			case p.Status == response.RolledBack:
				back++
			case p.Status == response.Late, p.Late:
				late++
			case p.Status == response.Done:
				kept++
			}
		}
	}
	text := "Nobody was called for assistance; "
	if len(r.Acted.Calls) == 1 {
		text = fmt.Sprintf("%s help within 24 hours of the call, which reached %d; ", plural(offers, "organisation offered", "organisations offered"), reached)
	} else if len(r.Acted.Calls) > 1 {
		text = fmt.Sprintf("%d calls for assistance brought %s within 24 hours of each; ", len(r.Acted.Calls), count(offers, "offer"))
	}
	return Line{text + fmt.Sprintf("of %s %s done in time, %d late, %d rolled back.",
		count(len(r.Acted.Actions), "action"), plural(kept, "part was", "parts were"), late, back), "who acted"}
}

func (r *Report) unknownLine() Line {
	if len(r.Unknown) == 0 {
		return Line{"Nothing is known to be missing.", "what is not known"}
	}
	return Line{"Not known: " + r.Unknown[0] + ".", "what is not known, " + count(len(r.Unknown), "point")}
}

func plural(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

func at(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") }

// gaps says what is not known, the most important first.
func (r *Report) gaps() {
	add := func(format string, args ...any) { r.Unknown = append(r.Unknown, fmt.Sprintf(format, args...)) }
	silent, few, unprotected := 0, 0, 0
	for _, k := range r.Known {
		switch {
		case k.Decided == nil:
			unprotected++
		case k.Ended == nil && k.InForce != nil && k.InForce.FewerThan > 0:
			few++
		}
		if k.Seen == nil && k.Contributed == nil {
			silent++
		}
	}
	if few > 0 {
		add("where %s in force: fewer than %d partners sent a receipt that counts", plural(few, "protection is", "protections are"), protect.MinCount)
	}
	if unprotected > 0 {
		add("what would stop %s: no protection of it was decided that this reader may see", plural(unprotected, "indicator", "indicators"))
	}
	waiting := map[access.PartnerID]bool{}
	for _, a := range r.Acted.Actions {
		for _, id := range a.Silent {
			waiting[id] = true
		}
	}
	if len(waiting) > 0 {
		add("whether %s to act will: no answer has come", plural(len(waiting), "partner that was asked", "partners that were asked"))
	}
	unheard, calls := 0, 0
	for _, c := range r.Acted.Calls {
		if unheard += c.Silent.Partners; c.Silent.Partners > 0 {
			calls++
		}
	}
	switch { // of calls there are only counts, and two may have reached the same partner
	case calls > 1:
		add("what all could do that were called: %s to %d calls have not come", count(unheard, "answer"), calls)
	case calls == 1:
		add("what %s called could do: no answer has come", plural(unheard, "partner that was", "partners that were"))
	}
	if silent > 0 {
		add("who saw %s first: no report or contribution that this reader may see names it", plural(silent, "indicator", "indicators"))
	}
	if r.Head.State.FirstSeen.IsZero() {
		add("when it began: it was raised by a person's word, and no telemetry has been reported")
	}
}
