package chronicle_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/chronicle"
	"github.com/tocsin-project/tocsin/internal/outbreak"
	"github.com/tocsin-project/tocsin/internal/protect"
	"github.com/tocsin-project/tocsin/internal/response"
)

// said are the texts of events that hold a word, the oldest first.
func said(list []chronicle.Event, word string) (found []string) {
	for _, e := range list {
		if strings.Contains(e.Text, word) {
			text, _, _ := strings.Cut(e.Text, " ")
			found = append(found, text)
		}
	}
	slices.Reverse(found)
	return found
}

// What was for members when it was decided is not a guest's because a later decision
// is for everybody; and what is for members since is not a guest's of old.
func TestAStepIsForWhomThenAndNowAllow(t *testing.T) {
	for name, c := range map[string]struct {
		then, now access.TLP
		again     bool // as a renewal, which is no step
		guest     []string
		past      int // protections that a guest sees as of the first decision
		today     int
		tlp       access.TLP // of the step that a guest sees
	}{
		"as wide":             {access.Green, access.Green, false, []string{"first", "second"}, 1, 1, access.Green},
		"wider since":         {access.Amber, access.Green, false, []string{"second"}, 0, 1, access.Green},
		"narrower since":      {access.Green, access.Amber, false, nil, 0, 0, ""},
		"renewed for members": {access.Green, access.Amber, true, nil, 0, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.rings()
			d.decides(protect.Canary, c.then, "first")
			then := d.now
			if c.again {
				d.renews(protect.Canary, c.now, "first")
			} else {
				d.decides(protect.Active, c.now, "second")
			}
			if got := said(d.events(access.Visitor), outbreakID(1)); !slices.Equal(got, c.guest) {
				t.Errorf("a guest is told of the steps %q, want %q", got, c.guest)
			}
			if got := len(d.asOf(access.Visitor, then).Shields); got != c.past {
				t.Errorf("as of the first decision a guest sees %d protections, want %d", got, c.past)
			}
			if got := len(d.asOf(access.Visitor, d.now).Shields); got != c.today {
				t.Errorf("today a guest sees %d protections, want %d", got, c.today)
			}
			want := []string{"first", "second"}
			if c.again {
				want = want[:1]
			}
			if got := said(d.events(member), outbreakID(1)); !slices.Equal(got, want) {
				t.Errorf("a member is told of the steps %q, want %q", got, want)
			}
			for _, e := range d.events(access.Visitor) {
				if e.Kind == protect.KindDecided && e.TLP != c.tlp {
					t.Errorf("a guest's step is marked %s", e.TLP)
				}
			}
			for _, e := range d.events(member) {
				if c.then == access.Amber && strings.HasPrefix(e.Text, "first") && e.TLP != access.Amber {
					t.Errorf("what was for members is marked %s", e.TLP)
				}
			}
		})
	}
}

// renews has the hub renew a decision.
func (d *desk) renews(status protect.Status, to access.TLP, reason string) {
	d.renewed = d.now.Add(time.Minute)
	d.decides(status, to, reason)
	d.renewed = time.Time{}
}

// A step of an action is for whom its own entry is: a partner's word at
// TLP:AMBER+STRICT is not its client's, whose supplier opened the action.
func TestAStepOfAnActionHasItsOwnMarking(t *testing.T) {
	d := newDesk(t)
	for i := range 3 {
		d.add(access.KindPartnerJoined, access.Hub, access.ToCommunity(access.Green), access.Partner{ID: partner(i), Name: "P", Sector: "energy", Country: "GB", Kind: "operator"})
	}
	d.rings()
	const id = response.ActionID("action--33333333-3333-4333-8333-333333333333")
	d.add(response.KindOpened, string(partner(0)), access.ToCommunity(access.Amber), response.Opening{ID: id, Kind: response.Patch, Title: "Patch", Outbreak: outbreakID(1), AskedOf: []string{string(partner(1))}})
	d.add(response.KindCommitted, string(partner(1)), access.ToCommunity(access.AmberStrict), response.Promise{Action: id})
	kinds := func(who access.Principal) (n int) {
		for _, e := range d.events(who) {
			if e.About == string(id) {
				n++
			}
		}
		return n
	}
	client := access.Principal{Partner: partner(91), Role: access.Viewer, Communities: []string{access.DefaultCommunity}, Guest: true, ClientOf: []access.PartnerID{partner(0)}}
	if all, some := kinds(member), kinds(client); all != 2 || some != 1 {
		t.Errorf("a member is told of %d steps and the opener's client of %d, want 2 and 1", all, some)
	}
}

// What went on as an outbreak is retold there only to those who may be told of it.
func TestAMergedOutbreakKeepsItsMarking(t *testing.T) {
	d := newDesk(t)
	d.rings()
	gone := outbreak.Outbreak{ID: outbreakID(2), Port: 139, About: []outbreak.Subject{{Kind: outbreak.Scans, Port: 139}}, Raised: d.now, FirstSeen: d.now, LastSeen: d.now,
		Partners: []access.PartnerID{partner(7)}, Rule: "the secret rule", TLP: access.Amber, Status: outbreak.Open}
	d.add(outbreak.KindRaised, access.Hub, gone.Audience(), gone)
	gone.Status, gone.Into, gone.Because = outbreak.Merged, outbreakID(1), "the same hosts"
	d.add(outbreak.KindMerged, access.Hub, gone.Audience(), gone)
	if m := d.asOf(member, d.now); len(m.Merged) != 1 || len(said(d.events(member), "secret rule")) != 1 {
		t.Errorf("a member is not told of what was merged: %q", m.Merged)
	}
	if m := d.asOf(access.Visitor, d.now); len(m.Merged) != 0 || len(said(d.events(access.Visitor), "secret rule")) != 0 {
		t.Errorf("a guest is told of an outbreak for members: %q", m.Merged)
	}
}
