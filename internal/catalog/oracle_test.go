package catalog_test

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-project/tocsin/internal/access"
	"github.com/tocsin-project/tocsin/internal/contribution"
	"github.com/tocsin-project/tocsin/internal/ledger"
)

// row is an object as a partner sent it, in the order of the ledger.
type row struct {
	entry                   int // index in the log
	contribution            string
	id, name, modified, raw string
	note                    string // a description that is marked TLP:RED within the object
	whole                   bool   // without its marked part there is nothing of it
	revoked                 bool
	source, target          string
	owner                   access.PartnerID
	to                      []access.Audience // a reader has to be told by each
	recipients              []access.PartnerID
}

// world is a random ledger and what the oracle makes of it.
type world struct {
	log    chain
	rows   []*row          // what was erased is not among them
	erased map[string]bool // contributions
}

const hub access.PartnerID = access.Hub

var (
	partners  = []access.PartnerID{"identity--a", "identity--b", "identity--c", "identity--d", hub}
	audiences = []access.Audience{
		{}, access.ToCommunity(access.Clear), access.ToCommunity(access.Green), access.ToCommunity(access.AmberStrict),
		{TLP: access.Amber, Community: "health"}, {TLP: access.Green, Community: "health"}, {TLP: access.Red, Community: "health"},
		{TLP: access.Red, Community: access.DefaultCommunity, Recipients: []access.PartnerID{"identity--b", "identity--c"}},
	}
	times = []string{"2017-05-12T08:00:00.000Z", "2017-06-12T08:00:00.000Z", "2017-07-12T08:00:00.000Z"}
)

// told is the release rule, written down a second time.
func told(p access.Principal, owner access.PartnerID, a access.Audience) bool {
	switch {
	case a.TLP == "":
		return false
	case p.Partner == owner || a.TLP == access.Clear:
		return true
	case a.TLP == access.Red:
		return slices.Contains(a.Recipients, p.Partner)
	case a.TLP != access.AmberStrict && slices.Contains(p.ClientOf, owner):
		return true
	default:
		return slices.Contains(p.Communities, a.Community)
	}
}

func (r *row) sees(p access.Principal) bool {
	if r.whole && !r.inRed(p) {
		return false
	}
	return !slices.ContainsFunc(r.to, func(a access.Audience) bool { return !told(p, r.owner, a) })
}

// text is the row's bytes for a principal.
func (r *row) text(p access.Principal) string {
	if r.note == "" || r.inRed(p) {
		return r.raw
	}
	return r.plain()
}

// inRed says whether the principal is told of the parts marked TLP:RED.
func (r *row) inRed(p access.Principal) bool {
	return told(p, r.owner, access.Audience{TLP: access.Red, Recipients: r.recipients})
}

// standing is the rows that stand for a version of an owner: the last one sent,
// but for those that repeat the one before.
func (w *world) standing() (standing []*row) {
	for _, r := range w.rows {
		i := slices.IndexFunc(standing, func(o *row) bool { return o.id == r.id && o.modified == r.modified && o.owner == r.owner })
		if i >= 0 && fmt.Sprint(standing[i].to) == fmt.Sprint(r.to) {
			continue
		}
		if i >= 0 {
			standing = slices.Delete(standing, i, i+1)
		}
		standing = append(standing, r)
	}
	return standing
}

// versions is what a principal is shown of each id: the versions of whoever
// came first and of the hub, the newest first, then those of others.
func (w *world) versions(p access.Principal) (versions map[string][]*row, creators map[string]int) {
	versions, creators = map[string][]*row{}, map[string]int{}
	creator := map[string]access.PartnerID{}
	for _, r := range w.standing() {
		if r.sees(p) {
			creator[r.id] = cmp.Or(creator[r.id], r.owner)
			versions[r.id] = append(versions[r.id], r)
		}
	}
	for id, all := range versions {
		own := func(r *row) bool { return r.owner == creator[id] || r.owner == hub }
		slices.SortStableFunc(all, func(a, b *row) int {
			if own(a) != own(b) {
				return map[bool]int{true: -1, false: 1}[own(a)]
			}
			return -cmp.Compare(a.modified, b.modified)
		})
		var once []*row
		for _, r := range all {
			if !slices.ContainsFunc(once, func(o *row) bool { return o.modified == r.modified }) {
				once = append(once, r)
				if own(r) {
					creators[id]++
				}
			}
		}
		versions[id] = once
	}
	return versions, creators
}

// inOrder is those rows that keep says, as they were added.
func (w *world) inOrder(versions map[string][]*row, keep func(id string, i int) bool) (rows []*row) {
	for _, r := range w.standing() {
		if i := slices.Index(versions[r.id], r); i >= 0 && keep(r.id, i) {
			rows = append(rows, r)
		}
	}
	return rows
}

// shared remembers what a contribution brings.
func (w *world) shared(r *row) {
	r.entry, r.contribution = len(w.log.entries), fmt.Sprintf("contribution--%d", len(w.log.entries)+1)
	w.rows = append(w.rows, r)
}

// tighten is the oracle's word on contribution.Tightening.
func (w *world) tighten(t contribution.Tightening) {
	to, err := access.ParseAudience(t.Audience)
	if err != nil {
		panic(err)
	}
	for _, r := range w.rows {
		named := r.contribution == t.Contribution || r.id == t.Object
		if len(t.Versions) > 0 {
			named = named && slices.ContainsFunc(t.Versions, func(at time.Time) bool { return at.Format(stamp) == r.modified })
		}
		if !named || string(r.owner) != t.Owner || r.to[0].TLP == "" {
			continue
		}
		if slices.ContainsFunc(r.to, func(a access.Audience) bool { return !to.Within(a) }) {
			r.to = append(slices.Clone(r.to), to)
		} else {
			r.to = []access.Audience{to}
		}
	}
}

const stamp = "2006-01-02T15:04:05.000Z"

func (w *world) erase(x contribution.Erasure) {
	w.rows = slices.DeleteFunc(w.rows, func(r *row) bool { return r.contribution == x.Contribution && string(r.owner) == x.Owner })
	w.erased[x.Contribution+x.Owner] = true
}

// later is the log as it is read back after its erasures.
func (w *world) later() *chain {
	entries := slices.Clone(w.log.entries)
	for i, e := range entries {
		if e.Kind == contribution.KindAccepted && w.erased[fmt.Sprintf("contribution--%d%s", e.Seq, e.Actor)] {
			entries[i].Body = []byte(ledger.Erased)
		}
	}
	return &chain{entries: entries, head: w.log.head}
}
