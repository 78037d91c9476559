package catalog_test

import (
	"context"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

func (c *chain) tighten(t testing.TB, x contribution.Tightening) {
	t.Helper()
	c.add(t, contribution.KindTightened, access.PartnerID(x.Owner), access.Audience{}, x)
}

func (c *chain) erase(t testing.TB, owner access.PartnerID, id string) {
	t.Helper()
	c.add(t, contribution.KindErased, owner, access.Audience{}, contribution.Erasure{Owner: string(owner), Contribution: id})
}

// What is tightened is gone at once and for good, and never sent again to
// those who may still see it; what is then shared more widely is.
func TestTightened(t *testing.T) {
	log := &chain{}
	object, beside := malware(one, "Alder", may, ""), malware(two, "Birch", may, "")
	log.contribute(t, alpha, access.ToCommunity(access.Clear), object)
	log.contribute(t, bravo, green, beside)
	guest := access.Principal{Role: access.Viewer, Communities: []string{access.DefaultCommunity}, Guest: true}
	c := folded(t, log)
	before := page(t, c, member(bravo), catalog.PageQuery{Limit: 10})

	log.tighten(t, contribution.Tightening{Owner: string(alpha), Object: "malware--" + one, Audience: access.ToCommunity(access.Amber).String()})
	apply(t, c, log.entries)
	if got := read(t, c, guest, "malware--"+one); got != "" {
		t.Errorf("a guest is shown what is now amber: %s", got)
	}
	if got := search(t, c, guest, "alder"); len(got) != 0 {
		t.Errorf("a guest finds what is now amber: %v", got)
	}
	after := page(t, c, member(bravo), catalog.PageQuery{Limit: 10})
	if len(after.Objects) != 2 || after.Objects[0].Place != before.Objects[0].Place || after.Objects[0].Audience.TLP != access.Amber {
		t.Errorf("the page was %s and is %s", names(before.Objects), names(after.Objects))
	}
	if got := page(t, c, member(bravo), catalog.PageQuery{After: before.Next, Limit: 10}); len(got.Objects) != 0 {
		t.Errorf("it is sent again: %s", names(got.Objects))
	}

	// Not by another one, and not to more.
	log.tighten(t, contribution.Tightening{Owner: string(bravo), Object: "malware--" + one})
	log.tighten(t, contribution.Tightening{Owner: string(alpha), Object: "malware--" + one, Audience: access.ToCommunity(access.Clear).String()})
	apply(t, c, log.entries)
	if read(t, c, guest, "malware--"+one) != "" || read(t, c, member(bravo), "malware--"+one) != object {
		t.Error("it was withdrawn by another partner, or widened")
	}

	log.tighten(t, contribution.Tightening{Owner: string(alpha), Contribution: "contribution--1"})
	apply(t, c, log.entries)
	if got := read(t, c, member(alpha), "malware--"+one); got != "" {
		t.Errorf("it is withdrawn and its owner is shown %s", got)
	}
	log.contribute(t, alpha, green, object)
	apply(t, c, log.entries)
	if got := page(t, c, guest, catalog.PageQuery{After: before.Next, Limit: 10}).Objects; len(got) != 1 || got[0].Name != "Alder" {
		t.Errorf("after it was shared again a guest gets %s", names(got))
	}
	if digest(t, c) != digest(t, folded(t, log)) {
		t.Error("a rebuilt catalog is another one")
	}
}

// A tightening to partners who may not have been told before tells nobody more.
func TestTightenedToOthers(t *testing.T) {
	log := &chain{}
	log.contribute(t, alpha, access.Audience{TLP: access.Amber, Community: "health"}, malware(one, "Alder", may, ""))
	to := access.Audience{TLP: access.Red, Community: "health", Recipients: []access.PartnerID{bravo}}
	log.tighten(t, contribution.Tightening{Owner: string(alpha), Object: "malware--" + one, Audience: to.String()})
	c := folded(t, log)
	in, out := member(bravo), member(bravo)
	in.Communities = []string{"health"}
	if read(t, c, in, "malware--"+one) == "" || read(t, c, out, "malware--"+one) != "" {
		t.Error("it is for bravo as long as bravo belongs to the community, and for nobody else")
	}
}

// Only the creator, who came first, versions an object, and the hub.
func TestOnlyTheCreatorVersions(t *testing.T) {
	ctx := context.Background()
	log := &chain{}
	first := malware(one, "Alder", may, "")
	log.contribute(t, alpha, green, first)
	log.contribute(t, bravo, green, malware(one, "Forged", june, ""), malware(one, "Gone", "2017-07-12T08:00:00.000Z", `,"revoked":true`))
	c := folded(t, log)
	if got := read(t, c, member(bravo), "malware--"+one); got != first {
		t.Errorf("the object is %s", got)
	}
	versions, err := c.Versions(ctx, member(alpha), "malware--"+one)
	if err != nil || len(versions) != 3 || versions[0].Name != "Alder" || versions[1].Name != "Gone" {
		t.Errorf("versions are %s, %v", names(versions), err)
	}
	if got := page(t, c, member(alpha), catalog.PageQuery{Limit: 10}).Objects; len(got) != 1 || got[0].Name != "Alder" {
		t.Errorf("the page is %s", names(got))
	}
	if got := search(t, c, member(alpha), "alder"); len(got) != 1 {
		t.Errorf("search finds %v", got)
	}
	corrected := malware(one, "Corrected", june, "")
	log.contribute(t, access.Hub, green, corrected)
	apply(t, c, log.entries)
	if got := read(t, c, member(bravo), "malware--"+one); got != corrected {
		t.Errorf("after the hub's word the object is %s", got)
	}
}

// A tightening of some entries alone leaves what the owner shared of the object in
// others.
func TestTightenedOnlyInSomeEntries(t *testing.T) {
	log := &chain{}
	object := malware(one, "Alder", may, "")
	log.contribute(t, alpha, access.ToCommunity(access.Green), object)
	log.contribute(t, alpha, access.ToCommunity(access.Clear), object)
	log.tighten(t, contribution.Tightening{Owner: string(alpha), Object: "malware--" + one, Only: true, Entries: []ledger.Seq{1}})
	c := folded(t, log)
	if got := read(t, c, member(bravo), "malware--"+one); got != object {
		t.Errorf("what was shared in the other entry is %q", got)
	}
	log.tighten(t, contribution.Tightening{Owner: string(alpha), Object: "malware--" + one, Only: true, Entries: []ledger.Seq{2}})
	apply(t, c, log.entries)
	if got := read(t, c, member(bravo), "malware--"+one); got != "" {
		t.Errorf("it is shown still: %s", got)
	}
}
