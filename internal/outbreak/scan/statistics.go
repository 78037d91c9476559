package scan

import (
	"math"
	"math/rand/v2"
	"time"
)

// Contacts is how many first contacts it takes on average to flag a scanning
// host, of whose contacts a share fails: Wald's identity with the overshoot left
// in, since the walk moves in whole steps, and without the lower threshold,
// which few scanners meet. It is infinite where the walk does not drift upwards.
func (c Config) Contacts(failing float64) float64 {
	t := newTest(c.withDefaults())
	failure, success := float64(t.failure), float64(t.success)
	drift := failing*failure + (1-failing)*success
	if drift < 1e-6 {
		return math.Inf(1)
	}
	return math.Ceil(float64(t.upper)/failure) * failure / drift
}

// Wald is the number of first contacts until the walk's first verdict, on
// average, of a scanner (at theta1) and of a benign source (at theta0), by the
// formula that the paper takes from Wald (Sequential Analysis, 1947): the
// thresholds, weighted by the error rates asked for, over the drift. It supposes
// that the walk ends on a threshold. This one moves in steps of log 4 and ends
// a good two thirds of a step beyond log 99, so that the truth is WithOvershoot.
func Wald(c Config) (flag, clear float64) {
	c = c.withDefaults()
	upper, lower := math.Log(c.Beta/c.Alpha), math.Log((1-c.Beta)/(1-c.Alpha))
	drift := func(theta float64) float64 {
		return theta*math.Log(c.Theta1/c.Theta0) + (1-theta)*math.Log((1-c.Theta1)/(1-c.Theta0))
	}
	return (c.Beta*upper + (1-c.Beta)*lower) / drift(c.Theta1),
		(c.Alpha*upper + (1-c.Alpha)*lower) / drift(c.Theta0)
}

// WithOvershoot is what Wald approximates, exactly. By the defaults the walk ends
// four steps up or down, where the likelihood ratio is 256, not 99: 6.61 contacts
// instead of 5.41, for error rates of 1 in 257 instead of 1 in 100.
func WithOvershoot(c Config) (flag, clear float64) {
	c = c.withDefaults()
	return Exact(c, 1-c.Theta1).Contacts, Exact(c, 1-c.Theta0).Contacts
}

// Verdict is how the walk's first verdict on a source falls.
type Verdict struct {
	Contacts float64 // first contacts until then, on average
	Flagged  float64 // chance that it is a scanner
	Error    float64 // standard error of Contacts, where it was measured
}

// Exact computes the first verdict on a source of whose contacts a share fails,
// by summing over all ways in which the walk can go.
func Exact(c Config, failing float64) Verdict {
	t := newTest(c.withDefaults())
	var v Verdict
	undecided := []float64{1} // the chance of each number of failures after n contacts
	for n := 1; ; n++ {
		next := make([]float64, n+1)
		left := 0.0
		for failures, p := range undecided {
			next[failures] += p * (1 - failing)
			next[failures+1] += p * failing
			v.Contacts += p
		}
		for failures, p := range next {
			ratio := float32(failures)*t.failure + float32(n-failures)*t.success
			if ratio >= t.upper {
				v.Flagged += p
			}
			if ratio >= t.upper || ratio <= t.lower {
				next[failures] = 0
			} else {
				left += p
			}
		}
		if undecided = next; left < 1e-15 {
			return v
		}
	}
}

// Measure plays the first verdict on so many sources, with the detector's own
// steps.
func Measure(c Config, failing float64, sources int, seed uint64) Verdict {
	c = c.withDefaults()
	c.History = Stricter // marks the source that is found benign
	t, r := newTest(c), rand.New(rand.NewPCG(seed, seed))
	var v Verdict
	var sum, squares float64
	for range sources {
		var w walk
		n, flagged := 0.0, false
		for !flagged && w.state&benign == 0 {
			flagged = t.step(&w, r.Float64() < failing, 0)
			n++
		}
		if flagged {
			v.Flagged++
		}
		sum, squares = sum+n, squares+n*n
	}
	count := float64(sources)
	v.Contacts, v.Flagged = sum/count, v.Flagged/count
	v.Error = math.Sqrt((squares/count - v.Contacts*v.Contacts) / count)
	return v
}

// FalseAlarms is how often a benign source is flagged in a day in which it makes
// so many first contacts in each window, of which a share fails: measured over
// so many days. A flag starts the walk anew.
func FalseAlarms(c Config, perWindow int, failing float64, days int, seed uint64) float64 {
	c = c.withDefaults()
	t, r := newTest(c), rand.New(rand.NewPCG(seed, seed))
	var w walk
	flags := 0
	for range days * int(24*time.Hour/c.Window) {
		w.count = 0
		for range perWindow {
			w.count++
			if t.step(&w, r.Float64() < failing, 0) {
				w = walk{count: w.count}
				flags++
			}
		}
	}
	return float64(flags) / float64(days)
}

// Delay is how many first contacts a source makes on average from its infection
// until it is flagged, if before it made so many, within one window, of which a
// share fails, and after it another share fails. Sources that were flagged before are left out.
func Delay(c Config, history int, before, after float64, sources int, seed uint64) float64 {
	t, r := newTest(c.withDefaults()), rand.New(rand.NewPCG(seed, seed))
	total, counted := 0, 0
	for range sources {
		var w walk
		step := func(failing float64) bool {
			w.count++
			return t.step(&w, r.Float64() < failing, 0)
		}
		flagged := false
		for i := 0; i < history && !flagged; i++ {
			flagged = step(before)
		}
		if flagged {
			continue
		}
		counted++
		for !flagged {
			flagged = step(after)
			total++
		}
	}
	return float64(total) / float64(counted)
}
