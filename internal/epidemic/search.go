package epidemic

import "math"

// least is where f is least between a and b: the best of a grid, then golden
// sections around it. f need have one valley only within a cell of the grid.
func least(a, b float64, f func(float64) float64) float64 {
	const cells = 48
	at, lowest := a, math.Inf(1)
	for i := range cells + 1 {
		x := a + (b-a)*float64(i)/cells
		if y := f(x); y < lowest {
			at, lowest = x, y
		}
	}
	a, b = max(a, at-(b-a)/cells), min(b, at+(b-a)/cells)
	section := (math.Sqrt(5) - 1) / 2
	x, y := b-section*(b-a), a+section*(b-a)
	fx, fy := f(x), f(y)
	for range 40 {
		if fx < fy {
			b, y, fy = y, x, fx
			x = b - section*(b-a)
			fx = f(x)
		} else {
			a, x, fx = x, y, fy
			y = a + section*(b-a)
			fy = f(y)
		}
	}
	return (a + b) / 2
}

// crossing is where between from and to f rises above the bound.
func crossing(from, to, bound float64, f func(float64) float64) float64 {
	for range 40 {
		middle := (from + to) / 2
		if f(middle) <= bound {
			from = middle
		} else {
			to = middle
		}
	}
	return (from + to) / 2
}

// student is the 97.5 % quantile of Student's t, whose square is the 95 % quantile
// of F with 1 and as many degrees of freedom.
func student(freedom int) float64 {
	low, high := 0.0, 1e3
	for range 100 {
		middle := (low + high) / 2
		if studentWithin(middle, freedom) < 0.95 {
			low = middle
		} else {
			high = middle
		}
	}
	return (low + high) / 2
}

// studentWithin is the chance that t lies within -x to x (Abramowitz, Stegun
// 26.7.3 and 26.7.4).
func studentWithin(x float64, freedom int) float64 {
	theta := math.Atan(x / math.Sqrt(float64(freedom)))
	sin, cos := math.Sincos(theta)
	if freedom%2 == 0 {
		sum, term := 1.0, 1.0
		for j := 2; j < freedom; j += 2 {
			term *= float64(j-1) / float64(j) * cos * cos
			sum += term
		}
		return sin * sum
	}
	sum, term := 0.0, cos
	for j := 1; j < freedom; j += 2 {
		if j > 1 {
			term *= float64(j-1) / float64(j) * cos * cos
		}
		sum += term
	}
	return 2 / math.Pi * (theta + sin*sum)
}
