package rpz

import (
	"bufio"
	"fmt"
	"io"
	"time"

	"github.com/miekg/dns"

	"github.com/tocsin-project/tocsin/internal/feed"
)

// Zone writes the cold zone of a set as a master file (RFC 1035, section 5), one
// record a line, for engines that read a file. It returns what the zone leaves out.
func Zone(w io.Writer, zone string, ttl time.Duration, serial uint32, s feed.Set) ([]feed.Left, error) {
	zone = dns.CanonicalName(zone)
	v := newView(usualPace, maxName-len(zone), func() uint32 { return serial })
	left := v.publish(feed.Update{Anew: true, Set: func() feed.Set { return s }})
	seconds := uint32(ttl / time.Second)
	out := bufio.NewWriter(w)
	out.WriteString(soa(zone, zone, serial, seconds, usualTimers).String() + "\n")
	out.WriteString(ns(zone, seconds).String() + "\n")
	for r := range v.cold.version().rows {
		out.WriteString(r.rr(zone, seconds).String() + "\n")
	}
	if err := out.Flush(); err != nil {
		return nil, fmt.Errorf("write zone %s: %w", zone, err)
	}
	return left, nil
}
