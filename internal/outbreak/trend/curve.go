package trend

import "math"

// curve is an exponential over a constant background, fitted to all the counts
// since some bins before a surge began: Gauss and Newton's method from where the
// Kalman filter came to rest, which is to the filter what the iterated smoother
// is. The filter takes the background as known and its first counts for a level
// that may not have been there; here the background is a third unknown, and its
// uncertainty is part of the rate's.
type curve struct {
	n           int
	level, g, b float64 // log of the excess in the last bin, growth per bin, background
	vll, vgg    float64
	dispersion  float64 // how many times more than Poisson the counts scatter, at least 1
	usual       float64 // what the background was before
}

// fit finds the mode of the posterior: Poisson in the counts; the growth has the
// filter's own prior, the level one as wide around the last count, the background
// one around what was usual.
func (c *curve) fit(counts []float64) {
	c.n = len(counts)
	var m normal3
	// The usual is known from some bins, and may since have moved by a quarter.
	trust := 1 / ((c.usual+1)/8 + c.usual*c.usual/16)
	top := math.Log(max(counts[c.n-1]-c.usual, 0.5))
	for range 25 {
		m = normal3{}
		m.observe(0, c.level-top, 1.0/priorLevel)
		m.observe(1, c.g, 1.0/priorRate)
		m.observe(2, c.b-c.usual, trust)
		for i, y := range counts {
			t := float64(i + 1 - c.n)
			e := math.Exp(bounded(c.level+t*c.g, 3*minLevel, maxLevel))
			m.count(y, c.b+e, e, e*t)
		}
		m.mirror()
		step := m.solve()
		dl, dg := bounded(step[0], -1, 1), bounded(step[1], -0.2, 0.2)
		c.level, c.g = bounded(c.level+dl, minLevel, maxLevel), bounded(c.g+dg, -3, 3)
		c.b = bounded(c.b+step[2], c.b/4+1e-4, maxCount)
		if math.Abs(dl)+math.Abs(dg)*float64(c.n) < 1e-5 {
			break
		}
	}
	c.vll, c.vgg = m.variance(0), m.variance(1)
	chi := 0.0
	for i, y := range counts {
		mean := c.at(i)
		chi += (y - mean) * (y - mean) / max(mean, 0.1)
	}
	c.dispersion = max(chi/max(float64(c.n-3), 1), 1)
}

// at is what the curve has in a bin, by its place from the first.
func (c *curve) at(i int) float64 {
	return c.b + math.Exp(bounded(c.level+float64(i+1-c.n)*c.g, 3*minLevel, maxLevel))
}

func (c *curve) perBin() Interval {
	d := normal95 * math.Sqrt(c.vgg*c.dispersion)
	return Interval{c.g - d, c.g, c.g + d}
}

// settled says whether the estimate has come to rest above zero in the last
// bins, and whether all that merely began fits worse by so much deviance.
func (c *curve) settled(counts []float64, rest int, worse float64) bool {
	now := c.perBin()
	if now.Low < smallest || c.n < 2*rest || !outgrown(counts) {
		return false
	}
	before := *c
	for i := 1; i < rest; i++ {
		before.level -= before.g
		before.fit(counts[:c.n-i])
		was := before.perBin()
		if was.Low < smallest || math.Abs(now.Mid-was.Mid) > max(was.High-was.Mid, now.Mid/10) {
			return false
		}
	}
	return c.scatters(counts) && c.deviance(counts)+worse*c.dispersion < begun(counts)
}

// scatters says that the counts lie around the curve at random, not for long on
// one side: the mean squared difference of neighbouring residuals is at least
// their variance, of which it is twice that in noise (von Neumann's ratio, as
// Durbin and Watson use it; from memory). A curve that merely is the best there
// is for the rise of a day, or for a rush that is about to end, fails this.
func (c *curve) scatters(counts []float64) bool {
	differences, squares, last := 0.0, 1e-9, 0.0
	for i, y := range counts {
		mean := c.at(i)
		e := (y - mean) / math.Sqrt(max(mean, 0.1))
		if i > 0 {
			differences += (e - last) * (e - last)
		}
		squares += e * e
		last = e
	}
	return differences >= squares
}

// outgrown says that the last counts are so many times the first that no day's
// swing explains it. The busiest hour of a day has up to three times the
// quietest, and the rise between them is an exponential for as long as anybody
// can tell: with many partners chance is so small that nothing else tells them
// apart.
func outgrown(counts []float64) bool {
	const swing = 3
	return mean(counts[max(0, len(counts)-3):]) >= swing*mean(counts[:min(8, len(counts))])
}

func mean(counts []float64) float64 {
	sum := 0.0
	for _, n := range counts {
		sum += n
	}
	return sum / float64(max(len(counts), 1))
}

// evidence is twice the logarithm of 99: an exponential has to be as much more
// likely than another shape as a scanner than a benign source.
const evidence = 9.19

// deviance is how far the counts are from the curve, in units of log likelihood
// doubled.
func (c *curve) deviance(counts []float64) float64 {
	sum := 0.0
	for i, y := range counts {
		sum += deviance(y, c.at(i))
	}
	return sum
}

func deviance(y, mean float64) float64 {
	d := mean - y
	if y > 0 {
		d += y * math.Log(y/mean)
	}
	return 2 * d
}

// normal3 is a system of normal equations in three unknowns.
type normal3 struct {
	info  [3][3]float64
	score [3]float64
}

// observe adds an independent normal observation of one unknown.
func (m *normal3) observe(i int, off, weight float64) {
	m.info[i][i] += weight
	m.score[i] -= weight * off
}

// count adds a Poisson count of which a mean was expected that moves by dl with
// the level, by dg with the growth, and as the background does.
func (m *normal3) count(y, mean, dl, dg float64) {
	off := y/mean - 1
	m.score[0] += dl * off
	m.score[1] += dg * off
	m.score[2] += off
	m.info[0][0] += dl * dl / mean
	m.info[0][1] += dl * dg / mean
	m.info[0][2] += dl / mean
	m.info[1][1] += dg * dg / mean
	m.info[1][2] += dg / mean
	m.info[2][2] += 1 / mean
}

// mirror fills in the lower half of the system, which is as the upper one.
func (m *normal3) mirror() {
	m.info[1][0], m.info[2][0], m.info[2][1] = m.info[0][1], m.info[0][2], m.info[1][2]
}

func (m *normal3) minor(i, j int) float64 {
	a, b, c, d := (i+1)%3, (i+2)%3, (j+1)%3, (j+2)%3
	return m.info[a][c]*m.info[b][d] - m.info[a][d]*m.info[b][c]
}

// determinant is never zero: every unknown has a prior.
func (m *normal3) determinant() float64 {
	d := 0.0
	for j := range 3 {
		d += m.info[0][j] * m.minor(0, j)
	}
	return max(d, 1e-12)
}

func (m *normal3) solve() (x [3]float64) {
	det := m.determinant()
	for i := range 3 {
		for j := range 3 {
			x[i] += m.minor(j, i) * m.score[j] / det
		}
	}
	return x
}

func (m *normal3) variance(i int) float64 { return max(m.minor(i, i)/m.determinant(), 1e-12) }
