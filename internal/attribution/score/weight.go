package score

import "math"

// Weight is an item's weight: credence times relevance, 0.5 to 2, with L =
// 1/sqrt 2, M = 1, H = sqrt 2 (Xerox PARC's ACH, Pherson). Reliability is A to F
// and credibility 1 to 6 of the Admiralty code, relevance L, M or H.
//
// Credence is the lower of the two Admiralty grades: A, B and 1, 2 are high, C
// and 3 medium, and the rest low. What cannot be judged (F, 6) counts as low: it
// must not weigh like something judged well, nor vanish from the sensitivity
// test. The mapping is this project's own; no source prescribes one.
func Weight(reliability string, credibility int, relevance string) float64 {
	return min(ofSource(reliability), ofContent(credibility)) * grade(relevance)
}

const low, medium, high = math.Sqrt2 / 2, 1.0, math.Sqrt2

func ofSource(reliability string) float64 {
	switch reliability {
	case "A", "B":
		return high
	case "C":
		return medium
	}
	return low
}

func ofContent(credibility int) float64 {
	switch credibility {
	case 1, 2:
		return high
	case 3:
		return medium
	}
	return low
}

func grade(g string) float64 {
	switch g {
	case "H":
		return high
	case "M":
		return medium
	}
	return low
}
