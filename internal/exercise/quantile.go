package exercise

import "math"

// rank is the position, from 0, of a quantile among n sorted values: the
// smallest value that at least a share q of them does not exceed (nearest rank).
func rank(q float64, n int) int {
	// The tolerance keeps 0.05 * 20, which is not quite 1, from becoming rank 2.
	return max(int(math.Ceil(q*float64(n)-1e-9)), 1) - 1
}
