package report

import (
	"fmt"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/impact"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// harm is who was hit, as partners report it of themselves, and the ransom.
type harm struct {
	m     *moment
	a     *alarm
	state *impact.State
}

func newHarm(m *moment, a *alarm, o Options) *harm { return &harm{m, a, impact.NewState(o.Impact)} }

func (h *harm) kinds() []ledger.Kind {
	return append(People(), impact.KindReported, impact.KindShared, impact.KindRansom)
}

func (h *harm) apply(e ledger.Entry) error {
	if e.Kind == impact.KindRansom && h.m.sees(e.Actor, e.Audience) {
		if err := ledger.Fold(e, func(e ledger.Entry, r impact.Ransom) {
			if h.a.ids[r.Outbreak] {
				h.m.shown(e.Audience)
			}
		}); err != nil {
			return err
		}
	}
	return h.state.Apply(e)
}

// since takes whom partners show their reports to now.
func (h *harm) since(e ledger.Entry) error {
	if e.Kind == impact.KindShared {
		return h.state.Apply(e)
	}
	return nil
}

func (h *harm) tell(r *Report) {
	b, settled, left := h.state.Settled(h.m.who, h.a.id, h.a.merged()...)
	c := Chapter{Title: "Impact", Heads: []string{"Group", "Organisations", "Infected", "Disrupted, not infected", "People affected", "Restored"}}
	row := func(name string, t impact.Totals) {
		c.Rows = append(c.Rows, []string{
			name, fmt.Sprint(t.Organisations), fmt.Sprintf("%d organisations: %s", t.InfectedOrganisations, counts(t.Infected)),
			fmt.Sprintf("%d organisations: %s", t.DisruptedOrganisations, counts(t.Disrupted)), fmt.Sprint(t.People), fmt.Sprint(t.RestoredOrganisations),
		})
	}
	switch {
	case b.TooFew:
		c.Notes = append(c.Notes, fmt.Sprintf("Fewer than %d organisations had reported: no sums are told.", b.SmallestGroup))
		r.Unknown = append(r.Unknown, fmt.Sprintf("what harm it did: fewer than %d organisations have reported impact", b.SmallestGroup))
	case b.Total == nil:
		c.Notes = append(c.Notes, "What harm was done the community's members are told alone.")
	default:
		h.m.narrow(access.Amber)
		c.Notes = append(c.Notes, fmt.Sprintf("Sums of at least %d organisations, as they report it of themselves. Infected and disrupted are apart and are not to be added.", b.SmallestGroup), fmt.Sprintf("The sums are as of %s: the last moment at which so many had said something new since such a moment before.", at(settled)))
		row("all", *b.Total)
		for _, list := range [][]impact.Group{b.Sectors, b.Countries, b.Criticalities} {
			for _, g := range list {
				row(g.Name, g.Totals)
			}
		}
		h.peak(r, b)
	}
	if left > 0 {
		c.Notes = append(c.Notes, fmt.Sprintf("Without what was reported for %s: a few organisations reported for both, and the sum would tell which part is theirs.", count(left, "merged outbreak")))
	}
	for _, one := range append(b.Own, b.Shown...) {
		h.m.narrow(access.Red)
		c.Rows = append(c.Rows, []string{
			h.m.party(string(one.Partner)).Name + ", " + one.Country + ", " + string(one.Criticality), "1", counts(one.Infected), counts(one.Disrupted), fmt.Sprint(one.People), map[bool]string{true: "1", false: "0"}[one.Restored],
		})
	}
	r.Chapters = append(r.Chapters, c, h.ransom())
}

// peak tells when the most hosts were infected, and when the most organisations stood still.
func (h *harm) peak(r *Report, b impact.Board) {
	var hosts, still impact.Point
	for _, p := range b.History {
		if p.Infected.Hosts > hosts.Infected.Hosts {
			hosts = p
		}
		if p.DisruptedOrganisations > still.DisruptedOrganisations {
			still = p
		}
	}
	if hosts.Infected.Hosts > 0 {
		r.Timeline = append(r.Timeline, Event{At: hosts.At, Kind: "impact.peak", Text: fmt.Sprintf("the most infected hosts are reported: %d at %s", hosts.Infected.Hosts, count(hosts.InfectedOrganisations, "organisation"))})
	}
	if still.DisruptedOrganisations > 0 {
		r.Timeline = append(r.Timeline, Event{At: still.At, Kind: "impact.peak", Text: fmt.Sprintf("the most organisations are disrupted without being infected: %d", still.DisruptedOrganisations)})
	}
}

func counts(c impact.Counts) string {
	parts := []string{}
	for _, one := range []struct {
		n    int64
		what string
	}{{c.Hosts, "host"}, {c.Sites, "site"}, {c.Services, "service"}} {
		if one.n > 0 {
			parts = append(parts, count(int(one.n), one.what))
		}
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

// ransom is what is demanded and paid, address by address: reporters may have counted
// the same payments, and nothing is summed.
func (h *harm) ransom() Chapter {
	c := Chapter{Title: "Ransom", Heads: []string{"Address", "What", "Lowest", "Highest", "Newest report"}}
	for _, w := range h.state.Wallets(h.m.who, h.a.sorted()...) {
		for _, x := range w.Ranges {
			c.Rows = append(c.Rows, []string{
				w.Asset + " " + w.Address, string(x.What), x.Lowest + " " + x.Currency, x.Highest + " " + x.Currency,
				h.m.party(string(x.Newest.Partner)).Name + ", " + at(x.Newest.At),
			})
		}
	}
	if len(c.Rows) == 0 {
		c.Notes = []string{"Nobody has reported on ransom that this reader may see."}
	} else {
		c.Notes = []string{"What several report of one address may be the same payments: there is no sum."}
	}
	return c
}
