package tabular_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-project/tocsin/internal/tabular"
)

const kev = `{"title":"CISA Catalog of Known Exploited Vulnerabilities","catalogVersion":"2022.02.10","dateReleased":"2022-02-10T00:00:00.0000Z","count":2,"vulnerabilities":[
{"cveID":"CVE-2017-0144","vendorProject":"Microsoft","product":"SMBv1","vulnerabilityName":"Microsoft SMBv1 Remote Code Execution Vulnerability","dateAdded":"2022-02-10","shortDescription":"The SMBv1 server allows remote attackers to execute code.","requiredAction":"Apply updates per vendor instructions.","dueDate":"2022-08-10","knownRansomwareCampaignUse":"Known","notes":"https://nvd.nist.gov/vuln/detail/CVE-2017-0144 ; text","cwes":["CWE-20"]},
{"cveID":"CVE-0000-1","dateAdded":"2022-02-10"},
{"cveID":"CVE-2099-0001","dateAdded":"soon"},
{"cveID":"CVE-2099-0002","vendorProject":"Vendor","product":"Product","vulnerabilityName":"Name","dateAdded":"2022-02-11","knownRansomwareCampaignUse":"Unknown","cwes":[]}]}`

func TestKEVBecomesVulnerabilities(t *testing.T) {
	var m made
	if err := tabular.ReadKEV(t.Context(), strings.NewReader(kev), m.collect(t)); err != nil {
		t.Fatal(err)
	}
	if len(m.heads) != 2 || len(m.problems) != 2 || !strings.HasPrefix(m.problems[0], "/vulnerabilities/13:0 row: cveID") {
		t.Fatalf("%d taken, problems %q", len(m.heads), m.problems)
	}
	h := m.heads[0]
	if h.Type != "vulnerability" || h.Name != "CVE-2017-0144" || h.Modified.Sub(h.Created).Seconds() != 1 {
		t.Errorf("%+v", h)
	}
	if diff := cmp.Diff([]string{"CVE-2017-0144", "CWE-20"}, h.ExternalIDs); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"known-exploited", "ransomware"}, h.Labels); diff != "" {
		t.Error(diff)
	}
	for _, want := range []string{`"x_kev_due_date":"2022-08-10"`, `"url":"https://nvd.nist.gov/vuln/detail/CVE-2017-0144"`, `"x_kev_required_action":"Apply updates per vendor instructions."`} {
		if !strings.Contains(m.raws[0], want) {
			t.Errorf("%s is not in %s", want, m.raws[0])
		}
	}
}

func FuzzKEV(f *testing.F) {
	f.Add(kev)
	f.Add(`{"vulnerabilities":[{"cveID":5,"dateAdded":null,"cwes":[[]]}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		var m made
		_ = tabular.ReadKEV(t.Context(), strings.NewReader(text), m.collect(t)) // no panic, nothing invalid
	})
}
