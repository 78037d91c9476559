package ratelimit_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tocsin-project/tocsin/internal/ratelimit"
)

func TestABucketEmptiesAndFills(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := ratelimit.New(ratelimit.Config{Reads: ratelimit.Rate{PerSecond: 2, Burst: 3}, Writes: ratelimit.Rate{PerSecond: 0.1, Burst: 1}})
		taken := func(key string, c ratelimit.Class) (n int) {
			for {
				if _, ok := l.Take(key, c); !ok {
					return n
				}
				n++
			}
		}
		if n := taken("a", ratelimit.Read); n != 3 {
			t.Errorf("%d reads at once, want the burst of 3", n)
		}
		if wait, ok := l.Take("a", ratelimit.Read); ok || wait != 500*time.Millisecond {
			t.Errorf("the next read: %v, %v, want to wait half a second", wait, ok)
		}
		// Writes and other callers have buckets of their own.
		if n, other := taken("a", ratelimit.Write), taken("b", ratelimit.Read); n != 1 || other != 3 {
			t.Errorf("%d writes and %d reads of another, want 1 and 3", n, other)
		}
		if wait, _ := l.Take("a", ratelimit.Write); wait != 10*time.Second {
			t.Errorf("the next write after %v", wait)
		}
		// Who is refused again and again waits no longer for it.
		for range 100 {
			l.Take("a", ratelimit.Read)
		}
		time.Sleep(500 * time.Millisecond)
		if n := taken("a", ratelimit.Read); n != 1 {
			t.Errorf("%d reads after half a second, want 1", n)
		}
		time.Sleep(time.Hour)
		if n := taken("a", ratelimit.Read); n != 3 {
			t.Errorf("%d reads after an hour, want the burst of 3", n)
		}
	})
}

func TestTheDefaultsBreakNoClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := ratelimit.New(ratelimit.Config{})
		for i := range 2000 { // a client that pulls 2,000 pages as fast as it can
			if wait, ok := l.Take("a", ratelimit.Read); !ok {
				t.Fatalf("page %d has to wait %v", i, wait)
			}
		}
		for range 1_000_000 { // and one that has gone wild
			if wait, ok := l.Take("a", ratelimit.Read); !ok {
				if wait > time.Second {
					t.Errorf("it has to wait %v", wait)
				}
				return
			}
		}
		t.Error("a million reads at once are not limited")
	})
	if err := (ratelimit.Config{}).Validate(); err != nil {
		t.Error(err)
	}
}

// Pages and guests have buckets of their own, and strangers take nobody's away.
func TestPagesAndGuests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one := ratelimit.Rate{PerSecond: 1, Burst: 1}
		l := ratelimit.New(ratelimit.Config{Reads: one, Pages: one, Guests: one, Callers: 2})
		_, reads := l.Take("a", ratelimit.Read)
		_, page := l.Take("a", ratelimit.Page)
		_, guest := l.Welcome(ratelimit.Source("192.0.2.1:1"))
		if !reads || !page || !guest {
			t.Errorf("the first are taken %t, %t, %t", reads, page, guest)
		}
		for i := range 5 {
			l.Welcome(ratelimit.Source(fmt.Sprintf("198.51.100.%d:1", i)))
		}
		if wait, ok := l.Take("a", ratelimit.Page); ok || wait != time.Second {
			t.Errorf("the second page: %v, %t", wait, ok)
		}
		l.Welcome(ratelimit.Source("192.0.2.2:1"))
		if wait, ok := l.Welcome(ratelimit.Source("192.0.2.2:2")); ok || wait != time.Second {
			t.Errorf("a guest's second: %v, %t", wait, ok)
		}
	})
}

func TestUnlimited(t *testing.T) {
	l := ratelimit.New(ratelimit.Config{Reads: ratelimit.Unlimited, Failures: ratelimit.Unlimited})
	for range 100_000 {
		if _, ok := l.Take("a", ratelimit.Read); !ok {
			t.Fatal("a read was refused")
		}
	}
	from := ratelimit.Source("192.0.2.1:99")
	l.Failed(from)
	if _, ok := l.MayTry(from); !ok {
		t.Error("a try was refused")
	}
}

func TestFailuresByAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := ratelimit.New(ratelimit.Config{Failures: ratelimit.Rate{PerSecond: 0.1, Burst: 3}})
		from := ratelimit.Source
		for range 3 {
			if _, ok := l.MayTry(from("192.0.2.1:1111")); !ok {
				t.Fatal("refused before the third failure")
			}
			l.Failed(from("192.0.2.1:1111"))
		}
		for remote, allowed := range map[string]bool{"192.0.2.1:2222": false, "[::ffff:192.0.2.1]:1": false, "192.0.2.2:1111": true} {
			if _, ok := l.MayTry(from(remote)); ok != allowed {
				t.Errorf("%s may try: %v", remote, ok)
			}
		}
		if wait, _ := l.MayTry(from("192.0.2.1:1")); wait != 10*time.Second {
			t.Errorf("to wait: %v", wait)
		}
		time.Sleep(10 * time.Second)
		if _, ok := l.MayTry(from("192.0.2.1:1")); !ok {
			t.Error("refused after the wait")
		}
		for range 3 {
			l.Failed(from("[2001:db8:0:1::1]:99"))
		}
		for remote, allowed := range map[string]bool{"[2001:db8:0:1:ffff::9]:1": false, "[2001:db8:0:2::1]:1": true} {
			if _, ok := l.MayTry(from(remote)); ok != allowed {
				t.Errorf("%s may try: %v", remote, ok)
			}
		}
		l.Failed(from("not an address"))
		if _, ok := l.MayTry(from("pipe")); !ok {
			t.Error("what has no address is refused after one failure")
		}
	})
}

func TestTheLongestSilentIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := ratelimit.New(ratelimit.Config{Reads: ratelimit.Rate{PerSecond: 1, Burst: 1}, Callers: 3})
		long := strings.Repeat("k", 1000)
		for _, key := range []string{"a", "b", long} {
			l.Take(key, ratelimit.Read)
		}
		l.Take("a", ratelimit.Read) // a speaks again, so b is the longest silent
		l.Take("d", ratelimit.Read)
		for _, key := range []string{"a", long, "d"} {
			if _, ok := l.Take(key, ratelimit.Read); ok {
				t.Errorf("%.5s was forgotten", key)
			}
		}
		if _, ok := l.Take("b", ratelimit.Read); !ok {
			t.Error("b was remembered beyond the bound")
		}
		if _, ok := l.Take(long+"x", ratelimit.Read); !ok {
			t.Error("two long keys are one")
		}
	})
}

func TestValidate(t *testing.T) {
	for _, c := range []struct {
		cfg  ratelimit.Config
		part string
	}{
		{ratelimit.Config{Reads: ratelimit.Rate{PerSecond: -1, Burst: 1}}, "limits.reads"},
		{ratelimit.Config{Writes: ratelimit.Rate{PerSecond: 1}}, "limits.writes"},
		{ratelimit.Config{Failures: ratelimit.Rate{Burst: 1}}, "limits.failures"},
		{ratelimit.Config{Reads: ratelimit.Rate{PerSecond: math.NaN(), Burst: 1}}, "limits.reads"},
		{ratelimit.Config{Callers: -1}, "limits.callers"},
	} {
		if err := c.cfg.Validate(); err == nil || !strings.Contains(err.Error(), c.part) {
			t.Errorf("%+v: %v", c.cfg, err)
		}
	}
	if err := (ratelimit.Config{Reads: ratelimit.Unlimited, Writes: ratelimit.Rate{PerSecond: 0.5, Burst: 1}}).Validate(); err != nil {
		t.Error(err)
	}
}

// BenchmarkTake asks for many callers in turn, from all cores.
func BenchmarkTake(b *testing.B) {
	l := ratelimit.New(ratelimit.Config{Reads: ratelimit.Unlimited})
	keys := make([]string, 10_000)
	for i := range keys {
		keys[i] = fmt.Sprintf("token--%d", i)
	}
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			l.Take(keys[i%len(keys)], ratelimit.Read)
		}
	})
}

func TestSource(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.7:1000": "192.0.2.7/32", "[::ffff:192.0.2.7]:1000": "192.0.2.7/32", "[2001:db8:1:2::9%eth0]:1": "2001:db8:1:2::/64", "@": "invalid Prefix", "": "invalid Prefix",
	} {
		if got := ratelimit.Source(remote).String(); got != want {
			t.Errorf("%q comes from %s, want %s", remote, got, want)
		}
	}
}
