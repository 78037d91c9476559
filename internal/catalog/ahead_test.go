package catalog_test

import (
	"path/filepath"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/catalog"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// TestTakenBackAhead rebuilds a catalog entry by entry. What is withdrawn further on
// is at no moment shown by any question, nor what came in the same entry until the
// withdrawal is folded; the rest is shown as it comes. In the end it is the catalog
// that any other fold gives.
func TestTakenBackAhead(t *testing.T) {
	log := &chain{}
	log.contribute(t, alpha, green, malware(one, "Alder", may, ""), malware(two, "Birch", may, ""))
	log.contribute(t, bravo, green, malware(three, "Cedar", may, ""))
	log.tighten(t, contribution.Tightening{Owner: string(alpha), Object: "malware--" + one, Entries: []ledger.Seq{1}})
	log.contribute(t, bravo, green, malware(three, "Cedar", "2017-06-01T00:00:00.000Z", ""))

	c := open(t, filepath.Join(t.TempDir(), "catalog.db"))
	c.TakenBack(map[ledger.Seq]ledger.Seq{1: 3})
	for at, e := range log.entries {
		apply(t, c, []ledger.Entry{e})
		for _, who := range []access.Principal{member(alpha), member(bravo)} {
			if got := read(t, c, who, "malware--"+one); got != "" {
				t.Errorf("after entry %d what is withdrawn in entry 3 can be read", at+1)
			}
			if got := search(t, c, who, "alder"); len(got) != 0 {
				t.Errorf("after entry %d what is withdrawn in entry 3 is found: %v", at+1, got)
			}
			want := map[string]bool{"malware--" + two: at >= 2, "malware--" + three: at >= 1}
			shown := map[string]bool{}
			for _, o := range page(t, c, who, catalog.PageQuery{Limit: 10}).Objects {
				shown[o.ID] = true
			}
			for id, wanted := range want {
				if (read(t, c, who, id) != "") != wanted || shown[id] != wanted {
					t.Errorf("after entry %d %s is read: %v, on a page: %v, want %v", at+1, id, read(t, c, who, id) != "", shown[id], wanted)
				}
			}
			if shown["malware--"+one] {
				t.Errorf("after entry %d what is withdrawn in entry 3 is on a page", at+1)
			}
		}
	}
	if digest(t, c) != digest(t, folded(t, log)) {
		t.Error("the catalog is another one")
	}
}
