package duty

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/exposure"
	"github.com/tocsin-project/tocsin/internal/impact"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/response"
)

// Rooms is the Board of a hub: the states of other rooms, each asked by its own rule
// of who may be told what.
type Rooms struct {
	Partners    *access.Directory
	Outbreaks   *outbreak.State
	Protections *protect.State
	Impact      *impact.State
	Actions     *response.State
	Exposure    *exposure.State
}

// maxLines bounds how many things a fact lists.
const maxLines = 200

// Known says whether there is an outbreak that the principal may be told of.
func (r Rooms) Known(by access.Principal, id string) bool {
	_, known := r.outbreak(by, id)
	return known
}

func (r Rooms) outbreak(by access.Principal, id string) (outbreak.Outbreak, bool) {
	o, known := r.Outbreaks.Get(id)
	return o, known && by.MaySee("", o.Audience())
}

// Fact is a fact about an outbreak in words; "" if nothing is known.
func (r Rooms) Fact(by access.Principal, id string, fact Fact, now time.Time) string {
	o, known := r.outbreak(by, id)
	if !known {
		return ""
	}
	switch fact {
	case FactReporter:
		return r.reporter(by)
	case FactIncident:
		return incidentWords(o)
	case FactSeverity:
		return severityWords(o)
	case FactMalicious:
		return maliciousWords(o)
	case FactBorders:
		return r.borders(by, o)
	case FactImpact:
		return r.impact(by, id)
	case FactIndicators:
		return r.indicators(by, o, now)
	case FactActions:
		return r.actions(by, id, now)
	case FactExposure:
		return r.exposure(by)
	}
	return ""
}

func (r Rooms) reporter(by access.Principal) string {
	p, known := r.Partners.Partner(by.Partner)
	if !known {
		return ""
	}
	return fmt.Sprintf("%s (%s, %s)", p.Name, p.Sector, p.Country)
}

func incidentWords(o outbreak.Outbreak) string {
	text := fmt.Sprintf("The community's alarm %s, raised %s: %s. First seen %s, last seen %s.", o.ID, stamp(o.Raised), o.Rule, stamp(o.FirstSeen), stamp(o.LastSeen))
	if len(o.About) > 0 {
		text += "\nWhat was seen:"
		for _, about := range o.About[:min(len(o.About), maxLines)] {
			text += "\n- " + about.String()
		}
	}
	if !o.Ended.IsZero() {
		text += fmt.Sprintf("\nThe alarm ended %s: %s.", stamp(o.Ended), o.Because)
	}
	return text
}

func severityWords(o outbreak.Outbreak) string {
	text := fmt.Sprintf("The hub takes the outbreak for %s: %d hosts at %d partners; sectors %s.", o.Severity, o.Sources, len(o.Partners), strings.Join(o.Sectors, ", "))
	if g := o.Growth; g != nil && g.Settled && g.Doubling != nil {
		text += fmt.Sprintf(" It doubles in %s (%s to %s) as of %s.", rounded(g.Doubling.Mid), rounded(g.Doubling.Low), rounded(g.Doubling.High), stamp(g.At))
	}
	return text
}

// rounded writes seconds to the minute.
func rounded(s float64) string {
	return time.Duration(s * float64(time.Second)).Round(time.Minute).String()
}

func maliciousWords(o outbreak.Outbreak) string {
	if o.FalseAlarm {
		return fmt.Sprintf("The community's alarm was ended as a false one: %s.", o.Because)
	}
	kinds := make([]string, 0, len(o.Kinds))
	for _, k := range o.Kinds {
		kinds = append(kinds, string(k))
	}
	return fmt.Sprintf("Suspected: yes. The community's alarm rests on %s: %s.", cmp.Or(strings.Join(kinds, ", "), "no telemetry"), o.Rule)
}

func (r Rooms) borders(by access.Principal, o outbreak.Outbreak) string {
	text := fmt.Sprintf("Seen by partners in %s.", strings.Join(o.Countries, ", "))
	var own []string
	for _, e := range r.Impact.Own(by, o.ID) {
		if !slices.Contains(own, e.Country) {
			own = append(own, e.Country)
		}
	}
	if len(own) > 0 {
		text += fmt.Sprintf(" Own impact reported in %s.", strings.Join(own, ", "))
	}
	return text
}

func (r Rooms) impact(by access.Principal, id string) string {
	own := r.Impact.Own(by, id)
	lines := make([]string, 0, len(own))
	for _, e := range own {
		line := fmt.Sprintf("%s, %s: infected %s; disrupted and not infected %s", e.Country, e.Criticality, countWords(e.Infected), countWords(e.Disrupted))
		if e.People > 0 {
			line += fmt.Sprintf("; about %d people affected", e.People)
		}
		switch {
		case !e.RestoredAt.IsZero():
			line += "; restored " + stamp(e.RestoredAt)
		case e.Restored:
			line += "; restored"
		}
		if e.Note != "" {
			line += "; " + e.Note
		}
		lines = append(lines, line+" (reported "+stamp(e.At)+")")
	}
	return strings.Join(lines, "\n")
}

func countWords(c impact.Counts) string {
	return fmt.Sprintf("%d hosts, %d sites, %d services", c.Hosts, c.Sites, c.Services)
}

// indicators are the values that the outbreak is about, and what is done about each
// as far as the partner is told. Other protections of the hub are no indicators of
// this incident.
func (r Rooms) indicators(by access.Principal, o outbreak.Outbreak, now time.Time) string {
	values := slices.Clone(o.Values)
	for _, about := range o.About {
		if about.Value != (observable.Value{}) && !slices.Contains(values, about.Value) {
			values = append(values, about.Value)
		}
	}
	var lines []string
	for _, v := range values[:min(len(values), maxLines)] {
		line := v.String()
		if p, known := r.Protections.GetFor(by, v); known && p.Holds(now) {
			line += fmt.Sprintf(": %s, %s since %s", p.Polarity, p.Status, stamp(p.Decided))
		}
		lines = append(lines, line)
	}
	if o.Port != 0 {
		lines = append(lines, fmt.Sprintf("scans of port %d", o.Port))
	}
	return strings.Join(lines, "\n")
}

func (r Rooms) actions(by access.Principal, id string, now time.Time) string {
	var lines []string
	for _, a := range r.Actions.List(by, now) {
		if a.Outbreak != id || len(lines) == maxLines {
			continue
		}
		for _, c := range a.Commitments {
			if c.Partner != by.Partner {
				continue
			}
			line := fmt.Sprintf("%s (%s): ", a.Title, a.Kind)
			switch c.Status {
			case response.Done:
				line += "done " + stamp(c.DoneAt) + ", " + c.Evidence
			case response.RolledBack:
				line += "rolled back " + stamp(c.Reversed) + ", " + c.Reason
			default:
				line += fmt.Sprintf("%s, committed %s", c.Status, stamp(c.At))
			}
			lines = append(lines, line)
		}
	}
	slices.Reverse(lines) // the first opened first
	return strings.Join(lines, "\n")
}

// mostPages bounds how many pages of vulnerabilities are looked through for the
// partner's own.
const mostPages, pageSize = 10, 1000

// exposure is the partner's own patch coverage, the worst first.
func (r Rooms) exposure(by access.Principal) string {
	var lines []string
	q := exposure.Query{Limit: pageSize}
	for range mostPages {
		page, more, err := r.Exposure.List(by, q)
		if err != nil {
			break // who may not ask is told nothing
		}
		for _, v := range page {
			if c := v.Own; c != nil && len(lines) < maxLines {
				lines = append(lines, fmt.Sprintf("%s: of %d hosts %d patched, %d exposed, %d unsupported, %d unknown; %d of the vulnerable guarded otherwise",
					v.Vulnerability, c.Total, c.Patched, c.Exposed, c.Unsupported, c.Unknown, c.Mitigated))
			}
		}
		if !more || len(lines) == maxLines {
			break
		}
		q.After = page[len(page)-1].Vulnerability
	}
	return strings.Join(lines, "\n")
}
