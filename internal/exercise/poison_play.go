package exercise

import (
	"context"
	"fmt"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// reporter is a partner as the hub's directory has it.
type reporter struct {
	id              access.PartnerID
	sector, country string
	organisation    string
	designated      bool
}

const (
	// reportEvery is how often members report.
	reportEvery = time.Minute
	// decisionAfter is how long a coordinator takes, from the alarm that names
	// the kill switch, to hold it open. An assumption.
	decisionAfter = 10 * time.Minute
)

// played is one playing of the scenario under one attack, or under none.
type played struct {
	worm     Worm
	world    *World
	epidemic bool
	attack   *attack
	judge    *judge

	killSwitch, file observable.Value
	raised           time.Time // when the hub raised the true alarm
	named            time.Time // when an alarm named the kill switch
	holding          bool      // the kill switch is must-resolve
}

// playPoison plays the scenario to its end. Honest partners report truthfully
// every minute.
func playPoison(ctx context.Context, s Scenario, seed uint64, poison *Poison, epidemic bool) (*played, error) {
	if !epidemic {
		s.Worm.Seeds = 0
	}
	p := &played{worm: s.Worm, world: s.World(seed), epidemic: epidemic, judge: newJudge()}
	var err error
	if p.killSwitch, err = observable.New(observable.Domain, s.Worm.KillSwitch); err != nil {
		return nil, fmt.Errorf("worm.kill_switch is needed: %w", err)
	}
	if p.file, err = observable.New(observable.SHA256, s.Worm.SHA256); err != nil {
		return nil, fmt.Errorf("worm.sha256 is needed: %w", err)
	}
	if poison != nil {
		if p.attack, err = newAttack(poison); err != nil {
			return nil, err
		}
	}
	if !epidemic { // one that is over left this
		if err := p.hold(); err != nil {
			return nil, err
		}
	}
	due := s.Start
	for ctx.Err() == nil && p.world.Step(nil) {
		if p.world.Now().Before(due) {
			continue
		}
		due = due.Add(reportEvery)
		if err := p.minute(); err != nil {
			return nil, err
		}
	}
	return p, ctx.Err()
}

func (p *played) hold() error {
	if err := p.judge.hold(p.killSwitch, p.world.Now()); err != nil {
		return fmt.Errorf("hold the kill switch open: %w", err)
	}
	p.holding = true
	return nil
}

// minute has every member report, the attackers first, and the hub decide.
func (p *played) minute() error {
	now := p.world.Now()
	if p.attack != nil {
		if err := p.attack.minute(p.judge, now); err != nil {
			return err
		}
	}
	for i, site := range p.world.Sites() {
		if err := p.honest(i, site, now); err != nil {
			return err
		}
	}
	if err := p.judge.decide(now); err != nil {
		return err
	}
	p.look(now)
	if !p.holding && !p.named.IsZero() && now.Sub(p.named) >= decisionAfter {
		return p.hold()
	}
	return nil
}

// honest is the report of a partner of whose hosts at least three scan.
func (p *played) honest(i int, site Site, now time.Time) error {
	n := p.world.InfectedAt(i)
	if n < 3 {
		return nil
	}
	first, last := now.Add(-reportEvery), now
	id := fmt.Sprintf("honest-%d", i)
	suspect := func(v observable.Value, unresolved bool) sighting.Sighting {
		return sighting.Sighting{Value: v, Basis: sighting.Suspect, Count: n, Hosts: n, FirstSeen: first, LastSeen: last, Unresolved: unresolved}
	}
	return p.judge.report(
		reporter{id: access.PartnerID("identity--" + id), sector: site.Sector, country: site.Country},
		sighting.Report{
			ID:        fmt.Sprintf("%s-%d", id, now.Unix()),
			Sightings: []sighting.Sighting{suspect(p.killSwitch, !p.holding), suspect(p.file, false)},
			Scans: []sighting.Scan{{
				Port: p.worm.Port, Sources: n, Contacts: 10 * n, FirstSeen: first, LastSeen: last,
			}},
		}, now)
}

// look notes when the true alarm was raised and when one named the kill switch.
func (p *played) look(now time.Time) {
	if !p.epidemic || !p.raised.IsZero() && !p.named.IsZero() {
		return
	}
	for _, o := range p.judge.alarms.List() {
		if p.raised.IsZero() && p.isTrue(o) {
			p.raised = now
		}
		for _, v := range o.Values {
			if p.named.IsZero() && v == p.killSwitch {
				p.named = now
			}
		}
	}
}

// isTrue says whether an outbreak is the scenario's own: about its port, or a
// value of it, and by at least one honest partner.
func (p *played) isTrue(o outbreak.Outbreak) bool {
	if !p.epidemic {
		return false
	}
	about := o.Port == p.worm.Port
	for _, v := range o.Values {
		about = about || v == p.killSwitch || v == p.file
	}
	if !about {
		return false
	}
	for _, partner := range o.Partners {
		if !p.attack.has(partner) {
			return true
		}
	}
	return false
}
