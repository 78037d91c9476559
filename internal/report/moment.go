package report

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
	"github.com/tocsin-project/tocsin/internal/release"
)

// moment is what is asked about: the ledger up to an entry, for a reader, as the
// markings are at the ledger's head.
type moment struct {
	who  access.Principal
	asOf time.Time
	cut  Place
	head Place
	from time.Time // since when the many are read
	tlp  access.TLP

	register  *release.Register
	directory *access.Directory // as of the moment
	may       map[[2]string]bool
	last      string // the audience that shown was told of last
}

// newMoment finds the last entry that is not later than asOf.
func newMoment(ctx context.Context, l Ledger, who access.Principal, asOf time.Time) (*moment, error) {
	head, err := l.Head(ctx)
	if err != nil {
		return nil, err
	}
	m := &moment{
		who: who, asOf: asOf.UTC().Truncate(time.Microsecond), tlp: access.Clear,
		register: release.NewRegister(), directory: access.NewDirectory(), may: map[[2]string]bool{},
	}
	if head.Seq == 0 {
		return nil, fmt.Errorf("%w: the ledger is empty", access.ErrNotFound)
	}
	if m.head, err = place(ctx, l, head.Seq); err != nil {
		return nil, err
	}
	if asOf.IsZero() {
		m.asOf = m.head.Time
	}
	n, err := after(ctx, l, head.Seq, m.asOf)
	if err != nil {
		return nil, err
	}
	if n > 1 {
		m.cut, err = place(ctx, l, n-1)
	}
	return m, err
}

func place(ctx context.Context, l ledger.Reader, seq ledger.Seq) (Place, error) {
	e, err := ledger.At(ctx, l, seq)
	return Place{e.Seq, e.Hash, e.Time}, err
}

// after is the first entry that is later than a time, one more than last if there
// is none: entries' times never go back.
func after(ctx context.Context, l ledger.Reader, last ledger.Seq, at time.Time) (ledger.Seq, error) {
	var failed error
	n := sort.Search(int(last), func(i int) bool {
		if failed != nil {
			return true
		}
		e, err := ledger.At(ctx, l, ledger.Seq(i)+1)
		failed = err
		return e.Time.After(at)
	})
	return ledger.Seq(n) + 1, failed
}

// people are the entries that say who takes part, and in which communities.
var people = []ledger.Kind{
	access.KindPartnerJoined, access.KindPartnerChanged, access.KindPartnerLeft,
	access.KindCommunityCreated, access.KindCommunityJoined, access.KindCommunityLeft, access.KindClientListed, access.KindClientUnlisted,
}

// People are the kinds of entries that say who takes part, and who may see what.
func People() []ledger.Kind { return slices.Clone(people) }

// kinds are those that say who is who, and what was taken back.
func (m *moment) kinds() []ledger.Kind {
	return append(People(), contribution.KindTightened)
}

func (m *moment) apply(e ledger.Entry) error {
	if e.Kind == contribution.KindTightened {
		return m.register.Apply(e)
	}
	return m.directory.Apply(e)
}

// since takes what was taken back after the moment: it is not shown as it was.
func (m *moment) since(e ledger.Entry) error {
	if e.Kind == contribution.KindTightened {
		return m.register.Apply(e)
	}
	return nil
}

func (m *moment) tell(r *Report) {
	r.Head.AsOf, r.Head.RestsOn, r.Head.Markings, r.Head.From = m.asOf, m.cut, m.head, m.from
	r.Head.For, r.Head.Role = m.party(m.who.Actor()), m.who.Role
	r.Head.LeftOut = "what the markings keep from this reader, and what was withdrawn; how much that is would tell of it, and is not said"
}

// sees says whether the reader may see what an entry says, by its marking.
func (m *moment) sees(owner, audience string) bool {
	key := [2]string{owner, audience}
	known, ok := m.may[key]
	if !ok {
		if a, err := access.ParseAudience(audience); err == nil { // what cannot be read is nobody's
			known = m.who.MaySee(access.PartnerID(owner), a)
		}
		m.may[key] = known
	}
	return known
}

// shown notes that something of this marking is in the report.
func (m *moment) shown(audience string) {
	if audience == m.last {
		return // as nearly always: there are many reports of one marking
	}
	m.last = audience
	if a, err := access.ParseAudience(audience); err == nil && a.TLP != "" {
		m.narrow(a.TLP)
	}
}

func (m *moment) narrow(tlp access.TLP) { m.tlp = access.Narrower(m.tlp, cmp.Or(tlp, access.Green)) }

// party is an actor by the name that it had.
func (m *moment) party(actor string) Party {
	if actor == access.Hub {
		return Party{access.Hub, "the hub"}
	}
	p, _ := m.directory.Partner(access.PartnerID(actor))
	return Party{access.PartnerID(actor), cmp.Or(p.Name, actor)}
}

// whose is a moment of an entry.
func (m *moment) whose(e ledger.Entry) *Moment { return &Moment{e.Time, e.Seq, m.party(e.Actor)} }
