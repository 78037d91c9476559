package trend

// Forget makes the pool fit anew when it is asked next.
func (p *Pool) Forget() { p.stale = true }
