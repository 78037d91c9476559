package web

import (
	"html/template"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/match"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/picture/bars"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/stix"
	"github.com/tocsin-project/tocsin/stix/pattern"
)

// valueSeen is a value that an object names, what protects against it, and how often
// it was seen.
type valueSeen struct {
	observable.Value
	Protection *protect.Protection // nil: none is in force
	Times      int                 // that it was seen, as far as released
	Partners   int                 // who saw it
	More       bool                // there are earlier sightings
}

const (
	maxValues    = 5
	maxSightings = 2000 // of a value that are looked at
)

// valuesOf is what an object names, and when that was seen.
func (p *pages) valuesOf(r reading, o catalog.Object, head stix.Header) (list []valueSeen, picture template.HTML, err error) {
	var days []bars.Day
	for _, v := range namedBy(o, head) {
		seen, when, err := p.valueSeen(r, v)
		if err != nil {
			return nil, "", err
		}
		list, days = append(list, seen), append(days, when...)
	}
	return list, seenPicture(days), nil
}

// valueSeen is what is known of a value, and when it was seen.
func (p *pages) valueSeen(r reading, v observable.Value) (seen valueSeen, days []bars.Day, err error) {
	seen.Value = v
	if one, there := p.Views.Protect.GetFor(r.who, v); there && one.Status == protect.Active {
		seen.Protection = &one
	}
	sightings, more, err := p.Views.Catalog.LastSightings(r.Context(), r.who, v, maxSightings)
	by := map[access.PartnerID]bool{}
	for _, s := range sightings {
		at := s.LastSeen
		if at.IsZero() {
			at = s.Reported
		}
		seen.Times, by[s.Partner] = seen.Times+max(s.Count, 1), true
		days = append(days, bars.Day{At: at, Count: max(s.Count, 1)})
	}
	seen.Partners, seen.More = len(by), more
	return seen, days, err
}

// namedBy is the values that an indicator's pattern lists, or what an observable is.
func namedBy(o catalog.Object, head stix.Header) []observable.Value {
	if head.PatternType == "stix" {
		parsed, err := pattern.Parse(head.Pattern)
		if err != nil {
			return nil
		}
		values, _ := match.Values(parsed)
		return values[:min(len(values), maxValues)]
	}
	if stix.ClassOf(o.Type) == stix.SCO {
		if v, err := observable.Infer(o.Name); err == nil {
			return []observable.Value{v}
		}
	}
	return nil
}

// seenPicture is a bar for each day.
func seenPicture(days []bars.Day) template.HTML {
	if len(days) == 0 {
		return ""
	}
	return template.HTML(bars.SVG(days, english.say("knowledge.seen-picture", nil), func(from, to time.Time, n int) string { //nolint:gosec // every text in it is escaped
		return english.say("knowledge.seen-bar", struct {
			From, To time.Time
			N        int
		}{from, to, n})
	}))
}
