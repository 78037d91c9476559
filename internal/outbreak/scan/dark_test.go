package scan_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/outbreak/scan"
)

// dark is 198.18.16.0/24: targets 4,096 and up.
func withDark() *scan.Detector {
	return scan.New(scan.Config{Dark: []netip.Prefix{netip.MustParsePrefix("198.18.16.0/24")}})
}

// A source that reaches many hosts and three dark addresses scans, although its
// walk is far from a verdict; the record's word that they answered changes nothing.
func TestDarkAddresses(t *testing.T) {
	d := withDark()
	flagged := 0
	for i := range 30 {
		d.Contact(inside(1), outside(i), 445, false, noon)
		if i%10 == 9 && d.Contact(inside(1), outside(4096+i), 445, false, noon.Add(time.Minute)) {
			flagged = i / 10
		}
	}
	if flagged != 2 {
		t.Errorf("flagged at dark contact %d, want the third", flagged)
	}
	if got := d.Take(every); len(got) != 1 || got[0].Dark != 3 || got[0].Sources != 1 {
		t.Errorf("ports %+v", got)
	}
}

// One dark address, tried again and again, is a mistake in somebody's settings.
func TestOneDarkAddressIsNone(t *testing.T) {
	d := withDark()
	for i := range 200 {
		d.Contact(inside(1), outside(i), 445, false, noon)
		if d.Contact(inside(1), outside(4096+i%2), 445, true, noon) {
			t.Fatal("two dark addresses make a scanner")
		}
	}
	if got := d.Take(every); len(got) != 1 || got[0].Dark != 2 || got[0].Sources != 0 {
		t.Errorf("ports %+v", got)
	}
}

// A flag's end forgets the dark addresses, too.
func TestDarkAddressesAreForgottenWithTheFlag(t *testing.T) {
	d := withDark()
	for i := range 3 {
		d.Contact(inside(1), outside(4096+i), 445, true, noon)
	}
	for i := range 20 {
		d.Contact(inside(1), outside(i), 445, false, noon.Add(2*time.Hour))
	}
	if d.Contact(inside(1), outside(4200), 445, true, noon.Add(2*time.Hour)) {
		t.Error("one dark address makes a scanner of a source whose flag has expired")
	}
}
