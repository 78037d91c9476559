package scan_test

import (
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tocsin-project/tocsin/internal/outbreak/scan"
	"pgregory.net/rapid"
)

func inside(n int) netip.Addr { return v4(10<<24 | uint32(n)) }

func outside(n int) netip.Addr { return v4(198<<24 | 18<<16 + uint32(n)) }

func every(*scan.Port) bool { return true }

// fail has a source fail to reach n targets, a second apart, and says at which
// it is flagged: 0 is never.
func fail(d *scan.Detector, source netip.Addr, first, n int, port uint16, from time.Time) (flagged int) {
	for i := range n {
		if d.Contact(source, outside(first+i), port, true, from.Add(time.Duration(i)*time.Second)) {
			flagged = i + 1
		}
	}
	return flagged
}

func TestFourFailuresFlagOnce(t *testing.T) {
	d := scan.New(scan.Config{})
	if at := fail(d, inside(1), 0, 50, 445, noon); at != 4 {
		t.Errorf("flagged at contact %d, want 4, and once", at)
	}
	if at := fail(d, outside(7), 1000, 4, 22, noon); at != 4 {
		t.Errorf("from elsewhere: flagged at contact %d, want 4", at)
	}
	f, ok := d.Flagged(inside(1), 445, noon.Add(time.Minute))
	if want := (scan.Flag{Began: noon, At: noon.Add(3 * time.Second)}); !ok || f != want {
		t.Errorf("flag %v %v, want %v", f, ok, want)
	}
	if _, ok := d.Flagged(inside(1), 446, noon); ok {
		t.Error("flagged on a port that it did not scan")
	}
	want := []scan.Port{
		{Port: 22, Inbound: true, Sources: 1, Fresh: 1, Contacts: 1, First: noon, Last: noon.Add(3 * time.Second)},
		{Port: 445, Sources: 1, Fresh: 1, Contacts: 47, First: noon, Last: noon.Add(49 * time.Second)},
	}
	if diff := cmp.Diff(want, d.Take(every)); diff != "" {
		t.Errorf("ports (-want +got):\n%s", diff)
	}
	fail(d, inside(2), 0, 4, 445, noon.Add(time.Minute))
	if got := d.Take(func(p *scan.Port) bool { return p.Fresh > 0 }); len(got) != 1 || got[0].Sources != 2 || got[0].Fresh != 1 || got[0].Taken != want[1].Last {
		t.Errorf("after another source: %+v", got)
	}
}

// The walk of a source that made n successful contacts before, within the hour
// or earlier.
func TestAnInfectionAfterAHistory(t *testing.T) {
	for _, c := range []struct {
		name    string
		history int
		later   time.Duration
		want    int
	}{
		{"none", 0, 0, 4},
		{"an undecided walk", 3, 0, 7},
		{"found benign", 8, 0, 6},
		{"a hundred contacts", 100, 0, 7},
		{"a thousand contacts", 1000, 0, 9},
		{"a thousand contacts an hour ago", 1000, time.Hour, 5},
	} {
		d := scan.New(scan.Config{})
		for i := range c.history {
			d.Contact(inside(1), outside(i), 445, false, noon)
		}
		if at := fail(d, inside(1), 5000, 20, 445, noon.Add(c.later)); at != c.want {
			t.Errorf("%s: flagged at failure %d, want %d", c.name, at, c.want)
		}
	}
}

func TestAFlagLastsForAWindow(t *testing.T) {
	d := scan.New(scan.Config{})
	fail(d, inside(1), 0, 5, 445, noon)
	if at := fail(d, inside(1), 100, 50, 445, noon.Add(59*time.Minute)); at != 0 {
		t.Errorf("flagged again within the hour, at contact %d", at)
	}
	if at := fail(d, inside(1), 200, 50, 445, noon.Add(61*time.Minute)); at != 4 {
		t.Errorf("after the hour: flagged at contact %d, want 4", at)
	}
	if got := d.Take(every); got[0].Sources != 1 {
		t.Errorf("a source flagged twice counts %d times", got[0].Sources)
	}
	fail(d, inside(1), 300, 4, 445, noon.Add(26*time.Hour))
	if got := d.Take(every); got[0].Sources != 1 || got[0].Fresh != 1 || !got[0].First.Equal(noon.Add(26*time.Hour)) {
		t.Errorf("after a quiet day the counts begin anew: %+v", got[0])
	}
}

// A record from far ahead, or from long ago, costs no more than what it is about.
func TestTimesMayJump(t *testing.T) {
	for _, jump := range []time.Time{noon.AddDate(74, 0, 0), noon.AddDate(-40, 0, 0), time.Unix(0, 0), time.Unix(1<<32, 0), time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(1, 1, 1, 0, 0, 1, 0, time.UTC)} {
		d := scan.New(scan.Config{FanOut: 100})
		fail(d, inside(1), 0, 4, 445, jump)
		d.Contact(inside(2), outside(1), 445, true, jump)
		if at := fail(d, inside(1), 100, 4, 445, noon); at != 4 {
			t.Errorf("%v: a scanner of then is flagged at contact %d now, want 4", jump, at)
		}
		if _, ok := d.Flagged(inside(1), 445, noon); !ok {
			t.Errorf("%v: no flag", jump)
		}
		if at := fail(d, inside(2), 200, 4, 445, noon); at == 0 {
			t.Errorf("%v: one contact then hides a scan now", jump)
		}
		spread(d, inside(3), 53, 50, 0.02, noon)
		d.Contact(inside(3), outside(1), 53, false, jump)
		if !spread(d, inside(3), 53, 300, 0, noon.Add(2*time.Hour)) {
			t.Errorf("%v: a wide scan is not seen any more", jump)
		}
	}
}

// Whatever the records, nothing panics, the counts agree with each other, and the
// same records give the same answers.
func TestAnything(t *testing.T) {
	cfg := scan.Config{Seed: 7, MaxContacts: 100, MaxSources: 10, MaxSketches: 8, FanOut: 50, Dark: []netip.Prefix{netip.MustParsePrefix("198.18.1.0/24")}}
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		step, back := rapid.Int64Range(0, 1<<42).Draw(t, "step"), rapid.Bool().Draw(t, "back")
		play := func() (flags int, ports []scan.Port, lost scan.Forgotten) {
			d, r := scan.New(cfg), rand.New(rand.NewPCG(seed, 1))
			at := noon
			for range 3000 {
				if d := time.Duration(r.Int64N(1 + step)); back && r.IntN(2) == 0 {
					at = at.Add(-d)
				} else {
					at = at.Add(d)
				}
				source := inside(r.IntN(40))
				if r.IntN(2) == 0 {
					source = outside(r.IntN(40))
				}
				if d.Contact(source, outside(r.IntN(600)), uint16(r.IntN(3)), r.IntN(2) == 0, at) {
					flags++
				}
			}
			return flags, d.Take(every), d.Forgotten()
		}
		flags, ports, lost := play()
		again, portsAgain, lostAgain := play()
		if flags != again || lost != lostAgain || !cmp.Equal(ports, portsAgain) {
			t.Fatal("the same records give another answer")
		}
		sources, fresh := 0, 0
		for _, p := range ports {
			sources, fresh = sources+p.Sources, fresh+p.Fresh
			if p.Last.Before(p.First) {
				t.Fatalf("%+v ends before it begins", p)
			}
		}
		if sources > flags || fresh > sources {
			t.Fatalf("%d sources, %d fresh, of %d flags", sources, fresh, flags)
		}
	})
}

func TestWhatCannotBeJudgedIsIgnored(t *testing.T) {
	d := scan.New(scan.Config{})
	for i := range 20 {
		d.Contact(netip.Addr{}, outside(i), 445, true, noon)
		d.Contact(inside(1), netip.Addr{}, uint16(i), true, noon)
		d.Contact(inside(1), outside(i), 445, true, time.Time{})
	}
	if got := d.Take(every); got != nil {
		t.Errorf("ports %+v", got)
	}
}

// IPv4 is the same host however it is written.
func TestMappedAddresses(t *testing.T) {
	d := scan.New(scan.Config{})
	for i := range 4 {
		source := inside(1)
		if i%2 == 0 {
			source = netip.AddrFrom16(source.As16())
		}
		if got := d.Contact(source, outside(i), 445, true, noon); got != (i == 3) {
			t.Errorf("contact %d: flagged %v", i, got)
		}
	}
	if got := d.Take(every); got[0].Inbound {
		t.Error("10.0.0.1 is taken for a host elsewhere")
	}
}

func TestDirection(t *testing.T) {
	own := []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("2001:db8::/32")}
	for text, want := range map[string][2]bool{ // by default, and with own prefixes
		"10.1.2.3": {true, false}, "172.31.255.255": {true, false}, "172.32.0.0": {}, "192.168.0.1": {true, false},
		"100.64.0.1": {true, false}, "fd00::1": {true, false}, "fe80::1": {true, false}, "203.0.113.7": {false, true},
		"2001:db8::1": {false, true}, "198.51.100.1": {}, "::ffff:10.0.0.1": {true, false},
	} {
		a := netip.MustParseAddr(text)
		if got := [2]bool{scan.New(scan.Config{}).Own(a), scan.New(scan.Config{Own: own}).Own(a)}; got != want {
			t.Errorf("%s is own: %v, want %v", text, got, want)
		}
	}
}
