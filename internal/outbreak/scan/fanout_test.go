package scan_test

import (
	"math"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/outbreak/scan"
)

// spread has a source reach n new targets, evenly within an hour, of which a
// share fails, and says whether that flags it.
func spread(d *scan.Detector, source netip.Addr, port uint16, n int, failing float64, from time.Time) (flagged bool) {
	r := rand.New(rand.NewPCG(uint64(from.Unix()), uint64(n)))
	for i := range n {
		at := from.Add(time.Duration(i) * time.Hour / time.Duration(n))
		if d.Contact(source, v4(r.Uint32()), port, r.Float64() < failing, at) {
			flagged = true
		}
	}
	return flagged
}

func hour(n int) time.Time { return noon.Add(time.Duration(n) * time.Hour) }

// A scan whose contacts do not visibly fail is seen by its width: of a host that
// never used the port, and of one that does, once it is four times the usual.
func TestAWideScanThatNeverFails(t *testing.T) {
	d := scan.New(scan.Config{})
	for h := range 24 {
		if spread(d, inside(1), 53, 3000, 0, hour(h)) {
			t.Fatalf("a resolver is flagged in hour %d", h)
		}
		if h > 0 && spread(d, inside(100+h), 53, 900, 0, hour(h)) {
			t.Fatalf("a host with 900 targets is flagged in hour %d", h)
		}
	}
	if !spread(d, inside(2), 1434, 1200, 0, hour(24)) {
		t.Error("1,200 targets of a host that had none are not flagged")
	}
	if spread(d, inside(1), 53, 9000, 0, hour(25)) {
		t.Error("a resolver is flagged at three times the usual")
	}
	// What was usual has risen with that.
	if !spread(d, inside(1), 53, 40_000, 0, hour(26)) {
		t.Error("a resolver is not flagged at more than four times the usual")
	}
	if spread(d, inside(1), 53, 9000, 0, hour(28)) {
		t.Error("a resolver is flagged at the usual, after its scan")
	}
}

// Until a window has passed there is nothing to compare with.
func TestNothingIsWideAtFirst(t *testing.T) {
	d := scan.New(scan.Config{})
	if spread(d, inside(1), 53, 5000, 0, noon) {
		t.Error("a resolver is flagged in the first hour")
	}
}

// The fan-out rule's false alarms on a made week: resolvers, proxies and mail
// servers with 500 to 8,000 targets an hour at noon and a fourth at night, half
// on Sundays, that vary by a third from hour to hour, and of whose contacts 3 in
// 100 fail. Then each scans twelve times as many hosts as at noon.
func TestBusyServersAreSeldomFlagged(t *testing.T) {
	const servers, days = 4, 7
	r := rand.New(rand.NewPCG(9, 9))
	d := scan.New(scan.Config{})
	base := make([]float64, servers)
	for i := range base {
		base[i] = 500 * math.Pow(16, r.Float64())
	}
	flags := 0
	for h := range 24 * days {
		of := (1.25 + 0.75*math.Cos(2*math.Pi*float64(h)/24)) / 2
		if h/24%7 == 6 {
			of /= 2
		}
		for i, b := range base {
			if spread(d, inside(i), 53, int(b*of*math.Exp(r.NormFloat64()/3)), 0.03, hour(h)) {
				flags++
				t.Logf("server %d of %.0f targets an hour is flagged in hour %d", i, b, h)
			}
		}
	}
	if flags > 1 {
		t.Errorf("%d false alarms in %d server-days", flags, servers*days)
	}
	found := 0
	for i, b := range base {
		if spread(d, inside(i), 53, int(12*b), 0, hour(24*days+1)) {
			found++
		}
	}
	if found != servers {
		t.Errorf("of %d servers that scan twelve times as many hosts %d are flagged", servers, found)
	}
}

// A pool that is too small forgets who is least busy, and what was usual stays
// with the source.
func TestSketchesAreBounded(t *testing.T) {
	d := scan.New(scan.Config{MaxSketches: 8})
	for h := range 3 {
		for i := range 50 {
			if spread(d, inside(i), 53, 2000, 0, hour(h)) {
				t.Fatalf("server %d is flagged in hour %d", i, h)
			}
		}
	}
	if d.Forgotten().Sketches == 0 {
		t.Error("no sketch was forgotten")
	}
}
