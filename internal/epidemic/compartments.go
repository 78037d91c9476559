package epidemic

import "math"

// Point is a curve's state at an hour; all but Hours in hosts.
type Point struct {
	Hours       float64
	Susceptible float64
	Infectious  float64
	Dormant     float64
	Removed     float64 // after they were infected
	Immune      float64 // before they were
}

// Ever is how many hosts have been infected.
func (p Point) Ever() float64 { return p.Infectious + p.Dormant + p.Removed }

// SIIDR is the model of Chernikova, Gozzi, Perra, Boboila, Eliassi-Rad, Oprea
// (arXiv 2208.03276; Applied Network Science 8, 2023), with homogeneous mixing.
// Rates are an hour. With Sleep and Wake zero it is SIR (Kermack, McKendrick 1927), and
// with Remove zero as well SI.
//
//	dS/dt  = -Beta S I / N
//	dI/dt  =  Beta S I / N - (Remove + Sleep) I + Wake ID
//	dID/dt =  Sleep I - Wake ID
//	dR/dt  =  Remove I
type SIIDR struct {
	Hosts  float64 // N
	Start  float64 // infectious at hour 0
	Beta   float64 // infections an infectious host causes while all others are susceptible
	Remove float64 // mu
	Sleep  float64 // gamma 1
	Wake   float64 // gamma 2
}

// Curve is the state at hours 0, every, 2 every and so on up to hours.
func (m SIIDR) Curve(hours, every float64) []Point {
	slope := func(y state) state {
		hit := m.Beta * y[0] * y[1] / m.Hosts
		return state{-hit, hit - (m.Remove+m.Sleep)*y[1] + m.Wake*y[2], m.Sleep*y[1] - m.Wake*y[2], m.Remove * y[1]}
	}
	return curve(state{m.Hosts - m.Start, m.Start}, slope, hours, every, m.Hosts)
}

// Reproduction is how many hosts one infectious host infects while all others
// are susceptible: Beta / Remove, whether it sleeps in between or not.
func (m SIIDR) Reproduction() float64 { return m.Beta / m.Remove }

// FinalSize is the share of all hosts that have been infected when nobody is
// infectious any more, of the model SIR and of SIIDR if the dormant wake: the
// root of 1 - z = s exp(-R z), s the share susceptible at first (Kermack,
// McKendrick 1927).
func FinalSize(reproduction, start float64) float64 {
	low, high := start, 1.0
	// 1-z is above s exp(-R z) just below the root and under it above; from a
	// start of 0 the upper of two roots is looked for.
	for range 200 {
		z := (low + high) / 2
		if 1-z > (1-start)*math.Exp(-reproduction*z) {
			low = z
		} else {
			high = z
		}
	}
	return (low + high) / 2
}

// TwoFactor is the model of Zou, Gong, Towsley (ACM CCS 2002, section 5, from
// memory): people patch and clean, and the worm's own traffic slows it down.
// Rates are an hour.
//
//	dI/dt = b(t) (N - R - I - Q) I - Gamma I
//	dR/dt = Gamma I
//	dQ/dt = Mu S J,  J = I + R
//	b(t)  = Beta/N (1 - I/N)^Eta
//
// Points count R as Removed and Q as Immune.
type TwoFactor struct {
	Hosts float64 // N
	Start float64 // infectious at hour 0
	Beta  float64 // the paper's beta 0 times N
	Gamma float64 // infectious -> removed
	Mu    float64 // susceptible -> immune, times N: what it would be if all had been infected
	Eta   float64 // how much congestion slows it; 0 is not at all
}

// Curve is the state at hours 0, every, 2 every and so on up to hours.
func (m TwoFactor) Curve(hours, every float64) []Point {
	slope := func(y state) state {
		hit := m.Beta / m.Hosts * math.Pow(max(1-y[1]/m.Hosts, 0), m.Eta) * y[0] * y[1]
		patched := m.Mu / m.Hosts * y[0] * (y[1] + y[3])
		return state{-hit - patched, hit - m.Gamma*y[1], 0, m.Gamma * y[1], patched}
	}
	return curve(state{m.Hosts - m.Start, m.Start}, slope, hours, every, m.Hosts)
}
