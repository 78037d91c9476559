package web_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/response"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// BenchmarkTheStoryOfAnOutbreak is the page of an outbreak to which 10,000 things have
// happened: 4,000 actions were asked for, and 6,000 partners have reported it.
func BenchmarkTheStoryOfAnOutbreak(b *testing.B) {
	r := newRoom(b)
	middle := r.clock()
	var drafts []ledger.Draft
	draft := func(kind ledger.Kind, actor access.PartnerID, body any) {
		text, err := json.Marshal(body)
		if err != nil {
			b.Fatal(err)
		}
		drafts = append(drafts, ledger.Draft{Kind: kind, Actor: string(actor), Audience: access.ToCommunity(access.Green).String(), Body: text})
		if len(drafts) == 500 {
			r.append(drafts...)
			drafts = nil
			r.pass(time.Second)
		}
	}
	for i := range 6000 {
		from := access.PartnerID(fmt.Sprintf("identity--%08d-0000-4000-8000-000000000000", i))
		draft(sighting.KindReported, from, sighting.Report{ID: fmt.Sprint("r", i), TLP: "green", Sector: "energy", Country: "FR",
			Scans: []sighting.Scan{{Port: 445, Sources: 3, Contacts: 90, FirstSeen: r.clock().Add(-time.Hour), LastSeen: r.clock().Add(-time.Minute)}}})
		if i == 3000 {
			middle = r.clock()
		}
		if i < 4000 {
			draft(response.KindOpened, r.opener.ID, response.Opening{ID: response.ActionID("action--" + uuid.NewString()), Kind: response.Patch, Title: "Patch", Outbreak: r.outbreak, AskedOf: []string{string(r.helper.ID)}})
		}
	}
	for name, path := range map[string]string{"now": "/outbreaks/" + r.outbreak, "as-of": asOf(r.outbreak, middle)} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				r.page(path)
			}
			b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/page")
		})
	}
}
