package signin

// HashForTest is the PHC string of a password with other parameters than the
// service uses.
func HashForTest(password string, memory, time uint32, lanes uint8) string {
	h := newHasher().fresh()
	h.cost = cost{memory, time, lanes}
	h.key = h.derive(password)
	return h.String()
}

// HashCheaply has a service of a test that hashes much do less work each time.
func (s *Service) HashCheaply() {
	s.hasher.cost = cost{memory: 1 << 10, time: 1, lanes: 1}
	s.hasher.nobody.cost = s.hasher.cost
}
