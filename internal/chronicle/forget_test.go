package chronicle_test

import (
	"errors"
	"testing"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/chronicle"
	"github.com/tocsin-project/tocsin/internal/outbreak"
)

// The newest outbreak has its story, however many there are: of more than 2,048 the
// one goes that ended first, and while none has ended the oldest.
func TestTheNewestOutbreakHasAStory(t *testing.T) {
	d := newDesk(t)
	d.rooms.Outbreaks = outbreak.NewState(outbreak.Config{MaxOutbreaks: 1 << 12})
	d.chronicle = chronicle.NewState(d.rooms)
	raise := func(i int, change ...func(*outbreak.Outbreak)) {
		t.Helper()
		o := outbreak.Outbreak{ID: outbreakID(i), Port: uint16(i), About: []outbreak.Subject{{Kind: outbreak.Scans, Port: uint16(i)}}, Raised: d.now, FirstSeen: d.now, LastSeen: d.now,
			Partners: []access.PartnerID{partner(1)}, Rule: "scans", Status: outbreak.Open}
		kind := outbreak.KindRaised
		for _, one := range change {
			one(&o)
			kind = outbreak.KindEnded
		}
		d.add(kind, access.Hub, o.Audience(), o)
	}
	ends := func(o *outbreak.Outbreak) { o.Status, o.Ended = outbreak.Ended, d.now }
	gone := func(i int) bool {
		_, err := d.chronicle.AsOf(member, outbreakID(i), d.now)
		if err != nil && !errors.Is(err, access.ErrNotFound) {
			t.Fatal(err)
		}
		return err != nil
	}
	for i := 1; i <= 2049; i++ {
		raise(i)
	}
	if gone(2049) || !gone(1) || gone(2) {
		t.Errorf("all open: the newest is forgotten: %t; the oldest: %t; the second: %t", gone(2049), gone(1), gone(2))
	}
	raise(900, ends)
	raise(30, ends)
	raise(2050)
	if gone(2050) || !gone(900) || gone(30) || gone(2) {
		t.Errorf("two have ended: the newest is forgotten: %t; what ended first: %t; what ended last: %t; the oldest: %t", gone(2050), gone(900), gone(30), gone(2))
	}
}
