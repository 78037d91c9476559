package exposure

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/compose"
)

// Bounds of a scanner's export.
const (
	maxHosts    = 1_000_000
	maxFindings = 5_000_000 // pairs of a host and a vulnerability
	maxChecks   = 5_000_000 // pairs of a host and a check that ran and found nothing
	maxHost     = 253       // bytes of a name, as of one in the DNS
)

// Options are what a scanner's export cannot tell.
type Options struct {
	Hosts   int64     // that could be affected, if there are more than the export names; 0: those
	Product string    // what was scanned, where it is one product
	AsOf    time.Time // when; zero: as the export says, if it does
}

// Scanned is what a scanner's export came to.
type Scanned struct {
	Hosts    int `json:"hosts" doc:"that the export names"`
	Findings int `json:"findings" doc:"pairs of a host and a vulnerability"`
	Without  int `json:"without_cve" doc:"findings that name no CVE, and are left out"`
}

// finding is what is known of a host and a vulnerability; of several, the greatest
// counts.
type finding uint8

const (
	fixed      finding = iota + 1 // a check says that it is not there (any more)
	vulnerable                    // found
	outOfDate                     // found in what its maker supports no more
)

// scan reduces findings to counts. Hosts are numbers as soon as they are read; the
// names go when the reading ends. Nothing here is logged, nor in an error.
type scan struct {
	hosts   map[string]uint32
	numbers map[string]uint32 // of vulnerabilities
	found   map[uint64]finding
	without int
}

func newScan() *scan {
	return &scan{hosts: map[string]uint32{}, numbers: map[string]uint32{}, found: map[uint64]finding{}}
}

// host is the number of a host that was scanned.
func (s *scan) host(name string) (uint32, error) {
	name = strings.ToLower(strings.TrimSpace(name))
	if name == "" || len(name) > maxHost {
		return 0, fmt.Errorf("%w: the host has a name of %d bytes, allowed are 1 to %d", access.ErrInvalid, len(name), maxHost)
	}
	n, there := s.hosts[name]
	if !there {
		if len(s.hosts) >= maxHosts {
			return 0, fmt.Errorf("%w: more than %d hosts: split the export", access.ErrInvalid, maxHosts)
		}
		n = uint32(len(s.hosts))
		s.hosts[strings.Clone(name)] = n
	}
	return n, nil
}

// vulnerabilities are the numbers of those that a text names, separated by anything
// that is in no CVE number.
func (s *scan) vulnerabilities(text string) ([]uint32, error) {
	var list []uint32
	for _, word := range strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune(", ;|\t\r\n", c) }) {
		name, ok := compose.CVE(word)
		if !ok || len(name) > maxVuln {
			continue // NOCVE, or another catalog's number
		}
		n, there := s.numbers[name]
		if !there {
			if len(s.numbers) >= MaxRows {
				return nil, fmt.Errorf("%w: more than %d vulnerabilities: split the export", access.ErrInvalid, MaxRows)
			}
			n = uint32(len(s.numbers))
			s.numbers[strings.Clone(name)] = n
		}
		list = append(list, n)
	}
	return list, nil
}

// note notes what is known of a host and some vulnerabilities.
func (s *scan) note(host uint32, vulnerabilities []uint32, f finding) error {
	for _, v := range vulnerabilities {
		k := uint64(v)<<32 | uint64(host)
		if s.found[k] < f {
			s.found[k] = f
		}
	}
	if len(s.found) > maxFindings {
		return fmt.Errorf("%w: more than %d findings: split the export", access.ErrInvalid, maxFindings)
	}
	return nil
}

// reduced are the counts: of each vulnerability that is named, all hosts, of which
// those without a word about it are unknown.
func (s *scan) reduced(o Options) ([]Row, Scanned, error) {
	scanned := Scanned{Hosts: len(s.hosts), Findings: len(s.found), Without: s.without}
	total := int64(len(s.hosts))
	if o.Hosts != 0 {
		if o.Hosts < total || o.Hosts > MaxCount {
			return nil, scanned, fmt.Errorf("%w: hosts: %d are said to be there, and the export names %d; allowed are these to %d", access.ErrInvalid, o.Hosts, total, MaxCount)
		}
		total = o.Hosts
	}
	rows := make([]Row, len(s.numbers))
	for name, n := range s.numbers {
		rows[n] = Row{Vulnerability: name, Product: o.Product, AsOf: o.AsOf, Counts: Counts{Total: total}}
	}
	for k, f := range s.found {
		switch c := &rows[k>>32].Counts; f {
		case fixed:
			c.Patched++
		case vulnerable:
			c.Exposed++
		case outOfDate:
			c.Unsupported++
		}
	}
	var g gathered
	slices.SortFunc(rows, func(a, b Row) int { return strings.Compare(a.Vulnerability, b.Vulnerability) })
	for _, r := range rows {
		r.Unknown = r.Total - r.Patched - r.Exposed - r.Unsupported
		if r.Unknown == r.Total {
			continue // it was named, and of no host anything is known
		}
		if err := g.add(r, r.Vulnerability); err != nil {
			return nil, scanned, err
		}
	}
	if len(g.rows) == 0 {
		return nil, scanned, fmt.Errorf("%w: the export names %d hosts, and no CVE of which anything is known of one: there is nothing to report", access.ErrInvalid, scanned.Hosts)
	}
	return g.rows, scanned, nil
}
