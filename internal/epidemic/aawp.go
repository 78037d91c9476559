package epidemic

import "math"

// AAWP is the Analytical Active Worm Propagation model of Chen, Gao, Kwiat
// (INFOCOM 2003, section II, from memory): in each tick, at the end of which all
// happens,
//
//	n' = (1 - d - p) n + [(1-p)^t N - n] [1 - (1 - 2^-32)^(s n)]
//
// with hosts that Death cleans becoming vulnerable again, and those patched, be
// they infected or not, gone. Two scans that hit the same host count once.
type AAWP struct {
	Vulnerable float64 // N, at first
	Start      float64 // infected at tick 0
	Scans      float64 // s, of an infected host in a tick
	Death      float64 // d, chance in a tick
	Patch      float64 // p, chance in a tick
}

// Iterate is how many hosts are infected at ticks 0 to ticks.
func (m AAWP) Iterate(ticks int) []float64 {
	miss := math.Log1p(-1.0 / addresses)
	n, alive := m.Start, m.Vulnerable
	list := make([]float64, 0, ticks+1)
	for range ticks {
		list = append(list, n)
		n = (1-m.Death-m.Patch)*n - (alive-n)*math.Expm1(miss*m.Scans*n)
		alive *= 1 - m.Patch
	}
	return append(list, n)
}
