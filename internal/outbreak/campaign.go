package outbreak

import (
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// What one voice says links nothing. An indicator stands for a campaign if the
// partner that contributed the indicator, before anybody else did, says so. A
// value is of the campaign, so that subjects about it are of one outbreak, once
// Agreeing voices, and never fewer than two, have sighted it under such an
// indicator. Which campaign that was first stays: what is said of the value
// later, under another indicator, changes nothing.

// maxCampaigns bounds the indicators whose contributor is known, and the values
// whose campaign is; those not asked for longest are forgotten first.
const maxCampaigns = 1 << 17

// campaigns is who contributed indicators and what these indicate, by their STIX
// ids. Each is a claim, written in one text: most are the contributor alone, and
// share the text of the entry's actor.
type campaigns struct {
	by generations[string, string]
}

// claim is what is said of an indicator. Before the indicator itself has come,
// the first partner to say something of it is kept, and not believed.
type claim struct {
	owner  string // that contributed the indicator; empty: nobody yet
	by     string // that says what it indicates
	target string // the campaign, malware or intrusion set
}

func (c claim) String() string {
	if c.target == "" {
		return c.owner
	}
	return c.owner + " " + c.by + " " + c.target // neither partners' ids nor STIX ids have spaces
}

func readClaim(text string) (c claim) {
	c.owner, text, _ = strings.Cut(text, " ")
	c.by, c.target, _ = strings.Cut(text, " ")
	return c
}

// of is the campaign that an indicator indicates; empty: not known.
func (c *campaigns) of(indicator string) string {
	if indicator == "" {
		return ""
	}
	text, _ := c.by.get(indicator)
	if said := readClaim(text); said.owner != "" {
		return said.target // own drops what somebody else said
	}
	return ""
}

// learn takes in what a contribution of a partner tells of indicators. Of several
// campaigns, malwares or intrusion sets that one indicates the first is kept, and
// a campaign goes before the others.
func (c *campaigns) learn(by string, list []told) {
	for _, t := range list {
		if t.Type == "indicator" {
			c.own(by, t.ID)
		} else {
			c.note(by, t.Source, t.Target)
		}
	}
}

// own notes who contributes an indicator; the first stays.
func (c *campaigns) own(by, indicator string) {
	if !strings.HasPrefix(indicator, "indicator--") || len(indicator) > maxText {
		return
	}
	text, known := c.by.get(indicator)
	said := readClaim(text)
	switch {
	case !known, said.owner == "" && said.by != by:
		c.by.put(indicator, by)
	case said.owner == "":
		said.owner = by
		c.by.put(indicator, said.String())
	}
}

// note takes in what somebody says that an indicator indicates.
func (c *campaigns) note(by, indicator, target string) {
	kind, _, _ := strings.Cut(target, "--")
	if !strings.HasPrefix(indicator, "indicator--") || len(indicator) > maxText || len(target) > maxText {
		return
	}
	if kind != "campaign" && kind != "malware" && kind != "intrusion-set" {
		return
	}
	text, _ := c.by.get(indicator)
	said := readClaim(text)
	if said.owner != "" && said.owner != by || said.by != "" && said.by != by {
		return
	}
	if said.target == "" || kind == "campaign" && !strings.HasPrefix(said.target, "campaign--") {
		said.by, said.target = by, target
		c.by.put(indicator, said.String())
	}
}

// bind notes that a voice sighted a value under an indicator of a campaign, and
// that the value is of the campaign once voices enough did.
func (s *State) bind(from access.PartnerID, r *sighting.Report, seen *sighting.Sighting, campaign string) {
	if _, known := s.threads.get(seen.Value); known {
		return
	}
	// An account of each voice is kept, which never weighs: it has no points. It
	// comes off the partner's own share of the memory.
	about := Subject{Kind: Surge, Value: seen.Value, Name: seen.Of}
	voices := 1
	if ev := s.subjects[about]; ev != nil {
		for _, a := range ev.byPartner {
			if a.voice == voiceOf(from, r.Organisation) {
				return // it said so before
			}
		}
		voices += len(ev.byPartner)
	}
	if voices >= max(s.cfg.Agreeing, 2) {
		s.threads.put(seen.Value, campaign)
		s.linkedAnew(seen.Value)
		return
	}
	_, a := s.account(about, from)
	a.place(r)
}

// linkedAnew has all asked again that is about a value whose campaign just became
// known.
func (s *State) linkedAnew(value observable.Value) {
	for _, kind := range []Evidence{Suspects, Surge} {
		about := Subject{Kind: kind, Value: value}
		s.dirty[about] = struct{}{}
		for id, rec := range s.outbreaks {
			if rec.live.Status == Open && rec.live.names(about) {
				s.regroup(id)
			}
		}
	}
}

// thread is what values of one campaign have in common: subjects that share it
// are of one outbreak, whoever reports them. Empty: nothing.
func (s *State) thread(about Subject) string {
	switch {
	case about.Name != "" && about.Kind == Surge:
		return about.Name
	case about.Value.Text != "":
		if campaign, ok := s.threads.peek(about.Value); ok {
			return campaign
		}
		return about.Value.String()
	}
	return ""
}
