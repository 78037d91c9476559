package scan

import (
	"net/netip"
	"time"
)

// Distinct is the rule that Zeek comes with, for comparison: a source is a
// scanner when its contacts with 25 distinct hosts on one port failed within
// five minutes (policy/misc/scan.zeek: addr_scan_threshold, addr_scan_interval).
// Zeek counts from one full five minutes to the next; here they may begin at any
// time, so that the rule is never later than Zeek's. Its memory is not bounded.
type Distinct struct {
	Hosts  int           // 25
	Within time.Duration // 5 min

	failed map[distinctKey][]failure
}

type distinctKey struct {
	source netip.Addr
	port   uint16
}

type failure struct {
	target netip.Addr
	last   time.Time
}

// NewDistinct is Zeek's default rule.
func NewDistinct() *Distinct {
	return &Distinct{Hosts: 25, Within: 5 * time.Minute, failed: make(map[distinctKey][]failure)}
}

// Contact notes a contact, first or not, and says whether the rule holds of the
// source now. Times of one source must not go backwards.
func (d *Distinct) Contact(source, target netip.Addr, port uint16, failed bool, at time.Time) bool {
	if !failed {
		return false
	}
	key := distinctKey{source, port}
	kept := d.failed[key][:0]
	for _, f := range d.failed[key] {
		if at.Sub(f.last) < d.Within && f.target != target {
			kept = append(kept, f)
		}
	}
	kept = append(kept, failure{target, at})
	if len(kept) >= d.Hosts {
		delete(d.failed, key)
		return true
	}
	d.failed[key] = kept
	return false
}
