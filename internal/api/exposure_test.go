package api_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tocsin-project/tocsin/internal/api"
	"github.com/tocsin-project/tocsin/internal/exposure"
)

// rowsOf is a report of one row.
func rowsOf(patched, exposed int) string {
	return fmt.Sprintf(`{"rows":[{"vulnerability":"cve-2017-0144","product":"Windows 7","total":%d,"patched":%d,"exposed":%d}]}`, patched+exposed, patched, exposed)
}

const nessusOfTwo = "Plugin ID,CVE,CVSS,Risk,Host,Protocol,Port,Name\n97833,CVE-2017-0144,9.3,Critical,ward-7.hospital.example,tcp,445,MS17-010\n19506,,,None,198.51.100.8,tcp,0,Nessus Scan Information\n"

// Coverage comes in three ways; the board has the sums, each partner its own, and
// nobody another's rows unless they are shown to it.
func TestExposureIsReportedAndShown(t *testing.T) {
	s := newSite(t, nil)
	ids, tokens := make([]string, 6), make([]string, 6)
	for i := range ids {
		ids[i], tokens[i] = s.partner(fmt.Sprintf("Hospital %d", i), "contributor")
	}
	report := func(token, query, media, text string) *api.ExposureTaken {
		t.Helper()
		got := s.call("POST", "/exposure"+query, token, media, strings.NewReader(text))
		if got.Code != http.StatusCreated {
			t.Fatalf("report: %d %s", got.Code, got.Body)
		}
		var taken api.ExposureTaken
		if err := json.Unmarshal(got.Body.Bytes(), &taken); err != nil {
			t.Fatal(err)
		}
		return &taken
	}
	board := func(token string) (b exposure.Board) {
		t.Helper()
		s.must("GET", "/exposure/CVE-2017-0144", token, nil, &b)
		return b
	}
	report(tokens[0], "", "application/json", rowsOf(1, 2))
	report(tokens[1], "?as_of=2017-05-12", "text/csv; charset=utf-8", "cve;total;exposed;unknown\nCVE-2017-0144;30;10;20\n")
	if taken := report(tokens[2], "?format=nessus&hosts=5", "text/csv", nessusOfTwo); taken.Rows != 1 || taken.Scanned == nil || taken.Scanned.Hosts != 2 {
		t.Errorf("%+v", taken)
	}
	report(tokens[3], "", "application/json", rowsOf(0, 100))
	if b := board(tokens[4]); b.FewerThan != 5 || b.Counts != nil {
		t.Errorf("of four: %+v", b)
	}
	report(tokens[4], "", "application/json", rowsOf(7, 0))
	b := board(tokens[5])
	if b.Organisations != 5 || b.NotReporting != 1 || *b.Counts != (exposure.Counts{Total: 145, Patched: 8, Exposed: 113, Unknown: 24}) || b.Own != nil {
		t.Errorf("%+v %+v", b, b.Counts)
	}
	report(tokens[3], "", "application/json", rowsOf(50, 50))
	if b := board(tokens[3]); b.Own.Patched != 50 || b.Counts.Exposed != 63 {
		t.Errorf("replaced: %+v", b)
	}
	// No host is in the ledger, nor in the log.
	for e, err := range s.views.Ledger.Read(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(e.Body, []byte("ward-7")) || e.Kind == exposure.KindReported && e.Audience != "red default" {
			t.Errorf("entry %d: %s %s", e.Seq, e.Audience, e.Body)
		}
	}
	if strings.Contains(s.log.String(), "ward-7") {
		t.Error(s.log.String())
	}
	rows := func(token string) (list struct {
		Rows []exposure.Shown `json:"rows"`
	}) {
		t.Helper()
		s.must("GET", "/exposure/CVE-2017-0144/rows", token, nil, &list)
		return list
	}
	for i, token := range append(tokens, adminToken) {
		for _, r := range rows(token).Rows {
			if i >= len(ids) || string(r.Partner) != ids[i] {
				t.Errorf("%d is shown %+v", i, r)
			}
		}
	}
	var shared exposure.Shared
	s.must("PUT", "/exposure/sharing", tokens[0], map[string]any{"with": []string{ids[5]}}, &shared)
	if got := rows(tokens[5]).Rows; len(got) != 1 || string(got[0].Partner) != ids[0] || len(rows(tokens[4]).Rows) != 1 {
		t.Errorf("shown: %+v", got)
	}
	s.must("PUT", "/exposure/sharing", tokens[0], map[string]any{"with": []string{}}, nil)
	s.must("GET", "/exposure/sharing", tokens[5], nil, &shared)
	if got := rows(tokens[5]).Rows; len(got) != 0 || len(shared.From) != 0 {
		t.Errorf("taken back: %+v %+v", got, shared)
	}
	s.must("POST", "/partners/"+ids[4]+"/dismissal", adminToken, map[string]string{"reason": "left"}, nil)
	if b := board(tokens[5]); b.FewerThan != 5 {
		t.Errorf("after one has left: %+v", b)
	}
}

func TestExposureIsRefused(t *testing.T) {
	s := newSite(t, nil)
	_, contributor := s.partner("Hospital", "contributor")
	_, viewer := s.partner("Reader", "viewer")
	head, err := s.views.Ledger.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		method, path, token, media, body string
		status                           int
		wanted                           string
	}{
		{"POST", "/exposure", viewer, "application/json", rowsOf(1, 1), 403, "contributor"},
		{"POST", "/exposure", adminToken, "application/json", rowsOf(1, 1), 403, "partner"},
		{"POST", "/exposure", contributor, "application/pdf", "x", 415, "text/csv"},
		{"POST", "/exposure?hosts=many", contributor, "text/csv", nessusOfTwo, 400, "hosts"},
		{"POST", "/exposure?formt=nessus", contributor, "text/csv", nessusOfTwo, 400, "formt"},
		{"POST", "/exposure?format=pdf", contributor, "text/csv", nessusOfTwo, 400, "nessus"},
		{"POST", "/exposure?as_of=soon", contributor, "text/csv", "cve,total\nCVE-2017-0144,0\n", 400, "as_of"},
		{"POST", "/exposure", contributor, "text/csv", nessusOfTwo, 400, "line 1, column 1"},
		{"POST", "/exposure", contributor, "text/csv", "cve,total\nCVE-2017-0144,1\n", 400, "line 2"},
		{"POST", "/exposure", contributor, "application/json", `{"rows":[]}`, 400, "there are no rows"},
		{"POST", "/exposure", contributor, "application/json", `{"rows":[{"vulnerability":"CVE-2017-0144","total":1,"unknown":1},{"vulnerability":"x"}]}`, 400, "/rows/1"},
		{"POST", "/exposure/kev", contributor, "application/json", `{"vulnerabilities":[]}`, 403, "coordinator"},
		{"GET", "/exposure/MS17-010", viewer, "", "", 400, "CVE-2017-0144"},
		{"GET", "/exposure/MS17-010/rows", viewer, "", "", 400, "CVE-2017-0144"},
		{"GET", "/exposure?after=x", viewer, "", "", 400, "after"},
		{"PUT", "/exposure/sharing", contributor, "application/json", `{"with":["identity--none"]}`, 400, "identity--none"},
		{"PUT", "/exposure/sharing", viewer, "application/json", `{"with":[]}`, 403, "contributor"},
	} {
		got := s.call(test.method, test.path, test.token, test.media, strings.NewReader(test.body))
		if got.Code != test.status || !strings.Contains(got.Body.String(), test.wanted) {
			t.Errorf("%s %s: %d %s; wanted are %d and %q", test.method, test.path, got.Code, got.Body, test.status, test.wanted)
		}
	}
	if now, err := s.views.Ledger.Head(t.Context()); err != nil || now.Seq != head.Seq {
		t.Errorf("of what was refused something was taken: %d entries, %v", now.Seq-head.Seq, err)
	}
}

func TestKnownExploited(t *testing.T) {
	s := newSite(t, nil)
	_, coordinator := s.partner("CERT", "coordinator")
	const catalog = `{"vulnerabilities":[{"cveID":"CVE-2017-0144","vendorProject":"Microsoft","product":"SMBv1","vulnerabilityName":"SMBv1 flaw","dateAdded":"2022-02-10","dueDate":"2022-08-10","knownRansomwareCampaignUse":"Known"},{"cveID":"CVE-2020-0601","dateAdded":"2021-11-03"}]}`
	// A real catalog is longer than other calls may be.
	got := s.call("POST", "/exposure/kev", coordinator, "application/json", strings.NewReader(strings.Repeat(" ", 2<<20)+catalog))
	if got.Code != http.StatusCreated {
		t.Fatalf("%d %s", got.Code, got.Body)
	}
	var b exposure.Board
	s.must("GET", "/exposure/CVE-2017-0144", coordinator, nil, &b)
	if b.Known == nil || b.Known.Due != "2022-08-10" || !b.Known.Ransomware {
		t.Errorf("%+v", b.Known)
	}
	for query, wanted := range map[string]int{"": 0, "?known=true": 2, "?known=true&limit=1": 1} {
		var list struct {
			Vulnerabilities []exposure.Summary `json:"vulnerabilities"`
			More            string             `json:"more"`
		}
		s.must("GET", "/exposure"+query, coordinator, nil, &list)
		if len(list.Vulnerabilities) != wanted || (list.More != "") != strings.Contains(query, "limit") {
			t.Errorf("%s: %+v", query, list)
		}
		if list.More != "" {
			s.must("GET", "/exposure"+query+"&after="+list.More, coordinator, nil, &list)
			if len(list.Vulnerabilities) != 1 || list.Vulnerabilities[0].Vulnerability != "CVE-2020-0601" {
				t.Errorf("the second page: %+v", list)
			}
		}
	}
}

// A hundred thousand rows as CSV, from the call to the board: each run replaces them.
func BenchmarkImport100k(b *testing.B) {
	const limit = 5 * time.Second
	s := newSite(b, nil)
	_, token := s.partner("Agency", "contributor")
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		var text strings.Builder
		text.WriteString("vulnerability,product,total,patched,exposed,unknown,as_of\n")
		for n := range 100_000 {
			fmt.Fprintf(&text, "CVE-20%02d-%04d,Product %d,%d,%d,1,2,2017-05-12T07:44:00Z\n", n%20, n/100, n/20%5, n+i+3, n+i)
		}
		body := strings.NewReader(text.String())
		b.StartTimer()
		if got := s.call("POST", "/exposure", token, "text/csv", body); got.Code != http.StatusCreated {
			b.Fatalf("%d %s", got.Code, got.Body)
		}
		var one struct {
			Rows []exposure.Shown `json:"rows"`
		}
		s.must("GET", "/exposure/CVE-2019-0999/rows", token, nil, &one)
		if len(one.Rows) != 5 || one.Rows[0].Patched < int64(i) {
			b.Fatalf("%+v", one)
		}
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(limit), "of-limit")
	entries := 0
	for range s.views.Ledger.Read(b.Context(), 0, exposure.KindReported) {
		entries++
	}
	b.ReportMetric(float64(entries)/float64(b.N), "entries")
}
