package trend

// Forget makes the pool fit anew when it is asked next.
func (p *Pool) Forget() {
	p.stale = true
	p.ForgetScales()
}

// ForgetScales makes the pool fit each scale anew whenever it fits any.
func (p *Pool) ForgetScales() {
	for i := range p.sums {
		p.sums[i].touch()
	}
}
