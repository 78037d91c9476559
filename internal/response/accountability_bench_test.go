package response_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/response"
)

const boardLimit = 50 * time.Millisecond // of any query of the board

// dealtBoard has 1,000 partners in 34 sectors and 10,000 actions: 9,000 asked of ten
// partners each, 1,000 of a whole sector, about 120,000 dealings in all.
func dealtBoard(b *testing.B) *story {
	b.Helper()
	s := newStory(b)
	for i := 1; i <= 1000; i++ {
		s.joins(access.Partner{ID: partnerID(i), Sector: access.Sectors[i%len(access.Sectors)], Country: []string{"GB", "JP", "US", "FR"}[i%4], Kind: access.Kinds[i%6]})
	}
	for i := range 10000 {
		at := time.Duration(i) * time.Minute
		o := response.Opening{ID: response.ActionID(fmt.Sprintf("action--00000000-0000-4000-8000-%012d", i)), Deadline: start.Add(at + 48*time.Hour)}
		if i%10 == 0 {
			o.AskedOf = []string{access.Sectors[i/10%len(access.Sectors)]}
		}
		for k := 1; k <= 10 && i%10 > 0; k++ {
			o.AskedOf = append(o.AskedOf, string(partnerID(1+(i*7+k*97)%1000)))
		}
		id := s.asks(at, o)
		for k := 1; k <= 8; k++ {
			n := 1 + (i*7+k*97)%1000
			s.commits(at+time.Duration(k)*time.Minute, n, id)
			if k <= 6 {
				s.reports(at+time.Duration(k)*time.Hour, n, id)
			}
		}
	}
	return s
}

// BenchmarkAccountability is the list of all partners as a coordinator sees it, the
// summary that everybody sees, and one's own.
func BenchmarkAccountability(b *testing.B) {
	s := dealtBoard(b)
	now := start.Add(10000*time.Minute + 24*time.Hour)
	list, err := s.state.Dealings(principal(2, access.Viewer), partnerID(2), now)
	if err != nil || len(list) < 50 {
		b.Fatalf("%d dealings: %v", len(list), err)
	}
	for name, query := range map[string]func(){
		"partners": func() {
			if n := len(s.state.Accounts(principal(1, access.Coordinator), now)); n != 999 {
				b.Fatalf("%d partners", n)
			}
		},
		"summary": func() {
			if sum, err := s.state.AccountSummary(principal(1, access.Viewer), now); err != nil || sum.TooFew {
				b.Fatal("nothing to sum up")
			}
		},
		"own": func() {
			if a, err := s.state.Account(principal(2, access.Viewer), partnerID(2), now); err != nil || a.Asks.Asked == 0 {
				b.Fatalf("%+v %v", a, err)
			}
		},
		"dealings": func() {
			if _, err := s.state.Dealings(principal(2, access.Viewer), partnerID(2), now); err != nil {
				b.Fatal(err)
			}
		},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				query()
			}
			b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(boardLimit), "of-limit")
		})
	}
}

// BenchmarkMuster counts the answers of a thousand partners to one call.
func BenchmarkMuster(b *testing.B) {
	s := newStory(b)
	for i := 1; i <= 1000; i++ {
		s.joins(access.Partner{ID: partnerID(i), Sector: access.Sectors[i%len(access.Sectors)], Country: "GB", Kind: access.Kinds[i%6]})
	}
	id := s.call(0, coordinator, access.Audience{}, response.CallOpening{Title: "Help"})
	for i := 2; i <= 1000; i++ {
		s.answer(time.Duration(i)*time.Minute, i, response.CallAnswer{Call: id, Offer: "an analyst"})
	}
	for b.Loop() {
		if m, err := s.state.Muster(coordinator, id, start.Add(24*time.Hour)); err != nil || m.Offers.Partners == 0 {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(boardLimit), "of-limit")
}
