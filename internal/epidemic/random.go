package epidemic

import "math/rand/v2"

// Stream is a source of random numbers that depends on its names alone.
func Stream(seed uint64, names ...uint64) *rand.Rand {
	return rand.New(rand.NewPCG(seeds(seed, names...)))
}

func seeds(seed uint64, names ...uint64) (a, b uint64) {
	// splitmix64's finaliser (Steele, Lea, Flood 2014) keeps streams whose
	// names differ in one bit apart.
	mix := func(z uint64) uint64 {
		z += 0x9e3779b97f4a7c15
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		return z ^ z>>31
	}
	a, b = mix(seed), mix(^seed)
	for _, n := range names {
		a, b = mix(a^n), mix(b+n)
	}
	return a, b
}
