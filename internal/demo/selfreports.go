package demo

import (
	"context"
	"fmt"

	"github.com/tocsin-project/tocsin/internal/exposure"
	"github.com/tocsin-project/tocsin/internal/impact"
	"github.com/tocsin-project/tocsin/internal/response"
)

// wormsVulnerability is what the worm of 12 May 2017 got in by: MS17-010.
const wormsVulnerability = "CVE-2017-0144"

// helpers are the kinds of partner that answer a call for assistance in the story.
var helpers = map[string]string{
	"security": "two analysts, around the clock",
	"provider": "filters for port 445 at our borders",
	"vendor":   "the update for systems that get none any more",
}

// sayOfThemselves lets every partner say how it is patched and how it was hit, as
// counts, and those who can help answer a call. The counts are those of the
// simulated world.
func (s *Story) sayOfThemselves(ctx context.Context) error {
	outbreaks := s.hub.Views.Outbreak.List()
	if len(outbreaks) == 0 || !HasLadder(s.cfg.Scenario) {
		return nil // nothing rang, or nobody knows by what it got in
	}
	about := outbreaks[0].ID
	hit := 0
	for i, p := range s.partners {
		row := exposure.Row{Vulnerability: wormsVulnerability, Counts: exposure.Counts{
			Total: int64(p.site.Hosts), Exposed: int64(p.site.Susceptible), Patched: int64(p.site.Hosts - p.site.Susceptible),
		}}
		if err := p.caller.Post(ctx, "/exposure", exposure.Report{Rows: []exposure.Row{row}}, nil); err != nil {
			return fmt.Errorf("%s reports its exposure: %w", p.site.Name, err)
		}
		infected := s.world().InfectedAt(i)
		if infected == 0 {
			continue
		}
		hit++
		said := impact.Report{Outbreak: about, Criticality: impact.Essential, Infected: impact.Counts{Hosts: int64(infected)}, Note: "counted at the end of the simulated day"}
		if p.site.Sector == "healthcare" {
			said.Criticality = impact.LifeCritical
		}
		if err := p.caller.Post(ctx, "/impact", said, nil); err != nil {
			return fmt.Errorf("%s reports how it is hit: %w", p.site.Name, err)
		}
	}
	offers, err := s.callForHelp(ctx, about)
	if err != nil {
		return err
	}
	s.tell(noTime, "All %d partners say how they are patched, %d that they were hit; sums show no group of fewer than five. Asked for help, %d offer it.", len(s.partners), hit, offers)
	return nil
}

// callForHelp has a call opened and answered, and counts the offers.
func (s *Story) callForHelp(ctx context.Context, about string) (offers int, err error) {
	coordinator, err := s.coordinator(ctx)
	if err != nil {
		return 0, err
	}
	var call response.Call
	opening := response.CallOpening{Outbreak: about, Title: "Hospitals need hands: isolate, restore, patch", Kinds: []string{"security", "provider", "vendor"}}
	if err := coordinator.Post(ctx, "/calls", opening, &call); err != nil {
		return 0, fmt.Errorf("call for assistance: %w", err)
	}
	for _, p := range s.partners {
		offer, can := helpers[p.site.Kind]
		if !can {
			continue
		}
		if err := p.caller.Post(ctx, "/calls/answers", response.CallAnswer{Call: call.ID, Offer: offer}, nil); err != nil {
			return 0, fmt.Errorf("%s answers the call: %w", p.site.Name, err)
		}
		offers++
	}
	return offers, nil
}
