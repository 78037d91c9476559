package catalog_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/sighting"
	"github.com/tocsin-project/tocsin/stix"
)

func drawWorld(t *rapid.T, tb testing.TB) *world {
	w := &world{erased: map[string]bool{}}
	for range rapid.IntRange(1, 25).Draw(t, "entries") {
		owner := rapid.SampledFrom(partners).Draw(t, "owner")
		to := rapid.SampledFrom(audiences).Draw(t, "audience")
		switch rapid.IntRange(0, 8).Draw(t, "kind") {
		case 0:
			w.log.add(tb, "something.else", owner, to, map[string]int{})
		case 1:
			value := observable.Value{Type: observable.Domain, Text: "seen.example"}
			w.log.report(tb, owner, to, rapid.StringMatching(`[ab]`).Draw(t, "report"), sighting.Sighting{Value: value, FirstSeen: start, LastSeen: start})
		case 2:
			tightening := drawTightening(t, w, owner)
			w.tighten(tightening)
			w.log.add(tb, contribution.KindTightened, owner, access.Audience{}, tightening)
		case 3:
			erasure := contribution.Erasure{Owner: string(owner), Contribution: drawContribution(t, w)}
			w.erase(erasure)
			w.log.add(tb, contribution.KindErased, owner, access.Audience{}, erasure)
		default:
			drawContributed(t, tb, w, owner, to)
		}
	}
	return w
}

func drawContributed(t *rapid.T, tb testing.TB, w *world, owner access.PartnerID, to access.Audience) {
	part := contribution.Part{ID: fmt.Sprintf("contribution--%d", w.log.head.Seq+1), Part: 1, Parts: 1, Source: "stix"}
	var recipients []access.PartnerID
	if rapid.Bool().Draw(t, "with a recipient") {
		recipients = []access.PartnerID{"identity--d"}
		part.Recipients = []string{"identity--d"}
	}
	for range rapid.IntRange(0, 4).Draw(t, "objects") {
		r := drawRow(t)
		r.owner, r.to, r.recipients = owner, []access.Audience{to}, recipients
		w.shared(r)
		part.Objects = append(part.Objects, []byte(r.raw))
	}
	w.log.add(tb, contribution.KindAccepted, owner, to, part)
}

// drawContribution is mostly one that is there.
func drawContribution(t *rapid.T, w *world) string {
	return fmt.Sprintf("contribution--%d", rapid.IntRange(1, int(w.log.head.Seq)+1).Draw(t, "contribution"))
}

func drawTightening(t *rapid.T, w *world, owner access.PartnerID) contribution.Tightening {
	x := contribution.Tightening{Owner: string(owner), Audience: rapid.SampledFrom(audiences).Draw(t, "to").String()}
	if rapid.Bool().Draw(t, "of a contribution") {
		x.Contribution = drawContribution(t, w)
		return x
	}
	x.Object = drawRow(t).id
	if rapid.Bool().Draw(t, "of a version") {
		at, err := time.Parse(time.RFC3339, rapid.SampledFrom(times).Draw(t, "version"))
		if err != nil {
			t.Fatal(err)
		}
		x.Versions = []time.Time{at}
	}
	return x
}

func drawRow(t *rapid.T) *row {
	uuid := func(name string) string {
		return fmt.Sprintf("00000000-0000-4000-8000-%012d", rapid.IntRange(0, 3).Draw(t, name))
	}
	r := &row{
		modified: rapid.SampledFrom(times).Draw(t, "modified"),
		revoked:  rapid.IntRange(0, 9).Draw(t, "revoked") == 0,
	}
	if rapid.Bool().Draw(t, "relationship") {
		r.id, r.source, r.target = "relationship--"+uuid("id"), "malware--"+uuid("source"), "malware--"+uuid("target")
		r.raw = r.plain()
		return r
	}
	r.id = "malware--" + uuid("id")
	r.name = rapid.SampledFrom([]string{"Alder", "Birch", "Cedar"}).Draw(t, "name")
	r.raw = r.plain()
	switch rapid.IntRange(0, 7).Draw(t, "granular") {
	case 0: // a marked name: an object that cannot be without it
		r.whole = true
		r.raw = r.plain()[:len(r.plain())-1] + fmt.Sprintf(`,"granular_markings":[{"marking_ref":%q,"selectors":["name"]}]}`, stix.TLPMarking("red"))
	case 1, 2:
		r.note = "Dogwood"
		r.raw = r.plain()[:len(r.plain())-1] + fmt.Sprintf(`,"description":%q,"granular_markings":[{"marking_ref":%q,"selectors":["description"]}]}`,
			r.note, stix.TLPMarking("red"))
	}
	return r
}

// plain is the object without what is marked within it.
func (r *row) plain() string {
	common := fmt.Sprintf(`"spec_version":"2.1","id":%q,"created":%q,"modified":%q,"revoked":%v`, r.id, times[0], r.modified, r.revoked)
	if r.source != "" {
		return fmt.Sprintf(`{"type":"relationship",%s,"relationship_type":"uses","source_ref":%q,"target_ref":%q}`, common, r.source, r.target)
	}
	return fmt.Sprintf(`{"type":"malware",%s,"is_family":true,"name":%q}`, common, r.name)
}

func drawPrincipal(t *rapid.T) access.Principal {
	return access.Principal{
		Partner:     rapid.SampledFrom(partners[:4]).Draw(t, "partner"),
		Role:        access.Viewer,
		Communities: rapid.SampledFrom([][]string{nil, {access.DefaultCommunity}, {"health"}, {access.DefaultCommunity, "health"}}).Draw(t, "communities"),
		ClientOf:    rapid.SampledFrom([][]access.PartnerID{nil, partners[:1], partners[1:3]}).Draw(t, "client of"),
	}
}
