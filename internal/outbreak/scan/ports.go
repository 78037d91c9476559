package scan

import (
	"cmp"
	"slices"
	"strconv"
	"time"
)

// Port is what is known of the scans of one port in one direction. Times are
// those of the records.
type Port struct {
	Port     uint16
	Inbound  bool      // scanned from elsewhere; otherwise by the partner's own hosts
	Sources  int       // distinct scanning hosts so far
	Fresh    int       // of them, those since Take gave the port last
	Contacts int       // first contacts of scanning hosts, from the one that flagged them on
	Dark     int       // first contacts with dark addresses, of any host
	First    time.Time // the first failure of the walk that made the first host a scanner
	Last     time.Time // contact that counted
	Taken    time.Time // Last when Take gave the port last
}

type portKey struct {
	port    uint16
	inbound bool
}

// port finds the counts of a port and begins them anew where they have long
// been quiet. There are at most two times 65,536, each made by its first scan.
func (d *Detector) port(port uint16, inbound bool, at time.Time) *Port {
	key := portKey{port, inbound}
	p := d.ports[key]
	if p == nil {
		p = &Port{Port: port, Inbound: inbound}
		d.ports[key] = p
	}
	if p.Last.IsZero() || at.Sub(p.Last).Abs() >= d.cfg.Quiet {
		*p = Port{Port: port, Inbound: inbound, First: at, Last: at, Taken: p.Taken}
	}
	if at.After(p.Last) {
		p.Last = at
	}
	return p
}

// Take returns the ports that are due, sorted by port, outbound first, and
// counts what is fresh anew from here on. due must not keep its argument.
func (d *Detector) Take(due func(*Port) bool) []Port {
	var taken []Port
	for _, p := range d.ports {
		if due(p) {
			taken = append(taken, *p)
			p.Fresh, p.Taken = 0, p.Last
		}
	}
	slices.SortFunc(taken, func(a, b Port) int {
		return cmp.Or(cmp.Compare(a.Port, b.Port), cmp.Compare(strconv.FormatBool(a.Inbound), strconv.FormatBool(b.Inbound)))
	})
	return taken
}
