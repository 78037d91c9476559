package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/tocsin-project/tocsin/internal/protect"
)

type listedPage struct {
	Protections []struct {
		Value    string            `json:"value"`
		Coverage *protect.Coverage `json:"coverage"`
	} `json:"protections"`
	More string `json:"more"`
}

// Many are asked for in one call, refused line by line, and read page by page; the
// end of a page is of use to nobody else.
func TestBulkAndPages(t *testing.T) {
	s := newSite(t, nil)
	_, coordinator := s.partner("CERT 01", "coordinator")
	_, viewer := s.partner("Bank 01", "viewer")
	var values, want []string
	for i := range 25 {
		values = append(values, fmt.Sprintf("c%d.example", i))
	}
	want = slices.Clone(values)
	values = append(values, "10.1.2.3", "c0.example", "not a value")
	var answer struct {
		Given   int `json:"given"`
		Refused []struct {
			Line  int    `json:"line"`
			Guard string `json:"guard"`
		} `json:"refused"`
	}
	s.must("POST", "/protections/bulk", coordinator, map[string]any{"values": values, "polarity": "block", "reason": "a list"}, &answer)
	if answer.Given != 25 || len(answer.Refused) != 3 || answer.Refused[0].Line != 26 || answer.Refused[0].Guard != "private-address" || answer.Refused[2].Line != 28 {
		t.Fatalf("%+v", answer)
	}
	var got []string
	var first string
	for query := (url.Values{"limit": {"10"}, "receipts": {"true"}}); ; {
		var page listedPage
		s.must("GET", "/protections?"+query.Encode(), coordinator, nil, &page)
		for _, p := range page.Protections {
			got = append(got, p.Value)
			if p.Coverage == nil {
				t.Errorf("%s has no receipts", p.Value)
			}
		}
		if page.More == "" {
			break
		}
		if first == "" {
			first = page.More
		}
		query.Set("after", page.More)
	}
	if !slices.Equal(got, want) {
		t.Errorf("page by page: %v", got)
	}
	for token, after := range map[string]string{viewer: first, coordinator: "0123456789abcdef0123456789abcdef"} {
		if got := s.call("GET", "/protections?after="+after, token, "", nil); got.Code != http.StatusBadRequest {
			t.Errorf("after %s: %d %s", after, got.Code, got.Body)
		}
	}
	var all listedPage
	s.must("GET", "/protections", viewer, nil, &all)
	if len(all.Protections) != 25 || all.More != "" || all.Protections[0].Coverage != nil {
		t.Errorf("without parameters: %d, more %q", len(all.Protections), all.More)
	}
}

// What stands on the ledger and in force after 100,000 values in one call.
func BenchmarkBulk(b *testing.B) {
	s := newSite(b, nil)
	_, coordinator := s.partner("CERT 01", "coordinator")
	n := 0
	for b.Loop() {
		values := make([]string, 20_000)
		for i := range values {
			values[i] = fmt.Sprintf("c%d.example.com", n)
			n++
		}
		s.must("POST", "/protections/bulk", coordinator, map[string]any{"values": values, "polarity": "block", "reason": "a list"}, nil)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(n), "µs/value")
}
