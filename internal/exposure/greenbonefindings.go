package exposure

import (
	"fmt"
	"strings"

	"github.com/tocsin-project/tocsin/internal/access"
)

// greenbone is a report that is being read.
type greenbone struct {
	*scan
	path   []string // the elements that are open
	text   []byte   // of the innermost, so far
	ended  string   // when the scan ended
	result result
	detail detail

	checks  map[string]uint32 // by object identifier
	about   [][]uint32        // by check: its vulnerabilities
	passed  map[uint64]bool   // check << 32 | host
	results int
	paged   bool
	all     int // results that there are
	report  bool
}

// result and detail are what an element says, until it ends.
type result struct {
	host, check, level, severity string
	cves                         []string
}

type detail struct{ host, name, value, check string }

// check is the number of a check.
func (g *greenbone) check(id string) uint32 {
	n, there := g.checks[id]
	if !there {
		n = uint32(len(g.about))
		g.checks[id] = n
		g.about = append(g.about, nil)
	}
	return n
}

func (g *greenbone) resulted() error {
	r := g.result
	host, err := g.host(r.host)
	if err != nil {
		return err
	}
	vulnerabilities, err := g.vulnerabilities(strings.Join(r.cves, " "))
	if err != nil {
		return err
	}
	if r.check != "" && len(vulnerabilities) > 0 {
		g.about[g.check(r.check)] = vulnerabilities
	}
	if harmless(r.level, r.severity) {
		return nil
	}
	if len(vulnerabilities) == 0 {
		g.without++
	}
	return g.note(host, vulnerabilities, vulnerable)
}

func (g *greenbone) detailed() error {
	d := g.detail
	if d.name != "EXIT_CODE" || d.value != "EXIT_NOTVULN" || d.check == "" {
		return nil
	}
	host, err := g.host(d.host)
	if err != nil {
		return err
	}
	if len(g.passed) >= maxChecks {
		return fmt.Errorf("%w: more than %d checks: split the report", access.ErrInvalid, maxChecks)
	}
	g.passed[uint64(g.check(d.check))<<32|uint64(host)] = true
	return nil
}

func (g *greenbone) reduced(o Options) ([]Row, Scanned, error) {
	switch {
	case !g.report:
		return nil, Scanned{}, fmt.Errorf("%w: there is no report with results in it: is it a Greenbone report as XML?", access.ErrInvalid)
	case g.paged && g.all > g.results:
		return nil, Scanned{}, fmt.Errorf("%w: the report has %d of %d results: export all of them, with the filter rows=-1", access.ErrInvalid, g.results, g.all)
	}
	for k := range g.passed {
		if err := g.note(uint32(k), g.about[k>>32], fixed); err != nil {
			return nil, Scanned{}, err
		}
	}
	if at, err := ParseTime(g.ended); err == nil && o.AsOf.IsZero() {
		o.AsOf = at
	}
	return g.scan.reduced(o)
}
