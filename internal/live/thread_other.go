//go:build !linux

package live

import "time"

var began = time.Now()

// threadTime is the time that has passed, where nobody asks for a thread's own.
func threadTime() time.Duration { return time.Since(began) }
