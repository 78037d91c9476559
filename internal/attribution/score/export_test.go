package score

// SumExactly adds and takes away numbers as the scores do.
func SumExactly(add, take []float64) float64 {
	var f fixed
	for _, x := range add {
		f = f.plus(toFixed(x))
	}
	for _, x := range take {
		f = f.minus(toFixed(x))
	}
	return f.float()
}
