// Package exercise plays an epidemic over partners and their hosts, to ask what
// sharing buys, and writes the log records that sensors would have written. It
// counts hosts and writes text; it holds nothing that could infect anything.
//
// # The model
//
// Two levels, in ticks of 10 seconds. Partner i has V_i susceptible hosts of
// which I_i are infected; an infected host stays so. In a tick each host that is
// still susceptible is hit with probability 1 - exp(-(a_i + b_i)):
//
//	a_i = (2^(tick/inside) - 1) I_i / V_i          inside a partner
//	b_i = (tick ln 2 / between) sum over j != i of (I_j / V) / (n V)
//
// where inside is the doubling time within a partner, V the mean of the V_i over
// the n partners, and between the time in which partners fully infected double
// in number while most have none. The new infections of a tick are one binomial
// draw a partner, so that the number of hosts costs nothing. A few hosts are
// infected from outside within the first minutes.
//
// At a partner whose protections are in force a host that is hit asks for the
// kill switch's name, is answered, and is not infected. Hosts infected before go
// on scanning: the switch is asked once, at the start.
//
// # Same seed, same story
//
// Each partner has a stream of random numbers of its own, and the records of a
// tick one of their own for each partner and tick. So neither the order of calls
// nor whether records are written at all changes what happens.
package exercise

import (
	"net/netip"
	"time"
)

// Tick is the simulated time of one step.
const Tick = 10 * time.Second

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
