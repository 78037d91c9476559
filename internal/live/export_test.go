package live

import (
	"runtime"
	"time"
)

// Round is how long it takes to tell so many of a page that takes so long to make.
func Round(listeners int, page time.Duration) time.Duration {
	return time.Duration(float64(listeners) * float64(page) / share / float64(runtime.GOMAXPROCS(0)))
}

// Price is what the page of one listener is held to cost.
func (c *Crowd) Price() time.Duration { return time.Duration(c.price()) * time.Microsecond }
