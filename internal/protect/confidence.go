package protect

import (
	"math"
	"time"

	"github.com/tocsin-project/tocsin/internal/observable"
)

// What one voice's word weighs, in percent: how likely the value is bad if
// nobody else says anything. They are judgements, and no measurements.
const (
	weightSeen       = 60 // hosts that scan share it
	weightListed     = 50 // an indicator that gives no confidence of its own
	weightSpoken     = 80 // at most, whatever confidence the indicator gives
	weightDesignated = 90 // a designated partner's word
	mostConfident    = 99 // automation is never sure
)

// confidenceFloor is the confidence at which a protection ends.
const confidenceFloor = 20

// combined is how sure independent voices together make the hub: that not all
// of them are wrong, 1 - (1-a)(1-b)... ("noisy or": Pearl, Probabilistic
// Reasoning in Intelligent Systems, 1988, section 4.3.2; from memory). Partners
// of one voice count as the surest of them.
func combined(witnesses []witness) int {
	surest := make(map[voice]int, len(witnesses))
	for _, w := range witnesses {
		surest[w.voice] = max(surest[w.voice], w.weight)
	}
	counts := [101]int{} // so that the order of a map does not move the last bit
	for _, weight := range surest {
		counts[min(max(weight, 0), 100)]++
	}
	wrong := 1.0
	for weight, n := range counts {
		wrong *= math.Pow(1-float64(weight)/100, float64(n))
	}
	return min(max(int(math.Round(100*(1-wrong))), 1), mostConfident)
}

// decay is the exponent delta of a type: the larger, the sooner most of the
// confidence is gone. An address finds another tenant within hours, a name
// lasts as long as it is paid for, a file stays what it is.
func decay(t observable.Type) float64 {
	switch {
	case t == observable.IPv4 || t == observable.IPv6:
		return 2
	case t.IsHash():
		return 0.5
	}
	return 1
}

// life is how long a confidence takes to fall to the floor, where one of 100
// would fall to nothing within lifetime: the score of MISP's decaying model,
// C * (1 - (t/lifetime)^(1/delta)) (Mokaddem, Wagener, Dulaunoy, Iklody, "Taxonomy
// driven indicator scoring in MISP threat intelligence platforms", 2018, section
// on decaying), solved for t. It is a whole number of microseconds, as the
// ledger keeps times.
func life(t observable.Type, confidence int, lifetime time.Duration) time.Duration {
	left := 1 - confidenceFloor/float64(max(confidence, confidenceFloor+1))
	return time.Duration(float64(lifetime) * math.Pow(left, decay(t))).Truncate(time.Microsecond)
}

// ConfidenceAt is how sure the hub is at a time, 0 to 100: what it was when it
// decided or renewed, fallen along the curve that ends at the floor of 20 when
// the protection expires. A must-resolve does not decay: it is in force or not.
func (p Protection) ConfidenceAt(now time.Time) int {
	sure := p.Confidence
	if sure == 0 {
		sure = 100
	}
	since := p.Decided
	if p.Renewed.After(since) {
		since = p.Renewed
	}
	lasts, passed := p.Expires.Sub(since), now.Sub(since)
	if p.Polarity == MustResolve || passed <= 0 || lasts <= 0 || sure <= confidenceFloor {
		return sure
	}
	delta := decay(p.Type)
	lifetime := float64(lasts) / math.Pow(1-confidenceFloor/float64(sure), delta)
	score := float64(sure) * (1 - math.Pow(float64(passed)/lifetime, 1/delta))
	return max(int(math.Round(score)), 0)
}
