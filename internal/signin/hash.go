package signin

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"
)

// hasher derives keys from passwords, few at a time: each takes 64 MiB, and
// whoever asks for many at once must not be able to exhaust the memory.
type hasher struct {
	cost    cost          // of new hashes
	running chan struct{} // one element for each derivation that runs
	waiting chan struct{} // and for each that runs or waits
	nobody  hashed        // what a password is compared with where there is none
}

const (
	maxHashing = 2  // derivations at once: 128 MiB
	maxWaiting = 16 // and others that wait for them, at a tenth of a second each
	// busyFor is when whoever is turned away may try again.
	busyFor = 2 * time.Second
)

func newHasher() *hasher {
	h := &hasher{cost: recommended, running: make(chan struct{}, maxHashing), waiting: make(chan struct{}, maxHashing+maxWaiting)}
	h.nobody = h.fresh()
	_, _ = rand.Read(h.nobody.key) // never fails: see its documentation
	return h
}

// fresh has today's parameters, a new salt, and no key yet.
func (h *hasher) fresh() hashed {
	one := hashed{cost: h.cost, salt: make([]byte, saltSize), key: make([]byte, keySize)}
	_, _ = rand.Read(one.salt)
	return one
}

// turn waits until one more derivation may run. With too many before it, it
// fails at once with Busy. The caller calls done.
func (h *hasher) turn(ctx context.Context) (done func(), err error) {
	select {
	case h.waiting <- struct{}{}:
	default:
		return nil, Busy{After: busyFor}
	}
	select {
	case h.running <- struct{}{}:
		return func() { <-h.running; <-h.waiting }, nil
	case <-ctx.Done():
		<-h.waiting
		return nil, ctx.Err()
	}
}

// hash makes the PHC string of a password.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	done, err := h.turn(ctx)
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	defer done()
	one := h.fresh()
	one.key = one.derive(password)
	return one.String(), nil
}

// matches says whether the password is the one behind the PHC string. An empty
// string matches nothing, after the same work: how long the answer takes does
// not tell whether there is such an account.
func (h *hasher) matches(ctx context.Context, password, phc string) (ok, outdated bool, err error) {
	against := h.nobody
	if phc != "" {
		if against, err = parsePHC(phc); err != nil {
			return false, false, fmt.Errorf("check password: %w", err)
		}
	}
	done, err := h.turn(ctx)
	if err != nil {
		return false, false, fmt.Errorf("check password: %w", err)
	}
	defer done()
	ok = against.matches(password) && phc != ""
	return ok, ok && (against.cost != h.cost || len(against.key) != keySize), nil
}
