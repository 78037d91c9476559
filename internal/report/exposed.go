package report

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/exposure"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// exposed is who was patched, of the vulnerabilities that alerts, actions and calls of
// the incident name: an outbreak itself names none.
type exposed struct {
	m      *moment
	state  *exposure.State
	alerts *alerts
}

func newExposed(m *moment, s *alerts, o Options) *exposed {
	o.Exposure.Settling = true
	return &exposed{m, exposure.NewState(o.Exposure), s}
}

func (x *exposed) kinds() []ledger.Kind {
	return append(People(), exposure.KindReported, exposure.KindKnown)
}

func (x *exposed) apply(e ledger.Entry) error { return x.state.Apply(e) }

var cve = regexp.MustCompile(`(?i)\bCVE-[0-9]{4}-[0-9]{4,}\b`)

// maxVulnerabilities bounds those that one report has a row of.
const maxVulnerabilities = 20

// named are the vulnerabilities that the incident's alerts, actions and calls name,
// as far as the reader may see them.
func (x *exposed) named(r *Report) []string {
	texts := slices.Clone(x.alerts.subjects)
	for _, a := range r.Acted.Actions {
		texts = append(texts, a.Title)
	}
	for _, c := range r.Acted.Calls {
		texts = append(texts, c.Title)
	}
	var names []string
	for _, text := range texts {
		for _, name := range cve.FindAllString(text, -1) {
			names = append(names, strings.ToUpper(name))
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	return names[:min(len(names), maxVulnerabilities)]
}

func (x *exposed) tell(r *Report) {
	c := Chapter{Title: "Exposure", Heads: []string{"Vulnerability", "Group", "Organisations", "Hosts", "Patched", "Exposed", "Unsupported", "Unknown", "Mitigated"}}
	row := func(name, group, organisations string, n exposure.Counts) {
		c.Rows = append(c.Rows, []string{name, group, organisations, fmt.Sprint(n.Total), fmt.Sprint(n.Patched), fmt.Sprint(n.Exposed), fmt.Sprint(n.Unsupported), fmt.Sprint(n.Unknown), fmt.Sprint(n.Mitigated)})
	}
	names := x.named(r)
	for _, name := range names {
		b, settled, err := x.state.Settled(x.m.who, name)
		if err != nil {
			c.Notes = append(c.Notes, "How exposed the community is its members are told alone.")
			break
		}
		x.m.narrow(access.Amber)
		if b.FewerThan > 0 {
			c.Notes = append(c.Notes, fmt.Sprintf("%s: fewer than %d organisations have reported, and no sums are told.", name, b.FewerThan))
			r.Unknown = append(r.Unknown, "who is exposed to "+name+": too few organisations have reported")
		} else {
			c.Notes = append(c.Notes, fmt.Sprintf("%s: the sums are as of %s, the last moment at which enough organisations had said something new of it since such a moment before.", name, at(settled)))
			row(name, "all", fmt.Sprint(b.Organisations), *b.Counts)
			for _, p := range append(b.BySector, b.ByCountry...) {
				row(name, p.Name, fmt.Sprint(p.Organisations), p.Counts)
			}
			if b.NotReporting > 0 {
				r.Unknown = append(r.Unknown, fmt.Sprintf("whether %s covered against %s: they report nothing of it", plural(b.NotReporting, "organisation is", "organisations are"), name))
			}
		}
		if b.Own != nil {
			x.m.narrow(access.Red)
			row(name, "your own", "", *b.Own)
		}
	}
	if len(names) == 0 {
		c.Notes = append(c.Notes, "No alert, action or call of the incident that this reader may see names a vulnerability by its CVE number.")
	}
	r.Chapters = append(r.Chapters, c)
}
