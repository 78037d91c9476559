package publiclog

import (
	"errors"
	"sync/atomic"
	"time"
)

// FailAt has a fault before the named step, the nth time that it comes.
func FailAt(step string, nth int) func(*Config) {
	return func(c *Config) {
		var count atomic.Int64
		c.failAt = func(at string) error {
			if at == step && count.Add(1) == int64(nth) {
				return errors.New("a fault before " + step)
			}
			return nil
		}
	}
}

// RetryAtOnce has what failed tried again after a moment.
func RetryAtOnce(c *Config) { c.again = time.Millisecond }

// KeptSizes lists the sizes of the trees in the history.
func KeptSizes(l *Logger) []int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.history == nil {
		return nil
	}
	var sizes []int64
	for _, k := range l.history.kept {
		sizes = append(sizes, k.size)
	}
	return sizes
}

// FailWhen has f asked before each step.
func FailWhen(c *Config, f func(step string) error) { c.failAt = f }

// AdoptAtOnce has instructions of an older log hold at most n leaves.
func AdoptAtOnce(n int) func(*Config) { return func(c *Config) { c.adoptAtOnce = n } }
