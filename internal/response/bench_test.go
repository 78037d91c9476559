package response_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/response"
)

// goalBoard is how long any query of the board may take at 1,000 partners and
// 10,000 actions, with the JSON of its answer.
const goalBoard = 50 * time.Millisecond

// fullBoard is a board of 10,000 actions and 1,000 partners. One action in 100 has
// all partners in it, the others 20 each: 298,000 commitments, half of them done.
// A third of the actions is asked of a sector, a third of 20 partners by id, and
// one in 100 of 1,000 by id.
func fullBoard(b *testing.B) *response.State {
	b.Helper()
	if theFullBoard == nil {
		theFullBoard = makeFullBoard(b)
	}
	return theFullBoard
}

var theFullBoard *response.State // made once for all benchmarks

func makeFullBoard(b *testing.B) *response.State {
	const partners, actions = 1000, 10_000
	random := rand.New(rand.NewPCG(1, 2))
	s := response.NewState(response.Config{})
	directory := access.NewDirectory()
	var head ledger.Head
	add := func(at time.Duration, kind ledger.Kind, by string, body any) {
		d, err := ledger.NewDraft(kind, by, access.ToCommunity(access.Green).String(), body)
		if err != nil {
			b.Fatal(err)
		}
		e, _, err := ledger.Seal(d, head, start.Add(at))
		if err != nil {
			b.Fatal(err)
		}
		head = ledger.Head{Seq: e.Seq, Hash: e.Hash}
		if err := s.Apply(e); err != nil {
			b.Fatal(err)
		}
		if err := directory.Apply(e); err != nil {
			b.Fatal(err)
		}
	}
	for n := range partners {
		p := access.Partner{ID: partnerID(n), Name: fmt.Sprint("Partner ", n), Sector: access.Sectors[n%8], Country: []string{"GB", "JP", "NL"}[n%3], Kind: access.Kinds[n%6]}
		add(0, access.KindPartnerJoined, access.Hub, p)
	}
	s.Consult(directory, nil)
	all := make([]int, partners)
	for n := range all {
		all[n] = n
	}
	for i := range actions {
		at := time.Duration(i) * time.Second
		o := response.Opening{
			ID: response.ActionID(fmt.Sprintf("action--00000000-0000-4000-8000-%012d", i)), Kind: response.Kinds()[i%8], Title: fmt.Sprint("Action ", i),
			Outbreak: fmt.Sprint("outbreak--", i%50), Deadline: start.Add(at + time.Hour),
		}
		in := random.Perm(partners)[:20]
		switch {
		case i%100 == 1:
			in, o.AskedOf = all, asked(all...)
		case i%100 == 0:
			in, o.AskedOf = all, []string{access.Sectors[i%8], "kind:provider"}
		case i%3 == 0:
			o.AskedOf = []string{access.Sectors[i%8], "country:GB"}
		case i%3 == 1:
			o.AskedOf = asked(in...)
		default:
			o.Volunteered = true
		}
		by := string(partnerID(i % partners))
		add(at, response.KindOpened, by, o)
		for k, n := range in {
			add(at, response.KindCommitted, string(partnerID(n)), response.Promise{Action: o.ID, Note: "tonight"})
			if k%2 == 0 {
				add(at, response.KindDone, string(partnerID(n)), response.Completion{Action: o.ID, Evidence: "ticket 17: all hosts were patched and scanned"})
			}
		}
	}
	return s
}

func BenchmarkBoard(b *testing.B) {
	s := fullBoard(b)
	who := principal(1, access.Viewer)
	now := start.Add(2 * time.Hour)
	page := func(q response.Query) func() any {
		return func() any { list, _ := s.Page(who, q, now); return list }
	}
	for _, q := range []struct {
		name string
		ask  func() any
	}{
		{"page-of-100", page(response.Query{Limit: 100})},
		{"page-of-1000", page(response.Query{Limit: 1000})},
		{"brief-of-1000", page(response.Query{Limit: 1000, Brief: true})},
		{"overdue", page(response.Query{Limit: 100, Overdue: true})},
		{"of-a-partner", page(response.Query{Limit: 100, Partner: partnerID(500)})},
		{"of-a-sector", page(response.Query{Limit: 100, Sector: access.Sectors[3]})},
		{"nothing-matches", page(response.Query{Limit: 100, Sector: "none", Overdue: true})},
		{"one-action", func() any { a, _ := s.Get(who, "action--00000000-0000-4000-8000-000000009900", now); return a }},
		{"summary", func() any { return s.Summary(who, response.Query{}, now) }},
		{"summary-of-a-partner", func() any { return s.Summary(who, response.Query{Partner: partnerID(500)}, now) }},
		{"standing", func() any { return s.Standing(who, partnerID(500), access.Sectors[4], now) }},
	} {
		b.Run(q.name, func(b *testing.B) {
			var text []byte
			for b.Loop() {
				var err error
				if text, err = json.Marshal(q.ask()); err != nil || strings.Contains(string(text[:1]), "n") {
					b.Fatalf("%v: %s", err, text)
				}
			}
			took := b.Elapsed() / time.Duration(b.N)
			b.ReportMetric(took.Seconds()/goalBoard.Seconds(), "of-limit")
			b.ReportMetric(float64(len(text)), "bytes")
		})
	}
}

// Pending is asked once a second and after each entry: it must cost nothing when
// nothing is to be said.
func BenchmarkPendingIdle(b *testing.B) {
	s := fullBoard(b)
	for b.Loop() {
		if d := s.Pending(start); len(d) != 0 {
			b.Fatal(d)
		}
	}
}
