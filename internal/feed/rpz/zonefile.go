package rpz

import (
	"bufio"
	"fmt"
	"io"
	"time"

	"github.com/miekg/dns"

	"github.com/tocsin-project/tocsin/internal/feed"
)

// Zone writes the zone as a master file (RFC 1035, section 5), one record a
// line, for engines that read a file. It returns what the zone leaves out.
func Zone(w io.Writer, zone string, ttl time.Duration, serial uint32, s feed.Set) ([]feed.Left, error) {
	zone = dns.CanonicalName(zone)
	v := version{content: compile(s, zone), serial: serial}
	out := bufio.NewWriter(w)
	closing := false // a transfer ends with a second SOA, a file does not
	for rr := range v.whole(zone, uint32(ttl/time.Second)) {
		if rr.Header().Rrtype == dns.TypeSOA {
			if closing {
				break
			}
			closing = true
		}
		out.WriteString(rr.String() + "\n")
	}
	if err := out.Flush(); err != nil {
		return nil, fmt.Errorf("write zone %s: %w", zone, err)
	}
	return v.left, nil
}
