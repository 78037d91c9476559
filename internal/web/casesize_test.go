package web_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/attribution"
)

// A case of 53 hypotheses and as many items as TOCSIN_CASE_ITEMS says (25), each
// rated against all by one partner: no page of it outgrows what a bad line can
// carry. The times are logged, for whoever asks for 1,900 items (a case has at most
// 100,000 records), and not held.
func TestALargeCaseHasSmallPages(t *testing.T) {
	items := 25
	if text := os.Getenv("TOCSIN_CASE_ITEMS"); text != "" {
		if _, err := fmt.Sscan(text, &items); err != nil {
			t.Fatal(err)
		}
	}
	s := newSite(t, closed)
	members := []nation{s.nation("Alpha"), s.nation("Beta"), s.nation("Gamma"), s.nation("Delta"), s.nation("Epsilon"), s.nation("Zeta")}
	opening := attribution.Opening{Question: "Who did it?", Members: map[access.PartnerID]string{}}
	var ids []string
	for _, m := range members {
		ids, opening.Members[m.ID] = append(ids, string(m.ID)), m.Name
	}
	var err error
	if opening.Policy, err = attribution.ParsePolicy("all of [" + strings.Join(ids, ", ") + "]"); err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		opening.Hypotheses = append(opening.Hypotheses, attribution.Hypothesis{ID: attribution.HypothesisID(fmt.Sprint("h", i)), Title: fmt.Sprint("A hypothesis with a title of usual length, number ", i)})
	}
	opening.Party = "Alpha"
	id, draft, err := s.views.Cases.Open(members[0].who, opening, access.ToCommunity(access.Amber))
	s.drafted(draft, err)
	values := []attribution.Value{"CC", "C", "N", "I", "II"}
	var first attribution.EvidenceID
	for i := range items {
		by := members[i%len(members)]
		item, draft, err := s.views.Cases.File(by.who, attribution.Evidence{Case: id, Party: by.Name, Kind: attribution.Technical, Title: fmt.Sprint("An item of evidence with a title of usual length, number ", i),
			Source: "a report", Reliability: "B", Credibility: 2, Relevance: "H", Forgeability: "L"})
		s.drafted(draft, err)
		if i == 0 {
			first = item
		}
		var ratings []attribution.Rating
		for j := range 50 {
			ratings = append(ratings, attribution.Rating{Case: id, Party: by.Name, Evidence: item, Hypothesis: opening.Hypotheses[j].ID, Value: values[(i*7+j*j*3+i/5)%5], Reason: "as it looks"})
		}
		drafts, err := s.views.Cases.Rate(by.who, ratings...)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.views.Append(t.Context(), drafts...); err != nil {
			t.Fatal(err)
		}
	}
	_, secret := s.token(members[0].ID, access.Coordinator)
	reader, path := s.signIn(secret), "/cases/"+string(id)
	for _, path := range []string{path, path + "/evidence", path + "/evidence?by=telling", path + "/evidence/" + string(first), path + "/sensitivity", path + "/rounds", path + "/proofs", path + "/draft", "/cases"} {
		var size int
		var took [2]time.Duration
		for i := range took {
			from := time.Now()
			size = len(s.page(path, reader))
			took[i] = time.Since(from)
		}
		if size > 150<<10 {
			t.Errorf("GET %s: %d bytes", path, size)
		}
		t.Logf("GET %s: %d bytes; %v, then %v", strings.TrimPrefix(path, "/cases/"+string(id)), size, took[0], took[1])
	}
}
