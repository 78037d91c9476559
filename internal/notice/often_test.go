package notice_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/notice"
)

func mailTo(target string) func(*notice.Channel) {
	return func(c *notice.Channel) { c.Kind, c.Target = notice.Mail, target }
}

// A channel that is removed and added again, or added by another partner, is tested no
// oftener: its target may be a stranger's.
func TestATargetIsTestedSoOften(t *testing.T) {
	w := newWorld(t, notice.Config{}).partners(3)
	tests := func(of int) (n int) {
		for range 4 {
			channel := w.channel(of, mailTo("Stranger@elsewhere.example"))
			for range 5 {
				d, err := w.s.TestChannel(person(of, access.Contributor), channel, w.now)
				if err == nil {
					w.add(d)
					n++
				} else if !errors.Is(err, access.ErrConflict) {
					t.Fatal(err)
				}
			}
			w.do(w.s.RemoveChannel(person(of, access.Contributor), channel))
		}
		return n
	}
	wants(t, "tests of one target in an hour", []int{10, 0}, []int{tests(2), tests(3)})
	w.pass(time.Hour)
	wants(t, "and in the next", []int{10, 0}, []int{tests(2), tests(3)})
	w.pass(time.Hour)
	wants(t, "within a day", 0, tests(3))
	if n := w.count(notice.KindChannelTested); n != 20 {
		t.Errorf("%d tests are on the ledger", n)
	}
}

// One partner's tests are counted together, and so are the channels that it adds.
func TestAPartnerTestsAndAddsSoOften(t *testing.T) {
	w := newWorld(t, notice.Config{}).partners(2)
	tested, added := 0, 0
	for i := range 25 {
		c := notice.Channel{Kind: notice.Mail, Target: fmt.Sprintf("s%d@elsewhere.example", i)}
		channel, d, err := w.s.AddChannel(person(2, access.Contributor), c, w.now)
		if err != nil {
			if !errors.Is(err, access.ErrConflict) {
				t.Fatal(err)
			}
			continue
		}
		w.add(d)
		added++
		for range 3 {
			if d, err := w.s.TestChannel(person(2, access.Contributor), channel.ID, w.now); err == nil {
				w.add(d)
				tested++
			}
		}
		w.do(w.s.RemoveChannel(person(2, access.Contributor), channel.ID))
	}
	wants(t, "channels added and tests in an hour", []int{20, 20}, []int{added, tested})
}

// A target has one channel of a partner, and its storms are counted on when the channel
// is removed and added again.
func TestOneChannelATarget(t *testing.T) {
	w := newWorld(t, notice.Config{Cap: 2}).partners(3)
	first := w.channel(2, mailTo("duty@partner.example"))
	_, _, err := w.s.AddChannel(person(2, access.Contributor), notice.Channel{Kind: notice.Mail, Target: "DUTY@partner.example"}, w.now)
	if !errors.Is(err, access.ErrConflict) {
		t.Errorf("the same target again: %v", err)
	}
	w.channel(3, mailTo("duty@partner.example"))
	toTwo := func(a *notice.Alert) { a.To.Partners = []access.PartnerID{id(2)} }
	w.issue(toTwo, access.Audience{})
	w.issue(toTwo, access.Audience{})
	wants(t, "sent at once", 2, len(w.sends()))
	w.do(w.s.RemoveChannel(person(2, access.Contributor), first))
	w.channel(2, mailTo("duty@partner.example"))
	w.issue(toTwo, access.Audience{})
	wants(t, "the third within the hour", 0, len(w.sends()))
}
