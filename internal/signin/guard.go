package signin

import (
	"net/netip"
	"sync"
	"time"
)

// guard slows down guessing. Three counts stand side by side:
//
//   - of an account from one address: it soon waits, and nobody else does;
//   - of an address, whatever the account: one that tries many accounts;
//   - of an account from anywhere: many addresses at one account. It waits
//     late and never long, and an address from which the account was signed in
//     to before is spared: a stranger cannot keep its owner out.
//
// Passkeys and identity providers are not slowed down by the accounts' counts:
// nobody can guess them.
type guard struct {
	mu       sync.Mutex
	pairs    *delays[pair]
	sources  *delays[netip.Prefix]
	accounts *delays[string]
	familiar map[pair]time.Time // from where accounts were signed in to, and when last
	tokens   *delays[string]    // by id, of those that were let in: each puts an entry on the ledger
}

// pair is an account as it was named, whether or not there is one, and where
// the attempt came from.
type pair struct {
	account string
	source  netip.Prefix
}

const (
	maxRemembered = 8192 // of each: about 3 MiB in all
	familiarFor   = 30 * 24 * time.Hour
)

func newGuard() *guard {
	return &guard{
		pairs:    newDelays[pair](policy{free: 5, first: time.Second, longest: 15 * time.Minute, forget: time.Hour}, maxRemembered),
		sources:  newDelays[netip.Prefix](policy{free: 9, first: time.Second, longest: 5 * time.Minute, forget: 30 * time.Minute}, maxRemembered),
		accounts: newDelays[string](policy{free: 50, first: time.Second, longest: 30 * time.Second, forget: 6 * time.Hour}, maxRemembered),
		familiar: map[pair]time.Time{},
		tokens:   newDelays[string](policy{free: 30, first: time.Second, longest: time.Minute, forget: time.Hour}, maxRemembered),
	}
}

// attempt is one that has been let through to be looked at.
type attempt struct {
	pair   pair
	locked string // what has to wait from now on that did not before, if it fails
	undo   []func()
}

// enter begins an attempt, or fails with Throttled while who tries has to wait.
// Until leave says otherwise the attempt counts as failed: many at the same
// time are not one. An empty account is an attempt that names none, as with a
// token.
func (g *guard) enter(p pair, now time.Time) (attempt, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	familiar := g.isFamiliar(p, now)
	var wait time.Duration
	if !familiar {
		wait = g.sources.wait(p.source, now)
	}
	if p.account != "" {
		wait = max(wait, g.pairs.wait(p, now))
		if !familiar {
			wait = max(wait, g.accounts.wait(p.account, now))
		}
	}
	a := attempt{pair: p}
	if wait > 0 {
		return a, Throttled{After: wait}
	}
	count := func(what string, locked bool, undo func()) {
		if locked {
			a.locked = what
		}
		a.undo = append(a.undo, undo)
	}
	locked, undo := g.sources.failed(p.source, now)
	count("the address", locked, undo)
	if p.account != "" {
		locked, undo = g.accounts.failed(p.account, now)
		count("the account, from new addresses", locked, undo)
		locked, undo = g.pairs.failed(p, now)
		count("the account, from this address", locked, undo)
	}
	return a, nil
}

// pasted counts that a token is let in once more, or fails with Throttled: no
// person pastes one that often.
func (g *guard) pasted(token string, now time.Time) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if wait := g.tokens.wait(token, now); wait > 0 {
		return Throttled{After: wait}
	}
	g.tokens.failed(token, now)
	return nil
}

// leave takes back that the attempt failed. Earlier failures of the address and
// the account still count: who has an account of its own must not clear its
// record with it between guesses at others'.
func (g *guard) leave(a attempt) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, undo := range a.undo {
		undo()
	}
}

// succeeded is leave for an attempt that was let in.
func (g *guard) succeeded(a attempt, now time.Time) {
	g.leave(a)
	if a.pair.account == "" {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.pairs.by, a.pair)
	if _, known := g.familiar[a.pair]; !known && len(g.familiar) >= maxRemembered {
		g.forgetFamiliar()
	}
	g.familiar[a.pair] = now
}

// forgetFamiliar makes room for one.
func (g *guard) forgetFamiliar() {
	var oldest pair
	var when time.Time
	for one, at := range g.familiar {
		if when.IsZero() || at.Before(when) {
			oldest, when = one, at
		}
	}
	delete(g.familiar, oldest)
}

func (g *guard) isFamiliar(p pair, now time.Time) bool {
	at, known := g.familiar[p]
	return known && now.Sub(at) < familiarFor
}
