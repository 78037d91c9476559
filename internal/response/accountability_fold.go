package response

import (
	"cmp"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// accounts is the part of the state that says who kept what.
type accounts struct {
	cfg     Config
	calls   *calls
	origins map[string]int // number of an origin, by opener and audience
	owners  []origin       // by number
	of      map[access.PartnerID]*ledgerOf
	byWork  map[string][]*line // by the id of an action or a call, sorted by partner
}

// origin is where actions and calls come from, as far as the release rule asks.
type origin struct {
	by       access.PartnerID
	audience access.Audience
}

// ledgerOf is what there is of one partner.
type ledgerOf struct {
	lines   []*line // in the order in which they were begun
	buckets map[int]*bucket
	said    map[string]Explanation
	saidAt  map[string]time.Time
	shown   []access.PartnerID // to whom it is shown
}

// line is a partner's part of one action or call.
type line struct {
	partner  access.PartnerID
	action   *record
	call     *callRecord
	origin   int
	asked    bool
	begun    time.Time // when the action or call was opened
	alarm    time.Time // of its outbreak; zero: unknown, or not to the partner
	replied  time.Time // its first answer or commitment
	attempts []*part

	marks   []mark // as they are counted now
	timings []timing
}

func newAccounts(cfg Config, c *calls) *accounts {
	a := &accounts{cfg: cfg, calls: c, origins: make(map[string]int), of: make(map[access.PartnerID]*ledgerOf), byWork: make(map[string][]*line)}
	c.touched = a.callFolded
	return a
}

func (acc *accounts) partner(id access.PartnerID) *ledgerOf {
	of := acc.of[id]
	if of == nil {
		of = &ledgerOf{buckets: make(map[int]*bucket), said: make(map[string]Explanation), saidAt: make(map[string]time.Time)}
		acc.of[id] = of
	}
	return of
}

func (acc *accounts) from(by access.PartnerID, to access.Audience) int {
	key := string(by) + "\x00" + to.String()
	n, known := acc.origins[key]
	if !known {
		n = len(acc.owners)
		acc.origins[key] = n
		acc.owners = append(acc.owners, origin{by, to})
	}
	return n
}

// folded takes in that an entry about an action was folded. Who was asked is
// settled when it is opened: the partners of then that may see it.
func (acc *accounts) folded(a *record, e ledger.Entry) {
	id := access.PartnerID(e.Actor)
	switch e.Kind {
	case KindOpened:
		if _, again := acc.byWork[string(a.ID)]; again {
			return
		}
		for _, asked := range acc.asked(a) {
			acc.begin(&line{partner: asked, action: a, asked: true, begun: a.Opened}, string(a.ID), a.Outbreak, a.origin)
		}
		acc.stepped(a, id)
	case KindCommitted, KindDone, KindRolledBack:
		acc.stepped(a, id)
	default:
		for _, l := range acc.byWork[string(a.ID)] {
			acc.weigh(l)
		}
	}
}

// stepped takes in what one partner did about an action.
func (acc *accounts) stepped(a *record, id access.PartnerID) {
	c := a.parts[id]
	if c == nil {
		return
	}
	l := acc.line(string(a.ID), id)
	if l == nil {
		l = acc.begin(&line{partner: id, action: a, begun: a.Opened}, string(a.ID), a.Outbreak, a.origin)
	}
	if l.replied.IsZero() {
		l.replied = c.At
	}
	if n := len(l.attempts); n == 0 || l.attempts[n-1] != c {
		l.attempts = append(l.attempts, c)
	}
	acc.weigh(l)
}

// asked is who an action asks, among those who take part and may see it.
func (acc *accounts) asked(a *record) []access.PartnerID {
	var candidates []access.Partner
	if a.groups {
		candidates = acc.calls.everyone()
	} else {
		for _, id := range a.AskedOf {
			if p, present := acc.calls.partners.Partner(access.PartnerID(id)); present {
				candidates = append(candidates, p)
			}
		}
	}
	var list []access.PartnerID
	for _, p := range candidates {
		if !a.asksOf(memberOf(p)) {
			continue
		}
		if who, present := acc.calls.partners.Reader(p.ID); present && who.MaySee(a.By, a.audience) {
			list = append(list, p.ID)
		}
	}
	return list
}

// callFolded takes in that an entry about a call was folded: of one partner, or of
// all if none is given.
func (acc *accounts) callFolded(r *callRecord, id access.PartnerID) {
	if _, known := acc.byWork[string(r.ID)]; !known {
		for _, reached := range r.reached {
			acc.begin(&line{partner: reached, call: r, asked: true, begun: r.opened}, string(r.ID), r.Outbreak, acc.from(r.by, r.audience))
		}
	}
	for _, l := range acc.byWork[string(r.ID)] {
		if id == "" || l.partner == id {
			if said := r.answers[l.partner]; len(said) > 0 {
				l.replied = said[0].At
			}
			acc.weigh(l)
		}
	}
}

func (acc *accounts) line(work string, id access.PartnerID) *line {
	lines := acc.byWork[work]
	if i, found := slices.BinarySearchFunc(lines, id, comparePartner); found {
		return lines[i]
	}
	return nil
}

func comparePartner(l *line, id access.PartnerID) int { return cmp.Compare(l.partner, id) }

// alarmFor is when an outbreak was raised, if a partner may see that it was: what
// was never told to somebody cannot have been waited for.
func (acc *accounts) alarmFor(id access.PartnerID, outbreak string) time.Time {
	at, known := acc.calls.alarms.at[outbreak]
	if who, present := acc.calls.partners.Reader(id); known && present && who.MaySee("", at.audience) {
		return at.Time
	}
	return time.Time{}
}

// begin takes a line up.
func (acc *accounts) begin(l *line, work, outbreak string, from int) *line {
	l.origin, l.alarm = from, acc.alarmFor(l.partner, outbreak)
	i, _ := slices.BinarySearchFunc(acc.byWork[work], l.partner, comparePartner)
	acc.byWork[work] = slices.Insert(acc.byWork[work], i, l)
	of := acc.partner(l.partner)
	of.lines = append(of.lines, l)
	acc.weigh(l)
	return l
}

// weigh counts a line anew.
func (acc *accounts) weigh(l *line) {
	of := acc.partner(l.partner)
	b := of.buckets[l.origin]
	if b == nil {
		b = &bucket{}
		of.buckets[l.origin] = b
	}
	for _, m := range l.marks {
		b.remove(m)
	}
	for _, t := range l.timings {
		b.untime(t)
	}
	l.reckon(acc.cfg.delay())
	for _, m := range l.marks {
		b.add(m)
	}
	for _, t := range l.timings {
		b.time(t)
	}
}
