package chronicle_test

import (
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/chronicle"
	"github.com/tocsin-project/tocsin/internal/sighting"
)

// No event and no two moments differ in their hosts by what fewer than five
// organisations have said: nobody's number follows from a difference.
func TestHostsAreToldInStepsOfFive(t *testing.T) {
	d := newDesk(t)
	d.rings()
	if m := d.asOf(member, d.now); m.Outbreak.Sources != 0 || m.Outbreak.Reach != nil {
		t.Errorf("of three partners: %d hosts, and in an hour %v", m.Outbreak.Sources, m.Outbreak.Reach)
	}
	d.scans(3, 1000)
	d.scans(4, 2)
	if got := d.asOf(member, d.now).Outbreak.Sources; got != 10+11+12+1000+2 {
		t.Errorf("of five partners: %d hosts", got)
	}
	five := d.now
	for i := 5; i < 9; i++ {
		d.scans(i, 7000+i)
		d.scans(i, 8000+i)
	}
	d.scans(1, 11) // no more than before
	if got := d.asOf(member, d.now).Outbreak.Sources; got != 10+11+12+1000+2 {
		t.Errorf("four of nine partners said something new: %d hosts are told", got)
	}
	d.scans(0, 500)
	if got, want := d.asOf(member, d.now).Outbreak.Sources, 500+11+12+1000+2+8005+8006+8007+8008; got != want {
		t.Errorf("five of nine partners said something new: %d hosts are told, want %d", got, want)
	}
	if got := d.asOf(member, five).Outbreak.Sources; got != 10+11+12+1000+2 {
		t.Errorf("as of before: %d hosts", got)
	}
	told := map[int]bool{}
	for at := morning; !at.After(d.now); at = at.Add(time.Second) {
		if m, err := d.chronicle.AsOf(member, outbreakID(1), at); err == nil {
			told[m.Outbreak.Sources] = true
		}
	}
	for _, e := range d.events(member) {
		told[e.Hosts] = true
		if e.Kind == chronicle.KindJoined && e.Hosts != 0 {
			t.Errorf("that %s has joined says %d hosts", e.By, e.Hosts)
		}
	}
	if len(told) != 3 {
		t.Errorf("%d different numbers of hosts are told, want none and two: %v", len(told), told)
	}
}

// Partners of one organisation are one voice: their number is its number.
func TestOneOrganisationIsNoGroup(t *testing.T) {
	d := newDesk(t)
	d.rings()
	for i := 3; i < 9; i++ {
		d.scans(i, 100, func(r *sighting.Report) { r.Organisation = "one ministry" })
	}
	if got := d.asOf(member, d.now).Outbreak.Sources; got != 0 {
		t.Errorf("four organisations: %d hosts are told", got)
	}
	d.scans(9, 5)
	if got := d.asOf(access.Visitor, d.now).Outbreak.Sources; got != 33+600+5 {
		t.Errorf("five organisations: %d hosts are told", got)
	}
}
