package exposure

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
)

// ReadGreenboneCSV reads a report that OpenVAS or Greenbone exported as "CSV Results"
// and keeps counts only. Its columns, in any order: CVEs and IP (or Hostname) are
// needed, Severity and CVSS are read if they are there; all others are passed over.
// The report format writes "IP,Hostname,Port,Port Protocol,CVSS,Severity,Solution
// Type,NVT Name,Summary,Specific Result,NVT OID,CVEs,Task ID,Task Name,Timestamp,Result
// ID,Impact,...", newer ones QoD behind Severity (Greenbone, report format CSV Results,
// c1645568-627a-11e3-a660-406186ea4fc5).
//
// A record is a result on one host: a finding, and the host exposed, unless its
// severity is Log or False Positive. The export says of no host that a check ran and
// found nothing, nor what is supported: patched and unsupported are always 0, and
// hosts without the finding unknown. The XML report tells more.
func ReadGreenboneCSV(ctx context.Context, text io.Reader, o Options) ([]Row, Scanned, error) {
	t, err := openTable(text)
	if err != nil {
		return nil, Scanned{}, err
	}
	cves, ip, name := t.column("CVEs"), t.column("IP"), t.column("Hostname")
	if cves < 0 || ip < 0 && name < 0 {
		return nil, Scanned{}, fmt.Errorf("%w: line 1: a Greenbone export has the columns IP and CVEs: is it one, as CSV Results?", access.ErrInvalid)
	}
	severity, cvss := t.column("Severity"), t.column("CVSS")
	s := newScan()
	for {
		more, err := t.next(ctx)
		if err != nil {
			return nil, Scanned{}, err
		}
		if !more {
			return s.reduced(o)
		}
		none := harmless(t.text(severity), t.text(cvss))
		if err := s.record(cmp.Or(t.text(ip), t.text(name)), t.text(cves), vulnerable, none); err != nil {
			return nil, Scanned{}, fmt.Errorf("line %d: %w", t.line, err)
		}
	}
}

// harmless says of a result that it found nothing wrong: a level or a severity of
// Log (0.0), False Positive (-1.0), Debug (-2.0) or Error (-3.0), as the Greenbone
// Management Protocol has them.
func harmless(level, severity string) bool {
	switch strings.ToLower(level) {
	case "log", "false positive", "debug", "error":
		return true
	}
	return strings.HasPrefix(severity, "-") || severity != "" && strings.Trim(severity, "0.") == ""
}
