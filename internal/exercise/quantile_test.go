package exercise

import "testing"

func TestRank(t *testing.T) {
	for _, c := range []struct {
		q       float64
		n, want int
	}{{0.05, 1, 0}, {0.95, 1, 0}, {0.05, 20, 0}, {0.05, 21, 1}, {0.5, 20, 9}, {0.5, 5, 2}, {0.95, 20, 18}, {0.95, 100, 94}} {
		if got := rank(c.q, c.n); got != c.want {
			t.Errorf("rank(%g, %d) = %d, want %d", c.q, c.n, got, c.want)
		}
	}
}
