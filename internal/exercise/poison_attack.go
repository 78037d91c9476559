package exercise

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// attack is a Poison as it is played.
type attack struct {
	poison        *Poison
	members       []reporter
	values, owned []observable.Value
	minutes       int // done
	reports       int
	invented      int // names of the flood so far, the same for all members
	sources       int // that scans were invented of so far
}

// maxFindings is how many findings the hub's API takes in one report.
const maxFindings = 1000

func newAttack(p *Poison) (*attack, error) {
	a := &attack{poison: p}
	var err error
	if a.values, err = inferAll(p.Values); err != nil {
		return nil, err
	}
	if a.owned, err = inferAll(p.Owned); err != nil {
		return nil, err
	}
	for i := range p.Partners {
		// As far apart as the profiles allow: diversity is no obstacle to them.
		profile := profiles[(7*i+3)%len(profiles)]
		m := reporter{
			id:     access.PartnerID(fmt.Sprintf("identity--malicious-%d", i)),
			sector: profile.sector, country: profile.country, designated: p.Designated && i == 0,
		}
		if p.Organisation {
			m.organisation = "one-and-the-same"
		}
		a.members = append(a.members, m)
	}
	return a, nil
}

// has says whether the partner is one of the attackers.
func (a *attack) has(id access.PartnerID) bool {
	return a != nil && slices.ContainsFunc(a.members, func(m reporter) bool { return m.id == id })
}

// minute sends what the attackers report in one minute. All name the same
// values, for that is what corroborates.
func (a *attack) minute(j *judge, now time.Time) error {
	for i, m := range a.members {
		for part, r := range a.compose(i, now) {
			r.ID = fmt.Sprintf("malicious-%d-%d-%d", i, a.minutes, part)
			if err := j.report(m, r, now); err != nil {
				return err
			}
			a.reports++
		}
	}
	a.sources += inventedFresh(a.minutes)
	a.minutes++
	a.invented += a.poison.Flood
	return nil
}

// compose is one member's reports of a minute.
func (a *attack) compose(i int, now time.Time) []sighting.Report {
	vary := i
	if a.poison.Echo {
		vary = 0
	}
	// Whoever invents sends other counts and times than the next, unless it is an
	// echo. Sensors tell milliseconds, and so do they.
	last := now.Add(-time.Duration(vary)*time.Second - 137*time.Millisecond)
	first := last.Add(-time.Minute)
	suspect := func(v observable.Value) sighting.Sighting {
		return sighting.Sighting{Value: v, Basis: sighting.Suspect, Count: 20 + 3*vary, Hosts: 5 + vary, FirstSeen: first, LastSeen: last}
	}
	var r sighting.Report
	for _, v := range a.values {
		r.Sightings = append(r.Sightings, suspect(v))
	}
	if a.poison.Port != 0 {
		r.Scans = append(r.Scans, a.scan(vary, first, last))
	}
	if a.poison.Extension != "" {
		r.Encryptions = append(r.Encryptions, sighting.Encryption{
			Extension: a.poison.Extension, Hosts: 5 + vary, Files: 1000 + 10*vary, Folders: 50 + vary, FirstSeen: first, LastSeen: last,
		})
	}
	reports := []sighting.Report{r}
	for n := 0; n < a.poison.Flood; n += maxFindings {
		var flood sighting.Report
		for k := n; k < min(n+maxFindings, a.poison.Flood); k++ {
			flood.Sightings = append(flood.Sightings, suspect(a.name(a.invented+k)))
		}
		reports = append(reports, flood)
	}
	return reports
}

// name is the flood's name of a number.
func (a *attack) name(n int) observable.Value {
	return observable.Value{Type: observable.Domain, Text: fmt.Sprintf("invented-%d.example", n)}
}

// What invented scans pretend: new sources a minute, at first as on any day, so
// that there is something usual to rise above, then as of a worm.
const (
	inventedUsual    = 10
	inventedMinutes  = 30 // of the usual
	inventedDoubling = 5  // minutes
	inventedMost     = 1_000_000
)

func inventedFresh(minute int) int {
	return int(min(inventedUsual*math.Exp2(float64(max(minute-inventedMinutes, 0))/inventedDoubling), inventedMost))
}

func (a *attack) scan(vary int, first, last time.Time) sighting.Scan {
	fresh := inventedFresh(a.minutes) + vary
	n := a.sources + fresh
	return sighting.Scan{
		Port: a.poison.Port, Direction: sighting.Direction(a.poison.Direction), Sources: n, Fresh: fresh,
		Contacts: 20 * n, FirstSeen: first, LastSeen: last,
	}
}

// attempts are all values that were named as suspects.
func (a *attack) attempts() []observable.Value {
	list := slices.Clone(a.values)
	for n := range a.invented {
		list = append(list, a.name(n))
	}
	return list
}

// heldAtOwner says whether the owner's own edge refuses a block.
func (a *attack) heldAtOwner(v observable.Value) bool {
	_, bad := protect.NewAssets(a.owned).Check(v)
	return bad
}
