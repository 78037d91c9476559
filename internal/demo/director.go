package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/client"
	"github.com/tocsin-project/tocsin/internal/exercise"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/response"
)

// thinking is how long, in simulated time, the person in the story takes to
// decide about the kill switch once the hub has asked for it: a stated
// assumption. Automation never decides on a must-resolve name.
const thinking = time.Minute

// director does what people do in the story, through the API as they would.
type director struct {
	*Story
	hasty     *partner
	alarm     *outbreak.Outbreak
	suspected time.Time // when the hub put the kill switch under observation
	decided   time.Time // when the coordinator made it must-resolve
	blocked   map[string]bool
	ask       *asker
}

func (s *Story) newDirector() *director {
	return &director{Story: s, blocked: map[string]bool{}, ask: newAsker(s.hub.DNS(), s.hub.Sinkhole())}
}

// act is called after each tick.
func (d *director) act(ctx context.Context, w *exercise.World) error {
	for _, step := range []func(context.Context, *exercise.World) error{d.hear, d.watch, d.decide, d.question} {
		if err := step(ctx, w); err != nil {
			return err
		}
	}
	return nil
}

// hear notices the alarm.
func (d *director) hear(ctx context.Context, w *exercise.World) error {
	if d.alarm != nil {
		return nil
	}
	var answer struct {
		Outbreaks []outbreak.Outbreak `json:"outbreaks"`
	}
	if err := d.partners[0].caller.Get(ctx, "/outbreaks", &answer); err != nil || len(answer.Outbreaks) == 0 {
		return err
	}
	d.alarm = &answer.Outbreaks[0]
	after := w.Now().Sub(w.FirstInfection()).Seconds()
	share := float64(w.Infected()) / float64(w.Hosts())
	d.Figures.AlarmAfterS, d.Figures.InfectedAtAlarmFraction = &after, &share
	d.tell(w.Now(), "ALARM: %s. %d of %d hosts are infected (%.3f %%), %s after the first.", d.alarm.Rule, w.Infected(), w.Hosts(), 100*share, time.Duration(after)*time.Second)
	return d.call(ctx, w)
}

// call asks every partner for the patch, and takes the answers.
func (d *director) call(ctx context.Context, w *exercise.World) error {
	coordinator, err := d.coordinator(ctx)
	if err != nil {
		return err
	}
	sectors := map[string]bool{}
	opening := response.Opening{Kind: response.Patch, Title: "Install MS17-010 wherever it is missing; isolate what cannot be patched", Outbreak: d.alarm.ID, Authority: "coordinator of the community"}
	for _, p := range d.partners {
		if !sectors[p.site.Sector] {
			sectors[p.site.Sector] = true
			opening.AskedOf = append(opening.AskedOf, p.site.Sector)
		}
	}
	var action response.Action
	if err := coordinator.Post(ctx, "/actions", opening, &action); err != nil {
		return fmt.Errorf("open the call: %w", err)
	}
	answered := 0
	for i, p := range d.partners {
		if i%3 == 2 {
			continue // not everybody answers at once
		}
		if err := p.caller.Post(ctx, "/commitments", response.Promise{Action: action.ID, Note: "patching has begun"}, nil); err != nil {
			return fmt.Errorf("commit: %w", err)
		}
		answered++
	}
	d.tell(w.Now(), "A call goes out: patch MS17-010. %d of %d partners commit on the board.", answered, len(d.partners))
	return nil
}

// watch tells what becomes protected.
func (d *director) watch(_ context.Context, w *exercise.World) error {
	for _, p := range d.hub.Views.Protect.List() {
		if d.blocked[p.ID] || p.Status != protect.Active {
			continue
		}
		d.blocked[p.ID] = true
		worm := d.cfg.Scenario.Worm
		switch {
		case p.Polarity == protect.Block:
			if p.Text != worm.SHA256 {
				d.Figures.FalseBlocks++
			}
			d.tell(w.Now(), "The hub blocks %s %s: %s", p.Type, short(p.Text), p.Reason)
		case p.Polarity == protect.Observe && p.Text == worm.KillSwitch:
			d.suspected = w.Now()
			d.tell(w.Now(), "The hub does not block %s: %s", short(p.Text), p.Reason)
		}
	}
	return nil
}

func short(text string) string {
	if len(text) > 24 {
		return text[:20] + "..."
	}
	return text
}

// decide plays the person who finds that the worm stops where the name
// answers, and then the partner who wants it blocked all the same.
func (d *director) decide(ctx context.Context, w *exercise.World) error {
	if d.suspected.IsZero() || !d.decided.IsZero() || w.Now().Before(d.suspected.Add(thinking)) {
		return nil
	}
	coordinator, err := d.coordinator(ctx)
	if err != nil {
		return err
	}
	name := d.cfg.Scenario.Worm.KillSwitch
	asked := map[string]string{"value": name, "polarity": string(protect.MustResolve), "reason": "the worm exits where this name answers over HTTP; hosts that cannot reach it go on"}
	if err := coordinator.Post(ctx, "/protections", asked, nil); err != nil {
		return fmt.Errorf("make the kill switch must-resolve: %w", err)
	}
	if err := d.settle(ctx); err != nil {
		return err
	}
	if err := d.hub.WaitPublished(ctx); err != nil {
		return err
	}
	d.decided = w.Now()
	d.tell(w.Now(), "A coordinator decides: %s must resolve. It is answered with the sinkhole's address from now on.", short(name))
	return d.refuse(ctx, w)
}

// refuse lets a partner ask for what block lists did on the day: block the
// kill switch.
func (d *director) refuse(ctx context.Context, w *exercise.World) error {
	d.hasty = d.partners[len(d.partners)-1]
	name := d.cfg.Scenario.Worm.KillSwitch
	err := d.hasty.caller.Post(ctx, "/protections", map[string]string{"value": name, "polarity": string(protect.Block), "reason": "listed as malware"}, nil)
	var problem *client.Problem
	if !errors.As(err, &problem) || problem.Status != http.StatusConflict {
		return fmt.Errorf("a block of the kill switch was not refused: %w", err)
	}
	d.Figures.BlockRefused = true
	d.tell(w.Now(), "%s asks to block it. Refused: %s", d.hasty.site.Name, problem.Detail)
	return nil
}

// question asks for the kill switch as an infected host would.
func (d *director) question(ctx context.Context, _ *exercise.World) error {
	name := d.cfg.Scenario.Worm.KillSwitch
	if d.decided.IsZero() {
		d.Figures.KillSwitch.Before++
		return nil
	}
	d.Figures.KillSwitch.Asked++
	if d.ask.answers(ctx, name) {
		d.Figures.KillSwitch.Resolved++
	}
	return nil
}

// end sums up the day, as the hub itself tells it.
func (d *director) end(ctx context.Context, w *exercise.World) error {
	s := d.Story
	s.Figures.InfectedFraction.Push = float64(w.Infected()) / float64(w.Hosts())
	s.Figures.ProtectMS = s.measured.latency()
	if err := s.measured.err; err != nil {
		return fmt.Errorf("measure: %w", err)
	}
	s.Figures.EdgesProtected = s.measured.protected(s.partners)
	if d.hasty != nil {
		var answer struct {
			Refusals []protect.PartnerRefusal `json:"refusals"`
		}
		if err := d.hasty.caller.Get(ctx, "/protections/refusals", &answer); err != nil {
			return err
		}
		for _, r := range answer.Refusals {
			s.Figures.RefusalLogged = s.Figures.RefusalLogged || strings.EqualFold(r.Text, s.cfg.Scenario.Worm.KillSwitch)
		}
	}
	s.Figures.Outbreaks = len(s.hub.Views.Outbreak.List())
	s.Figures.Protections = len(s.hub.Views.Protect.List())
	s.Figures.Receipts = s.measured.receipts
	s.tell(w.Now(), "The day ends: %d of %d hosts were infected (%.3f %%).", w.Infected(), w.Hosts(), 100*s.Figures.InfectedFraction.Push)
	return nil
}
