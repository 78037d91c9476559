package tabular

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/compose"
)

// kevPage is where people read the catalog.
const kevPage = "https://www.cisa.gov/known-exploited-vulnerabilities-catalog"

// ReadKEV reads CISA's catalog of known exploited vulnerabilities
// (known_exploited_vulnerabilities.json). Each becomes a vulnerability with
// the id that its CVE number gives, whoever sends it.
//
// An entry has one date, that of its listing; what CISA changes later is
// whether ransomware is known to use it. Where it is, modified is a second later.
func ReadKEV(ctx context.Context, text io.Reader, each Each) error {
	w := newWriter("", each)
	return readRows(ctx, text, []string{"vulnerabilities"}, false, w, func(r row, line int, pointer string) error {
		o, err := kev(r)
		if err != nil {
			return w.problem(line, 0, pointer, RuleRow, err)
		}
		return w.emit(o, line, pointer)
	})
}

// kev is one entry of the catalog, its own properties under x_kev.
func kev(r row) (*compose.Object, error) {
	cve, ok := compose.CVE(r["cveID"])
	if !ok {
		return nil, fmt.Errorf("cveID %.80q is no CVE number such as CVE-2017-0144", r["cveID"])
	}
	added, err := time.Parse(time.DateOnly, r["dateAdded"])
	if err != nil {
		return nil, fmt.Errorf("dateAdded %.80q is no date such as 2022-02-10", r["dateAdded"])
	}
	if _, err := inRange(added, r["dateAdded"]); err != nil {
		return nil, err
	}
	modified := added
	labels := []string{"known-exploited"}
	if strings.EqualFold(r["knownRansomwareCampaignUse"], "Known") {
		modified = modified.Add(time.Second)
		labels = append(labels, "ransomware")
	}
	o := compose.New("vulnerability", compose.ID("vulnerability", "kev", cve), added, modified)
	o.Set("labels", labels)
	refs := []reference{{Source: "cve", ID: cve}, {Source: "cisa-kev", URL: kevPage}}
	for _, cwe := range strings.Split(r["cwes"], ",") {
		if cwe = strings.TrimSpace(cwe); cwe != "" {
			refs = append(refs, reference{Source: "cwe", ID: cwe})
		}
	}
	for note := range strings.SplitSeq(r["notes"], ";") {
		if note = strings.TrimSpace(note); strings.HasPrefix(note, "https://") || strings.HasPrefix(note, "http://") {
			refs = append(refs, reference{Source: "reference", URL: note})
		}
	}
	o.Set("external_references", refs)
	o.Set("name", cve)
	o.Set("description", strings.TrimSpace(r["vulnerabilityName"]+"\n"+r["shortDescription"]))
	for _, p := range [][2]string{
		{"x_kev_vendor", "vendorProject"}, {"x_kev_product", "product"}, {"x_kev_required_action", "requiredAction"},
		{"x_kev_due_date", "dueDate"}, {"x_kev_ransomware_use", "knownRansomwareCampaignUse"}, {"x_kev_notes", "notes"},
	} {
		o.Set(p[0], r[p[1]])
	}
	return o, nil
}
