package exposure

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
)

// ReadNessus reads a CSV export of Tenable's Nessus or Vulnerability Management and
// keeps counts only. Its columns, in any order: CVE and Host are needed (or IP Address
// for Host); Risk, Vulnerability State and Unsupported By Vendor are read if they are
// there; all others are passed over. Nessus writes "Plugin ID,CVE,CVSS,Risk,Host,
// Protocol,Port,Name,Synopsis,Description,Solution,See Also,Plugin Output", newer ones
// "CVSS v2.0 Base Score" for CVSS and more behind; Tenable adds the others (Tenable,
// "CSV Vulnerability Export Fields",
// docs.tenable.com/tenableio/Content/Analysis/CSVVulnExportFields.htm).
//
// A record is what one plugin found on one host: of a risk other than None it is a
// finding, and the host exposed, or unsupported where the record says that the vendor
// supports it no more. With the state Fixed an earlier finding is gone: patched. The
// export does not say which plugins ran and found nothing: such hosts are unknown.
func ReadNessus(ctx context.Context, text io.Reader, o Options) ([]Row, Scanned, error) {
	t, err := openTable(text)
	if err != nil {
		return nil, Scanned{}, err
	}
	cve, host := t.column("CVE"), t.column("Host", "IP Address")
	if cve < 0 || host < 0 {
		return nil, Scanned{}, fmt.Errorf("%w: line 1: a Nessus export has the columns CVE and Host: is it one, as CSV?", access.ErrInvalid)
	}
	risk, state, unsupported := t.column("Risk"), t.column("Vulnerability State"), t.column("Unsupported By Vendor")
	s := newScan()
	for {
		more, err := t.next(ctx)
		if err != nil {
			return nil, Scanned{}, err
		}
		if !more {
			return s.reduced(o)
		}
		f := vulnerable
		if strings.EqualFold(t.text(unsupported), "true") {
			f = outOfDate
		}
		switch strings.ToLower(t.text(state)) {
		case "fixed":
			f = fixed
		case "", "active", "new", "resurfaced":
		default:
			return nil, Scanned{}, t.wrong(state, "it is none of Active, New, Resurfaced and Fixed")
		}
		none := strings.EqualFold(t.text(risk), "none") // it informs, and finds nothing wrong
		if err := s.record(t.text(host), t.text(cve), f, none); err != nil {
			return nil, Scanned{}, fmt.Errorf("line %d: %w", t.line, err)
		}
	}
}

// record notes one record of a table: none says that it is about nothing wrong.
func (s *scan) record(host, cves string, f finding, none bool) error {
	number, err := s.host(host)
	if err != nil || none {
		return err
	}
	vulnerabilities, err := s.vulnerabilities(cves)
	if err != nil {
		return err
	}
	if len(vulnerabilities) == 0 {
		s.without++
	}
	return s.note(number, vulnerabilities, f)
}
