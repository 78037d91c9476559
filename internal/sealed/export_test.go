package sealed

import (
	"context"
	"time"
)

// SetSupplyPatience shortens the wait for a key that the supply does not have.
func SetSupplyPatience(d time.Duration) (restore func()) {
	before := supplyPatience
	supplyPatience = d
	return func() { supplyPatience = before }
}

// SetShareKeys changes how many keys are drawn at a time.
func SetShareKeys(n int) (restore func()) {
	before := shareKeys
	shareKeys = n
	return func() { shareKeys = before }
}

// Draw draws as an append does.
func (k *Keyring) Draw(ctx context.Context, n int) (uint64, []byte, error) { return k.draw(ctx, n) }
