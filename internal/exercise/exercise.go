// Package exercise plays an epidemic over partners and their hosts, to ask what
// sharing buys, and writes the log records that sensors would have written. It
// counts hosts and writes text; it holds nothing that could infect anything.
//
// # The model
//
// The epidemic itself is package epidemic's, in steps of a scenario's length (ten
// seconds unless it says so). A worm of two levels doubles within a partner in
// one time and brings itself to other partners in another; one that scans all
// addresses evenly grows by K = s N / 2^32. A few hosts are infected from outside.
//
// Partners have networks of a size, hosts that were patched before, and addresses
// at which they see scans from outside. They, and the hub, are protected in the
// end by a chain of delays, each of which a scenario gives apart: detection,
// upload, decision, delivery, and until what was delivered is applied. Who takes
// part, which share of the hosts a protection covers, and what a partner's own
// people find out alone are a scenario's too. The rules that ring are the hub's
// own: outbreak.Config.Corroborated for partners whose hosts scan, trend.Pool for
// scans from outside.
//
// At a partner whose protections are in force a host that is hit is not infected;
// with a kill switch it asks for its name, is answered, and exits. Hosts infected
// before go on scanning, unless a scenario has them quarantined.
//
// # Same seed, same story
//
// Each partner has streams of random numbers of its own, and the records of a
// step one of their own for each partner and step. So neither the order of calls
// nor whether records are written at all changes what happens, and ways of
// sharing are compared on the same epidemic.
package exercise

import "net/netip"

// Site is one partner and its network.
type Site struct {
	Name        string
	Sector      string // STIX 2.1 industry-sector-ov
	Country     string // ISO 3166-1 alpha-2
	Kind        string // government, cert, provider, vendor, security or operator
	Hosts       int
	Susceptible int          // of its hosts
	Prefix      netip.Prefix // of its hosts' addresses, within 10.0.0.0/8; the zero Prefix if there are too many hosts for that
}
