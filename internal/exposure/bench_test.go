package exposure_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/exposure"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

const (
	boardLimit = 50 * time.Millisecond
	partners   = 1000
	rowsEach   = 1000
)

// many are a thousand partners in 34 sectors and 60 countries, every tenth of an
// organisation with another, with a thousand rows each, of 2,000 vulnerabilities; one
// vulnerability all of them report.
func many(b *testing.B) (*room, []access.Principal) {
	b.Helper()
	r := newRoom(b, 0)
	all := make([]access.Principal, partners)
	for p := range all {
		organisation := ""
		if p%10 < 2 {
			organisation = fmt.Sprint("group-", p/10)
		}
		all[p] = r.join(fmt.Sprintf("partner-%04d-aaaa-bbbb-cccccccccccc", p), access.Sectors[p%len(access.Sectors)], string([]byte{byte('A' + p%60/26), byte('A' + p%60%26)}), organisation)
	}
	for p, who := range all {
		rows := make([]exposure.Row, rowsEach)
		for i := range rows {
			rows[i] = exposure.Row{Vulnerability: fmt.Sprintf("CVE-2020-%04d", (p*7+i*2)%2000), Product: fmt.Sprint("Product ", i%40), AsOf: began, Counts: exposure.Counts{Total: int64(100 + i), Patched: 60, Exposed: int64(i), Unknown: 40}}
			if i == 0 {
				rows[i].Vulnerability, rows[i].Product = eternal, ""
			}
		}
		r.report(who, rows...)
	}
	for _, who := range all[1:] {
		d, err := r.state.Share(who, exposure.Sharing{With: []access.PartnerID{all[0].Partner}})
		if err != nil {
			b.Fatal(err)
		}
		r.fold(d)
	}
	return r, all
}

// The board of a vulnerability that a thousand partners report, its rows, and the
// first page of the list, beside a million rows.
func BenchmarkBoard(b *testing.B) {
	r, all := many(b)
	measure := func(name string, ask func() error) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := ask(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(boardLimit), "of-limit")
		})
	}
	measure("board", func() error {
		board, err := r.state.Board(all[0], eternal)
		if err == nil && board.Organisations != partners-100 {
			err = fmt.Errorf("%d organisations", board.Organisations)
		}
		return err
	})
	measure("rows", func() error {
		rows, err := r.state.Rows(all[0], eternal)
		if err == nil && len(rows) != partners {
			err = fmt.Errorf("%d rows", len(rows))
		}
		return err
	})
	measure("list", func() error {
		page, _, err := r.state.List(all[0], exposure.Query{Limit: 1000})
		if err == nil && len(page) != 1000 {
			err = fmt.Errorf("%d on the page", len(page))
		}
		return err
	})
}

// A list of as many vulnerabilities as there are rows: the worst that a list can be.
func BenchmarkListOfAMillion(b *testing.B) {
	r := newRoom(b, 1)
	for p := range 5 {
		who := r.join(fmt.Sprint("p", p), "energy", "FR", "")
		rows := make([]exposure.Row, exposure.MaxRows)
		for i := range rows {
			rows[i] = exposure.Row{Vulnerability: fmt.Sprintf("CVE-20%02d-%06d", p, i), Counts: exposure.Counts{Total: int64(i + 1), Exposed: int64(i), Unknown: 1}}
		}
		r.report(who, rows...)
	}
	var page []exposure.Summary
	for b.Loop() {
		var err error
		if page, _, err = r.state.List(member("p0"), exposure.Query{Limit: 1000}); err != nil || len(page) != 1000 {
			b.Fatal(err, len(page))
		}
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(boardLimit), "of-limit")
}

// The state from a ledger of a million rows, and what a row takes of memory.
func BenchmarkRebuild1M(b *testing.B) {
	r, _ := many(b)
	entries := r.entries
	r.state = nil
	var state *exposure.State
	for b.Loop() {
		state = rebuilt(b, entries)
	}
	seconds := b.Elapsed().Seconds() / float64(b.N)
	b.ReportMetric(partners*rowsEach/seconds, "rows/s")
	var with, without runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&with)
	runtime.KeepAlive(state) // and no longer
	runtime.GC()
	runtime.ReadMemStats(&without)
	b.ReportMetric(float64(with.HeapAlloc-without.HeapAlloc)/partners/rowsEach, "bytes/row")
}

func rebuilt(b *testing.B, entries []ledger.Entry) *exposure.State {
	b.Helper()
	s := exposure.NewState(exposure.Config{})
	for _, e := range entries {
		if err := s.Apply(e); err != nil {
			b.Fatal(err)
		}
	}
	return s
}
