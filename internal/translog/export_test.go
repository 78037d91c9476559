package translog

// FailAt has f asked before every step of an append that touches the disk; an
// error of f takes the step's place, as a crash or a full disk would.
func (l *Log) FailAt(f func(step string) error) { l.failAt = f }
