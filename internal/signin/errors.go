package signin

import (
	"errors"
	"fmt"
	"time"
)

// ErrRefused says that who asks may not come in. Why is on the ledger, not in
// the answer: an unknown account and a wrong password look alike.
var ErrRefused = errors.New("sign in: refused")

// ErrUnavailable says that a provider of identities cannot be asked now, or
// answers what it should not; the error that it wraps says which.
var ErrUnavailable = errors.New("the identity provider cannot be used")

// Busy says that too many passwords are being checked; try again later.
type Busy struct{ After time.Duration }

func (b Busy) Error() string {
	return fmt.Sprintf("too many passwords are being checked, try again in %s", b.After)
}

// Throttled says that too many attempts were made; the next may be made later.
type Throttled struct{ After time.Duration }

func (t Throttled) Error() string {
	return fmt.Sprintf("too many attempts, try again in %s", t.After)
}
