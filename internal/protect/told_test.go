package protect_test

import (
	"slices"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/protect"
)

// said is what was said of a value, as a person would note it down.
type said struct {
	partner string
	tlp     access.TLP
}

var wide = []access.TLP{access.Green, access.Amber, access.AmberStrict, access.Red}

// Whatever is reported, listed, taken back, held and promoted in whatever order:
// what the rule decides is marked no more widely than what it says it rests on;
// that is of enough organisations; nobody but a canary is told of what is held; and
// every end is told to whoever was told of what it ends.
func TestNobodyIsToldMoreThanTheyMay(t *testing.T) {
	decided := map[protect.Status]int{}
	enough := func() bool {
		return min(decided[protect.Active], decided[protect.Canary], decided[protect.Expired], decided[protect.Revoked]) >= 10
	}
	checkUntil(t, enough, func(t *rapid.T) {
		h := newHub(t, protect.Config{MaxPerHour: 5, MaxValues: 40, MaxListed: 8, Hold: protect.Hold{Names: time.Minute * time.Duration(rapid.IntRange(-1, 3).Draw(t, "hold"))}})
		partners := []string{"identity--a", "identity--b", "identity--c", "identity--d", "identity--canary"}
		h.canaries("identity--canary")
		for _, p := range partners[:4] {
			h.standing[p] = access.Standing{Organisation: rapid.SampledFrom([]string{"", "trust"}).Draw(t, "organisation")}
			h.change(p, h.standing[p])
		}
		anyPartner, anyLevel := rapid.SampledFrom(partners), rapid.SampledFrom(wide)
		texts := []string{"c2.example", "x.c2.example", "198.51.100.7"}
		anyText := rapid.SampledFrom(texts)
		told := map[string][]said{}
		checked := 0
		var shared []ledger.Entry
		t.Repeat(map[string]func(*rapid.T){
			"report": func(t *rapid.T) {
				p, level, text := anyPartner.Draw(t, "partner"), anyLevel.Draw(t, "level"), anyText.Draw(t, "text")
				s := seen(t, text, 0, 1)
				s.FirstSeen, s.LastSeen = h.now, h.now
				h.reports++
				h.reportAs(p, nth(h.reports), access.ToCommunity(level), s)
				told[text] = append(told[text], said{p, level})
			},
			"agree": func(t *rapid.T) {
				text := anyText.Draw(t, "text")
				s := seen(t, text, 0, 1)
				s.FirstSeen, s.LastSeen = h.now, h.now
				for range 2 {
					p, level := anyPartner.Draw(t, "partner"), anyLevel.Draw(t, "level")
					h.reports++
					h.reportAs(p, nth(h.reports), access.ToCommunity(level), s)
					told[text] = append(told[text], said{p, level})
				}
				h.append(h.Pending(h.now)...)
			},
			"list alike": func(t *rapid.T) {
				text := rapid.SampledFrom(texts[:2]).Draw(t, "text")
				for i := range 2 {
					p, level := anyPartner.Draw(t, "partner"), anyLevel.Draw(t, "level")
					shared = append(shared, h.contribute(p, level, subdomains(text).object(nth(100+i))))
					told[text] = append(told[text], said{p, level})
				}
				h.append(h.Pending(h.now)...)
			},
			"hours": func(*rapid.T) {
				h.now = h.now.Add(13 * time.Hour)
				h.append(h.Pending(h.now)...)
			},
			"contribute": func(t *rapid.T) {
				p, level, text := anyPartner.Draw(t, "partner"), anyLevel.Draw(t, "level"), rapid.SampledFrom(texts[:2]).Draw(t, "text")
				one := name(text)
				if rapid.Bool().Draw(t, "subdomains") {
					one = subdomains(text)
				}
				shared = append(shared, h.contribute(p, level, one.object(nth(rapid.IntRange(1, 9).Draw(t, "id")))))
				told[text] = append(told[text], said{p, level})
			},
			"take back": func(t *rapid.T) {
				if len(shared) > 0 {
					h.takeBack(rapid.SampledFrom(shared).Draw(t, "entry"), "", rapid.SampledFrom([]string{"", access.ToCommunity(access.AmberStrict).String()}).Draw(t, "to"))
				}
			},
			"receipt": func(t *rapid.T) {
				text := anyText.Draw(t, "text")
				if _, ok := h.Get(value(t, text)); ok {
					h.receipt(access.PartnerID(anyPartner.Draw(t, "partner")), text, rapid.SampledFrom([]string{"", "trouble"}).Draw(t, "problem"))
				}
			},
			"recall": func(t *rapid.T) {
				if d, err := h.Recall(coordinator, value(t, anyText.Draw(t, "text")), "r", h.now); err == nil {
					h.append(d)
				}
			},
			"rule": func(*rapid.T) { h.append(h.Pending(h.now)...) },
			"time": func(t *rapid.T) {
				h.now = h.now.Add(time.Duration(rapid.IntRange(1, 120).Draw(t, "minutes")) * time.Minute)
			},
			"": func(*rapid.T) {
				for _, e := range h.entries[checked:] {
					if e.Kind == protect.KindDecided && e.Actor == access.Hub {
						decided[h.check(e, told)]++
					}
				}
				checked = len(h.entries)
				h.shownToNobodyElse(partners)
			},
		})
		h.settle()
		values := make([]observable.Value, 0, len(texts))
		for _, text := range texts {
			values = append(values, value(t, text))
		}
		h.sameRebuilt(values...)
	})
}

// check holds a decision of the rule's against what was said.
func (h *hub) check(e ledger.Entry, told map[string][]said) protect.Status {
	h.t.Helper()
	var p protect.Protection
	h.must(json.Unmarshal(e.Body, &p))
	audience, err := access.ParseAudience(e.Audience)
	h.must(err)
	switch p.Status {
	case protect.Canary:
		if audience.TLP != access.Red || !slices.Equal(audience.Recipients, []access.PartnerID{"identity--canary"}) {
			h.t.Fatalf("held, and told to %q", e.Audience)
		}
	case protect.Active:
		if audience.TLP != p.TLP || audience.Community != access.DefaultCommunity || p.TLP == access.Red {
			h.t.Fatalf("marked %q and told to %q", p.TLP, e.Audience)
		}
	default:
		h.endsForAll(e, p)
		return p.Status
	}
	voices := map[string]bool{}
	for _, partner := range p.Partners {
		if !slices.ContainsFunc(told[p.Text], func(s said) bool {
			return s.partner == string(partner) && slices.Index(wide, s.tlp) <= slices.Index(wide, p.TLP)
		}) {
			h.t.Fatalf("%s, marked %s, names %s, of whom nothing may be told: %v", p.Text, p.TLP, partner, told[p.Text])
		}
		voice := string(partner)
		if in := h.standing[voice].Organisation; in != "" {
			voice = "of " + in
		}
		voices[voice] = true
	}
	if len(voices) < 2 && p.Renewed.IsZero() {
		h.t.Fatalf("%s rests on %v", p.Text, p.Partners)
	}
	return p.Status
}

// endsForAll wants an end to be told to whoever is told of the last decision with
// its id.
func (h *hub) endsForAll(e ledger.Entry, p protect.Protection) {
	h.t.Helper()
	end, _ := access.ParseAudience(e.Audience)
	for _, before := range slices.Backward(h.entries) {
		var old protect.Protection
		if before.Kind != protect.KindDecided || before.Seq >= e.Seq {
			continue
		}
		h.must(json.Unmarshal(before.Body, &old))
		if old.ID != p.ID || old.Status != protect.Active && old.Status != protect.Canary {
			continue
		}
		if a, _ := access.ParseAudience(before.Audience); !a.Within(end) {
			h.t.Fatalf("%s of %s was told to %q, its end to %q", old.Status, p.Text, before.Audience, e.Audience)
		}
		return
	}
}

func (h *hub) shownToNobodyElse(partners []string) {
	h.t.Helper()
	for _, d := range h.Decisions(h.now) {
		for _, partner := range partners {
			who := member(access.PartnerID(partner))
			_, got := h.GetFor(who, d.Value)
			if held := d.Status == protect.Canary; held && got != (partner == "identity--canary") || !held && !got {
				h.t.Fatalf("%s is shown %s of %s: %v", partner, d.Status, d.Text, got)
			}
		}
	}
}
