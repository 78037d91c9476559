package signin_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ratelimit"
	"github.com/tocsin-project/tocsin/internal/signin"
)

// guess tries a wrong password; it gives the wait that is asked for, 0 if the
// password was looked at.
func (d *door) guess(email string, from netip.Prefix) time.Duration {
	d.t.Helper()
	_, err := d.Password(d.t.Context(), email, "not the right password", from)
	var slow signin.Throttled
	if errors.As(err, &slow) {
		return slow.After
	}
	if !errors.Is(err, signin.ErrRefused) {
		d.t.Fatal(err)
	}
	return 0
}

// Guessing at one account from one address: five at once, then each wait twice
// as long as the one before, up to a quarter of an hour.
func TestGuessingSlowsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := cheapDoor(t)
		p := d.person()
		var waits []time.Duration
		for range 40 {
			if wait := d.guess(p.Email, abroad); wait > 0 {
				waits = append(waits, wait)
				time.Sleep(wait - time.Millisecond)
				if d.guess(p.Email, abroad) == 0 {
					t.Fatalf("after %d waits a millisecond too early was let through", len(waits))
				}
				time.Sleep(time.Millisecond)
			}
		}
		seconds := []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900}
		for i := range seconds {
			seconds[i] *= time.Second
		}
		if !slices.Equal(waits[:len(seconds)], seconds) {
			t.Errorf("waits %v, want %v", waits, seconds)
		}
		if n := d.count(access.KindSignInLocked); n != 2 {
			t.Errorf("locked %d times: %q, want once each for the account from there and for the address", n, d.acts())
		}
		time.Sleep(24 * time.Hour)
		if _, err := d.Password(t.Context(), p.Email, password, abroad); err != nil {
			t.Errorf("the owner from there, a day later: %v", err)
		}
	})
}

// A stranger who guesses does not keep the owner out: not at home, where the
// owner was before, and elsewhere for half a minute at most.
func TestAStrangerLocksNobodyOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := cheapDoor(t)
		p := d.person() // enrols from home
		if _, err := d.Password(t.Context(), p.Email, password, home); err != nil {
			t.Fatal(err)
		}
		longest := time.Duration(0)
		for i := range 200 { // each address has a few tries
			from := ratelimit.Source(fmt.Sprintf("[2001:db8:0:%x::1]:1", i/4))
			longest = max(longest, d.guess(p.Email, from))
		}
		if longest == 0 || longest > 30*time.Second {
			t.Errorf("many addresses at one account wait up to %s, want some, and half a minute at most", longest)
		}
		if _, err := d.Password(t.Context(), p.Email, password, home); err != nil {
			t.Errorf("the owner at home: %v", err)
		}
		var slow signin.Throttled
		if _, err := d.Password(t.Context(), p.Email, password, abroad); !errors.As(err, &slow) {
			t.Errorf("the owner abroad meanwhile: %v", err)
		}
		time.Sleep(slow.After)
		if _, err := d.Password(t.Context(), p.Email, password, abroad); err != nil {
			t.Errorf("the owner abroad after %s: %v", slow.After, err)
		}
		other, secret := d.invite(p.Partner, "Second", "second@water.example")
		if _, err := d.EnrolPassword(t.Context(), secret, password, another); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Password(t.Context(), other.Email, password, another); err != nil {
			t.Errorf("somebody else: %v", err)
		}
	})
}

// One address that tries many accounts is slowed down as such, and an account
// of its own does not clear its record.
func TestOneAddressManyAccounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := cheapDoor(t)
		p := d.person()
		tried := 0
		for i := range 100 {
			if d.guess(fmt.Sprintf("victim%d@water.example", i), abroad) == 0 {
				tried++
			}
			if i%5 == 4 {
				_, _ = d.Password(t.Context(), p.Email, password, abroad)
			}
		}
		if tried > 10 {
			t.Errorf("%d accounts were tried at once from one address", tried)
		}
	})
}

// Nor does a stranger behind the same address, as in one office.
func TestAStrangerAtTheSameAddress(t *testing.T) {
	d := cheapDoor(t)
	d.pass(0)
	p := d.person()
	if _, err := d.Password(t.Context(), p.Email, password, home); err != nil {
		t.Fatal(err)
	}
	slowed := false
	for i := range 30 {
		slowed = d.guess(fmt.Sprintf("victim%d@water.example", i), home) > 0 || slowed
	}
	if !slowed {
		t.Fatal("the address never had to wait")
	}
	if _, err := d.Password(t.Context(), p.Email, password, home); err != nil {
		t.Errorf("who signed in from there before: %v", err)
	}
}

// Many attempts at the same moment are as many attempts.
func TestAttemptsAtOnce(t *testing.T) {
	d := newDoor(t)
	p := d.person()
	var looked, slowed, turned int
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 60 {
		wg.Go(func() {
			_, err := d.Password(t.Context(), p.Email, "not the right password", abroad)
			mu.Lock()
			defer mu.Unlock()
			var slow signin.Throttled
			var busy signin.Busy
			switch {
			case errors.As(err, &slow):
				slowed++
			case errors.As(err, &busy):
				turned++
			case errors.Is(err, signin.ErrRefused):
				looked++
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if looked > 6 {
		t.Errorf("%d passwords were checked at once (%d slowed down, %d turned away)", looked, slowed, turned)
	}
}

// However many ask at once, few passwords are hashed, and others are told to
// come again; that is nobody's failure.
func TestHashingIsBounded(t *testing.T) {
	d := newDoor(t)
	p := d.person()
	const asking = 45
	busy, in := 0, 0
	var mu sync.Mutex
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range asking {
		wg.Go(func() {
			<-start
			_, err := d.Password(t.Context(), p.Email, password, ratelimit.Source(fmt.Sprintf("192.0.2.%d:1", i)))
			mu.Lock()
			defer mu.Unlock()
			var turned signin.Busy
			switch {
			case errors.As(err, &turned) && turned.After > 0:
				busy++
			case err == nil:
				in++
			default:
				t.Error(err)
			}
		})
	}
	close(start)
	wg.Wait()
	if in < 18 || busy == 0 || in+busy != asking {
		t.Errorf("%d came in and %d were turned away, of %d", in, busy, asking)
	}
	if n := d.count(access.KindSignInFailed) + d.count(access.KindSignInLocked); n != 0 {
		t.Errorf("%d failures on the ledger", n)
	}
}

// Who hangs up while waiting frees the place.
func TestWhoHangsUpFreesThePlace(t *testing.T) {
	d := cheapDoor(t)
	p := d.person()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for range 100 {
		if _, err := d.Password(gone, p.Email, password, home); err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	if _, err := d.Password(t.Context(), p.Email, password, home); err != nil {
		t.Error(err)
	}
}
