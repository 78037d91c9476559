package epidemic

import (
	"math"
	"time"
)

// addresses is how many IPv4 addresses a worm that scans at random tries.
const addresses = 1 << 32

// Scanning is the growth rate K, an hour, of a worm that scans the IPv4 addresses
// at random: each infected host tries scans addresses a second, and vulnerable
// hosts answer; K = s N / 2^32 (Staniford, Paxson, Weaver: How to 0wn the
// Internet in Your Spare Time, USENIX Security 2002, section 2, from memory).
func Scanning(scans, vulnerable float64) float64 {
	return scans * time.Hour.Seconds() * vulnerable / addresses
}

// Doubling is the time in which the infected double at first, of a growth rate an
// hour.
func Doubling(rate float64) time.Duration {
	return time.Duration(math.Ln2 / rate * float64(time.Hour))
}

// Rate is the growth rate, an hour, of a doubling time.
func Rate(doubling time.Duration) float64 { return math.Ln2 / doubling.Hours() }

// Logistic is the solution of the model SI, in which every infected host stays
// so: dI/dt = K I (1 - I/N).
type Logistic struct {
	K float64 // an hour, growth at first
	T float64 // hours, when half of them are infected
	N float64 // hosts in the end
}

// SI is the curve of hosts of which start are infected at hour 0.
func SI(rate, hosts, start float64) Logistic {
	return Logistic{K: rate, T: math.Log((hosts-start)/start) / rate, N: hosts}
}

// At is how many hosts are infected.
func (l Logistic) At(hours float64) float64 { return l.N * sigmoid(l.K*(hours-l.T)) }

// Reaches is the hour at which a share of the hosts, between 0 and 1, is
// infected.
func (l Logistic) Reaches(share float64) float64 {
	return l.T + math.Log(share/(1-share))/l.K
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
