package pull

import (
	"errors"
	"math/rand/v2"
	"time"
)

const (
	firstBackOff = 15 * time.Second
	// longestBackOff is the longest pause after failures, whatever the server
	// asks for: whoever has mended it should not wait for hours.
	longestBackOff = time.Hour
)

// around is a pause, give or take a tenth, so that hubs that were started
// together do not ask together.
func around(every time.Duration) time.Duration {
	return every - every/10 + rand.N(every/5+1)
}

// first is the pause before the first pull after a start: short, but not the
// same for all sources.
func first(every time.Duration) time.Duration {
	return rand.N(min(every, time.Second))
}

// backOff is the pause after so many failures in a row: doubled each time from
// firstBackOff up to what it is without failures, at random from the upper
// half; at least as long as the server asked for.
func backOff(every time.Duration, failures int, asked time.Duration) time.Duration {
	wait := min(every, longestBackOff)
	if failures < 20 {
		wait = min(wait, firstBackOff<<(failures-1))
	}
	return max(wait/2+rand.N(wait/2+1), min(asked, longestBackOff))
}

// busy says that a server asked to come again later.
type busy struct {
	error
	after time.Duration
}

func (b *busy) Unwrap() error { return b.error }

// asked is how long the server wants to be left alone; 0 if it did not say.
func asked(err error) time.Duration {
	if b := (*busy)(nil); errors.As(err, &b) {
		return b.after
	}
	return 0
}
