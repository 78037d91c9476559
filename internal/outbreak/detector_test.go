package outbreak_test

import (
	"math/rand/v2"
	"net/netip"
	"reflect"
	"strconv"
	"testing"
	"time"
	"unsafe"

	"github.com/tocsin-project/tocsin/internal/observable"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

var noon = time.Date(2017, 5, 12, 12, 0, 0, 0, time.UTC)

func minute(n float64) time.Time { return noon.Add(time.Duration(n * float64(time.Minute))) }

// inside is the n-th of a partner's hosts, outside the n-th of others.
func inside(n int) netip.Addr { return addr(10, n) }

func outside(n int) netip.Addr { return addr(203, n) }

func addr(first byte, n int) netip.Addr {
	return netip.AddrFrom4([4]byte{first, byte(n >> 16), byte(n >> 8), byte(n)})
}

func domain(t testing.TB, name string) observable.Value {
	t.Helper()
	v, err := observable.New(observable.Domain, name)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// scan has a host fail to reach n targets of its own, a second apart.
func scan(d *outbreak.Detector, host, n int, port uint16, from time.Time) {
	for i := range n {
		d.Contact(inside(host), outside(host*1000+i), port, true, from.Add(time.Duration(i)*time.Second))
	}
}

func sources(d *outbreak.Detector) map[uint16]int {
	_, scans := d.Take()
	found := map[uint16]int{}
	for _, s := range scans {
		found[s.Port] = s.Sources
	}
	return found
}

func TestFourFailuresInARowFlag(t *testing.T) {
	for failures, want := range map[int]int{1: 0, 3: 0, 4: 1, 50: 1} {
		d := outbreak.NewDetector(outbreak.DetectorConfig{})
		scan(d, 1, failures, 445, noon)
		if got := sources(d)[445]; got != want {
			t.Errorf("%d failures flag %d sources, want %d", failures, got, want)
		}
	}
}

func TestOnlyFirstContactsCount(t *testing.T) {
	d := outbreak.NewDetector(outbreak.DetectorConfig{})
	for i := range 100 {
		d.Contact(inside(1), outside(i%3), 445, true, noon.Add(time.Duration(i)*time.Second))
	}
	if got := sources(d); len(got) != 0 {
		t.Errorf("three dead targets, tried again and again, flag: %v", got)
	}
	d.Contact(inside(1), outside(3), 80, true, minute(2))
	if got := sources(d); len(got) != 0 {
		t.Errorf("a failure on another port flags: %v", got)
	}
}

func TestABenignHostThatIsInfectedLaterIsFlagged(t *testing.T) {
	d := outbreak.NewDetector(outbreak.DetectorConfig{})
	for i := range 1001 {
		d.Contact(inside(1), outside(i), 445, false, noon)
	}
	// A thousand contacts within the hour: see package scan.
	for i := range 9 {
		d.Contact(inside(1), outside(5000+i), 445, true, minute(1))
	}
	if got := sources(d)[445]; got != 1 {
		t.Error("nine failures after a thousand successes do not flag")
	}
}

func TestFewBenignHostsAreFlagged(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	d := outbreak.NewDetector(outbreak.DetectorConfig{})
	const hosts = 10_000
	for host := range hosts {
		for i := range 20 {
			d.Contact(inside(host), outside(i), 445, r.Float64() < 0.2, noon)
		}
	}
	// Alpha bounds one test; twenty contacts hold several, as a cleared walk restarts.
	if got := sources(d)[445]; got > 3*hosts/100 {
		t.Errorf("%d of %d benign hosts were flagged", got, hosts)
	}
}

func TestSuspects(t *testing.T) {
	bad, other := domain(t, "switch.example"), domain(t, "other.example")
	for _, c := range []struct {
		name string
		play func(d *outbreak.Detector)
		want []string
	}{
		{"three hosts ask and then scan", func(d *outbreak.Detector) {
			for h := range 3 {
				d.Asked(inside(h), bad, true, minute(float64(h)))
				scan(d, h, 5, 445, minute(float64(h)+0.1))
			}
		}, []string{"switch.example"}},
		{"three hosts scan and then ask", func(d *outbreak.Detector) {
			for h := range 3 {
				scan(d, h, 5, 445, minute(0))
				d.Asked(inside(h), bad, true, minute(1))
			}
		}, []string{"switch.example"}},
		{"two are too few", func(d *outbreak.Detector) {
			for h := range 2 {
				d.Asked(inside(h), bad, true, minute(0))
				scan(d, h, 5, 445, minute(1))
			}
		}, nil},
		{"one scanner with many names", func(d *outbreak.Detector) {
			for i := range 100 {
				d.Asked(inside(1), domain(t, "n"+strconv.Itoa(i)+".example"), false, minute(0))
			}
			scan(d, 1, 500, 445, minute(1))
		}, nil},
		{"healthy hosts ask, too", func(d *outbreak.Detector) {
			d.Asked(inside(99), bad, true, minute(0))
			for h := range 8 {
				d.Asked(inside(h), bad, true, minute(0))
				scan(d, h, 5, 445, minute(1))
			}
		}, nil},
		{"one in ten is not infected yet", func(d *outbreak.Detector) {
			d.Asked(inside(99), bad, true, minute(0))
			for h := range 9 {
				d.Asked(inside(h), bad, true, minute(0))
				scan(d, h, 5, 445, minute(1))
			}
		}, []string{"switch.example"}},
		{"everybody's name", func(d *outbreak.Detector) {
			for h := range 200 {
				d.Asked(inside(h), other, false, minute(0))
			}
			for h := range 200 {
				d.Asked(inside(h), other, false, minute(1))
				scan(d, h, 5, 445, minute(1))
			}
		}, nil},
		{"asked long before the scan", func(d *outbreak.Detector) {
			for h := range 3 {
				d.Asked(inside(h), bad, true, minute(0))
				scan(d, h, 5, 445, minute(11))
			}
		}, nil},
		{"few of those that scan ask", func(d *outbreak.Detector) {
			for h := range 20 {
				scan(d, h, 5, 445, minute(0))
			}
			for h := range 9 {
				d.Asked(inside(h), bad, true, minute(1))
			}
		}, nil},
		{"three scanners of three ports", func(d *outbreak.Detector) {
			for h := range 3 {
				d.Asked(inside(h), bad, true, minute(0))
				scan(d, h, 5, uint16(445+h), minute(1))
			}
		}, nil},
		{"without a time or an address", func(d *outbreak.Detector) {
			for h := range 3 {
				d.Asked(inside(h), bad, true, time.Time{})
				d.Asked(netip.Addr{}, bad, true, minute(0))
				scan(d, h, 5, 445, minute(1))
				d.Contact(netip.Addr{}, outside(h), 445, true, minute(1))
			}
		}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := outbreak.NewDetector(outbreak.DetectorConfig{})
			c.play(d)
			seen, _ := d.Take()
			var got []string
			for _, s := range seen {
				got = append(got, s.Text)
			}
			if len(got) != len(c.want) || len(got) == 1 && got[0] != c.want[0] {
				t.Errorf("suspects %q, want %q", got, c.want)
			}
		})
	}
}

func TestWhatIsReportedOfASuspect(t *testing.T) {
	d := outbreak.NewDetector(outbreak.DetectorConfig{})
	name := domain(t, "switch.example")
	infect := func(host int, at time.Time, nxdomain bool) {
		d.Asked(inside(host), name, nxdomain, at)
		scan(d, host, 5, 445, at.Add(time.Second))
	}
	for h := range 3 {
		infect(h, minute(float64(h)), true)
	}
	want := sighting.Sighting{
		Value: name, Basis: sighting.Suspect, Count: 3, Hosts: 3,
		FirstSeen: minute(0), LastSeen: minute(2), Unresolved: true,
	}
	if seen, _ := d.Take(); len(seen) != 1 || !reflect.DeepEqual(seen[0], want) {
		t.Fatalf("reported %+v, want %+v", seen, want)
	}
	if seen, scans := d.Take(); seen != nil || scans != nil {
		t.Errorf("reported again: %+v %+v", seen, scans)
	}
	infect(3, minute(3), true)
	if seen, scans := d.Take(); seen != nil || scans != nil {
		t.Errorf("a fourth host a minute later is reported at once: %+v %+v", seen, scans)
	}
	infect(4, minute(4), true)
	d.Asked(inside(4), name, true, minute(4))
	infect(5, minute(4), false)
	seen, scans := d.Take()
	want = sighting.Sighting{
		Value: name, Basis: sighting.Suspect, Count: 4, Hosts: 3,
		FirstSeen: minute(3), LastSeen: minute(4),
	}
	if len(seen) != 1 || !reflect.DeepEqual(seen[0], want) {
		t.Errorf("once doubled: reported %+v, want %+v", seen, want)
	}
	if len(scans) != 1 || scans[0].Sources != 6 || scans[0].Contacts < 6 || !scans[0].FirstSeen.Equal(minute(0).Add(time.Second)) {
		t.Errorf("once doubled: scans %+v", scans)
	}
	d.Asked(inside(5), name, true, minute(30))
	if seen, _ = d.Take(); len(seen) != 1 || seen[0].Count != 1 || seen[0].Hosts != 1 {
		t.Errorf("growth after a while: %+v", seen)
	}
}

// A reader hands out text that lies in its buffer and is overwritten later.
func TestTextMayBeReused(t *testing.T) {
	d := outbreak.NewDetector(outbreak.DetectorConfig{})
	buffer := []byte("switch.example")
	name := observable.Value{Type: observable.Domain, Text: unsafe.String(&buffer[0], len(buffer))}
	for h := range 3 {
		d.Asked(inside(h), name, true, minute(0))
		copy(buffer, "xxxxxx.example")
		scan(d, h, 5, 445, minute(0))
		copy(buffer, "switch.example")
	}
	copy(buffer, "xxxxxx.example")
	if seen, _ := d.Take(); len(seen) != 1 || seen[0].Text != "switch.example" {
		t.Errorf("suspects %+v", seen)
	}
}

// Hosts elsewhere that scan the partner are counted apart, and nothing that they
// show is suspect: they are not infected hosts of the partner's.
func TestScansFromElsewhere(t *testing.T) {
	d := outbreak.NewDetector(outbreak.DetectorConfig{
		Dark: []netip.Prefix{netip.MustParsePrefix("10.9.0.0/16")},
	})
	for h := range 3 {
		d.Asked(outside(h), domain(t, "switch.example"), true, minute(0))
		for i := range 5 {
			d.Contact(outside(h), addr(10, 9<<16+1000*h+i), 445, false, minute(1))
		}
	}
	scan(d, 1, 4, 445, minute(2))
	seen, scans := d.Take()
	if len(seen) != 0 {
		t.Errorf("suspects %+v", seen)
	}
	want := []sighting.Scan{
		{Port: 445, Direction: sighting.Out, Sources: 1, Fresh: 1, Contacts: 1, FirstSeen: minute(2), LastSeen: minute(2).Add(3 * time.Second)},
		{Port: 445, Direction: sighting.In, Sources: 3, Fresh: 3, Contacts: 9, Dark: 15, FirstSeen: minute(1), LastSeen: minute(1)},
	}
	if !reflect.DeepEqual(scans, want) {
		t.Errorf("scans\n%+v, want\n%+v", scans, want)
	}
}

// A partner with public addresses names them.
func TestOwnPrefixes(t *testing.T) {
	d := outbreak.NewDetector(outbreak.DetectorConfig{Own: []netip.Prefix{netip.MustParsePrefix("203.0.0.0/8")}})
	for h := range 3 {
		d.Asked(outside(h), domain(t, "switch.example"), true, minute(0))
		for i := range 4 {
			d.Contact(outside(h), outside(1000*(h+1)+i), 445, true, minute(1))
		}
	}
	if seen, scans := d.Take(); len(seen) != 1 || len(scans) != 1 || scans[0].Inbound() || scans[0].Sources != 3 {
		t.Errorf("suspects %+v, scans %+v", seen, scans)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	const limit, many = 100, 10_000
	d := outbreak.NewDetector(outbreak.DetectorConfig{
		MaxContacts: limit, MaxSources: limit, MaxHosts: limit, MaxValues: limit, MaxSuspects: limit,
	})
	for i := range many {
		d.Asked(inside(i), domain(t, "n"+strconv.Itoa(i)+".example"), true, noon)
		d.Contact(inside(i), outside(i), 445, true, noon)
	}
	for kind, of := range map[string]int{"contacts": 1024, "sources": 128} { // the least there is room for
		if held := many - int(d.Evicted()[kind]); held > 4*of {
			t.Errorf("%s: %d are held, bound is %d", kind, held, 4*of)
		}
	}
	for _, kind := range []string{"hosts", "values"} {
		if held := many - int(d.Evicted()[kind]); held < limit || held > 2*limit {
			t.Errorf("%s: %d are held, bounds are %d and %d", kind, held, limit, 2*limit)
		}
	}
	for h := range 3 {
		d.Asked(inside(h), domain(t, "switch.example"), true, minute(0))
		scan(d, h, 5, 445, minute(1))
	}
	if seen, _ := d.Take(); len(seen) != 1 {
		t.Errorf("after a flood of others: %+v", seen)
	}
}
