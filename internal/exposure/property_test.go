package exposure_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/exposure"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// From few names, so that entries meet.
var (
	names    = []string{"a", "b", "c", "d", "e", "f", "g"}
	vulns    = []string{"CVE-2017-0143", eternal, "CVE-2019-0708"}
	products = []string{"", "Windows 7", "Windows XP"}
	anyName  = rapid.SampledFrom(names)
	anyOrg   = rapid.SampledFrom([]string{"", "", "group", "trust"})
)

// model is what a state has to say, kept in the plainest way.
type model struct {
	partners map[string]access.Partner
	rows     map[[3]string]exposure.Counts // by partner, vulnerability, product
	with     map[string][]access.PartnerID
	known    map[string]bool
}

// step draws an entry, and says it to the model.
func (m *model) step(t *rapid.T) (ledger.Kind, string, any) {
	who := anyName.Draw(t, "who")
	_, here := m.partners[who]
	switch rapid.IntRange(0, 9).Draw(t, "step") {
	case 0, 1:
		p := access.Partner{ID: id(who), Name: who, Sector: rapid.SampledFrom([]string{"energy", "water"}).Draw(t, "sector"), Country: rapid.SampledFrom([]string{"FR", "DE"}).Draw(t, "country"), Organisation: anyOrg.Draw(t, "organisation")}
		m.partners[who] = p
		return access.KindPartnerJoined, access.Hub, p
	case 2:
		to := access.Designation{Partner: id(who), Organisation: anyOrg.Draw(t, "organisation")}
		if here {
			p := m.partners[who]
			p.Organisation = to.Organisation
			m.partners[who] = p
		}
		return access.KindPartnerChanged, access.Hub, to
	case 3:
		delete(m.partners, who)
		delete(m.with, who)
		maps.DeleteFunc(m.rows, func(k [3]string, _ exposure.Counts) bool { return k[0] == who })
		return access.KindPartnerLeft, access.Hub, access.Departure{Partner: id(who)}
	case 4:
		with := rapid.SliceOfNDistinct(rapid.Map(anyName, id), 0, 3, rapid.ID).Draw(t, "with")
		if here {
			m.with[who] = with
		}
		return exposure.KindShared, string(id(who)), exposure.Sharing{With: with}
	case 5:
		c := exposure.Catalog{Continued: rapid.Bool().Draw(t, "continued")}
		if !c.Continued {
			clear(m.known)
		}
		for _, v := range rapid.SliceOfNDistinct(rapid.SampledFrom(vulns), 0, 2, rapid.ID).Draw(t, "known") {
			c.Entries = append(c.Entries, exposure.Known{Vulnerability: v, Added: "2022-02-10"})
			m.known[v] = true
		}
		return exposure.KindKnown, access.Hub, c
	default:
		var r exposure.Report
		for range rapid.IntRange(0, 4).Draw(t, "rows") {
			most := int64(3 * rapid.IntRange(0, 3).Draw(t, "most")) // 0 removes
			count := func(name string) int64 { return rapid.Int64Range(0, most).Draw(t, name) }
			one := exposure.Row{Vulnerability: rapid.SampledFrom(vulns).Draw(t, "vulnerability"), Product: rapid.SampledFrom(products).Draw(t, "product"), Counts: exposure.Counts{
				Patched: count("patched"), Exposed: count("exposed"), Unsupported: count("unsupported"), Unknown: count("unknown"),
			}}
			one.Total = one.Patched + one.Exposed + one.Unsupported + one.Unknown
			key := [3]string{who, one.Vulnerability, one.Product}
			switch odd := rapid.IntRange(0, 9).Draw(t, "odd") == 0; {
			case odd:
				one.Total++ // void
			case here && one.Total == 0:
				delete(m.rows, key)
			case here:
				m.rows[key] = one.Counts
			}
			r.Rows = append(r.Rows, one)
		}
		return exposure.KindReported, string(id(who)), r
	}
}

// everything is what a state answers to each partner and to who is none.
func everything(t testing.TB, s *exposure.State) map[string]any {
	all := map[string]any{}
	for _, who := range append(slices.Clone(names), "nobody") {
		p := member(who)
		for _, v := range vulns {
			b, err := s.Board(p, v)
			if err != nil {
				t.Fatal(err)
			}
			rows, err := s.Rows(p, v)
			if err != nil {
				t.Fatal(err)
			}
			all[who+" board "+v], all[who+" rows "+v] = b, rows
		}
		for _, known := range []bool{false, true} {
			page, more, err := s.List(p, exposure.Query{Limit: 10, Known: known})
			if err != nil || more {
				t.Fatal(err, more)
			}
			all[fmt.Sprint(who, " list ", known)] = page
		}
		all[who+" shared"] = s.Shared(p)
	}
	return all
}

// Whatever entries come: what is rebuilt is what was live; a board is the sum of the
// rows, or nothing if too few report; nobody sees another's row unless it is shown to
// it; and nothing is left of who has left.
func TestAnyOrderOfEntries(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		least := rapid.IntRange(1, 3).Draw(rt, "least")
		r := newRoom(t, least)
		m := model{map[string]access.Partner{}, map[[3]string]exposure.Counts{}, map[string][]access.PartnerID{}, map[string]bool{}}
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			kind, actor, body := m.step(rt)
			r.say(kind, actor, body)
		}
		again := newRoom(t, least)
		for _, e := range r.entries {
			if err := again.state.Apply(e); err != nil {
				rt.Fatal(err)
			}
		}
		if diff := cmp.Diff(everything(t, r.state), everything(t, again.state)); diff != "" {
			rt.Fatalf("-live +rebuilt:\n%s", diff)
		}
		for _, v := range vulns {
			m.checkBoard(rt, r, v, least)
			for _, who := range names {
				m.checkRows(rt, r, who, v)
			}
		}
	})
}

func (m *model) checkBoard(t *rapid.T, r *room, v string, least int) {
	voices, voicesThere := map[string]bool{}, map[string]bool{}
	var sum exposure.Counts
	voice := func(name string) string {
		if o := m.partners[name].Organisation; o != "" {
			return "organisation " + o
		}
		return name
	}
	for name := range m.partners {
		voicesThere[voice(name)] = true
	}
	for k, c := range m.rows {
		if k[1] == v {
			voices[voice(k[0])] = true
			sum = plus(sum, c)
		}
	}
	b := r.board(member("nobody"), v)
	if (b.Known != nil) != m.known[v] {
		t.Fatalf("%s: known %v, wanted %v", v, b.Known, m.known[v])
	}
	if len(voices) < least {
		if b.Counts != nil || b.FewerThan != least || len(b.BySector)+len(b.ByCountry)+b.Organisations+b.NotReporting != 0 {
			t.Fatalf("%s: %d report, at least %d are wanted: %+v", v, len(voices), least, b)
		}
		return
	}
	if b.Organisations != len(voices) || b.NotReporting != len(voicesThere)-len(voices) || *b.Counts != sum {
		t.Fatalf("%s: %+v %+v; wanted are %d of %d and %+v", v, b, b.Counts, len(voices), len(voicesThere), sum)
	}
	for _, parts := range [][]exposure.Part{b.BySector, b.ByCountry} {
		var all exposure.Counts
		organisations := 0
		for _, p := range parts {
			all, organisations = plus(all, p.Counts), organisations+p.Organisations
			if p.Organisations < least {
				t.Fatalf("%s: %+v, at least %d", v, p, least)
			}
		}
		if all != sum || organisations != len(voices) {
			t.Fatalf("%s: %+v add up to %+v of %d", v, parts, all, organisations)
		}
	}
}

func plus(a, b exposure.Counts) exposure.Counts {
	return exposure.Counts{
		Total: a.Total + b.Total, Patched: a.Patched + b.Patched, Exposed: a.Exposed + b.Exposed,
		Unsupported: a.Unsupported + b.Unsupported, Unknown: a.Unknown + b.Unknown, Mitigated: a.Mitigated + b.Mitigated,
	}
}

func (m *model) checkRows(t *rapid.T, r *room, who, v string) {
	shown, err := r.state.Rows(member(who), v)
	if err != nil {
		t.Fatal(err)
	}
	left := maps.Clone(m.rows)
	for _, one := range shown {
		owner := string(one.Partner[len("identity--"):])
		key := [3]string{owner, v, one.Product}
		if owner != who && !slices.Contains(m.with[owner], id(who)) {
			t.Fatalf("%s is shown a row of %s, which shows them to %v", who, owner, m.with[owner])
		}
		if c, there := left[key]; !there || c != one.Counts {
			t.Fatalf("%s is shown %+v; there is %v", who, one, c)
		}
		delete(left, key)
	}
	for k := range left {
		if k[1] == v && (k[0] == who || slices.Contains(m.with[k[0]], id(who))) {
			t.Fatalf("%s is not shown %v", who, k)
		}
	}
}
