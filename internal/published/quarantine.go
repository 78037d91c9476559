package published

import (
	"context"
	"fmt"
	"math"
)

// Code Red as Moore, Shannon, Voelker and Savage simulate it: probes a second of
// a host, and vulnerable hosts (Internet Quarantine, INFOCOM 2003, section IV;
// from memory).
const (
	quarantineProbes     = 10
	quarantineVulnerable = 360_000
	// quarantineShare of the vulnerable may be infected after 24 hours, in 95 of
	// 100 epidemics.
	quarantineShare = 0.01
	quarantineSure  = 0.95
)

// blacklisting is the longest time in hours after which each infected host has
// to be cut off: one that lasts longer infects more than one other on average,
// K hosts an hour, and the epidemic grows.
func blacklisting(k float64) float64 { return 1 / k }

// filtering is the latest time in hours after the first infection at which
// everything stops at once. Until few are left, infections are a Yule process:
// from one host their number at a time t is geometric with mean e^(Kt) (Yule
// 1924), so that it is below a bound m with the chance 1 - (1 - e^(-Kt))^m.
func filtering(k, bound, sure float64) float64 {
	return -math.Log(-math.Expm1(math.Log1p(-sure)/bound)) / k
}

func quarantineRows(context.Context, Size) ([]Row, error) {
	k := quarantineProbes * quarantineVulnerable / math.Exp2(32) * 3600
	const source = "Moore et al., INFOCOM 2003"
	how := fmt.Sprintf("K = %.2f an hour, of %d probes a second and %d hosts", k, quarantineProbes, quarantineVulnerable)
	return []Row{
		{
			What: "Code Red, reaction that contains it by cutting off each infected host", Published: "20 min", Source: source,
			Ours: fmt.Sprintf("%.1f min", 60*blacklisting(k)), How: how + "; 1/K: one that lasts longer infects more than one other",
		},
		{
			What: "Code Red, reaction that contains it by filtering everywhere at once", Published: "2 h", Source: source,
			Ours: fmt.Sprintf("%.1f h", filtering(k, quarantineShare*quarantineVulnerable, quarantineSure)),
			How:  how + "; a Yule process stays under 1 % in 95 of 100 epidemics until then",
			Why:  "theirs is of simulations, and given as about two hours",
		},
	}, nil
}
