package notice

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/duty"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/response"
)

// severity is that of what has none of its own.
func (s *State) severity(t Topic) Severity {
	if configured, ok := s.cfg.Severity[t]; ok && configured.rank() >= 0 {
		return configured
	}
	if t == TopicWithdrawal {
		return Info
	}
	return Warning
}

// told is a notice of an entry for everybody who may see it and did not cause it.
func (s *State) told(e ledger.Entry, r Raising) {
	audience, err := access.ParseAudience(e.Audience)
	if err != nil {
		return // what cannot be read is nobody's
	}
	r.TLP, r.Owner, r.Audience = audience.TLP, access.PartnerID(e.Actor), audience
	r.Partners = s.reaches(r.Owner, audience)
	s.cause(e, r)
}

func (s *State) outbreakRaised(e ledger.Entry, o outbreak.Outbreak) {
	severity := Warning
	if o.Severity == outbreak.Severe || o.Severity == outbreak.Critical {
		severity = Critical
	}
	s.told(e, Raising{
		Topic: TopicOutbreak, Severity: severity, Subject: o.ID, NeedsAck: true,
		Title: line("outbreak: " + o.Rule), Text: outbreakText(o),
	})
}

func outbreakText(o outbreak.Outbreak) string {
	text := fmt.Sprintf("%s\nSeverity: %s. Partners that report it: %d. First seen %s.\n", o.Rule, o.Severity, len(o.Partners), o.FirstSeen.UTC().Format(time.RFC3339))
	if len(o.Sectors) > 0 {
		text += "Sectors: " + strings.Join(o.Sectors, ", ") + ".\n"
	}
	if len(o.Countries) > 0 {
		text += "Countries: " + strings.Join(o.Countries, ", ") + ".\n"
	}
	return clipped(text)
}

func (s *State) outbreakEnded(e ledger.Entry, o outbreak.Outbreak) {
	title, text := "outbreak ended: "+o.Rule, o.Because
	if o.FalseAlarm {
		title = "false alarm: " + o.Rule
	}
	s.told(e, Raising{Topic: TopicOutbreak, Severity: Info, Subject: o.ID, Title: line(title), Text: clipped(text)})
}

func (s *State) callOpened(e ledger.Entry, o response.CallOpening) {
	audience, err := access.ParseAudience(e.Audience)
	if err != nil {
		return
	}
	called := s.chosen(s.reaches(access.PartnerID(e.Actor), audience), func(p access.Partner) bool {
		who, here := s.dir.Reader(p.ID)
		return here && s.from.Called(who, o.ID)
	})
	s.cause(e, Raising{
		Topic: TopicCall, Severity: s.severity(TopicCall), Subject: string(o.ID),
		TLP: audience.TLP, Owner: access.PartnerID(e.Actor), Audience: audience,
		Title: line("call for assistance: " + o.Title), Text: clipped(o.Text), Partners: called,
	})
}

func (s *State) dutyWarned(e ledger.Entry, w duty.Warning) {
	if e.Actor != access.Hub || !s.takesPart(w.Partner) {
		return
	}
	severity, title := s.severity(TopicDuty), "due soon: "
	if w.Left == duty.Late {
		severity, title = Critical, "overdue: "
	}
	// What a partner has to report to whom is its own: of the words none leave the hub.
	s.cause(e, Raising{
		Topic: TopicDuty, Severity: severity, Subject: string(w.Duty), TLP: access.Red,
		Title: line(title + w.Name), Text: "The report is due " + w.Deadline.UTC().Format(time.RFC3339) + ".",
		Partners: []access.PartnerID{w.Partner},
	})
}

// gatherRecalls is how long recalls are collected: engines are told at once, by the
// feeds, and people of all together.
const gatherRecalls = 10 * time.Second

var (
	revoked     = []byte(`"` + protect.Revoked + `"`)
	mustResolve = []byte(`"` + protect.MustResolve + `"`)
)

// protectionDecided looks only at what may matter: there are many decisions.
func protectionDecided(s *State, e ledger.Entry) error {
	if !bytes.Contains(e.Body, revoked) && !bytes.Contains(e.Body, mustResolve) {
		return nil
	}
	return folding((*State).protectionTold)(s, e)
}

func (s *State) protectionTold(e ledger.Entry, p protect.Protection) {
	switch {
	case p.Status == protect.Revoked:
		delete(s.names, p.ID)
		s.recalled(e, p)
	case p.Polarity == protect.MustResolve && (p.Status == protect.Active || p.Status == protect.Canary) && !s.names[p.ID]:
		s.names[p.ID] = true
		s.told(e, Raising{
			Topic: TopicProtection, Severity: s.severity(TopicProtection), Subject: p.Text,
			Title: line("must resolve: " + p.Text), Text: clipped(p.Reason),
		})
	case p.Status == protect.Expired:
		delete(s.names, p.ID)
	}
}

// recalled tells those who had it in force, once of all that is recalled together.
func (s *State) recalled(e ledger.Entry, p protect.Protection) {
	audience, err := access.ParseAudience(e.Audience)
	if err != nil {
		return
	}
	var had []access.PartnerID
	for _, id := range s.from.Holders(p.ID) {
		if s.sees(id, access.PartnerID(e.Actor), audience) {
			had = append(had, id)
		}
	}
	s.gather(e, alike("recalled", e.Actor, e.Audience), gatherRecalls, had, func(n int) Raising {
		r := Raising{
			Topic: TopicProtection, Severity: s.severity(TopicProtection), Subject: p.Text,
			TLP: audience.TLP, Owner: access.PartnerID(e.Actor), Audience: audience,
			Title: line("recalled, and it was in force with you: " + p.Text), Text: clipped(p.Reason),
		}
		if n > 1 {
			r.Subject, r.Text = "", "The pages of protections say which, and why."
			r.Title = line(fmt.Sprintf("%d protections were recalled, %s among them; some were in force with you", n, p.Text))
		}
		return r
	})
}

// alike tells apart what may be told together: by the same one, to the same ones, so
// that how many there are tells nobody of what it may not see.
func alike(what, actor string, audiences ...string) string {
	return derived(what, append([]string{actor}, audiences...)...)
}

// gatherWithdrawals is how long what a partner takes back is collected: the stream
// takes it back at once.
const gatherWithdrawals = 5 * time.Minute

// tightened tells those who could see what was taken back, and can no longer.
func (s *State) tightened(e ledger.Entry, w contribution.Tightening) {
	to, err := access.ParseAudience(w.Audience)
	if err != nil {
		return
	}
	owner := access.PartnerID(w.Owner)
	told := map[access.PartnerID]bool{}
	var lost []access.PartnerID
	narrowest := access.Clear
	for _, before := range uniq(w.Before) {
		from, err := access.ParseAudience(before)
		if err != nil || from.TLP == "" {
			continue
		}
		narrowest = access.Narrower(narrowest, from.TLP)
		for _, p := range s.reaches(owner, from) {
			if !told[p] && !s.sees(p, owner, to) {
				told[p] = true
				lost = append(lost, p)
			}
		}
	}
	s.gather(e, alike("withdrawn", w.Owner, append(uniq(w.Before), w.Audience)...), gatherWithdrawals, lost, func(n int) Raising {
		return Raising{
			Topic: TopicWithdrawal, Severity: s.severity(TopicWithdrawal), TLP: narrowest,
			Title: line(fmt.Sprintf("%s has taken back what it shared, in %s", s.name(owner), times(n))),
			Text:  "What you were told of it must no longer be used or passed on. The change stream names it.",
		}
	})
}

func times(n int) string {
	if n == 1 {
		return "one act"
	}
	return fmt.Sprintf("%d acts", n)
}
